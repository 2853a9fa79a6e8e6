"""`python -m benchmarks.library.work MEASUREMENT ARGUMENTS`: prints one line of JSON; the arguments are JSON too."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

from benchmarks.library.work import measure

MEASUREMENTS: dict[str, Callable[..., measure.Answer]] = {
    "adding": measure.adding,
    "fires": measure.fires,
    "idle": measure.idle,
}

print(json.dumps(MEASUREMENTS[sys.argv[1]](**json.loads(sys.argv[2]))), flush=True)
os._exit(0)  # no scheduler's farewell is part of a measurement
