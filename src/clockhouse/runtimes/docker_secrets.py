"""Secrets for a container, as files of a volume in memory: in no image, no layer and no description of a container.

Such a volume is there only while a running container has it, and the task's own is not to run before its secrets are
in place. So another one holds the volume meanwhile: an image of one program of a few bytes, which waits.
"""

from __future__ import annotations

import io
import struct
import tarfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from clockhouse.docker import Docker, EngineError
from clockhouse.kit.secret import Secret
from clockhouse.runtimes import docker_spec

_IMAGE = "clockhouse-holder:1"
_PROGRAM = "hold"
# Waits for nothing, for ever: pause(), or ppoll() of no files where there is no pause(), and back to the beginning.
_CODE = {
    "amd64": (62, bytes.fromhex("6a2258 0f05 ebf9")),
    "arm64": (183, bytes.fromhex("280980d2 000080d2 010080d2 020080d2 030080d2 040080d2 010000d4 f9ffff17")),
}
_ADDRESS = 0x400000
_HEADERS_BYTES = 64 + 56


async def put(docker: Docker, secrets: Mapping[str, Secret], *, volume: str, labels: Mapping[str, str]) -> str:
    """Makes a volume of that name with a file for each secret; the name of the container that holds it.

    That one is to be removed (also when this fails) once the task's container has started, the volume at the end.
    Raises EngineError.
    """
    await docker.add_volume(docker_spec.volume_spec(volume, labels))
    await _make_image(docker)
    holder = holder_name(volume)
    await docker.create(_holder_spec(volume, labels), name=holder)
    await docker.start(holder)
    await docker.put(holder, docker_spec.SECRETS, _archive(secrets))
    return holder


def holder_name(volume: str) -> str:
    """The name of the container that holds a volume."""
    return f"{volume}-holder"


def program(architecture: str) -> bytes:
    """A Linux program that does nothing but wait, for an architecture as Docker names it. Raises EngineError."""
    if architecture not in _CODE:
        raise EngineError(
            f"Secrets can't be handed over on an Engine for {architecture}: there is no holder for it, "
            f"only for {' and '.join(_CODE)}."
        )
    machine, code = _CODE[architecture]
    size = _HEADERS_BYTES + len(code)
    identity = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    entry = _ADDRESS + _HEADERS_BYTES
    head = identity + struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, entry, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    loaded = struct.pack("<IIQQQQQQ", 1, 5, 0, _ADDRESS, _ADDRESS, size, size, 0x10000)
    return head + loaded + code


async def _make_image(docker: Docker) -> None:
    if await docker.image(_IMAGE) is None:
        content = program(str((await docker.version()).get("Arch")))
        await docker.load(_tar({_PROGRAM: content}, mode=0o755), name=_IMAGE)


def _holder_spec(volume: str, labels: Mapping[str, str]) -> dict[str, object]:
    return {
        "Image": _IMAGE,
        "Entrypoint": [f"/{_PROGRAM}"],
        "User": docker_spec.TASK_USER,
        "Labels": dict(labels),
        "HostConfig": {
            "NetworkMode": "none",
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "Memory": 16 * docker_spec.MEBIBYTE,
            "LogConfig": {"Type": "none"},
            "Mounts": [{"Type": "volume", "Source": volume, "Target": docker_spec.SECRETS}],
        },
    }


def _archive(secrets: Mapping[str, Secret]) -> bytes:
    # For reading by all: the container has but one task in it, and only its image knows that one's user.
    files = {name: secret.reveal().encode("utf-8", "surrogateescape") for name, secret in secrets.items()}
    return _tar(files, mode=0o444)


def _tar(files: Mapping[str, bytes], *, mode: int) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for folder in sorted({str(parent) for name in files for parent in PurePosixPath(name).parents} - {"."}):
            made = tarfile.TarInfo(folder)
            made.type, made.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(made)
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            archive.addfile(entry, io.BytesIO(content))
    return written.getvalue()
