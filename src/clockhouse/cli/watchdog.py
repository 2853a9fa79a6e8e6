"""`clockhouse watchdog`: a process of its own that looks at the ledger, and tells when no server does its duty."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clockhouse.cli import output
from clockhouse.cli.ledger import DatabaseOption, DataOption, PasswordFileOption, database_address, database_password_of
from clockhouse.cli.options import grouped
from clockhouse.config import Config
from clockhouse.errors import ClockhouseError, Invalid
from clockhouse.kit import Secret

if TYPE_CHECKING:
    from clockhouse.watch import Watchdog

_FINDINGS, _UNREADABLE = 1, 2  # exit codes
_LONGEST_S = 30 * 86_400


def _after(variable: str, help: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        envvar=f"CLOCKHOUSE_WATCHDOG_{variable}", min=0, max=_LONGEST_S, help=help
    )
    return option


def _patience(
    *,
    undecided: Annotated[float, _after("UNDECIDED", "Seconds that something may be due without a decision.")] = 60,
    unstarted: Annotated[float, _after("UNSTARTED", "Seconds that the queue may stand still.")] = 300,
    silent: Annotated[float, _after("SILENT", "Seconds that a server may say nothing; it speaks every 15.")] = 60,
    stopped: Annotated[
        float, _after("STOPPED", "Seconds that all servers may be stopped on purpose with something due.")
    ] = 3600,
    apart: Annotated[float, _after("APART", "Seconds that two clocks may differ.")] = 5,
) -> dict[str, timedelta]:
    said = {"undecided": undecided, "unstarted": unstarted, "silent": silent, "stopped": stopped, "apart": apart}
    return {name: timedelta(seconds=seconds) for name, seconds in said.items()}


@grouped(patience=_patience)
def watchdog(
    *,
    context: typer.Context,
    data: DataOption = Path("data"),
    database: DatabaseOption = "",
    database_password_file: PasswordFileOption = None,
    once: Annotated[
        bool, typer.Option("--once", help="Look once: 0 all is well, 1 it is not, 2 the ledger cannot be read.")
    ] = False,
    every: Annotated[
        float, typer.Option(envvar="CLOCKHOUSE_WATCHDOG_EVERY", min=1, max=3600, help="Seconds between two looks.")
    ] = 30,
    ping: Annotated[
        str,
        typer.Option(
            envvar="CLOCKHOUSE_WATCHDOG_PING",
            show_envvar=False,
            metavar="URL",
            help="An address to request after each look at which all is well [env var: CLOCKHOUSE_WATCHDOG_PING]",
        ),
    ] = "",
    patience: dict[str, timedelta],
    log_level: Annotated[
        str, typer.Option(envvar="CLOCKHOUSE_WATCHDOG_LOG_LEVEL", help="debug, info, warning, error")
    ] = "info",
) -> None:
    """Watch the servers from outside: read the ledger, and tell when nobody does what is due."""
    try:
        from clockhouse import telemetry, watch

        telemetry.configure(log_level)
        config = Config(
            data=data,
            database=database_address(context, database),
            database_password=database_password_of(database_password_file),
        )
        with watch.watchdog(config, watch.Patience(**patience), Secret(ping) if ping else None) as dog:
            if once:
                _look_once(dog)
            else:
                _go_on(dog, timedelta(seconds=every))
    except ClockhouseError as error:
        for sentence in (error.sentence, *(error.fields.values() if isinstance(error, Invalid) else ())):
            output.note(output.clean(sentence))
        raise typer.Exit(_UNREADABLE) from error


def _look_once(dog: Watchdog) -> None:
    """What is wrong is told line by line; standard output gets one line, as programs that run checks expect it."""
    from clockhouse.watch import UNREADABLE

    found = dog.round()
    if not found:
        output.say("All is well.")
        return
    kinds = sorted({finding.kind for finding in found})
    output.say(f"{'One finding' if len(found) == 1 else f'{len(found)} findings'}: {', '.join(kinds)}.")
    raise typer.Exit(_UNREADABLE if UNREADABLE in kinds else _FINDINGS)


def _go_on(dog: Watchdog, every: timedelta) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    dog.run(stop, every)
