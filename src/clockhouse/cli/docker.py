"""The Docker Engine that executions and builds may run on: the options of a server that name it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from clockhouse.config import DockerConfig

_DEFAULT = DockerConfig("")


def config(
    *,
    docker_host: Annotated[
        str,
        typer.Option(
            envvar="CLOCKHOUSE_DOCKER", help="A Docker Engine, such as unix:///var/run/docker.sock. [default: none]"
        ),
    ] = "",
    docker_certificates: Annotated[
        Path | None,
        typer.Option(
            envvar="CLOCKHOUSE_DOCKER_CERTIFICATES", help="Its ca.pem, cert.pem and key.pem, where it is at tcp://."
        ),
    ] = None,
    docker_python_image: Annotated[
        str, typer.Option(envvar="CLOCKHOUSE_DOCKER_PYTHON_IMAGE", help="What Python builds run on there.")
    ] = _DEFAULT.python_image,
    docker_ballerina_image: Annotated[
        str,
        typer.Option(envvar="CLOCKHOUSE_DOCKER_BALLERINA_IMAGE", help="Builds and runs Ballerina without bal here."),
    ] = _DEFAULT.ballerina_image,
    docker_network: Annotated[
        str, typer.Option(envvar="CLOCKHOUSE_DOCKER_NETWORK", help="none, bridge, or a network's name.")
    ] = _DEFAULT.network,
    docker_networks: Annotated[
        str,
        typer.Option(envvar="CLOCKHOUSE_DOCKER_NETWORKS", help="Others that a deployment may choose, between commas."),
    ] = "",
    docker_mounts: Annotated[
        list[Path] | None,
        typer.Option("--docker-mount", help="A folder of its machine that every container has. Can be repeated."),
    ] = None,
    docker_memory: Annotated[
        int, typer.Option(envvar="CLOCKHOUSE_DOCKER_MEMORY", min=16, help="MiB that an execution may take there.")
    ] = _DEFAULT.memory_mib,
    docker_cpus: Annotated[
        float, typer.Option(envvar="CLOCKHOUSE_DOCKER_CPUS", min=0.01, help="Processors that it may take.")
    ] = _DEFAULT.cpus,
    docker_allow_root: Annotated[
        bool, typer.Option("--docker-allow-root", help="Build and run images whose user is root, too.")
    ] = False,
    docker_scan: Annotated[
        str, typer.Option(envvar="CLOCKHOUSE_DOCKER_SCAN", help="A command that may refuse an image, given its id.")
    ] = "",
) -> DockerConfig | None:
    """What the options say; None without a host."""
    scan = _words(docker_scan)
    if not docker_host:
        return None
    return DockerConfig(
        host=docker_host,
        certificates=docker_certificates,
        python_image=docker_python_image,
        ballerina_image=docker_ballerina_image,
        network=docker_network,
        mounts=tuple(docker_mounts or ()),
        networks=tuple(name.strip() for name in docker_networks.split(",") if name.strip()),
        memory_mib=docker_memory,
        cpus=docker_cpus,
        allow_root=docker_allow_root,
        scan=scan,
    )


def _words(command: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise typer.BadParameter(f"{command!r} is no command ({error}).", param_hint="--docker-scan") from error
