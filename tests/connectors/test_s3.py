"""Objects, in a store that speaks S3."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from moto.server import ThreadedMotoServer

from clockhouse.connectors import ConnectorError, s3
from clockhouse.kit import Secret

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def bucket(address: str) -> s3.Client:
    made = client(address, "numbers")
    made._store.create_bucket(Bucket="numbers", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return made


def client(address: str, name: str) -> s3.Client:
    return s3.Client(
        name, Secret("key"), Secret("hidden"), region="eu-central-1", endpoint_url=address, timeout_seconds=5
    )


def test_objects_are_written_read_listed_and_removed(bucket: s3.Client, tmp_path: Path) -> None:
    (tmp_path / "here.csv").write_text("a,b\n")

    bucket.write("daily/1.txt", "Grüße")
    bucket.write("daily/2.bin", b"\x00\x01")
    bucket.upload(tmp_path / "here.csv", "weekly/1.csv")

    assert [(each.key, each.size_bytes) for each in bucket.list("daily/")] == [("daily/1.txt", 7), ("daily/2.bin", 2)]
    assert [each.key for each in bucket.list(limit=1)] == ["daily/1.txt"]
    assert bucket.list()[0].modified_at.tzinfo is not None
    assert bucket.read("daily/1.txt").decode() == "Grüße"
    bucket.download("weekly/1.csv", tmp_path / "there.csv")
    assert (tmp_path / "there.csv").read_text() == "a,b\n"
    assert bucket.exists("daily/1.txt")

    bucket.delete("daily/1.txt")
    bucket.delete("daily/1.txt")

    assert not bucket.exists("daily/1.txt")


def test_an_object_is_read_at_a_signed_address(bucket: s3.Client) -> None:
    bucket.write("open.txt", "for a while")

    with urlopen(bucket.address("open.txt", valid=timedelta(minutes=5)), timeout=5) as answer:
        assert answer.read() == b"for a while"


def test_what_is_not_there_is_told(bucket: s3.Client, address: str, tmp_path: Path) -> None:
    with pytest.raises(ConnectorError, match="The bucket numbers has no object nothing"):
        bucket.read("nothing")
    with pytest.raises(ConnectorError, match="The bucket numbers has no object nothing"):
        bucket.download("nothing", tmp_path / "x")
    with pytest.raises(ConnectorError, match=r"NoSuchBucket\)\. Check the bucket's name"):
        client(address, "elsewhere").list()


def test_a_folder_that_is_missing_here_is_not_the_stores(bucket: s3.Client, tmp_path: Path) -> None:
    bucket.write("there.txt", "new")

    for place in (tmp_path / "missing" / "x", tmp_path):
        with pytest.raises(ConnectorError, match=rf"{place} can't be written here: "):
            bucket.download("there.txt", place)

    assert list(tmp_path.iterdir()) == []


def test_a_download_that_fails_leaves_what_was_there(bucket: s3.Client, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("old")

    with pytest.raises(ConnectorError, match="has no object nothing"):
        bucket.download("nothing", tmp_path / "x")

    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"x": "old"}


def test_a_store_that_is_not_there_is_told_without_its_key() -> None:
    gone = s3.Client("numbers", "key", Secret("hidden"), region="eu-central-1", endpoint_url="http://127.0.0.1:9")

    with pytest.raises(ConnectorError, match=r"The store can't be used: .* Check its address") as told:
        gone.read("x")

    assert "hidden" not in str(told.value) + repr(gone)


def test_a_bucket_without_any_key_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    with pytest.raises(ConnectorError, match="There is no access key"):
        s3.Client("numbers", endpoint_url="http://127.0.0.1:9", region="eu-central-1").list()
