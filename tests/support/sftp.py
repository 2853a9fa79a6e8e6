"""A real SFTP server on loopback, which serves one folder."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh

HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
USER_KEY = asyncssh.generate_private_key("ecdsa-sha2-nistp256")


@contextmanager
def sftp_server(folder: Path) -> Iterator[int]:
    """The port of a server for as long as the block lasts; ada signs in with the password right, or with USER_KEY."""
    connections: list[asyncssh.SSHServerConnection] = []
    started: list[tuple[asyncio.AbstractEventLoop, int]] = []
    ready, stop = threading.Event(), asyncio.Event()

    class Login(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            connections.append(conn)

        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("ada", "right")

    async def serve() -> None:
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Login,
            server_host_keys=[HOST_KEY],
            authorized_client_keys=asyncssh.import_authorized_keys(USER_KEY.export_public_key().decode()),
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder).encode()),
        )
        started.append((asyncio.get_running_loop(), server.get_port()))
        ready.set()
        await stop.wait()
        server.close()
        await server.wait_closed()
        for connection in connections:
            connection.close()
            await connection.wait_closed()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield started[0][1]
    finally:
        started[0][0].call_soon_threadsafe(stop.set)
        thread.join()
