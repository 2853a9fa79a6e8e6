"""Files on a server, over SFTP."""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import posixpath
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from clockhouse.connectors import libraries
from clockhouse.connectors.errors import ConnectorError
from clockhouse.connectors.files import here
from clockhouse.kit import Secret

if TYPE_CHECKING:
    import cryptography.exceptions as unsupported
    import paramiko
    from cryptography.hazmat.primitives import serialization
else:
    paramiko = libraries.found("paramiko", "sftp")
    serialization = libraries.found("cryptography.hazmat.primitives.serialization", "sftp")
    unsupported = libraries.found("cryptography.exceptions", "sftp")

TITLE = "SFTP"
GROUP = "Files"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or a folder: its name in the folder, its whole path, its size, and when it was last written (UTC)."""

    name: str
    path: str
    size_bytes: int
    modified_at: datetime
    is_folder: bool


@dataclass(frozen=True)
class Client:
    """A server whose files are reached over SFTP. Each call connects anew."""

    host: str
    """The server's name."""
    user: str
    """Who signs in."""
    password: Secret | None = None
    """The password of that user, unless there is a key."""
    private_key: Secret | None = None
    """The user's private key, whole, as its file has it."""
    host_key: str | None = None
    """By what the server is known: SHA256:..., as `ssh-keygen -lf` shows it. Without it, ~/.ssh/known_hosts says."""
    port: int = 22
    """The server's port."""
    timeout_seconds: float = 30.0
    """How long to wait for a sign of life."""

    def list(self, folder: str = ".") -> list[Entry]:
        """What is in a folder, by name. `folder` is a path on the server."""
        with self._session(folder) as files:
            found = [_entry(folder, each) for each in files.listdir_attr(folder)]
        return sorted(found, key=lambda each: each.name)

    def exists(self, path: str) -> bool:
        """Whether there is a file or a folder at a path."""
        with self._session(path) as files:
            return _is_there(files, path)

    def read(self, path: str) -> bytes:
        """The content of a file, through memory."""
        with self._session(path) as files, files.open(path, "rb") as file:
            file.prefetch()
            content: bytes = file.read()
            return content

    def write(self, path: str, content: bytes | str) -> None:
        """Writes a file, in the place of what is there. `content` is bytes or text; others see all of it or nothing."""
        self._put(io.BytesIO(content.encode() if isinstance(content, str) else content), path)

    def upload(self, local: str | Path, path: str) -> None:
        """Writes a file of this machine to the server. `local` is its path here; others see all of it or nothing."""
        with here(local).open("rb") as file:
            self._put(file, path)

    def download(self, path: str, local: str | Path) -> None:
        """Writes a file of the server to this machine. `local` is its path here; it has all of it or what it had."""
        with _replaced(Path(local)) as part, self._session(path) as files:
            files.getfo(path, part)

    def move(self, path: str, to: str) -> None:
        """Gives a file another place, also that of a file which is there."""
        with self._session(path) as files:
            files.posix_rename(path, to)

    def delete(self, path: str) -> None:
        """Removes a file, or a folder that is empty."""
        with self._session(path) as files:
            is_folder = stat.S_ISDIR(files.stat(path).st_mode or 0)
            files.rmdir(path) if is_folder else files.remove(path)

    def make_folder(self, path: str) -> None:
        """Makes a folder with those it is in, as far as they are not there."""
        with self._session(path) as files:
            made = "/" if path.startswith("/") else ""
            for part in filter(None, path.split("/")):
                made = posixpath.join(made, part)
                if not _is_there(files, made):
                    files.mkdir(made)

    def _put(self, content: Any, path: str) -> None:
        part = f"{path}.part"
        with self._session(path) as files:
            try:
                files.putfo(content, part)
                files.posix_rename(part, path)
            except OSError:
                if _is_there(files, part):
                    files.remove(part)
                raise

    @contextmanager
    def _session(self, path: str) -> Iterator[paramiko.SFTPClient]:
        # Its own lines would be in the task's log, one for each thing the two sides agree on.
        logging.getLogger("paramiko").setLevel(logging.WARNING)
        with paramiko.SSHClient() as client:
            self._connect(client)
            try:
                with client.open_sftp() as files:
                    if (channel := files.get_channel()) is not None:
                        channel.settimeout(self.timeout_seconds)
                    yield files
            except FileNotFoundError:
                raise ConnectorError(f"{self.host} has no file or folder {path}.") from None
            except PermissionError:
                raise ConnectorError(f"{self.user} may not do this with {path} on {self.host}.") from None
            except TimeoutError:
                raise ConnectorError(self._silent()) from None
            except (OSError, EOFError, paramiko.SSHException) as error:
                raise ConnectorError(f"{path} on {self.host}: {str(error) or type(error).__name__}.") from None

    def _connect(self, client: paramiko.SSHClient) -> None:
        if self.host_key is None:
            client.load_system_host_keys()
        known: Any = _Known(self.host_key)  # a policy by its shape: there may be no class to build on
        client.set_missing_host_key_policy(known)
        try:
            client.connect(
                self.host,
                self.port,
                self.user,
                self.password.reveal() if self.password else None,
                _key(self.private_key),
                timeout=self.timeout_seconds,
                banner_timeout=self.timeout_seconds,
                auth_timeout=self.timeout_seconds,
                allow_agent=False,
                look_for_keys=False,
            )
        except paramiko.AuthenticationException:
            raise ConnectorError(f"{self.host} refused {self.user}. Check the user and the password or key.") from None
        except paramiko.BadHostKeyException:
            raise ConnectorError(f"{self.host} is not the server it was: its key is another one.") from None
        except TimeoutError:
            raise ConnectorError(self._silent()) from None
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise ConnectorError(f"{self.host} can't be reached: {error}. Check its name and port.") from None

    def _silent(self) -> str:
        return f"{self.host} did not answer in {self.timeout_seconds:g} seconds. Try again later."


