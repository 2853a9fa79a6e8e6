"""A node of a group as a process: it executes as often as it may, and notes each execution in a file.

Arguments: the database's port and name, the node's task_id, the two intervals in seconds, and the file.
"""

from __future__ import annotations

import logging
import os
import sys
import threading

from clockhouse.task.coordination import Membership, PostgresConfig, SinceBoot, WarmBackup

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
    clock, never = SinceBoot(), threading.Event()
    notes = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    membership = Membership(backup)
    threading.Thread(target=lambda: (sys.stdin.read(), never.set()), daemon=True).start()
    membership.start()
    while not never.wait(BETWEEN_EXECUTIONS_S):
        if membership.holds_token():
            os.write(notes, f"{clock.monotonic()} {membership.term} {task_id}\n".encode())
    membership.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
