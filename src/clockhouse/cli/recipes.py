"""`clockhouse component build-settings`: how a component's next builds are made."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from clockhouse.cli import output
from clockhouse.cli.command import Here, command
from clockhouse.cli.values import Ref, RefArgument, assignments, duration

Kind = Literal["detected", "python", "ballerina", "dockerfile", "image"]
_KINDS = {"python": "Python", "ballerina": "Ballerina", "dockerfile": "a Dockerfile", "image": "a ready image"}


_EXAMPLE = "Example: clockhouse component build-settings shop/report --dockerfile docker/Dockerfile --arg VERSION=2"


def register(app: typer.Typer) -> None:
    command(app, "build-settings", epilog=_EXAMPLE)(build_settings)


def build_settings(
    here: Here,
    ref: RefArgument,
    kind: Annotated[Kind | None, typer.Option("--kind", help="What it is built as.")] = None,
    dockerfile: Annotated[
        str | None, typer.Option("--dockerfile", help="Its path in the source; empty for the usual one.")
    ] = None,
    arguments: Annotated[
        list[str] | None,
        typer.Option("--arg", metavar="NAME=VALUE", help="For an ARG of the Dockerfile; no secret. Can be repeated."),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option("--no-arg", metavar="NAME", help="Give this one no more. Can be repeated.")
    ] = None,
    may_be_root: Annotated[
        bool | None, typer.Option("--allow-root/--no-allow-root", help="Whether its image may run as root.")
    ] = None,
    python: Annotated[
        str | None, typer.Option("--python", metavar="VERSION", help="Such as 3.12; empty for what the project asks.")
    ] = None,
    time_out: Annotated[
        str | None, typer.Option("--time-out", metavar="DURATION", help="Such as 20m; empty for the server's.")
    ] = None,
) -> None:
    """Show how a component is built, or change it; what is not named stays."""
    wanted = {"dockerfile": dockerfile, "allow_root": may_be_root, "python": python}
    body: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    if kind is not None:
        body["kind"] = None if kind == "detected" else kind
    if time_out is not None:
        body["time_out_s"] = duration(time_out) if time_out else None
    path = f"{ref.path}/build-settings"
    found = here.client.get(path)
    if arguments or without:
        kept = {name: value for name, value in found["arguments"].items() if name not in (without or ())}
        body["arguments"] = {**kept, **assignments(arguments or ())}
    if body:
        found = here.client.patch(path, body)
    here.show(found, lambda shown: _facts(ref, shown))


def _facts(ref: Ref, found: dict[str, Any]) -> None:
    time_out_s = found["time_out_s"]
    output.facts(
        f"How {ref} is built",
        [
            ("as", _KINDS.get(found["kind"], "what is detected")),
            ("directory", found["directory"] or None),
            ("dockerfile", found["dockerfile"] or None),
            *((f"argument {name}", value) for name, value in sorted(found["arguments"].items())),
            ("root", "allowed" if found["allow_root"] else "refused"),
            ("python", found["python"]),
            ("time-out", None if time_out_s is None else f"{time_out_s:g} s"),
        ],
    )
