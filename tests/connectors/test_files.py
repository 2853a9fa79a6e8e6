"""Files of this machine: what is to be sent is there, and what is written is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from clockhouse.connectors import s3, sftp
from clockhouse.connectors.errors import ConnectorError
from clockhouse.connectors.files import here, replace


def test_a_file_that_is_to_be_sent_and_is_not_there_is_told_so_before_anything_is_called(tmp_path: Path) -> None:
    missing = tmp_path / "report.csv"
    store = s3.Client("reports", endpoint_url="http://127.0.0.1:9")
    with pytest.raises(ConnectorError, match=r"report.csv is not there. Check its path: the task runs in"):
        store.upload(missing, "report.csv")
    with pytest.raises(ConnectorError, match="is not there"):
        sftp.Client("127.0.0.1", "ada", port=9).upload(missing, "report.csv")
    with pytest.raises(ConnectorError, match="is a folder"):
        here(tmp_path)


def test_a_file_that_is_written_is_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    target = tmp_path / "report.csv"
    target.write_text("old")

    assert replace(target, b"new") == 3

    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("report.csv", "new")]


def test_a_file_that_cannot_be_written_leaves_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(ConnectorError, match="folder can't be written here: Is a directory"):
        replace(tmp_path / "folder", b"new")
    with pytest.raises(ConnectorError, match="No such file or directory"):
        replace(tmp_path / "none" / "file", b"new")

    assert [each.name for each in tmp_path.iterdir()] == ["folder"]
