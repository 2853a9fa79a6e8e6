"""`clockhouse serve`: one process with everything in it."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from clockhouse.cli import docker as docker_options
from clockhouse.cli import hints, stopping
from clockhouse.cli import keepers as keeper_options
from clockhouse.cli import openid as openid_options
from clockhouse.cli.ledger import DatabaseOption, DataOption, PasswordFileOption, database_address, database_password_of
from clockhouse.cli.options import grouped
from clockhouse.cli.running import DrainOption, FailureValuesOption, LogLevelOption, MemoryOption
from clockhouse.cli.secrets import KeyFileOption, secret_of_environment
from clockhouse.config import Config, DockerConfig, KeepersConfig, OpenIdConfig

_DEFAULT = Config()


@grouped(docker=docker_options.config, keepers=keeper_options.config, openid=openid_options.config)
def serve(
    *,
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
    address: Annotated[
        str, typer.Option(envvar="CLOCKHOUSE_ADDRESS", help="Where people reach it, for links in messages: https://…")
    ] = "",
    executions: Annotated[
        int, typer.Option(envvar="CLOCKHOUSE_EXECUTIONS", min=0, help="Executions at once; 0: none here.")
    ] = _DEFAULT.executions,
    memory: MemoryOption = _DEFAULT.memory_mib,
    docker: DockerConfig | None,
    keepers: KeepersConfig,
    drain: DrainOption = _DEFAULT.drain.total_seconds(),
    failure_values: FailureValuesOption = True,
    trials: Annotated[
        bool,
        typer.Option(envvar="CLOCKHOUSE_TRIALS", help="Run drafts from the editor that nobody has saved."),
    ] = True,
    openid: OpenIdConfig | None,
    example: Annotated[
        bool, typer.Option(envvar="CLOCKHOUSE_EXAMPLE", help="Bring an example to an empty database.")
    ] = True,
    log_level: LogLevelOption = "warning",
) -> None:
    """Start the server: API, console, engine and database in one process. Ctrl-C stops it."""
    from clockhouse import telemetry  # a start of any other command does without these

    telemetry.configure(log_level)
    config = Config(
        data=data,
        database=database_address(context, database),
        database_password=database_password_of(database_password_file),
        key=key_file,
        key_text=secret_of_environment(),
        new_key=new_key,
        host=host,
        port=port,
        address=address,
        executions=executions,
        memory_mib=memory,
        docker=docker,
        keepers=keepers,
        drain=timedelta(seconds=drain),
        failure_values=failure_values,
        trials=trials,
        example=example,
        openid=openid,
    )
    _run(config)


def _run(config: Config) -> None:
    gc.disable()  # what is loaded now stays: nothing of it need be looked at again and again
    import asyncio

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
