"""Files on a real server, over SFTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import pytest
from tests.support.sftp import HOST_KEY, USER_KEY, sftp_server

from clockhouse.connectors import ConnectorError, sftp
from clockhouse.kit import Secret

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A folder and the port at which it is served."""
    folder = tmp_path_factory.mktemp("served")
    with sftp_server(folder) as port:
        yield folder, port


@pytest.fixture
def server(served: tuple[Path, int]) -> sftp.Client:
    return client(served[1], password=Secret("right"))


def client(port: int, host_key: str | None = HOST_KEY.get_fingerprint(), **given: Secret) -> sftp.Client:
    return sftp.Client("127.0.0.1", "ada", port=port, host_key=host_key, timeout_seconds=5, **given)


def test_files_are_written_read_listed_moved_and_removed(
    server: sftp.Client, served: tuple[Path, int], tmp_path: Path
) -> None:
    folder = served[0]
    (tmp_path / "here.csv").write_text("a,b\n")

    server.make_folder("in/daily")
    server.make_folder("in/daily")
    server.write("in/daily/b.txt", "Grüße")
    server.upload(tmp_path / "here.csv", "in/daily/a.csv")

    found = server.list("in/daily")
    assert [(each.name, each.path, each.size_bytes, each.is_folder) for each in found] == [
        ("a.csv", "in/daily/a.csv", 4, False),
        ("b.txt", "in/daily/b.txt", 7, False),
    ]
    assert found[0].modified_at == datetime.fromtimestamp(int((folder / "in/daily/a.csv").stat().st_mtime), UTC)
    assert server.list("in")[0].is_folder
    assert server.read("in/daily/b.txt").decode() == "Grüße"
    server.write("in/daily/b.txt", b"new")
    server.move("in/daily/b.txt", "in/daily/a.csv")
    server.download("in/daily/a.csv", tmp_path / "there")
    assert (tmp_path / "there").read_bytes() == b"new"
    assert server.exists("in/daily/a.csv")
    server.delete("in/daily/a.csv")
    server.delete("in/daily")
    assert not server.exists("in/daily")
    assert [path.name for path in folder.rglob("*")] == ["in"]


@pytest.mark.parametrize("form", ["openssh", "pkcs8-pem", "pkcs1-pem"])
def test_a_key_signs_in_as_a_password_does(served: tuple[Path, int], form: str) -> None:
    key = Secret(USER_KEY.export_private_key(form).decode().strip())

    assert client(served[1], private_key=key).list() is not None


def test_who_may_not_is_told_without_the_password(served: tuple[Path, int]) -> None:
    with pytest.raises(ConnectorError, match=r"refused ada\. Check the user and the password") as told:
        client(served[1], password=Secret("wrong-one")).list()

    assert "wrong-one" not in str(told.value)


def test_a_server_that_is_not_known_is_told_with_its_key(
    served: tuple[Path, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    unknown = client(served[1], None, password=Secret("right"))

    with pytest.raises(ConnectorError, match=HOST_KEY.get_fingerprint().replace("+", r"\+")):
        unknown.list()

    (tmp_path / ".ssh").mkdir()
    line = f"[127.0.0.1]:{served[1]} {HOST_KEY.export_public_key().decode()}"
    (tmp_path / ".ssh" / "known_hosts").write_text(line)
    assert unknown.list() is not None


def test_a_server_with_another_key_gets_no_password(served: tuple[Path, int]) -> None:
    with pytest.raises(ConnectorError, match=r"is not the expected server: its key is SHA256:.*, not SHA256:other"):
        client(served[1], "SHA256:other", password=Secret("right")).list()


def test_what_is_not_there_is_told(server: sftp.Client, tmp_path: Path) -> None:
    for act in (lambda: server.read("no"), lambda: server.list("no"), lambda: server.delete("no")):
        with pytest.raises(ConnectorError, match=r"127\.0\.0\.1 has no file or folder no"):
            act()


def test_a_folder_that_is_missing_here_is_not_the_servers(server: sftp.Client, tmp_path: Path) -> None:
    server.write("there.txt", "new")

    with pytest.raises(ConnectorError, match=r"missing/x can't be written here: No such file or directory"):
        server.download("there.txt", tmp_path / "missing" / "x")
    with pytest.raises(ConnectorError, match=r"is a folder here\. Name a file in it"):
        server.download("there.txt", tmp_path)


def test_a_full_disk_here_is_not_the_servers() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        part = sftp._Part(Path("x"), full)

        with pytest.raises(ConnectorError, match=r"x can't be written here: No space left on device"):
            part.write(b"new")


def test_a_download_that_fails_leaves_what_was_there(server: sftp.Client, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("old")

    with pytest.raises(ConnectorError, match="has no file or folder no"):
        server.download("no", tmp_path / "x")

    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"x": "old"}


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(ConnectorError, match=r"can't be reached: .* Check its name and port"):
        client(9, password=Secret("right")).list()


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa"])
def test_a_key_may_be_of_any_kind(kind: str) -> None:
    key = asyncssh.generate_private_key(kind)

    found = sftp._key(Secret(key.export_private_key("openssh").decode()))

    assert found is not None
    assert found.asbytes() == key.public_data


def test_a_key_with_a_pass_phrase_is_told() -> None:
    key = USER_KEY.export_private_key("pkcs8-pem", passphrase="sesame")

    with pytest.raises(ConnectorError, match="The private key has a pass phrase"):
        client(9, private_key=Secret(key.decode())).list()


def test_a_key_that_is_none_is_told() -> None:
    with pytest.raises(ConnectorError, match="The private key can't be read"):
        client(9, private_key=Secret("-----BEGIN NOTHING-----")).list()
