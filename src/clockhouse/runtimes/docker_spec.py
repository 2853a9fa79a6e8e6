"""Which container an execution becomes: what it may use, what it sees, and how it is found again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clockhouse.docker import SERVER as SERVER
from clockhouse.kit.secret import Secret
from clockhouse.model.deployment import Container
from clockhouse.runtimes.base import FILE_SUFFIX, StartFailed, Work

EXECUTION = "clockhouse.execution"
ATTEMPT = "clockhouse.attempt"
HOLDS = "clockhouse.holds"  # of what is there for an execution's sake: its id
LABEL = "clockhouse."  # in front of every label of ours
SECRETS = "/run/secrets"
TASK_USER = "10001:10001"
MEBIBYTE = 1024 * 1024
_SECRETS_BYTES = 4 * MEBIBYTE
_SCRATCH = "/tmp"  # noqa: S108  # inside the container, where nothing else is


@dataclass(frozen=True, slots=True)
class Confinement:
    """What a container may use. `network` is none, bridge, or the name of a network of the Engine's.

    `networks` are others that may be chosen. `tmp_bytes` is the size of its /tmp, which is memory and counts as such;
    `log_bytes` is how much of what it wrote the Engine keeps. `mounts` are folders of the Engine's machine, for reading
    and writing, each at its own path.
    """

    cpus: float = 1.0
    memory_bytes: int = 512 * MEBIBYTE
    processes: int = 256
    tmp_bytes: int = 64 * MEBIBYTE
    log_bytes: int = 64 * MEBIBYTE
    network: str = "bridge"
    allow_root: bool = False
    networks: tuple[str, ...] = ()
    mounts: tuple[Path, ...] = ()

    def chosen(self, wanted: Container) -> Confinement:
        """The same with what was chosen for an execution. Raises StartFailed for a network that is not offered."""
        offered = {"none", self.network, *self.networks}
        if wanted.network is not None and wanted.network not in offered:
            raise StartFailed(
                f"This server offers no network {wanted.network} to containers, only {', '.join(sorted(offered))}. "
                "Deploy with one of these, or start the server with --docker-networks."
            )
        return replace(
            self,
            cpus=self.cpus if wanted.cpus is None else wanted.cpus,
            memory_bytes=self.memory_bytes if wanted.memory_bytes is None else wanted.memory_bytes,
            processes=self.processes if wanted.processes is None else wanted.processes,
            network=self.network if wanted.network is None else wanted.network,
        )


def container_name(server: str, execution: str) -> str:
    """The container of an execution: there is one of it at a time."""
    return f"clockhouse-{server}-{execution}"


def labels(server: str, work: Work) -> dict[str, str]:
    """What the container says of itself."""
    told = {f"{LABEL}{name}": value for name, value in work.labels.items()}
    return {**told, SERVER: server, EXECUTION: work.execution}


def container_spec(
    work: Work,
    image: str,
    confinement: Confinement,
    *,
    server: str,
    command: Sequence[str] | None = None,
    secrets: str | None = None,
) -> dict[str, Any]:
    """The body that creates the container of `work`.

    `command` takes the place of the image's entry point; `secrets` names the volume that has the secrets, of which the
    environment tells nothing but the files.
    """
    spec: dict[str, Any] = {
        "Image": image,
        "Env": [f"{name}={value}" for name, value in _environment(work).items()],
        "Labels": labels(server, work),
        "HostConfig": _host(confinement, secrets),
    }
    if command is not None:
        spec |= {"Entrypoint": list(command), "WorkingDir": _SCRATCH}
    if work.arguments:
        spec["Cmd"] = list(work.arguments)
    return spec


def files_of(work: Work) -> dict[str, Secret]:
    """What the volume has for the task, by path: its secrets, and whatever else is handed over as a file."""
    plain = {path: Secret(work.environment[name]) for name, path in work.files.items() if name in work.environment}
    return {**plain, **{work.files.get(name, name): secret for name, secret in work.secrets.items()}}


def volume_spec(name: str, told: Mapping[str, str]) -> dict[str, Any]:
    """The body that creates a volume which is nowhere but in memory."""
    options = {"type": "tmpfs", "device": "tmpfs", "o": f"size={_SECRETS_BYTES},mode=0755,nosuid,nodev,noexec"}
    return {"Name": name, "Driver": "local", "DriverOpts": options, "Labels": dict(told)}


def _environment(work: Work) -> dict[str, str]:
    named = [*work.secrets, *(name for name in work.files if name in work.environment)]
    files = {f"{name}{FILE_SUFFIX}": f"{SECRETS}/{work.files.get(name, name)}" for name in named if name.isidentifier()}
    plain = {name: value for name, value in work.environment.items() if name not in work.files}
    return {"HOME": _SCRATCH, "TMPDIR": _SCRATCH, "LANG": "C.UTF-8", **plain, **files}


def _host(confinement: Confinement, secrets: str | None) -> dict[str, Any]:
    mounts: list[dict[str, Any]] = [
        {"Type": "bind", "Source": str(path), "Target": str(path)} for path in confinement.mounts
    ]
    if secrets is not None:
        mounts.append({"Type": "volume", "Source": secrets, "Target": SECRETS, "ReadOnly": True})
    return {
        # An init of the Engine's: as the first process of its container a task would be deaf to signals.
        "Init": True,
        "NanoCpus": round(confinement.cpus * 1_000_000_000),
        "Memory": confinement.memory_bytes,
        "MemorySwap": confinement.memory_bytes,
        "PidsLimit": confinement.processes,
        "ReadonlyRootfs": True,
        "Tmpfs": {_SCRATCH: f"rw,exec,nosuid,nodev,mode=1777,size={confinement.tmp_bytes}"},
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "NetworkMode": confinement.network,
        "Mounts": mounts,
        # Two files of half the size: what is older makes room for what is newer. Not `local`, which Docker 20.10
        # may tell without its last line, and without the end of long ones.
        "LogConfig": {
            "Type": "json-file",
            "Config": {"max-size": str(confinement.log_bytes // 2), "max-file": "2"},
        },
        "RestartPolicy": {"Name": "no"},
    }
