"""What people write on a command line: references, durations, settings and secrets."""

from __future__ import annotations

import getpass
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Annotated
from urllib.parse import quote

import typer

from clockhouse.model import duration as durations

_SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_REF = re.compile(rf"({_SLUG})/({_SLUG})")
_SECRET_VARIABLE = "CLOCKHOUSE_SECRET_"  # noqa: S105  the beginning of a name, not a secret


@dataclass(frozen=True, slots=True)
class Ref:
    """Which component."""

    project: str
    component: str

    @property
    def path(self) -> str:
        """Its path in the API."""
        return f"/projects/{self.project}/components/{self.component}"

    def __str__(self) -> str:
        return f"{self.project}/{self.component}"


def ref(text: str) -> Ref:
    found = _REF.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"“{text}” is not PROJECT/COMPONENT, such as example/health-check.")
    return Ref(found[1], found[2])


def slug(text: str) -> str:
    if not re.fullmatch(_SLUG, text):
        raise typer.BadParameter(f"“{text}” is not a short name: small letters, digits and single dashes.")
    return text


Subject = Annotated[str | None, typer.Argument(metavar="[PROJECT[/COMPONENT]]", help="Everything if not given.")]


def subject(text: str | None) -> tuple[str | None, str | None]:
    """The project and the component that a Subject names."""
    if text is None:
        return None, None
    if "/" in text:
        found = ref(text)
        return found.project, found.component
    return slug(text), None


def segment(text: str) -> str:
    """Whatever somebody wrote, as one segment of a path."""
    return quote(text, safe="")


def duration(text: str) -> float:
    """Seconds: of `10s`, `5m`, `2h`, `1d`, `500ms` or a plain number."""
    found = durations.read(text)
    if found is None:
        raise typer.BadParameter(f"“{text}” is not a duration. Write 500ms, 10s, 5m, 2h or 1d.")
    return found.total_seconds()


RefArgument = Annotated[
    Ref, typer.Argument(parser=ref, metavar="PROJECT/COMPONENT", help="Such as example/health-check.")
]
ProjectArgument = Annotated[str, typer.Argument(parser=slug, metavar="PROJECT", help="The project's short name.")]
EnvironmentOption = Annotated[
    str,
    typer.Option("--environment", "-e", parser=slug, metavar="ENVIRONMENT", help="Such as development or production."),
]


Note = Annotated[str, typer.Option("--note", help="Why; it is the reason of what is skipped.")]


def assignments(texts: Iterable[str]) -> dict[str, str]:
    """Values by name, of `name=value` each."""
    given = dict[str, str]()
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"“{text}” is not name=value.", param_hint="--set")
        given[name.strip()] = value
    return given


def secrets(
    names: Sequence[str],
    *,
    variables: Mapping[str, str] = os.environ,
    stream: IO[str] | None = None,
    option: str = "--secret",
) -> dict[str, str]:
    """The secrets' values by name: from CLOCKHOUSE_SECRET_<NAME>, else asked at the terminal without echo.

    Where standard input is no terminal it is read instead: a line a secret, in the order of the names. `option` is
    what asked for them.
    """
    source = stream or sys.stdin
    given = dict[str, str]()
    for name in names:
        variable = f"{_SECRET_VARIABLE}{name.upper()}"
        if variable in variables:
            given[name] = variables[variable]
        elif source.isatty():
            given[name] = getpass.getpass(f"{name}: ")
        else:
            given[name] = _line(source, name, variable, option)
    return given


def confirmed(question: str, *, is_sure: bool) -> None:
    """Goes on only when somebody said so: with --yes, or at the terminal."""
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("Nobody is there to ask. Add --yes if you are sure.", param_hint="--yes")
    typer.confirm(question, abort=True, err=True)


def _line(source: IO[str], name: str, variable: str, option: str) -> str:
    line = source.readline()
    if not line:
        raise typer.BadParameter(
            f"There is no value for {name}: set {variable}, or write it to standard input as a line.",
            param_hint=option,
        )
    return line.removesuffix("\n").removesuffix("\r")
