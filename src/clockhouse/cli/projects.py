"""`clockhouse project …`: projects hold components."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from clockhouse.cli import output, terms
from clockhouse.cli.command import Here, command
from clockhouse.cli.hints import hint
from clockhouse.cli.values import Note, ProjectArgument, confirmed, slug

app = typer.Typer(no_args_is_help=True, help="Projects hold components.")

There = Annotated[
    str | None,
    typer.Option("--environment", "-e", parser=slug, metavar="ENVIRONMENT", help="Everywhere if not given."),
]


@command(app, "list")
def list_projects(here: Here) -> None:
    """List the projects."""
    here.show(here.client.get("/projects"), _table)


@command(app, "create", epilog='Example: clockhouse project create "Web shop" --slug shop')
def create(
    here: Here,
    name: Annotated[str, typer.Argument(metavar="NAME", help="For people to read.")],
    short: Annotated[
        str | None,
        typer.Option("--slug", parser=slug, metavar="SLUG", help="Its short name; made of the name if not given."),
    ] = None,
    description: Annotated[str, typer.Option("--description", help="What it is for.")] = "",
) -> None:
    """Create a project. Whoever does administers it; its production takes a role that says so."""
    made = here.client.post("/projects", {"name": name, "slug": short, "description": description})
    here.show(made, lambda project: output.say(f"Created project {project['slug']}."))


@command(app, "show")
def show(here: Here, project: ProjectArgument) -> None:
    """Show one project."""
    here.show(here.client.get(f"/projects/{project}"), _facts)


@command(app, "delete")
def delete(
    here: Here,
    project: ProjectArgument,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop everything in a project and remove it for good."""
    confirmed(f"Delete project {project} with all its components?", is_sure=is_sure)
    here.client.delete(f"/projects/{project}")
    here.show(None, lambda _: output.say(f"Deleted project {project}."))


@command(app, "pause", epilog='Example: clockhouse project pause shop --note "Moving house" --until 2026-11-23T08:00Z')
def pause(
    here: Here, project: ProjectArgument, environment: There = None, note: Note = "", until: terms.Until = None
) -> None:
    """Pause all that the project has deployed; what is paused already stays as it is."""
    wish = {"note": note, "until": terms.until(until), "environment": environment}
    paused = here.client.post(f"/projects/{project}/pause", wish)
    here.show(paused, lambda found: _listed("Paused", found, "Nothing was to pause."))


@command(app, "resume")
def resume(here: Here, project: ProjectArgument, environment: There = None) -> None:
    """Resume all that is paused of the project, whoever paused it."""
    resumed = here.client.post(f"/projects/{project}/resume", {"environment": environment})
    here.show(resumed, lambda found: _listed("Resumed", found, "Nothing was paused."))


def _listed(verb: str, found: list[dict[str, Any]], nothing: str) -> None:
    for each in found:
        output.say(f"{verb} {each['component']} in {each['environment']}.")
    if not found:
        output.say(nothing)


def _table(projects: list[dict[str, Any]]) -> None:
    output.table(
        ["PROJECT", "NAME", "COMPONENTS", "CREATED"],
        (
            [each["slug"], each["name"], str(each["components"]), output.instant(each["created_at"])]
            for each in projects
        ),
        empty=f"There is no project yet. Create one: {hint('project create NAME')}",
    )


def _facts(project: dict[str, Any]) -> None:
    output.facts(
        project["slug"],
        [
            ("name", project["name"]),
            ("description", project["description"] or None),
            ("components", str(project["components"])),
            ("created", output.instant(project["created_at"])),
            ("example", "yes: delete it when you have seen enough" if project["is_example"] else None),
        ],
    )
