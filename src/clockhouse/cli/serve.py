"""`clockhouse serve`: one process with everything in it."""

from __future__ import annotations

import asyncio
import gc
import os
import shlex
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from clockhouse.cli import hints, openid, stopping
from clockhouse.cli.ledger import DatabaseOption, DataOption, PasswordFileOption, database_address, database_password_of
from clockhouse.cli.secrets import KeyFileOption, secret_of_environment
from clockhouse.config import Config, DockerConfig, KeepersConfig

_DEFAULT = Config()
_DOCKER = DockerConfig("")


def serve(
    context: typer.Context,
    data: DataOption = Path("data"),
    database: DatabaseOption = "",
    database_password_file: PasswordFileOption = None,
    key_file: KeyFileOption = None,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Go on without a lost key: secrets must be set again.")
    ] = False,
    host: Annotated[str, typer.Option(envvar="CLOCKHOUSE_HOST", help="The address to listen at.")] = _DEFAULT.host,
    port: Annotated[int, typer.Option(envvar="CLOCKHOUSE_PORT", min=1, max=65535)] = _DEFAULT.port,
    executions: Annotated[
        int, typer.Option(envvar="CLOCKHOUSE_EXECUTIONS", min=0, help="Executions at once; 0: none here.")
    ] = _DEFAULT.executions,
    memory: Annotated[
        int | None,
        typer.Option(envvar="CLOCKHOUSE_MEMORY", min=64, help="MiB that a process of a task may take. [default: any]"),
    ] = _DEFAULT.memory_mib,
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
    ] = _DOCKER.python_image,
    docker_ballerina_image: Annotated[
        str,
        typer.Option(envvar="CLOCKHOUSE_DOCKER_BALLERINA_IMAGE", help="Builds and runs Ballerina without bal here."),
    ] = _DOCKER.ballerina_image,
    docker_network: Annotated[
        str, typer.Option(envvar="CLOCKHOUSE_DOCKER_NETWORK", help="none, bridge, or a network's name.")
    ] = _DOCKER.network,
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
    ] = _DOCKER.memory_mib,
    docker_cpus: Annotated[
        float, typer.Option(envvar="CLOCKHOUSE_DOCKER_CPUS", min=0.01, help="Processors that it may take.")
    ] = _DOCKER.cpus,
    docker_allow_root: Annotated[
        bool, typer.Option("--docker-allow-root", help="Build and run images whose user is root, too.")
    ] = False,
    docker_scan: Annotated[
        str, typer.Option(envvar="CLOCKHOUSE_DOCKER_SCAN", help="A command that may refuse an image, given its id.")
    ] = "",
    secret_files: Annotated[
        Path | None,
        typer.Option(envvar="CLOCKHOUSE_SECRET_FILES", help="A folder of secrets that are referred to as file:NAME."),
    ] = None,
    vault_address: Annotated[
        str,
        typer.Option(
            envvar="CLOCKHOUSE_VAULT_ADDRESS",
            help="A HashiCorp Vault, whose token is in CLOCKHOUSE_VAULT_TOKEN or a file.",
        ),
    ] = "",
    vault_token_file: Annotated[
        Path | None,
        typer.Option(envvar="CLOCKHOUSE_VAULT_TOKEN_FILE", help="A file with its token, read at each use."),
    ] = None,
    vault_namespace: Annotated[
        str, typer.Option(envvar="CLOCKHOUSE_VAULT_NAMESPACE", help="Its namespace, if it has any.")
    ] = "",
    vault_ca: Annotated[
        Path | None,
        typer.Option(envvar="CLOCKHOUSE_VAULT_CA", help="Certificates to trust for it. [default: the system's]"),
    ] = None,
    drain: Annotated[
        float, typer.Option(envvar="CLOCKHOUSE_DRAIN", min=0, help="Seconds that a stop waits for executions.")
    ] = _DEFAULT.drain.total_seconds(),
    failure_values: Annotated[
        bool,
        typer.Option(
            envvar="CLOCKHOUSE_FAILURE_VALUES",
            help="Keep what variables held where an execution failed.",
        ),
    ] = True,
    trials: Annotated[
        bool,
        typer.Option(envvar="CLOCKHOUSE_TRIALS", help="Run drafts from the editor that nobody has saved."),
    ] = True,
    openid_issuer: openid.IssuerOption = "",
    openid_client: openid.ClientOption = "",
    openid_secret_file: openid.SecretFileOption = None,
    openid_name: openid.NameOption = openid.DEFAULT.name,
    openid_scopes: openid.ScopesOption = " ".join(openid.DEFAULT.scopes),
    openid_domains: openid.DomainsOption = "",
    openid_role: openid.DefaultRoleOption = "",
    openid_groups: openid.GroupsOption = "",
    openid_groups_claim: openid.GroupsClaimOption = openid.DEFAULT.groups_claim,
    example: Annotated[
        bool, typer.Option(envvar="CLOCKHOUSE_EXAMPLE", help="Bring an example to an empty database.")
    ] = True,
    log_level: Annotated[
        str, typer.Option(envvar="CLOCKHOUSE_LOG_LEVEL", help="debug, info, warning, error")
    ] = "warning",
) -> None:
    """Start the server: API, console, engine and database in one process. Ctrl-C stops it."""
    from clockhouse import telemetry  # a start of any other command does without these

    telemetry.configure(log_level)
    docker = DockerConfig(
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
        scan=_words(docker_scan),
    )
    config = Config(
        data=data,
        database=database_address(context, database),
        database_password=database_password_of(database_password_file),
        key=key_file,
        key_text=secret_of_environment(),
        new_key=new_key,
        host=host,
        port=port,
        executions=executions,
        memory_mib=memory,
        docker=docker if docker_host else None,
        keepers=KeepersConfig(
            folder=secret_files and secret_files.absolute(),
            vault=vault_address,
            vault_token=None if vault_token_file else secret_of_environment("CLOCKHOUSE_VAULT_TOKEN"),
            vault_token_file=vault_token_file and vault_token_file.absolute(),
            vault_namespace=vault_namespace,
            vault_authority=vault_ca,
        ),
        drain=timedelta(seconds=drain),
        failure_values=failure_values,
        trials=trials,
        example=example,
        openid=openid.config(
            openid_issuer,
            openid_client,
            openid_secret_file,
            name=openid_name,
            scopes=openid_scopes,
            domains=openid_domains,
            default_role=openid_role,
            groups=openid_groups,
            groups_claim=openid_groups_claim,
        ),
    )
    _run(config)


