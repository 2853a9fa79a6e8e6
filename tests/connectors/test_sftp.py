"""Files on a real server, over SFTP."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import asyncssh
import pytest

from clockhouse.connectors import ConnectorError, sftp
from clockhouse.kit import Secret

pytestmark = pytest.mark.slow

HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
USER_KEY = asyncssh.generate_private_key("ecdsa-sha2-nistp256")


class _Login(asyncssh.SSHServer):
    connections: ClassVar[list[asyncssh.SSHServerConnection]] = []

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.connections.append(conn)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("ada", "right")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A folder and the port at which it is served."""
    folder, ready, stop = tmp_path_factory.mktemp("served"), threading.Event(), asyncio.Event()
    known: list[tuple[asyncio.AbstractEventLoop, int]] = []

    async def serve() -> None:
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=_Login,
            server_host_keys=[HOST_KEY],
            authorized_client_keys=asyncssh.import_authorized_keys(USER_KEY.export_public_key().decode()),
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder).encode()),
        )
        known.append((asyncio.get_running_loop(), server.get_port()))
        ready.set()
        await stop.wait()
        server.close()
        await server.wait_closed()
        for connection in _Login.connections:
            connection.close()
            await connection.wait_closed()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    loop, port = known[0]
    yield folder, port
    loop.call_soon_threadsafe(stop.set)
    thread.join()


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
