"""The image of a Python build: a base with Python, and the artifact's environment and source on top of it."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import re
import tarfile
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from clockhouse.docker import SERVER, Docker, EngineError, Json, tag
from clockhouse.docker_users import runs_as_root
from clockhouse.kit.config_toml import config_toml
from clockhouse.kit.declared import CONFIG_TOML, Entry, Setting, parse, variable
from clockhouse.runtimes import docker_spec
from clockhouse.runtimes.base import StartFailed, Work

_RECORD = "built.json"
_CHUNK_BYTES = 256 * 1024
_HERE = Path(__file__).parent
_PROGRAMS = ("as_main.py", "docker_start.py")
_MESSAGE_CHARACTERS = 300
_OTHER_PYTHON = re.compile(r"It has Python (\d+\.\d+)")


def dockerfile(base: str, python: str) -> str:
    """The image of a build for this version of Python ("3.11"), on an image that has it as `python3`."""
    # What is mounted at /tmp gets the rights of the image's own: where that has none, Docker makes one of root's.
    check = (
        "import os, sys; os.makedirs('/tmp', exist_ok=True); os.stat('/tmp').st_mode & 2 or os.chmod('/tmp', 0o1777); "
        "found = '%d.%d' % sys.version_info[:2]; "
        f"sys.exit(None if found == '{python}' else 'It has Python ' + found)"
    )
    return "\n".join(
        [
            f"FROM {base}",
            f"RUN {json.dumps(['python3', '-c', check])}",
            f"RUN {json.dumps(['python3', '-m', 'venv', '--without-pip', '/task/environment'])}",
            "COPY environment /task/environment",
            "COPY start /task/start",
            f"USER {docker_spec.TASK_USER}",
            "COPY source /task/source",
            "",
        ]
    )


def command(entry: Entry) -> tuple[str, ...]:
    """What a container of such an image runs."""
    python = ("/task/environment/bin/python", "-I", "-B", "-X", "utf8", f"/task/start/{_PROGRAMS[-1]}")
    return (*python, f"/task/source/{entry.path}", entry.call or "")


@dataclass(frozen=True, slots=True)
class Configuration:
    """How the values of a work's settings become the Config.toml that its program reads."""

    settings: tuple[Setting, ...]
    places: Mapping[str, tuple[str, Sequence[str], str]]

    def of(self, work: Work) -> str:
        """Raises StartFailed for a value that cannot be written there."""
        given = {**work.environment, **{name: secret.reveal() for name, secret in work.secrets.items()}}
        values = {}
        try:
            for setting in self.settings:
                text = given.get(variable(setting))
                values[setting.name] = None if text is None else parse(setting, text)
            return config_toml(values, self.places)
        except ValueError as error:
            raise StartFailed(str(error)) from None

    def rest(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The variables that are no settings."""
        names = {variable(setting) for setting in self.settings}
        return {name: value for name, value in environment.items() if name not in names}


@dataclass(frozen=True, slots=True)
class Image:
    """What a container is made of: the image's id, and the command that is run in place of its own."""

    id: str
    is_root: bool  # whether it runs as root
    allows_root: bool = False  # whether somebody allowed that of the build
    command: tuple[str, ...] | None = None
    configuration: Configuration | None = None


class Images:
    """The images of builds on one Engine; those of Python builds are made when they are first asked for.

    In the name of their base, {version} is the build's ("3.11").
    """

    def __init__(self, docker: Docker, base: str, *, repository: str, server: str) -> None:
        self._docker = docker
        self._labels = {SERVER: server}
        self._roots: dict[str, bool] = {}  # whether an image runs as root, by its id
        self._repository = repository
        self._base = base
        self._making: dict[str, asyncio.Task[str]] = {}

    async def of(self, artifact: Path, entry: Entry) -> Image:
        """The image of a build; those who ask at the same time share its making. Raises StartFailed and EngineError."""
        record = await asyncio.to_thread(_record, artifact)
        told = json.loads(record)
        reference = told.get("image")
        if reference is None:
            return Image(await self._of_python(artifact, record), is_root=False, command=command(entry))
        found = await self._docker.image(reference)
        if found is None:
            raise StartFailed("Its image is not on the Docker Engine any more. Build the commit again.")
        image = str(found["Id"])
        if image not in self._roots:
            self._roots[image] = await runs_as_root(self._docker, found, labels=self._labels)
        configuration = await asyncio.to_thread(_configuration, artifact, told)
        allows_root = bool(told.get("allows_root"))
        return Image(image, is_root=self._roots[image], allows_root=allows_root, configuration=configuration)

    async def _of_python(self, artifact: Path, record: bytes) -> str:
        version = await asyncio.to_thread(_python, artifact)
        name_of_base = self._base.replace("{version}", version)
        base = await self._docker.image(name_of_base)
        if base is None:
            raise StartFailed(
                f"The Docker Engine does not have the image {name_of_base}, which Python builds run on. "
                f"Fetch it there (docker pull {name_of_base}), or name another one with --docker-python-image."
            )
        text = dockerfile(str(base["Id"]), version)
        identity = await asyncio.to_thread(_identity, record, text)
        name = f"{self._repository}:{tag(artifact.name)}.{identity}"
        made = await self._docker.image(name)
        if made is not None:
            return str(made["Id"])
        if name not in self._making:
            self._making[name] = asyncio.create_task(self._make(artifact, text, name))
            self._making[name].add_done_callback(lambda _: self._making.pop(name))
        return await asyncio.shield(self._making[name])

    async def close(self) -> None:
        """Ends what is being made."""
        for making in list(self._making.values()):
            making.cancel()
            await asyncio.wait([making])

    async def _make(self, artifact: Path, text: str, name: str) -> str:
        with tempfile.TemporaryFile() as file:
            await asyncio.to_thread(_pack, artifact, text, file)
            options = {"t": name, "rm": "1", "forcerm": "1", "networkmode": "none"}
            async with aclosing(self._docker.build(_chunks(file), **options)) as messages:
                async for message in messages:
                    _check(message, self._base)
        made = await self._docker.image(name)
        if made is None:
            raise EngineError(f"The Docker Engine made the image {name}, and does not have it.")
        return str(made["Id"])


def _check(message: Json, base: str) -> None:
    if "error" in message:
        said = str(message["error"]).strip()[:_MESSAGE_CHARACTERS].removesuffix(".")
        raise StartFailed(f"The build can't be made an image on {base}: {said}.")
    found = _OTHER_PYTHON.search(str(message.get("stream", "")))
    if found is not None:
        raise StartFailed(
            f"The build is for another Python than the image {base} has, which is {found[1]}. "
            "Name one with the build's version with --docker-python-image."
        )


def _python(artifact: Path) -> str:
    """The version of the artifact's Python, as "3.11". Raises StartFailed when there is no environment in it."""
    found = sorted(artifact.glob("environment/lib/python3.*"))
    if not found or not (artifact / "environment" / "bin" / "python").is_symlink():
        raise StartFailed(
            "The build's Python is not there. Build it again (clockhouse build PROJECT/COMPONENT --again)."
        )
    return found[0].name.removeprefix("python")


def _configuration(artifact: Path, record: Json) -> Configuration | None:
    file = artifact / CONFIG_TOML
    if not file.is_file():
        return None
    settings = tuple(Setting.from_json(each) for each in record["settings"])
    return Configuration(settings, json.loads(file.read_text(encoding="utf-8")))


def _record(artifact: Path) -> bytes:
    try:
        return (artifact / _RECORD).read_bytes()
    except OSError as error:
        raise StartFailed("The build's record is not there. Build the commit again.") from error


def _identity(record: bytes, text: str) -> str:
    """A tag for all that goes into the image: a build's record tells its digest, the programs are this version's."""
    told = hashlib.sha256(text.encode() + record)
    for name in _PROGRAMS:
        told.update((_HERE / name).read_bytes())
    return told.hexdigest()[:16]


def _pack(artifact: Path, text: str, into: IO[bytes]) -> None:
    try:
        with tarfile.open(fileobj=into, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for name in ("environment/lib", "source"):
                archive.add(artifact / name, name, filter=_readable)
            for name in _PROGRAMS:
                archive.add(_HERE / name, f"start/{name}", filter=_readable)
            content = text.encode()
            entry = tarfile.TarInfo("Dockerfile")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    except OSError as error:
        raise StartFailed(f"The build can't be read ({error.strerror}: {error.filename}). Build it again.") from error
    into.seek(0)


def _readable(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """For whichever user it is in the container: the same bytes from every server, of nobody in particular."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode |= 0o555 if entry.isdir() or entry.mode & 0o100 else 0o444
    return entry


async def _chunks(file: IO[bytes]) -> AsyncGenerator[bytes, None]:
    while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
        yield chunk
