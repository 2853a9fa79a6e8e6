"""How what runs in a terminal is stopped: asked once it waits for what is under way, asked again it does not."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    import asyncio


def on_signals() -> tuple[asyncio.Event, asyncio.Event]:
    """Set by Ctrl-C and SIGTERM: the first event by the first of them, the second one by the next."""
    import asyncio  # which commands that only ask a server do without

    stop, hurry = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: hurry.set() if stop.is_set() else stop.set())
    return stop, hurry


def waiting(running: int) -> None:
    """Says how many executions the stop waits for."""
    if running:
        count = "one execution" if running == 1 else f"{running} executions"
        typer.echo(
            f"\n  Stopping once {count} under way {'has' if running == 1 else 'have'} ended. Ctrl-C again: at once."
        )


def ended(who: str, left: int) -> None:
    """Says that it has stopped, and how many executions it could not wait for."""
    if left:
        typer.echo(f"  {left} could not be waited for; the ledger has them as lost.")
    typer.echo(f"\n  {who} has stopped.")
