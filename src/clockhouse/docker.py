"""The Docker Engine as we speak with it: its HTTP API over a Unix socket or TLS, a method a request."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote, urlsplit

import httpx

from clockhouse.docker_registries import Registries

SERVER = "clockhouse.server"
"""The label of everything that a server makes on an Engine: which server."""

Json = Mapping[str, Any]
Stream = Literal["stdout", "stderr"]

_TIME_OUT = httpx.Timeout(60, connect=5)
_STREAM_TIME_OUT = httpx.Timeout(None, connect=5)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_STREAMS: dict[int, Stream] = {1: "stdout", 2: "stderr"}
_NO_TAG = re.compile(r"[^A-Za-z0-9_-]")
_MESSAGE_MAX_BYTES = 1024 * 1024  # of one message of a build: what is longer is no message of an Engine


class EngineError(Exception):
    """The Engine refused a request, or there is none: `sentence` is for a person, `status` the HTTP one (or 0)."""

    def __init__(self, sentence: str, status: int = 0) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


@dataclass(frozen=True, slots=True)
class Address:
    """Where an Engine is: `unix:///var/run/docker.sock`, or `tcp://host:2376` with a folder of certificates.

    `certificates` holds ca.pem, cert.pem and key.pem, as the `docker` command wants them in DOCKER_CERT_PATH.
    """

    url: str
    certificates: Path | None = None

    def fault(self) -> str | None:
        """Why this is no address to use, as a sentence; None when it is one."""
        try:
            parts = urlsplit(self.url)
            known = (parts.scheme == "unix" and bool(parts.path)) or (parts.scheme == "tcp" and bool(parts.hostname))
            _ = parts.port
        except ValueError:
            known = False
        if not known:
            return (
                f"{self.url!r} is no address of a Docker Engine. "
                "Write it like unix:///var/run/docker.sock or tcp://docker.example.org:2376."
            )
        if parts.scheme == "tcp" and self.certificates is None and parts.hostname not in _LOOPBACK:
            return (
                "Who reaches a Docker Engine without TLS has its whole machine. "
                "Name the folder of ca.pem, cert.pem and key.pem with --docker-certificates."
            )
        return None


@dataclass(frozen=True, slots=True)
class Logged:
    """A piece of what a container wrote: a line with its end, or a part of a long one. The Engine says when."""

    at: datetime
    stream: Stream
    data: bytes


@dataclass(frozen=True, slots=True)
class Usage:
    """The processors' time that a container has taken, in seconds, and the memory that it has at the moment."""

    cpu_s: float
    memory_bytes: int


