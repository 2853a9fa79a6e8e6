"""The files of a data directory that have to last."""

from __future__ import annotations

import os
from pathlib import Path

from clockhouse import home


def test_a_file_is_on_the_disk_before_it_has_its_name_and_its_name_is_before_it_is_relied_on(tmp_path, monkeypatch):
    file, done = tmp_path / "process", []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: done.append(os.readlink(f"/proc/self/fd/{fd}")) or sync(fd))
    monkeypatch.setattr(Path, "replace", lambda new, to: done.append("replaced") or replace(new, to))
    home.write(file, "word")
    assert done == [f"{file}.new", "replaced", str(tmp_path)]
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("word", 0o600)
