"""A node of a group as a process: it executes as often as it may, and notes each execution in a file.

Arguments: the database's port and name, the node's task_id, the two intervals in seconds, and the file.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from clockhouse.task import ErrorPolicy, Listener, TaskPolicy, TriggerConfiguration
from clockhouse.task.coordination import PostgresConfig, SinceBoot, WarmBackup

BETWEEN_EXECUTIONS_S = 0.01


def main(port: str, database: str, task_id: str, liveness: str, heartbeat: str, file: str) -> None:
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s {task_id} %(message)s")
    backup = WarmBackup(
        database=PostgresConfig(host="127.0.0.1", port=int(port), user="postgres", database=database),
        task_id=task_id,
        group_id="story",
        liveness_interval=float(liveness),
        heartbeat_interval=float(heartbeat),
    )
    trigger = TriggerConfiguration(interval=BETWEEN_EXECUTIONS_S, task_policy=TaskPolicy(ErrorPolicy.LOG_AND_CONTINUE))
    listener = Listener(trigger, warm_backup=backup)
    membership, clock = listener.membership, SinceBoot()
    notes = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def execute() -> None:
        # Under a lock, so that a test can stop this process at a moment when it is not between asking and noting.
        with flocked(notes):
            holds = membership.holds_token()
            os.write(notes, f"{clock.monotonic()} {membership.term} {task_id} {holds:d}\n".encode())

    listener.attach(execute)
    listener.start()
    sys.stdin.read()  # until the one who started it lets go
    listener.graceful_stop()


@contextmanager
def flocked(file: int) -> Iterator[None]:
    own = os.open(f"/proc/self/fd/{file}", os.O_WRONLY)  # threads, too, are kept apart
    try:
        fcntl.flock(own, fcntl.LOCK_EX)
        yield
    finally:
        os.close(own)


if __name__ == "__main__":
    main(*sys.argv[1:])
