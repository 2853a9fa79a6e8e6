"""A stand-in for Ballerina's tool, for machines without it: a program called `bal` that does as the real one looks."""

from __future__ import annotations

from pathlib import Path

# Not Ballerina: it copies the sources into the place of the program, and "runs" by printing the configuration.
STAND_IN = """\
#!/bin/sh
case "$1" in
  version) echo "Ballerina 2201.13.1 (stand-in)" ;;
  build)
    echo "Compiling source"
    if grep -n BROKEN main.bal; then
      echo "ERROR [main.bal:(2:5,2:11)] undefined symbol 'BROKEN'"; echo "error: compilation contains errors"; exit 1
    fi
    name=$(sed -n 's/^name *= *"\\(.*\\)"/\\1/p' Ballerina.toml)
    mkdir -p target/bin
    { date +%N; cat main.bal; } > "target/bin/$name.jar"
    echo "Generating executable"; echo "	target/bin/$name.jar" ;;
  run)
    echo "stand-in runs $(basename "$2")"
    cat "$BAL_CONFIG_FILES"
    env | grep '^TASK_' && echo "it sees TASK_ variables"
    exit 0 ;;
esac
"""


def stand_in(folder: Path) -> Path:
    """Writes a program `bal` into a new folder, which is to be on the PATH; the folder."""
    folder.mkdir(parents=True)
    program = folder / "bal"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    return folder
