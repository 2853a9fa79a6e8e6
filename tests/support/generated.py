"""Writes the files that are generated from the code, or with --check says which of them are stale.

The API's description (`console/openapi.json`) comes from the application itself, the console's types
(`console/src/lib/schema.ts`) from that description. The reference of the scheduling library (`docs/reference/task.md`)
comes from its source; the editor's catalogue of connectors (`src/clockhouse/flows/connectors.json`) and their reference
(`docs/reference/connectors.md`) come from their classes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support import catalogue, reference

ROOT = Path(__file__).resolve().parents[2]
CONSOLE = ROOT / "console"
DESCRIPTION = CONSOLE / "openapi.json"
TYPES = CONSOLE / "src" / "lib" / "schema.ts"
GENERATOR = CONSOLE / "node_modules" / ".bin" / "openapi-typescript"
REFERENCE = ROOT / "docs" / "reference" / "task.md"
CONNECTORS = ROOT / "docs" / "reference" / "connectors.md"
RENEW = "python -m tests.support.generated"


def description() -> str:
    """The OpenAPI document of the application, as it is committed."""
    from clockhouse.api.app import create

    return json.dumps(create(None).openapi(), indent=2, ensure_ascii=False) + "\n"


def types(of: str) -> str | None:
    """The console's types of an OpenAPI document; None where the console's packages are not installed."""
    if not GENERATOR.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "openapi.json", Path(folder) / "schema.ts"
        source.write_text(of, encoding="utf-8")
        command = [*_node(), str(GENERATOR), str(source), "-o", str(made)]
        subprocess.run(command, cwd=CONSOLE, check=True, capture_output=True)
        return made.read_text(encoding="utf-8")


def stale(wanted: dict[Path, str | None]) -> list[Path]:
    """The files that are not what they should be; what could not be made is not judged."""
    return [file for file, text in wanted.items() if text is not None and _text(file) != text]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog=RENEW, description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 when a file is stale")
    checks = parser.parse_args(arguments).check
    document = description()
    wanted = {
        DESCRIPTION: document,
        TYPES: types(document),
        REFERENCE: reference.page(ROOT / "src"),
        catalogue.FILE: catalogue.text(),
        CONNECTORS: catalogue.page(),
    }
    found = stale(wanted)
    for file in found:
        name = file.relative_to(ROOT)
        if checks:
            print(f"{name} is stale: what it is made from has changed. Renew it with: {RENEW}", file=sys.stderr)  # noqa: T201
        else:
            file.parent.mkdir(exist_ok=True)
            file.write_text(wanted[file] or "", encoding="utf-8")
            print(f"wrote {name}")  # noqa: T201
    if wanted[TYPES] is None:
        print(f"{TYPES.relative_to(ROOT)} was left as it is: the console's packages are not installed.")  # noqa: T201
    return 1 if checks and found else 0


def _node() -> list[str]:
    """Node beside the console's packages: the system's, or else the one that was installed with Python."""
    from hatch_build import _node_folder

    folder = _node_folder()
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return [str(folder / "node")]


def _text(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