class Docker:
    """One Engine. Every method raises EngineError when it refuses, or does not answer."""

    def __init__(self, address: Address, registries: Registries | None = None) -> None:
        """Opens nothing yet. Without registries, images are fetched as anybody may.

        Raises EngineError when the certificates can't be read, or the address is none.
        """
        fault = address.fault()
        if fault is not None:
            raise EngineError(fault)
        self.address = address
        self._registries = registries
        parts = urlsplit(address.url)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=8)
        if parts.scheme == "unix":
            nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # nothing is encrypted there
            transport = httpx.AsyncHTTPTransport(uds=parts.path, limits=limits, verify=nobody)
            base = "http://docker"
        else:
            transport = httpx.AsyncHTTPTransport(verify=_tls(address.certificates), limits=limits)
            base = f"{'http' if address.certificates is None else 'https'}://{parts.netloc}"
        self._http = httpx.AsyncClient(transport=transport, base_url=base, timeout=_TIME_OUT, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes every connection."""
        await self._http.aclose()

    async def version(self) -> Json:
        """What the Engine says of itself: Version, ApiVersion, Arch ..."""
        return _object(await self._json("GET", "/version"))

    async def create(self, spec: Json, *, name: str | None = None) -> str:
        """A new container's id; `spec` is the body as the Engine wants it. Status 404: there is no such image."""
        asked = None if name is None else {"name": name}
        return str(_object(await self._json("POST", "/containers/create", asked, json=spec))["Id"])

    async def start(self, container: str) -> None:
        await self._json("POST", f"/containers/{container}/start")

    async def inspect(self, container: str) -> Json:
        return _object(await self._json("GET", f"/containers/{container}/json"))

    async def stop(self, container: str, *, grace_s: int) -> None:
        """Asks the container to end, and kills it after `grace_s`; returns once it has ended. No error if it had."""
        time_out = httpx.Timeout(grace_s + 60, connect=5)
        await self._json("POST", f"/containers/{container}/stop", {"t": grace_s}, time_out=time_out)

    async def kill(self, container: str) -> None:
        """Kills a container, if it runs."""
        await self._absent("POST", f"/containers/{container}/kill", {})

    async def remove(self, container: str) -> None:
        """Kills and removes a container, if it is there."""
        await self._absent("DELETE", f"/containers/{container}", {"force": "1", "v": "1"})

    async def containers(self, labels: Mapping[str, str]) -> Sequence[Json]:
        """Those with all these labels, whether or not they run."""
        return list(await self._json("GET", "/containers/json", {"all": "1", "filters": _labelled(labels)}))

    async def put(self, container: str, folder: str, archive: bytes) -> None:
        """Unpacks a tar archive in a folder of the container."""
        await self._json("PUT", f"/containers/{container}/archive", {"path": folder}, content=archive)

    async def get(self, container: str, path: str, *, most_bytes: int) -> bytes | None:
        """What is at a path of a container, as a tar archive; None when nothing is there."""
        found = bytearray()
        try:
            async with self._stream("GET", f"/containers/{container}/archive", {"path": path}) as chunks:
                async for chunk in chunks:
                    found += chunk
                    if len(found) > most_bytes:
                        raise EngineError(f"{path} of the image is larger than {most_bytes} bytes.")
        except EngineError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise
        return bytes(found)

    async def wait(self, container: str) -> None:
        """Returns once a container does not run, or is not there."""
        try:
            await self._json("POST", f"/containers/{container}/wait", time_out=_STREAM_TIME_OUT)
        except EngineError as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise

    async def was_short_of_memory(self, container: str, since: datetime, until: datetime) -> bool:
        """Whether a process of the container was killed for its memory between two instants; waits for the second.

        A container's own `OOMKilled` is not set when the word of it comes after the word of the end.
        """
        asked = {
            "since": f"{since.timestamp():.6f}",
            "until": f"{until.timestamp():.6f}",
            "filters": json.dumps({"container": [container], "event": ["oom"]}),
        }
        async with self._stream("GET", "/events", asked) as chunks:
            async for _ in _messages(chunks):
                return True
        return False

    async def usage(self, container: str) -> Usage | None:
        """What a container has used so far; None when it does not run."""
        asked = {"stream": "0", "one-shot": "1"}
        try:
            told = _object(await self._json("GET", f"/containers/{container}/stats", asked))
        except EngineError as error:
            if error.status in (httpx.codes.NOT_FOUND, httpx.codes.CONFLICT):
                return None
            raise
        memory = told.get("memory_stats") or {}
        if not memory.get("usage"):
            return None
        cpu_ns = ((told.get("cpu_stats") or {}).get("cpu_usage") or {}).get("total_usage", 0)
        # Files that are cached count there, too; what could be taken back at any time is nobody's need.
        cached = (memory.get("stats") or {}).get("inactive_file", 0)
        return Usage(cpu_ns / 1_000_000_000, max(memory["usage"] - cached, 0))

    async def logs(
        self, container: str, *, since: datetime | None = None, follow: bool = True
    ) -> AsyncGenerator[list[Logged], None]:
        """What a container has written from the instant `since` on, and with `follow` goes on to write, until its end.

        Docker 20.10 may miss the end, and the last lines before it: look for it with `wait`, too.
        """
        asked = {"follow": str(int(follow)), "stdout": "1", "stderr": "1", "timestamps": "1"}
        if since is not None:
            asked["since"] = f"{since.timestamp():.6f}"
        rest = b""
        async with self._stream("GET", f"/containers/{container}/logs", asked) as chunks:
            async for chunk in chunks:
                logged, rest = _frames(rest + chunk)
                if logged:
                    yield logged

    async def image(self, reference: str) -> Json | None:
        """What the Engine knows of an image; None when it has none of this name."""
        try:
            return _object(await self._json("GET", f"/images/{quote(reference, safe='/:@')}/json"))
        except EngineError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise

    async def tags(self, repository: str) -> Sequence[str]:
        """The tags of the images of this name."""
        found = await self._json("GET", "/images/json", {"filters": json.dumps({"reference": [repository]})})
        names = [str(name) for image in found for name in image.get("RepoTags") or ()]
        return [name.removeprefix(f"{repository}:") for name in names if name.startswith(f"{repository}:")]

    async def remove_image(self, reference: str) -> None:
        """Removes an image's name, and the image when that was its last one. No error if there is none."""
        await self._absent("DELETE", f"/images/{quote(reference, safe='/:@')}", {})

    async def pull(self, reference: str) -> AsyncGenerator[Json, None]:
        """Fetches an image from its registry; the Engine's messages as they come. What failed comes as `error`."""
        has_tag = ":" in reference.rpartition("/")[2]
        asked = {"fromImage": reference if has_tag else f"{reference}:latest"}  # without one, all there are
        known = self._registries
        headers = {} if known is None else await asyncio.to_thread(known.opening, reference)
        async with self._stream("POST", "/images/create", asked, headers=headers) as chunks:
            async for message in _messages(chunks):
                yield message

    async def load(self, archive: bytes, *, name: str) -> None:
        """Makes an image of a tar archive of its files."""
        repository, _, tag = name.partition(":")
        await self._json("POST", "/images/create", {"fromSrc": "-", "repo": repository, "tag": tag}, content=archive)

    async def build(self, context: AsyncIterable[bytes], **options: str) -> AsyncGenerator[Json, None]:
        """Builds an image of a tar archive; the Engine's messages as they come. Closing it early ends the build.

        A failed step comes as a message with `error`; the image's id as one with `aux`.
        """
        known = {} if self._registries is None else await asyncio.to_thread(self._registries.all)
        headers = {"content-type": "application/x-tar", **known}
        async with self._stream("POST", "/build", options, content=context, headers=headers) as chunks:
            async for message in _messages(chunks):
                yield message

    async def add_volume(self, spec: Json) -> None:
        await self._json("POST", "/volumes/create", json=spec)

    async def volumes(self, labels: Mapping[str, str]) -> Sequence[Json]:
        """Those with all these labels."""
        return list(_object(await self._json("GET", "/volumes", {"filters": _labelled(labels)}))["Volumes"] or ())

    async def remove_volume(self, name: str) -> bool:
        """Removes a volume, if it is there; False when a container still has it."""
        return await self._absent("DELETE", f"/volumes/{name}", {"force": "1"})

    async def _absent(self, method: str, path: str, asked: Mapping[str, Any]) -> bool:
        """Whether it is not there any more; False when it is in use, or being removed already at another place."""
        try:
            await self._json(method, path, asked)
        except EngineError as error:
            if error.status not in (httpx.codes.NOT_FOUND, httpx.codes.CONFLICT):
                raise
            return error.status == httpx.codes.NOT_FOUND
        return True

    async def _json(
        self,
        method: str,
        path: str,
        asked: Mapping[str, Any] | None = None,
        *,
        time_out: httpx.Timeout = _TIME_OUT,
        **body: Any,
    ) -> Any:
        try:
            answer = await self._http.request(method, path, params=asked, timeout=time_out, **body)
        except (httpx.HTTPError, OSError) as error:
            raise self._unreachable(error) from error
        if answer.is_error:
            raise _refused(answer.status_code, answer.content)
        kind = answer.headers.get("content-type", "")
        return json.loads(answer.content) if answer.content and kind.startswith("application/json") else None

    @asynccontextmanager
    async def _stream(
        self, method: str, path: str, asked: Mapping[str, Any], **body: Any
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        try:
            async with self._http.stream(method, path, params=asked, timeout=_STREAM_TIME_OUT, **body) as answer:
                if answer.is_error:
                    raise _refused(answer.status_code, await answer.aread())
                yield answer.aiter_raw()
        except (httpx.HTTPError, OSError) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> EngineError:
        why = str(error.__cause__ or error) or type(error).__name__
        return EngineError(f"The Docker Engine at {self.address.url} does not answer ({why}). Is it running?")


def _tls(certificates: Path | None) -> ssl.SSLContext | bool:
    if certificates is None:
        return True
    try:
        context = ssl.create_default_context(cafile=certificates / "ca.pem")
        context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
    except (OSError, ssl.SSLError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise EngineError(
            f"The Docker Engine's certificates in {certificates} can't be read ({why}). "
            "The folder needs ca.pem, cert.pem and key.pem."
        ) from error
    return context


def _labelled(labels: Mapping[str, str]) -> str:
    return json.dumps({"label": [f"{name}={value}" if value else name for name, value in labels.items()]})


def _object(answer: Any) -> Json:
    return answer if isinstance(answer, dict) else {}


def _refused(status: int, content: bytes) -> EngineError:
    try:
        said = str(json.loads(content)["message"]).strip()
    except (ValueError, KeyError, TypeError):
        said = content[:300].decode("utf-8", "replace").strip() or f"status {status}"
    return EngineError(f"The Docker Engine refuses: {said.removesuffix('.')}.", status)


def _frames(data: bytes) -> tuple[list[Logged], bytes]:
    """The whole pieces at the beginning of `data`, and the rest."""
    logged: list[Logged] = []
    at = 0
    while len(data) - at >= 8:
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8])
        if end > len(data):
            break
        when, _, text = data[at + 8 : end].partition(b" ")
        if data[at] in _STREAMS:
            logged.append(Logged(instant(when.decode("ascii", "replace")), _STREAMS[data[at]], text))
        at = end
    return logged, data[at:]


def instant(text: str) -> datetime:
    """An instant as an Engine writes it, `2026-11-22T06:39:32.756687628Z`; what is below a microsecond is left out."""
    day, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{day}.{fraction[:6]:0<6}").replace(tzinfo=UTC)


def repository(purpose: str, server: str) -> str:
    """The name of the images that a server makes on an Engine, which others may use, too."""
    return f"clockhouse-{purpose}-{server}"


def tag(build: str) -> str:
    """A build's id as the tag of an image."""
    return _NO_TAG.sub("-", build)[:100] or "build"


async def _messages(chunks: AsyncIterator[bytes]) -> AsyncGenerator[Json, None]:
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield _object(json.loads(line))
        if len(rest) > _MESSAGE_MAX_BYTES:
            raise EngineError("The Docker Engine sent a message without an end.")
    if rest.strip():
        yield _object(json.loads(rest))
