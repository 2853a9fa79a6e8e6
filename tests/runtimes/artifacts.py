"""Artifacts as a builder seals them, made in a millisecond: the Python that runs the tests, and the kit."""

from __future__ import annotations

import json
import shutil
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import clockhouse


def make(folder: Path, files: Mapping[str, str]) -> Path:
    """An artifact in `folder` with these files as its source."""
    environment = folder / "environment"
    relative = Path(sysconfig.get_path("purelib", vars={"base": ""}).lstrip("/"))
    packages = environment / relative / "clockhouse"
    packages.mkdir(parents=True)
    (environment / "bin").mkdir()
    python = Path(sys.executable).resolve()
    (environment / "bin" / "python").symlink_to(python)
    (environment / "pyvenv.cfg").write_text(f"home = {python.parent}\ninclude-system-site-packages = false\n")
    ours = Path(clockhouse.__file__).parent
    for name in ("__init__.py", "kit"):
        (packages / name).symlink_to(ours / name)
    for name, text in files.items():
        path = folder / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def make_whole(folder: Path, files: Mapping[str, str]) -> Path:
    """An artifact without links to what is not in it, to be carried elsewhere, and with the record of its build."""
    make(folder, files)
    kit = _packages(folder) / "clockhouse" / "kit"
    whole = kit.resolve()
    kit.unlink()
    shutil.copytree(whole, kit, ignore=shutil.ignore_patterns("__pycache__"))
    start = kit.with_name("__init__.py")
    text = start.read_text()
    start.unlink()
    start.write_text(text)
    (folder / "built.json").write_text(json.dumps({"digest": str(folder)}))
    return folder


def installed(artifact: Path, name: str, text: str) -> None:
    """Puts a module among the artifact's dependencies."""
    (_packages(artifact) / f"{name}.py").write_text(text)


def _packages(artifact: Path) -> Path:
    [clockhouse_in_it] = artifact.glob("environment/lib/*/site-packages/clockhouse")
    return clockhouse_in_it.parent
