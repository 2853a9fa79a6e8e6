"""Objects in S3, or in a store that speaks like it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from clockhouse.connectors import libraries
from clockhouse.connectors.errors import ConnectorError
from clockhouse.connectors.files import here
from clockhouse.kit import Secret

# None of these has types.
boto3: Any = libraries.found("boto3.session", "s3")
config: Any = libraries.found("botocore.config", "s3")
refused: Any = libraries.found("botocore.exceptions", "s3")
moving: Any = libraries.found("boto3.exceptions", "s3")

TITLE = "S3"
GROUP = "Files"

_ADVICE = {
    "NoSuchBucket": "Check the bucket's name and the region.",
    "AccessDenied": "Give the key the permission for this.",
    "InvalidAccessKeyId": "Check the access key.",
    "SignatureDoesNotMatch": "Check the secret access key.",
    "403": "Give the key the permission for this.",
    "404": "Check the bucket's name.",
}
_MISSING = {"NoSuchKey", "404", "NotFound"}


@dataclass(frozen=True, slots=True)
class Object:
    """An object in a bucket: its key, its size, when it was last written (UTC), and a tag that changes with it."""

    key: str
    size_bytes: int
    modified_at: datetime
    etag: str


@dataclass(frozen=True)
class Client:
    """A bucket of S3, or of a store that speaks like it (MinIO, Ceph, R2)."""

    bucket: str
    """The bucket's name."""
    access_key_id: Secret | str | None = None
    """The access key; without one, what the machine has (environment, profile, role)."""
    secret_access_key: Secret | None = None
    """The secret that belongs to the access key."""
    region: str | None = None
    """Where the bucket is, such as eu-central-1."""
    endpoint_url: str | None = None
    """Where the store is, unless it is Amazon's."""
    timeout_seconds: float = 30.0
    """How long to wait for a sign of life of the store."""

    @cached_property
    def _store(self) -> Any:
        key = self.access_key_id.reveal() if isinstance(self.access_key_id, Secret) else self.access_key_id
        limits = config.Config(
            connect_timeout=self.timeout_seconds,
            read_timeout=self.timeout_seconds,
            retries={"mode": "standard", "total_max_attempts": 3},
        )
        with _told(self.bucket):
            return boto3.Session().client(
                "s3",
                aws_access_key_id=key,
                aws_secret_access_key=self.secret_access_key.reveal() if self.secret_access_key else None,
                region_name=self.region,
                endpoint_url=self.endpoint_url,
                config=limits,
            )

    def list(self, prefix: str = "", *, limit: int | None = None) -> list[Object]:
        """The objects whose keys begin with `prefix`, by key. `limit` is how many there are at most."""
        with _told(self.bucket):
            return list(islice(self._listed(prefix), limit))

    def exists(self, key: str) -> bool:
        """Whether there is an object of this key."""
        try:
            with _told(self.bucket):
                self._store.head_object(Bucket=self.bucket, Key=key)
        except _MissingError:
            return False
        return True

    def read(self, key: str) -> bytes:
        """The content of an object, through memory."""
        with _told(self.bucket, key):
            content: bytes = self._store.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            return content

    def write(self, key: str, content: bytes | str, *, content_type: str = "application/octet-stream") -> None:
        """Writes an object, in the place of what is there. `content` is bytes or text."""
        data = content.encode() if isinstance(content, str) else content
        with _told(self.bucket):
            self._store.put_object(Bucket=self.bucket, Key=key, Body=data, ContentType=content_type)

    def upload(self, path: str | Path, key: str) -> None:
        """Writes a file into an object, in parts where it is large. `path` is the file's."""
        with _told(self.bucket):
            self._store.upload_file(str(here(path)), self.bucket, key)

    def download(self, key: str, path: str | Path) -> None:
        """Writes an object into a file. `path` is the file's; it has all of it or what it had."""
        try:
            with _told(self.bucket, key):
                self._store.download_file(self.bucket, key, str(path))
        except OSError as error:  # of a file beside it, whose name nobody knows
            why = error.strerror or type(error).__name__
            raise ConnectorError(f"{path} can't be written here: {why}. Check its folder.") from None

    def delete(self, key: str) -> None:
        """Removes an object; one that is not there is no error."""
        with _told(self.bucket):
            self._store.delete_object(Bucket=self.bucket, Key=key)

    def address(self, key: str, *, valid: timedelta = timedelta(hours=1)) -> str:
        """An address at which anybody can read an object for a while. `valid` is for how long, at most a week."""
        with _told(self.bucket):
            signed: str = self._store.generate_presigned_url(
                "get_object",
                Params={"Bucket": self.bucket, "Key": key},
                ExpiresIn=round(valid.total_seconds()),
            )
            return signed

    def _listed(self, prefix: str) -> Iterator[Object]:
        for page in self._store.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            for found in page.get("Contents", ()):
                yield Object(found["Key"], found["Size"], found["LastModified"], found["ETag"].strip('"'))


class _MissingError(ConnectorError):
    """There is no object of this key."""


@contextmanager
def _told(bucket: str, key: str | None = None) -> Iterator[None]:
    """Turns what the library raises into words."""
    try:
        yield
    except refused.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _MISSING:
            raise _MissingError(f"The bucket {bucket} has no object {key or 'of this key'}.", status=404) from None
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        said = str(error.response.get("Error", {}).get("Message") or code).rstrip(".")
        words = f"The store refused this for the bucket {bucket}: {said} ({code}). {_ADVICE.get(code, '')}"
        raise ConnectorError(words.rstrip(), status=status) from None
    except refused.NoCredentialsError:
        raise ConnectorError("There is no access key. Give one, or run where the machine has one.") from None
    except (refused.BotoCoreError, ValueError) as error:
        raise ConnectorError(f"The store can't be used: {str(error).rstrip('.')}. Check its address.") from None
    except moving.Boto3Error as error:
        raise ConnectorError(f"The file could not be moved: {str(error).rstrip('.')}.") from None