class _Part:
    """A file of this machine as it is received; what is wrong with it is not the server's fault."""

    def __init__(self, target: Path, file: BinaryIO) -> None:
        self._target = target
        self._file = file

    def write(self, content: bytes) -> None:
        with _here(self._target):
            self._file.write(content)


@contextmanager
def _replaced(target: Path) -> Iterator[Any]:
    """A file to write to, which takes the place of `target` at the end, unless there is an error."""
    if target.is_dir():
        raise ConnectorError(f"{target} is a folder here. Name a file in it.")
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    with _here(target):
        file = part.open("xb")
    try:
        with file:
            yield _Part(target, file)
            with _here(target):
                file.flush()
        with _here(target):
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _here(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ConnectorError(f"{target} can't be written here: {why}. Check its folder.") from None


class _Known:
    """Believes a server by the key it is known by."""

    def __init__(self, expected: str | None) -> None:
        self._expected = expected

    def missing_host_key(self, _client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        found = "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
        if self._expected is None:
            raise ConnectorError(
                f"{hostname} is not known here. If its key is {found} (ask who runs it), set host_key to that."
            )
        if self._expected.rstrip("=") != found:
            raise ConnectorError(f"{hostname} is not the expected server: its key is {found}, not {self._expected}.")


def _key(private_key: Secret | None) -> paramiko.PKey | None:
    """The key in a text, of whichever kind. Raises ConnectorError when it is none, or wants a pass phrase."""
    if private_key is None:
        return None
    text = private_key.reveal().strip().encode() + b"\n"  # a form may have taken the line break at its end
    load = serialization.load_ssh_private_key if b"OPENSSH" in text else serialization.load_pem_private_key
    try:
        found = load(text, None)
    except TypeError:
        raise ConnectorError("The private key has a pass phrase. Use one without.") from None
    except (ValueError, unsupported.UnsupportedAlgorithm):
        raise ConnectorError(
            "The private key can't be read. Paste the whole file, with its first and last line."
        ) from None
    kinds: dict[str, type[paramiko.PKey]] = {"Ed25519PrivateKey": paramiko.Ed25519Key, "RSAPrivateKey": paramiko.RSAKey}
    kind = kinds.get(type(found).__name__, paramiko.ECDSAKey)
    # Written anew in the form that paramiko reads best: of those by OpenSSH, it refuses some elliptic ones.
    forms = serialization.PrivateFormat
    form = forms.OpenSSH if kind is paramiko.Ed25519Key else forms.TraditionalOpenSSL
    written = found.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return kind.from_private_key(io.StringIO(written.decode()))


def _entry(folder: str, found: paramiko.SFTPAttributes) -> Entry:
    path = found.filename if folder in ("", ".") else posixpath.join(folder, found.filename)
    modified = datetime.fromtimestamp(found.st_mtime or 0, UTC)
    return Entry(found.filename, path, found.st_size or 0, modified, stat.S_ISDIR(found.st_mode or 0))


def _is_there(files: paramiko.SFTPClient, path: str) -> bool:
    try:
        files.stat(path)
    except FileNotFoundError:
        return False
    return True
