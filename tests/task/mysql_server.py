"""A real MariaDB or MySQL for tests, when the system has one."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import pymysql
from tests.support.server import free_port
from tests.support.waiting import eventually

from clockhouse.task.coordination import MysqlConfig

_SERVERS = ("mariadbd", "mysqld")
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


class Mysql:
    """A running server with its data in `folder`. Raises FileNotFoundError when the system has no program for it."""

    def __init__(self, folder: Path) -> None:
        found = next(filter(None, (shutil.which(name, path=_PATH) for name in _SERVERS)), None)
        if found is None:
            raise FileNotFoundError("neither mariadbd nor mysqld is installed")
        self._folder, self._program, self._numbers = folder, found, count(1)
        self._data = folder / "data"
        self._user = f"--user={pwd.getpwuid(os.geteuid()).pw_name}"
        self.port = free_port()

    def __enter__(self) -> Self:
        self._initialize()
        options = [
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--socket={self._folder / 's'}",
            f"--pid-file={self._folder / 'pid'}",
            "--innodb-flush-log-at-trx-commit=0",
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([*self._command(), *options], stdout=log, stderr=log)
        eventually(self._answers, within=60)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()

    def new_database(self) -> MysqlConfig:
        """An empty database that nobody else has."""
        name = f"test_{next(self._numbers)}"
        with pymysql.connect(host="127.0.0.1", port=self.port, user="root") as connection:
            connection.cursor().execute(f"CREATE DATABASE {name}")
        return MysqlConfig(host="127.0.0.1", port=self.port, user="root", database=name)

    def _command(self) -> list[str]:
        return [self._program, "--no-defaults", f"--datadir={self._data}", self._user]

    def _initialize(self) -> None:
        installer = shutil.which("mariadb-install-db", path=_PATH)
        if installer is None:
            subprocess.run([*self._command(), "--initialize-insecure"], check=True, capture_output=True)
            return
        options = ["--auth-root-authentication-method=normal", "--skip-test-db", "--force", "--skip-name-resolve"]
        command = [installer, "--no-defaults", f"--datadir={self._data}", self._user, *options]
        subprocess.run(command, check=True, capture_output=True)

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError((self._folder / "log").read_text(errors="replace")[-2000:])
        try:
            pymysql.connect(host="127.0.0.1", port=self.port, user="root").close()
        except pymysql.OperationalError:
            return False
        return True
