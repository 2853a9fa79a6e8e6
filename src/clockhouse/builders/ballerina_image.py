"""Ballerina projects as images, for servers without `bal`: built in an image that has it, by a Dockerfile of ours."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from clockhouse.builders import ballerina_project, configurables
from clockhouse.builders.base import Problem
from clockhouse.builders.dockerfile_plan import Plan, Planner
from clockhouse.builders.making import Stopped
from clockhouse.kit import declared
from clockhouse.model.recipe import Recipe

KIND = "ballerina"
_LATEST = "latest"


def planner(image: str) -> Planner:
    """`image` has `bal` on its PATH; in its name, {version} is the project's distribution."""
    return partial(_plan, image)


def dockerfile(name: str, image: str) -> str:
    """What builds the program of a package of this name, and runs it."""
    return (
        f"FROM {image} AS build\n"
        "USER 0\n"
        "WORKDIR /build\n"
        "COPY . .\n"
        "RUN bal build\n"
        f"FROM {image}\n"
        f"COPY --from=build /build/target/bin/{name}.jar /app/program.jar\n"
        "USER 10001\n"
        "WORKDIR /tmp\n"
        'ENTRYPOINT ["bal", "run", "/app/program.jar"]\n'
    )


def _plan(image: str, source: Path, recipe: Recipe) -> Plan:  # noqa: ARG001  as every planner is asked
    project = ballerina_project.read_project(source)
    if isinstance(project, Problem):
        raise Stopped(project)
    wanted = configurables.read(ballerina_project.texts_of(source))
    if isinstance(wanted, Problem):
        raise Stopped(wanted)
    task = ballerina_project.task(project, wanted)
    if isinstance(task, Problem):
        raise Stopped(task)
    version = f" {project.distribution}" if project.distribution else ""
    named = image.replace("{version}", project.distribution or _LATEST)
    return Plan(
        ballerina_project.FILE,
        dockerfile(project.name, named),
        f"{project.organization}/{project.name} {project.version}, built in the image {named}: there is no `bal` here",
        source,
        is_in_source=False,
        settings=declared.read(task).settings,
        base=named,
        otherwise=f"Load it into the Engine, or install Ballerina{version} on the server, with `bal` on its PATH.",
        explain=lambda said: (
            ballerina_project.explained(said, source) if any("ERROR [" in line for line in said) else None
        ),
        files={declared.CONFIG_TOML: json.dumps(ballerina_project.places_of(project, wanted))},
        kind=KIND,
    )
