"""`clockhouse connector from-openapi` writes a module, and needs no server."""

from pathlib import Path

import pytest
from tests.flows.test_client_code import SHOP
from typer.testing import CliRunner

from clockhouse.cli.connectors import app
from clockhouse.errors import Invalid


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["from-openapi", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_module_is_written_into_the_source(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP)

    said = run(str(file), "--source", str(tmp_path / "task"))

    assert "from clients import tea_shop" in said
    assert "class Client:" in (tmp_path / "task/clients/tea_shop.py").read_text()


def test_a_module_that_is_there_is_kept_unless_it_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP)
    mine = tmp_path / "clients/tea.py"
    mine.parent.mkdir()
    mine.write_text("mine")

    with pytest.raises(Invalid, match="is there already"):
        run(str(file), "--source", str(tmp_path), "--name", "tea")
    assert mine.read_text() == "mine"

    run(str(file), "--source", str(tmp_path), "--name", "tea", "--replace")
    assert "class Client:" in mine.read_text()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("../tea", SHOP, "A module is not named ../tea, but for example tea"),
        ("tea", "swagger: '2.0'", "Swagger 2"),
        ("tea", "\x00", "neither JSON nor YAML"),
    ],
)
def test_what_can_not_be_written_is_told(tmp_path: Path, name: str, text: str, told: str) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(text)

    with pytest.raises(Invalid, match=told):
        run(str(file), "--source", str(tmp_path), "--name", name)

    assert not (tmp_path / "clients").exists()
