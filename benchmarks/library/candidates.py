"""Who is measured, and how each is started: ours, the floor, and the peers that can be had on this machine."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "benchmarks" / "peers"
PEERS = ROOT / "artifacts" / "peers"
WORK = "benchmarks.library.work"
JAVA = Path("/usr/share/java")
JARS = ("quartz2.jar", "slf4j-api.jar", "slf4j-nop.jar")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scheduler to measure: `key` names its module, `most_` is what it can be given."""

    key: str
    name: str
    command: tuple[str, ...]
    most_jobs: int = sys.maxsize
    most_firing: int = sys.maxsize

    def title(self, jobs: int, most: int) -> str:
        """Its name, and with how many jobs it was measured when `jobs` were too many for it."""
        return self.name if jobs <= most else f"{self.name}, {most:,} jobs"


HERE = (sys.executable, "-m", WORK)
OURS = Candidate("clockhouse", "Clockhouse", HERE)
BY_FREQUENCY = Candidate("frequency", "Clockhouse, by frequency", HERE)
FLOOR = Candidate("heap", "bare heap", HERE)


@cache
def peers() -> tuple[Candidate, ...]:
    """Those that can be had here, made ready at the first call; says why one cannot."""
    found = (
        _quartz(),
        _python("apscheduler3", "APScheduler 3.11"),
        _python("apscheduler4", "APScheduler 4 alpha", most_jobs=20_000, most_firing=500),
        _python("schedule", "schedule"),
    )
    return tuple(each for each in found if each is not None)


def _python(key: str, name: str, **most: int) -> Candidate | None:
    """In an environment of its own, from its lock; kept until the lock changes."""
    lock = LOCKS / f"{key}.txt"
    folder = PEERS / key
    python = folder / "bin" / "python"
    mark = folder / "lock.sha256"
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if not mark.exists() or mark.read_text() != digest:
        print(f"Setting up {name} in {folder.relative_to(ROOT)} …", flush=True)
        uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
        install = (uv, "pip", "install", "--quiet", "--python", str(python), "--require-hashes", "-r", str(lock))
        if not _works((uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)), install):
            _skipped(name, "it cannot be installed")
            return None
        mark.write_text(digest)
    return Candidate(key, name, (str(python), "-m", WORK), **most)


def _quartz() -> Candidate | None:
    """On the JVM, with Debian's packages (default-jdk-headless and libquartz2-java)."""
    name = "Quartz 2.3"
    java, compiler = shutil.which("java"), shutil.which("javac")
    if java is None or compiler is None:
        _skipped(name, "there is no Java development kit")
        return None
    if missing := [jar for jar in JARS if not (JAVA / jar).exists()]:
        _skipped(name, f"there is no {missing[0]} in {JAVA}; Debian's package is libquartz2-java")
        return None
    folder = PEERS / "quartz"
    folder.mkdir(parents=True, exist_ok=True)
    libraries = ":".join(str(JAVA / jar) for jar in JARS)
    source = Path(__file__).parent / "work" / "Quartz.java"
    if not _works((compiler, "-cp", libraries, "-d", str(folder), str(source))):
        _skipped(name, "its measurements do not compile")
        return None
    command = (java, "-cp", f"{libraries}:{folder}", "Quartz")
    return Candidate("quartz", name, command)


def _works(*commands: Sequence[str]) -> bool:
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr.strip(), flush=True)
            return False
    return True


def _skipped(name: str, reason: str) -> None:
    print(f"Without {name}: {reason}.", flush=True)
