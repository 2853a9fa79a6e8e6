"""`clockhouse serve`: one process with everything in it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from clockhouse.config import Config
from clockhouse.errors import Invalid
from clockhouse.kit import Secret

_DEFAULT = Config()


def serve(
    context: typer.Context,
    data: Annotated[Path, typer.Option(envvar="CLOCKHOUSE_DATA", help="Where everything is kept.")] = Path("data"),
    database: Annotated[
        str,
        typer.Option(
            envvar="CLOCKHOUSE_DATABASE",
            show_envvar=False,
            help="A PostgreSQL database, as postgresql://user@host/name [env var: CLOCKHOUSE_DATABASE]",
        ),
    ] = "",
    database_password_file: Annotated[
        Path | None,
        typer.Option(
            envvar="CLOCKHOUSE_DATABASE_PASSWORD_FILE",
            help="A file with its password; without one, it is taken from CLOCKHOUSE_DATABASE_PASSWORD.",
        ),
    ] = None,
    host: Annotated[str, typer.Option(envvar="CLOCKHOUSE_HOST", help="The address to listen at.")] = _DEFAULT.host,
    port: Annotated[int, typer.Option(envvar="CLOCKHOUSE_PORT", min=1, max=65535)] = _DEFAULT.port,
    executions: Annotated[
        int, typer.Option(envvar="CLOCKHOUSE_EXECUTIONS", min=1, help="Executions at once.")
    ] = _DEFAULT.executions,
    drain: Annotated[
        float, typer.Option(envvar="CLOCKHOUSE_DRAIN", min=0, help="Seconds that a stop waits for executions.")
    ] = _DEFAULT.drain.total_seconds(),
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
    config = Config(
        data=data,
        database=_address(context, database),
        database_password=_password(database_password_file),
        host=host,
        port=port,
        executions=executions,
        drain=timedelta(seconds=drain),
        example=example,
    )
    asyncio.run(_serve(config))


def _address(context: typer.Context, text: str) -> Secret | None:
    source = context.get_parameter_source("database")
    if _has_password(text) and source is not None and source.name == "COMMANDLINE":
        raise Invalid(
            "Everybody on this machine can read a password that is on the command line. Leave it out of --database, "
            "and give it in the environment variable CLOCKHOUSE_DATABASE_PASSWORD or with --database-password-file."
        )
    return Secret(text) if text else None


def _has_password(address: str) -> bool:
    try:
        return urlsplit(address).password is not None or "password=" in address
    except ValueError:  # it is no address at all
        return False


def _password(file: Path | None) -> Secret | None:
    if file is None:
        given = os.environ.get("CLOCKHOUSE_DATABASE_PASSWORD")
        return Secret(given) if given else None
    try:
        return Secret(file.read_text().partition("\n")[0])
    except OSError as error:
        raise Invalid(f"The database's password cannot be read from {file} ({error.strerror}).") from error


async def _serve(config: Config) -> None:
    from clockhouse import app

    stop, hurry = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: hurry.set() if stop.is_set() else stop.set())
    told = app.Told(ready=lambda url: _ready(config, url), stopping=_stopping, ended=_ended)
    await app.serve(config, told, stop, hurry)


def _ready(config: Config, url: str) -> None:
    typer.echo(f"\n  Clockhouse is running, with its data in {config.data.absolute()}.\n")
    typer.echo(f"  Sign in (once, within an hour):  {url}\n")
    typer.echo(f"  A new link: {_program()} sign-in.  Stop: Ctrl-C.\n")


def _program() -> str:
    """This program as it can be typed where it was started."""
    started = Path(sys.argv[0])
    found = shutil.which("clockhouse")
    if started.name != "clockhouse" or (found is not None and Path(found).resolve() == started.resolve()):
        return "clockhouse"
    return os.path.relpath(started)


def _stopping(running: int) -> None:
    if running:
        count = "one execution" if running == 1 else f"{running} executions"
        typer.echo(
            f"\n  Stopping once {count} under way {'has' if running == 1 else 'have'} ended. Ctrl-C again: at once."
        )


def _ended(left: int) -> None:
    if left:
        typer.echo(f"  {left} could not be waited for; the ledger has them as lost.")
    typer.echo("\n  Clockhouse has stopped.")
