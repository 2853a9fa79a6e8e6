"""Which server is asked, and who gets to see which token."""

from __future__ import annotations

from pathlib import Path

import pytest

from clockhouse.cli import place
from clockhouse.errors import Forbidden


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "address").write_text("http://127.0.0.1:9000\n")
    (tmp_path / "token").write_text("local-token\n")
    return tmp_path


def token(found: place.Place) -> str | None:
    return found.token.reveal() if found.token else None


def test_on_the_servers_machine_nothing_needs_to_be_set(data: Path) -> None:
    found = place.find(None, data, {})
    assert (found.base_url, token(found)) == ("http://127.0.0.1:9000", "local-token")


def test_without_anything_the_usual_address_is_asked(tmp_path: Path) -> None:
    found = place.find(None, tmp_path / "nothing", {})
    assert (found.base_url, token(found)) == ("http://127.0.0.1:8420", None)


def test_the_token_of_the_environment_wins(data: Path) -> None:
    assert token(place.find(None, data, {"CLOCKHOUSE_TOKEN": " mine "})) == "mine"


@pytest.mark.parametrize("server", ["http://localhost:9000", "http://127.0.0.1:9000/", "http://[::1]:9000"])
def test_the_same_server_under_another_name_gets_the_local_token(data: Path, server: str) -> None:
    assert token(place.find(server, data, {})) == "local-token"


@pytest.mark.parametrize(
    "server", ["http://127.0.0.1:9001", "https://127.0.0.1:9000", "http://clock.example.com:9000", "nonsense"]
)
def test_another_server_never_sees_the_local_token(data: Path, server: str) -> None:
    found = place.find(server, data, {})
    assert (found.base_url, token(found)) == (server, None)


def test_a_token_does_not_show_itself(data: Path) -> None:
    assert "local-token" not in repr(place.find(None, data, {}))


def test_another_users_data_directory_is_a_sentence(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)  # tests may run as root, who may read everything
    with pytest.raises(Forbidden, match="You may not read"):
        place.find(None, data, {})
