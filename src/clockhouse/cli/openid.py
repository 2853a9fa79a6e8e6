"""The OpenID provider that people may sign in with: the options of a server that name it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from clockhouse.cli import private
from clockhouse.config import OpenIdConfig
from clockhouse.kit import Secret

_SECRET = "CLOCKHOUSE_OPENID_SECRET"  # noqa: S105  the name of a variable
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}

_DEFAULT = OpenIdConfig("", "")


def config(
    *,
    openid_issuer: Annotated[
        str,
        typer.Option(envvar="CLOCKHOUSE_OPENID_ISSUER", help="An OpenID provider, such as https://login.example.org."),
    ] = "",
    openid_client: Annotated[
        str, typer.Option(envvar="CLOCKHOUSE_OPENID_CLIENT", help="What the provider calls this Clockhouse.")
    ] = "",
    openid_secret_file: Annotated[
        Path | None,
        typer.Option(
            envvar="CLOCKHOUSE_OPENID_SECRET_FILE", help=f"A file with the client's secret; without one, {_SECRET}."
        ),
    ] = None,
    openid_name: Annotated[
        str, typer.Option(envvar="CLOCKHOUSE_OPENID_NAME", help="What its button says.")
    ] = _DEFAULT.name,
    openid_scopes: Annotated[
        str, typer.Option(envvar="CLOCKHOUSE_OPENID_SCOPES", help="What it is asked for.")
    ] = " ".join(_DEFAULT.scopes),
    openid_domains: Annotated[
        str,
        typer.Option(
            envvar="CLOCKHOUSE_OPENID_DOMAINS", help="Whose addresses come in without an invitation, between commas."
        ),
    ] = "",
    openid_role: Annotated[
        str, typer.Option(envvar="CLOCKHOUSE_OPENID_ROLE", help="Which role those get. [default: none]")
    ] = "",
    openid_groups: Annotated[
        str, typer.Option(envvar="CLOCKHOUSE_OPENID_GROUPS", help="Roles of groups: ops=operator,coders=developer.")
    ] = "",
    openid_groups_claim: Annotated[
        str, typer.Option(envvar="CLOCKHOUSE_OPENID_GROUPS_CLAIM", help="Which claim names the groups.")
    ] = _DEFAULT.groups_claim,
) -> OpenIdConfig | None:
    """What the options say; None without an issuer."""
    if not openid_issuer:
        return None
    if not openid_client:
        raise typer.BadParameter("Name the client as well.", param_hint="--openid-client")
    parts = urlsplit(openid_issuer)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise typer.BadParameter("A provider is at https://.", param_hint="--openid-issuer")
    given = os.environ.get(_SECRET, "")
    secret = private.read(openid_secret_file, "The client's secret").strip() if openid_secret_file else given
    return OpenIdConfig(
        issuer=openid_issuer,
        client_id=openid_client,
        client_secret=Secret(secret) if secret else None,
        name=openid_name,
        scopes=tuple(dict.fromkeys(["openid", *openid_scopes.split()])),
        domains=tuple(each.casefold() for each in _listed(openid_domains)),
        default_role=openid_role or None,
        groups_claim=openid_groups_claim,
        roles=tuple(_role(each) for each in _listed(openid_groups)),
    )


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _role(text: str) -> tuple[str, str]:
    group, equals, role = text.rpartition("=")
    if not equals or not group:
        raise typer.BadParameter(f"“{text}” is not GROUP=ROLE.", param_hint="--openid-groups")
    return group, role
