"""Starts a Ballerina program with its configuration as Config.toml. A copy of this file is in each Ballerina artifact.

It needs nothing but the standard library and the kit, for it runs where the task runs.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clockhouse.kit.config_toml import config_toml


def start(values: Mapping[str, Any], places: Mapping[str, tuple[str, Sequence[str], str]], program: Path) -> None:
    """Becomes the program. `places` has the table, the path in it and the type of each value. Does not return."""
    written = config_toml(values, places)
    file = Path("Config.toml").absolute()
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        opened.write(written)
    for name in [name for name in os.environ if name.startswith("TASK_")]:
        del os.environ[name]  # the program reads the file; its children need not know
    os.environ["BAL_CONFIG_FILES"] = str(file)
    command = _command(program)
    if command is None:
        sys.exit("There is neither bal nor java on the PATH here. Install Ballerina, or a Java 21 runtime.")
    sys.stdout.flush()
    sys.stderr.flush()
    os.execvp(command[0], command)  # noqa: S606  on purpose


def _command(program: Path) -> list[str] | None:
    """The tool that built it comes first, since it brings the Java that the program needs; None where there is none."""
    built_by = (program.parent / "bal").read_text(encoding="utf-8").strip()
    for tool, arguments in ((built_by, ["run"]), ("bal", ["run"]), ("java", ["-jar"])):
        if found := shutil.which(tool):
            return [found, *arguments, str(program)]
    return None
