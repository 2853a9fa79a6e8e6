"""`clockhouse sign-in`: a fresh link into the console."""

from __future__ import annotations

import typer

from clockhouse.cli import output
from clockhouse.cli.command import Here, command


def register(app: typer.Typer) -> None:
    command(app, "sign-in")(sign_in)


def sign_in(here: Here) -> None:
    """Print a link that signs you in to the console, once."""
    here.show(here.client.post("/session/link"), lambda link: output.say(link["url"]))
