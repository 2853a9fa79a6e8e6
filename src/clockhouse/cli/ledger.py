"""Where the ledger is: the options of the commands that open it themselves, and what they mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from clockhouse.cli import private
from clockhouse.errors import Invalid
from clockhouse.kit import Secret

DataOption = Annotated[Path, typer.Option(envvar="CLOCKHOUSE_DATA", help="Where everything is kept.")]
DatabaseOption = Annotated[
    str,
    typer.Option(
        envvar="CLOCKHOUSE_DATABASE",
        show_envvar=False,
        help="A PostgreSQL database, as postgresql://user@host/name [env var: CLOCKHOUSE_DATABASE]",
    ),
]
PasswordFileOption = Annotated[
    Path | None,
    typer.Option(
        envvar="CLOCKHOUSE_DATABASE_PASSWORD_FILE",
        help="A file with its password; without one, it is taken from CLOCKHOUSE_DATABASE_PASSWORD.",
    ),
]


def database_address(context: typer.Context, text: str) -> Secret | None:
    """The address that was given, None for none. Raises Invalid when the command line shows a password in it."""
    source = context.get_parameter_source("database")
    if _has_password(text) and source is not None and source.name == "COMMANDLINE":
        raise Invalid(
            "Everybody on this machine can read a password that is on the command line. Leave it out of --database, "
            "and give it in the environment variable CLOCKHOUSE_DATABASE_PASSWORD or with --database-password-file."
        )
    return Secret(text) if text else None


def database_password_of(file: Path | None) -> Secret | None:
    """The database's password, from a file or else from the environment. Raises Invalid when it cannot be read."""
    if file is None:
        given = os.environ.get("CLOCKHOUSE_DATABASE_PASSWORD")
        return Secret(given) if given else None
    return Secret(private.read(file, "The database's password").partition("\n")[0])


def _has_password(address: str) -> bool:
    try:
        return urlsplit(address).password is not None or "password=" in address
    except ValueError:  # it is no address at all
        return False
