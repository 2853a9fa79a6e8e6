"""Who keeps secrets that only references to are kept here: the options of a server that name them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clockhouse.cli.secrets import secret_of_environment
from clockhouse.config import KeepersConfig


def config(
    *,
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
) -> KeepersConfig:
    """What the options say; the token may come from the environment."""
    return KeepersConfig(
        folder=secret_files and secret_files.absolute(),
        vault=vault_address,
        vault_token=None if vault_token_file else secret_of_environment("CLOCKHOUSE_VAULT_TOKEN"),
        vault_token_file=vault_token_file and vault_token_file.absolute(),
        vault_namespace=vault_namespace,
        vault_authority=vault_ca,
    )
