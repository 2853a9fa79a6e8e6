"""`clockhouse connector …`: clients of a component's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clockhouse.errors import Invalid

app = typer.Typer(no_args_is_help=True, help="Connectors that belong to a component.")


@app.callback()
def _root() -> None: ...


@app.command("from-openapi", epilog="Example: clockhouse connector from-openapi shop.yaml --name shop")
def from_openapi(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An OpenAPI file of version 3.0 or 3.1, as JSON or YAML.")
    ],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The module's name; made of the title if not given.")
    ] = None,
    folder: Annotated[Path, typer.Option("--source", metavar="FOLDER", help="The component's source.")] = Path(),
    replaces: Annotated[bool, typer.Option("--replace", help="Write over a module that is there.")] = False,
) -> None:
    """Write a client for an API into a component's source. It needs no server."""
    from clockhouse.flows import client_code, openapi  # libraries that no other command needs

    try:
        made, code = client_code.named(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise Invalid(f"{file} is no text.") from None
    except openapi.OpenApiError as error:
        raise Invalid(f"{file}: {error}") from None
    if name is not None and openapi.identifier(name) != name:
        raise Invalid(f"A module is not named {name}, but for example {openapi.identifier(name)}.")
    path = folder / "clients" / f"{name or made}.py"
    if path.exists() and not replaces:
        raise Invalid(f"{path} is there already. Choose another --name, or --replace it.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code, encoding="utf-8")
    typer.echo(f"Wrote {path}. Use it: from clients import {path.stem}")
