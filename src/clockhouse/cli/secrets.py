"""`clockhouse secrets …`: the key that everything secret in the database is sealed with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from clockhouse.cli import output
from clockhouse.cli.ledger import DatabaseOption, DataOption, PasswordFileOption, database_address, database_password_of
from clockhouse.config import Config
from clockhouse.kit import Secret

app = typer.Typer(no_args_is_help=True, help="The key that secrets are sealed with.")

KeyFileOption = Annotated[
    Path | None,
    typer.Option(
        envvar="CLOCKHOUSE_KEY_FILE",
        help="The key that secrets are sealed with, unless CLOCKHOUSE_KEY has it in base64. [default: DATA/vault.key]",
    ),
]


def secret_of_environment(variable: str = "CLOCKHOUSE_KEY") -> Secret | None:
    """What a variable of the environment has, which tasks never get."""
    given = os.environ.get(variable, "").strip()
    return Secret(given) if given else None


@app.command("rotate-key", epilog="Example: clockhouse secrets rotate-key --data /var/lib/clockhouse")
def rotate_key(
    context: typer.Context,
    data: DataOption = Path("data"),
    database: DatabaseOption = "",
    database_password_file: PasswordFileOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Seal every secret with a new key, all or none, beside servers that run. Asked again after a kill, it goes on.

    The new key takes the place of the old one in its file, which stays beside it as vault.key.old. Where the key is in
    CLOCKHOUSE_KEY, stop all servers, give the new one in CLOCKHOUSE_NEW_KEY, and put it into CLOCKHOUSE_KEY afterwards.
    """
    from clockhouse import app as composition
    from clockhouse import telemetry

    telemetry.configure("warning")
    config = Config(
        data=data,
        database=database_address(context, database),
        database_password=database_password_of(database_password_file),
        key=key_file,
        key_text=secret_of_environment(),
    )
    rotated = composition.rotate_key(config, secret_of_environment("CLOCKHOUSE_NEW_KEY"), output.note)
    output.say(f"Sealed {rotated.secrets} with the new key, which is called {rotated.key}.")
    if rotated.unreadable:
        output.say(f"{rotated.unreadable} were sealed with a key that is lost: they must be set again.")
    if config.key_text is not None:
        output.say("Put the new key into CLOCKHOUSE_KEY now, wherever a server starts.")
    else:
        output.say(f"It is in {config.key_file}. Keep a copy of it; the one before is in {config.key_file.name}.old.")
