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

IssuerOption = Annotated[
    str,
    typer.Option(envvar="CLOCKHOUSE_OPENID_ISSUER", help="An OpenID provider, such as https://login.example.org."),
]
ClientOption = Annotated[
    str, typer.Option(envvar="CLOCKHOUSE_OPENID_CLIENT", help="What the provider calls this Clockhouse.")
]
SecretFileOption = Annotated[
    Path | None,
    typer.Option(
        envvar="CLOCKHOUSE_OPENID_SECRET_FILE", help=f"A file with the client's secret; without one, {_SECRET}."
    ),
]
NameOption = Annotated[str, typer.Option(envvar="CLOCKHOUSE_OPENID_NAME", help="What its button says.")]
ScopesOption = Annotated[str, typer.Option(envvar="CLOCKHOUSE_OPENID_SCOPES", help="What it is asked for.")]
DomainsOption = Annotated[
    str,
    typer.Option(
        envvar="CLOCKHOUSE_OPENID_DOMAINS", help="Whose addresses come in without an invitation, between commas."
    ),
]
DefaultRoleOption = Annotated[
    str, typer.Option(envvar="CLOCKHOUSE_OPENID_ROLE", help="Which role those get. [default: none]")
]
GroupsOption = Annotated[
    str, typer.Option(envvar="CLOCKHOUSE_OPENID_GROUPS", help="Roles of groups: ops=operator,coders=developer.")
]
GroupsClaimOption = Annotated[
    str, typer.Option(envvar="CLOCKHOUSE_OPENID_GROUPS_CLAIM", help="Which claim names the groups.")
]

DEFAULT = OpenIdConfig("", "")


def config(
    issuer: str,
    client: str,
    secret_file: Path | None,
    *,
    name: str,
    scopes: str,
    domains: str,
    default_role: str,
    groups: str,
    groups_claim: str,
) -> OpenIdConfig | None:
    """What the options say; None without an issuer."""
    if not issuer:
        return None
    if not client:
        raise typer.BadParameter("Name the client as well.", param_hint="--openid-client")
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise typer.BadParameter("A provider is at https://.", param_hint="--openid-issuer")
    secret = private.read(secret_file, "The client's secret").strip() if secret_file else os.environ.get(_SECRET, "")
    return OpenIdConfig(
        issuer=issuer,
        client_id=client,
        client_secret=Secret(secret) if secret else None,
        name=name,
        scopes=tuple(dict.fromkeys(["openid", *scopes.split()])),
        domains=tuple(each.casefold() for each in _listed(domains)),
        default_role=default_role or None,
        groups_claim=groups_claim,
        roles=tuple(_role(each) for each in _listed(groups)),
    )


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _role(text: str) -> tuple[str, str]:
    group, equals, role = text.rpartition("=")
    if not equals or not group:
        raise typer.BadParameter(f"“{text}” is not GROUP=ROLE.", param_hint="--openid-groups")
    return group, role