def _words(command: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise typer.BadParameter(f"{command!r} is no command ({error}).", param_hint="--docker-scan") from error


def _run(config: Config) -> None:
    gc.disable()  # what is loaded now stays: nothing of it need be looked at again and again
    from clockhouse import app

    with asyncio.Runner(loop_factory=app.new_event_loop) as runner:
        runner.run(_serve(config))


async def _serve(config: Config) -> None:
    from clockhouse import app

    stop, hurry = stopping.on_signals()
    told = app.Told(
        ready=lambda url: _ready(config, url),
        stopping=stopping.waiting,
        ended=lambda left: stopping.ended("Clockhouse", left),
    )
    await app.serve(config, told, stop, hurry)


def _ready(config: Config, url: str) -> None:
    typer.echo(f"\n  Clockhouse is running, with its data in {config.data.absolute()}.\n")
    typer.echo(f"  {'Sign in (once, within an hour)' if '#' in url else 'Open'}:  {url}\n")
    with hints.towards(None, None if config.data == _DEFAULT.data else config.data):
        typer.echo(f"  A link that signs in: {hints.hint('sign-in', _program())}.  Stop: Ctrl-C.\n")
    gc.collect()
    gc.freeze()
    gc.enable()


def _program() -> str:
    """This program as it can be typed where it was started."""
    started = Path(sys.argv[0])
    found = shutil.which("clockhouse")
    if started.name != "clockhouse" or (found is not None and Path(found).resolve() == started.resolve()):
        return "clockhouse"
    return os.path.relpath(started)
