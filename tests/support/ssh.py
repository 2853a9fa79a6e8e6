"""A real ssh server on loopback that serves one Git repository to one key."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh


@dataclass(frozen=True, slots=True)
class SshServer:
    """`key` opens it for the user git, `stranger` does not; both whole private keys."""

    port: int
    key: str
    stranger: str


@contextmanager
def over_ssh(folder: Path, *, port: int = 0, host_key: asyncssh.SSHKey | None = None) -> Iterator[SshServer]:
    """Serves what is below `folder`."""
    mine, other = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    host = host_key or asyncssh.generate_private_key("ssh-ed25519")
    started: list[int] = []
    ready, stop = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        allowed = asyncssh.import_authorized_keys(mine.export_public_key().decode())

        async def answer(process: asyncssh.SSHServerProcess[bytes]) -> None:
            found = re.fullmatch(r"git-upload-pack '(/[\w./-]+)'", process.command or "")
            if found is None:
                process.exit(128)
                return
            child = await asyncio.create_subprocess_exec(
                "git",
                "-c",
                "safe.directory=*",
                "upload-pack",
                str(folder / found[1].lstrip("/")),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            typing = asyncio.create_task(_pump(process.stdin, child.stdin))
            await asyncio.gather(_pump(child.stdout, process.stdout), _pump(child.stderr, process.stderr))
            typing.cancel()
            process.exit(await child.wait())

        server = await asyncssh.listen(
            "127.0.0.1",
            port,
            server_host_keys=[host],
            authorized_client_keys=allowed,
            process_factory=answer,
            encoding=None,
            allow_scp=False,
        )
        started.append(server.get_port())
        ready.set()
        await stop.wait()
        server.close()
        await server.wait_closed()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield SshServer(started[0], mine.export_private_key().decode(), other.export_private_key().decode())
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join()


async def _pump(source: Any, to: Any) -> None:
    """Passes on what comes, to its end."""
    while chunk := await source.read(65536):
        to.write(chunk)
        await to.drain()
