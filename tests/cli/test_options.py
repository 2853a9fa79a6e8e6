"""Groups of options, as a command gets them."""

from __future__ import annotations

from typing import Annotated

import typer
from typer.testing import CliRunner

from clockhouse.cli.options import grouped


def size(*, width: Annotated[int, typer.Option(min=1)] = 3, height: int = 4) -> tuple[int, int]:
    return width, height


@grouped(extent=size)
def draw(name: str, extent: tuple[int, int], is_filled: bool = False) -> None:
    typer.echo(f"{name} {extent} {is_filled}")


def drawn(*arguments: str) -> str:
    app = typer.Typer(rich_markup_mode=None)
    app.command()(draw)
    return CliRunner().invoke(app, arguments).output


def test_a_command_gets_what_is_made_of_its_group_of_options() -> None:
    assert drawn("door", "--height", "7", "--is-filled") == "door (3, 7) True\n"


def test_the_options_of_a_group_are_checked_and_told_as_any_others() -> None:
    assert "--width" in drawn("door", "--width", "0")

    help_text = drawn("--help")
    assert help_text.index("--width") < help_text.index("--height") < help_text.index("--is-filled")
    assert "--extent" not in help_text
