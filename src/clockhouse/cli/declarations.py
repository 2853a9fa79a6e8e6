"""`clockhouse apply`, `diff` and `export`: a component as a clockhouse.yaml."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from clockhouse.cli import output
from clockhouse.cli.command import Here, command
from clockhouse.cli.values import Ref, RefArgument

FileOption = Annotated[str, typer.Option("--file", "-f", metavar="FILE", help="The file; - for standard input.")]


def register(app: typer.Typer) -> None:
    command(app, "apply", epilog="Example: clockhouse apply shop/report -f clockhouse.yaml")(apply)
    command(app, "diff", epilog="Example: clockhouse diff shop/report -f clockhouse.yaml")(diff)
    command(app, "export", epilog="Example: clockhouse export shop/report > clockhouse.yaml")(export)


def apply(
    here: Here,
    ref: RefArgument,
    file: FileOption = "clockhouse.yaml",
    forget: Annotated[
        bool, typer.Option("--forget", help="Nothing applied counts any more; what it has changed stays.")
    ] = False,
) -> None:
    """Make a component what a clockhouse.yaml says, and have that count from now on."""
    if forget:
        here.client.delete(f"{ref.path}/declaration")
        here.say(f"No applied file counts for {ref} any more.")
        return
    answer = here.client.post(f"{ref.path}/declaration", {"text": _text(file)})
    here.show(answer, lambda shown: _tell(ref, shown["changes"], is_done=True))


def diff(here: Here, ref: RefArgument, file: FileOption = "clockhouse.yaml") -> None:
    """Show what applying a clockhouse.yaml would change; 3 is the exit code when it would change anything."""
    answer = here.client.post(f"{ref.path}/declaration/diff", {"text": _text(file)})
    here.show(answer, lambda shown: _tell(ref, shown["changes"], is_done=False))
    if answer["changes"]:
        raise typer.Exit(3)


def export(here: Here, ref: RefArgument) -> None:
    """Print the clockhouse.yaml of a component as it is now, without its secrets."""
    answer = here.client.get(f"{ref.path}/declaration")
    here.show(answer, lambda shown: typer.echo(shown["text"], nl=False))


def _text(file: str) -> str:
    if file == "-":
        return sys.stdin.read()
    try:
        return Path(file).read_text("utf-8")
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{file} is no text in UTF-8.", param_hint="--file") from None


def _tell(ref: Ref, changes: list[dict[str, Any]], *, is_done: bool) -> None:
    if not changes:
        output.say(f"{ref} is as the file says.")
        return
    for change in changes:
        output.say(f"{change['place']}")
        output.say(f"  - {_words(change['before'])}")
        output.say(f"  + {_words(change['after'])}")
        if change["waits"]:
            output.say(f"  {change['waits']}")
    count = sum(1 for change in changes if not change["waits"])
    if is_done:
        output.say(f"{count} changed, {len(changes) - count} to come." if count < len(changes) else f"{count} changed.")


def _words(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
