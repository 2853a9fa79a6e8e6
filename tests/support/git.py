"""Real Git repositories and servers of them, for tests."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from dulwich.repo import Repo
from dulwich.server import BackendRepo, DictBackend
from dulwich.web import make_wsgi_chain

_IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_ALLOW_PROTOCOL": "file",
}


class Repository:
    """A repository with a working directory, made with the `git` of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, typed: str | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            input=typed,
            env={"PATH": os.environ["PATH"], **_IDENTITY},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str], message: str = "Change it") -> str:
        """Writes the files and commits everything there is; the new commit."""
        for path, text in files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def commit_many(self, path: str, count: int) -> list[str]:
        """Commits that write `x = 1`, `x = 2`, … into one file, quickly; oldest first."""
        told = []
        for number in range(1, count + 1):
            text, message = f"x = {number}\n", f"Change {number}"
            told.append(
                f"commit refs/heads/main\nmark :{number}\ncommitter Ada <ada@example.com> {10**9 + number} +0000"
            )
            told.append(f"data {len(message)}\n{message}")
            if number == 1:
                told.append("from refs/heads/main^0")
            told.append(f"M 100644 inline {path}\ndata {len(text)}\n{text}")
        self.git("fast-import", "--quiet", typed="\n".join(told))
        self.git("reset", "--quiet", "--hard")
        return self.git("rev-list", "--reverse", f"--max-count={count}", "HEAD").splitlines()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  its name there
        pass


Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@contextmanager
def over_http(repository: Repository, *, user: str | None = None, token: str | None = None) -> Iterator[str]:
    """The repository's http address; with a user, only who names them and the token may read it."""
    opened = Repo(str(repository.folder))
    repositories: dict[str, BackendRepo] = {"/team/shop.git": opened}
    application: Wsgi = make_wsgi_chain(DictBackend(repositories))
    if user is not None:
        application = _guarded(application, f"{user}:{token}")
    with make_server("127.0.0.1", 0, application, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/team/shop.git"
        finally:
            server.shutdown()
            thread.join()
            opened.close()


def _guarded(application: Wsgi, pair: str) -> Wsgi:
    wanted = f"Basic {base64.b64encode(pair.encode()).decode()}"

    def guard(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("HTTP_AUTHORIZATION") != wanted:
            start("401 Unauthorized", [("WWW-Authenticate", 'Basic realm="team"'), ("Content-Length", "0")])
            return [b""]
        return application(environ, start)

    return guard


@contextmanager
def over_git(folder: Path) -> Iterator[str]:
    """The address of what is below `folder`, from a real `git daemon`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--listen=127.0.0.1", f"--port={port}", f"--base-path={folder}", "--export-all", "--reuseaddr"]
    environment = {"PATH": os.environ["PATH"], **_IDENTITY, "GIT_CONFIG_COUNT": "1"}
    environment |= {"GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    daemon = subprocess.Popen(
        ["git", "daemon", "--verbose", *options, str(folder)],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert daemon.stderr is not None
        assert "Ready" in daemon.stderr.readline()
        yield f"git://127.0.0.1:{port}"
    finally:
        os.killpg(daemon.pid, 15)
        daemon.wait()
        if daemon.stderr is not None:
            daemon.stderr.close()
