"""What every command has: the options that name the server, `--json`, and a client to ask."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec

import typer

from clockhouse.cli import hints, output, place
from clockhouse.errors import ClockhouseError, Unauthenticated, Unavailable

if TYPE_CHECKING:
    from clockhouse.client import Client

P = ParamSpec("P")

_OPTIONS: dict[str, Any] = {
    "server": Annotated[
        str | None,
        typer.Option(envvar="CLOCKHOUSE_SERVER", metavar="ADDRESS", help="The server's address."),
    ],
    "data": Annotated[
        Path | None,
        typer.Option(
            envvar="CLOCKHOUSE_DATA",
            metavar="FOLDER",
            help="The data directory of a server on this machine: its address and token are there. [default: ./data]",
            show_default=False,
        ),
    ],
    "json": Annotated[bool, typer.Option("--json", help="Print the API's answer as JSON and nothing else.")],
}


class Here:
    """What a command is given: the server, and whether to answer in JSON."""

    def __init__(self, server: str | None, data: Path | None, *, is_json: bool):
        self.is_json = is_json
        self._server, self._data = server, data
        self._client: Client | None = None
        self._has_token = False

    @property
    def client(self) -> Client:
        if self._client is None:
            from clockhouse.client import Client  # takes a third of a second, which `--help` need not wait for

            found = place.find(self._server, self._data)
            self._has_token = found.token is not None
            self._client = Client(found.base_url, found.token.reveal() if found.token else None)
        return self._client

    def show(self, answer: Any, for_people: Callable[[Any], None]) -> None:
        """Prints the API's answer: as it is with `--json`, else as `for_people` does."""
        if self.is_json:
            output.print_json(answer)
        else:
            for_people(answer)

    def say(self, sentence: str) -> None:
        """Tells a person what was done; silent with `--json`."""
        if not self.is_json:
            output.say(sentence)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def explained(self, error: ClockhouseError) -> ClockhouseError:
        """The same error, with what to do about it from here."""
        if isinstance(error, Unavailable) and "cause" in error.facts and self._server is None:
            return Unavailable(f"{error.sentence} {self._where_from()}", **error.facts)
        if not isinstance(error, Unauthenticated) or self._client is None:
            return error
        address = self._client.base_url
        if self._has_token:
            return Unauthenticated(
                f"{address} does not accept this token. "
                "Set CLOCKHOUSE_TOKEN to one of yours, or to what the file `token` in its data directory holds."
            )
        return Unauthenticated(
            f"{address} wants a token. Set CLOCKHOUSE_TOKEN, or name the server's data directory with --data."
        )

    def _where_from(self) -> str:
        file = place.address_file(self._data)
        if file.exists():
            return f"That address is from the data directory {file.parent.absolute()}."
        return (
            f"No server's address is in the data directory {file.parent.absolute()}: "
            "name the server's with --data or in CLOCKHOUSE_DATA."
        )


def command(
    app: typer.Typer, name: str, **settings: Any
) -> Callable[[Callable[Concatenate[Here, P], None]], Callable[P, None]]:
    """Registers a function as a command: it gets a Here first, and the command gets the common options."""

    def register(function: Callable[Concatenate[Here, P], None]) -> Callable[P, None]:
        @functools.wraps(function)
        def run(*arguments: P.args, **options: P.kwargs) -> None:
            server, data, is_json = (options.pop(option) for option in _OPTIONS)
            here = Here(server, data, is_json=bool(is_json))  # type: ignore[arg-type]  # typed by _OPTIONS
            try:
                with hints.towards(server, data):  # type: ignore[arg-type]  # as above
                    function(here, *arguments, **options)
            except ClockhouseError as error:
                raise here.explained(error) from error
            finally:
                here.close()

        signature = _signature(function)
        run.__signature__ = signature  # type: ignore[attr-defined]  # what Typer reads, as are the annotations
        run.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
        app.command(name, **settings)(run)
        return run

    return register


def _signature(function: Callable[..., None]) -> inspect.Signature:
    _, *own = inspect.signature(function, eval_str=True).parameters.values()
    common = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=False if name == "json" else None
        )
        for name, kind in _OPTIONS.items()
    ]
    return inspect.Signature([parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own] + common)
