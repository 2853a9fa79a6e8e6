"""Where an execution failed: kept beside its log, and no line of it."""

from __future__ import annotations

import json

from tests.support.api import V1

from clockhouse.model.log import LogLine
from clockhouse.store import logs

TOLD = {
    "error": "ValueError: no",
    "type": "ValueError",
    "frames": [
        {
            "path": "main.py",
            "line": 3,
            "function": "main",
            "variables": [{"name": "url", "type": "str", "text": "'x'"}],
        }
    ],
}


def failed(house, told):
    house.deployed()
    house.pass_time(10)
    [execution] = house.finish(lines=["before"])
    with house.database.begin() as tx:
        logs.append(tx, execution, [LogLine(2, tx.now, logs.FAILURE, None, told)])
    house.write(execution, "after")
    return f"{V1}/executions/{execution}"


def test_a_failure_is_told_and_is_no_line_of_the_log(house):
    path = failed(house, json.dumps(TOLD))
    assert house.get(f"{path}/failure") == TOLD
    assert [(line["seq"], line["text"]) for line in house.get(f"{path}/log")["lines"]] == [(1, "before"), (3, "after")]
    assert "ValueError" not in house.client.get(f"{path}/log.txt").text
    assert house.client.get(f"{path}/log/stream").text.count("ValueError") == 0


def test_what_is_no_failure_is_not_told(house):
    path = failed(house, '{"frames": 3}')
    assert "told nothing" in house.refused(404, "GET", f"{path}/failure")["message"]


def test_an_execution_that_told_nothing_says_so(house):
    house.deployed()
    house.pass_time(10)
    [execution] = house.finish()
    assert "told nothing" in house.refused(404, "GET", f"{V1}/executions/{execution}/failure")["message"]
