"""Flows over HTTP: the shapes are what they say, and places count as a browser does."""

import json
from typing import Any

import pytest
from tests.flows import corpus
from tests.support.api import V1, Installation

from clockhouse.api.flow_bodies import FlowBody
from clockhouse.flows import model, wire
from clockhouse.flows.reading import read

FLOWS = f"{V1}/flows"
TASK = """\
# 𝄞 a task
from clockhouse.kit import TaskConfig, setting


class Config(TaskConfig):
    url: str = setting("Where", pattern="https?://.+")


def main(config: Config) -> None:
    print("𝄞", config.url)
    x = 1
"""


@pytest.fixture
def house(closed_house: Installation) -> Installation:
    return closed_house


def edited(house: Installation, text: str, operation: dict[str, Any]) -> tuple[str, Any]:
    """The text after an edit, as a browser would make it, and the whole answer."""
    answer = house.post(f"{FLOWS}/edit", {"text": text, "operation": operation})
    units = text.encode("utf-16-le")
    for change in reversed(answer["changes"]):
        new = change["insert"].encode("utf-16-le")
        units = units[: 2 * change["start"]] + new + units[2 * change["end"] :]
    return units.decode("utf-16-le"), answer


def test_the_flow_of_a_source(house: Installation) -> None:
    found = house.post(f"{FLOWS}/model", {"text": TASK})

    assert (found["version"], found["valid"], found["indent_unit"]) == (1, True, "    ")
    assert [node["kind"] for node in found["body"]["nodes"]] == ["import", "config", "function"]
    main = found["body"]["nodes"][2]
    assert (main["name"], main["is_entry"]) == ("main", True)
    log = main["branches"][0]["body"]["nodes"][0]
    start, end = log["fields"][2]["range"]
    assert TASK.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le") == "config.url"


def test_only_one_function_unfolded(house: Installation) -> None:
    found = house.post(f"{FLOWS}/model", {"text": TASK, "unfolded": "main"})["body"]["nodes"]

    assert found[1]["is_folded"]
    assert "is_folded" not in found[2]


def test_half_typed_source_has_a_flow(house: Installation) -> None:
    text = TASK.replace("x = 1", 'x = """')
    anchors = house.post(f"{FLOWS}/model", {"text": TASK})["anchors"]

    found = house.post(f"{FLOWS}/model", {"text": text, "anchors": anchors})

    assert not found["valid"]
    assert found["problem"]["line"] == 11
    assert [node["kind"] for node in found["body"]["nodes"]] == ["import", "config", "function"]
    assert found["body"]["nodes"][2]["branches"][0]["body"]["nodes"][1]["problem"] == "a string is not closed"


def test_an_edit_is_a_few_changes_of_the_text(house: Installation) -> None:
    path = [2, 0, 1]
    new, answer = edited(house, TASK, {"op": "set", "path": path, "field": "value", "text": "2 + 3"})
    assert new == TASK.replace("x = 1", "x = 2 + 3")
    assert answer["refused"] is None

    insert = {"op": "insert", "block": [2, 0], "index": 1, "code": "time.sleep(1)", "needs": ["import time"]}
    new, answer = edited(house, TASK, insert)
    assert new.startswith("# 𝄞 a task\nimport time\n\n")
    assert new.encode("utf-16-le")[2 * answer["select"] :].decode("utf-16-le").startswith("time.sleep(1)\n    x = 1")


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "delete", "path": [2, 0, 0]}, "None:\n    x = 1\n"),
        ({"op": "move", "path": [2, 0, 0], "block": [2, 0], "index": 2}, "    x = 1\n    print("),
        ({"op": "duplicate", "path": [2, 0, 1]}, "    x = 1\n    x = 1\n"),
        ({"op": "duplicate", "path": [2, 0, 1], "block": [], "index": 1}, "setting\nx = 1\n"),
        ({"op": "replace", "path": [2, 0, 1], "code": "if a:\n    b"}, "    if a:\n        b\n"),
        ({"op": "rename", "path": [2, 0, 1], "field": "target", "name": "y"}, "    y = 1\n"),
        ({"op": "note", "path": [2, 0, 1], "text": "why"}, "    # why\n    x = 1\n"),
        ({"op": "switch_off", "path": [2, 0, 1]}, "    # off: x = 1\n"),
        ({"op": "extract", "path": [2, 0, 0], "name": "show"}, "    show(config)\n    x = 1\n\n\ndef show(config):\n"),
        ({"op": "import", "needs": ["import os"]}, "import os\n\n"),
        (
            {"op": "declare", "setting": {"name": "count", "type": "integer", "description": "How many", "default": 3}},
            '    count: int = setting("How many", default=3)\n',
        ),
        ({"op": "undeclare", "name": "url"}, "TaskConfig):\n    pass\n"),
    ],
)
def test_every_operation_comes_through(house: Installation, operation: dict[str, Any], expected: str) -> None:
    new, answer = edited(house, TASK, operation)

    assert answer["refused"] is None
    assert expected in new


def test_branches_and_switching_on(house: Installation) -> None:
    text = "if a:\n    b\n# off: c\n"
    assert edited(house, text, {"op": "add_branch", "path": [0], "header": "else"})[0].endswith(
        "else:\n    pass\n# off: c\n"
    )
    assert edited(house, text, {"op": "switch_on", "path": [1]})[0] == "if a:\n    b\nc\n"
    both = "if a:\n    b\nelse:\n    c\n"
    assert edited(house, both, {"op": "remove_branch", "path": [0], "branch": 1})[0] == "if a:\n    b\n"


def test_a_refused_edit_changes_nothing_and_says_why(house: Installation) -> None:
    new, answer = edited(house, TASK, {"op": "set", "path": [2, 0, 1], "field": "value", "text": "f("})

    assert (new, answer["refused"]) == (TASK, "'(' was never closed.")


def test_a_step_that_is_gone_is_a_conflict(house: Installation) -> None:
    gone = {"text": TASK, "operation": {"op": "delete", "path": [9]}}
    assert "Look at the flow again" in house.refused(409, "POST", f"{FLOWS}/edit", gone)["message"]
    assert house.refused(409, "POST", f"{FLOWS}/scope", {"text": TASK, "path": [9]})


def test_the_code_of_steps(house: Installation) -> None:
    asked = {"text": TASK, "path": [2, 0, 0], "count": 2}
    assert house.post(f"{FLOWS}/code", asked) == {"code": 'print("𝄞", config.url)\nx = 1\n'}
    assert house.refused(409, "POST", f"{FLOWS}/code", {**asked, "count": 3})


def test_fields_are_checked_as_they_are_typed(house: Installation) -> None:
    assert house.post(f"{FLOWS}/check", {"text": "a + 1"}) == {"problem": None}
    assert house.post(f"{FLOWS}/check", {"text": "a +"}) == {"problem": "Something is missing after “+”."}
    assert house.post(f"{FLOWS}/check", {"text": "class", "kind": "identifier"})["problem"].startswith("“class”")


def test_what_a_step_can_use(house: Installation) -> None:
    found = house.post(f"{FLOWS}/scope", {"text": TASK, "path": [2, 0, 1]})
    assert [each["insert"] for each in found][:2] == ["config.url", "config"]

    fitting = house.post(f"{FLOWS}/scope", {"text": TASK, "path": [2, 0, 1], "typed": "f(config.u"})
    assert [(each["insert"], each["documentation"]) for each in fitting] == [("url", "Where")]


def test_the_settings_of_a_source(house: Installation) -> None:
    found = house.post(f"{FLOWS}/settings", {"text": TASK.replace('"Where", ', "")})

    assert [each["message"] for each in found["problems"]] == [
        "url needs a description, the first argument of setting(...)."
    ]
    assert [each["name"] for each in house.post(f"{FLOWS}/settings", {"text": TASK})["settings"]] == ["url"]


MAPPER = """\
def to_row(person: dict) -> dict:  # 𝄞
    return {"name": person["n"]}
"""


def test_a_data_mapper_is_told_and_changed(house: Installation) -> None:
    found = house.post(f"{FLOWS}/mapper", {"text": MAPPER, "function": "to_row"})
    linked, _ = edited(house, MAPPER, {"op": "map_link", "function": "to_row", "source": ["person"], "target": ["all"]})
    removed, _ = edited(house, linked, {"op": "map_value", "function": "to_row", "target": ["name"], "text": None})
    sampled, _ = edited(
        house,
        MAPPER,
        {"op": "map_sample", "function": "to_row", "parameter": "person", "name": "P", "sample": '{"n": 1}'},
    )
    gone = house.client.post(f"{FLOWS}/mapper", json={"text": MAPPER, "function": "gone"})

    name = found["target"]["parts"][0]
    start, end = name["range"]
    assert (name["link"], name["text"]) == (["person", "n"], 'person["n"]')
    assert MAPPER.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le") == 'person["n"]'
    assert removed.endswith('return {"all": person}\n')
    assert "class P(TypedDict):\n    n: int\n" in sampled
    assert gone.status_code == 409


def test_the_palette(house: Installation) -> None:
    found = house.get(f"{FLOWS}/palette")

    assert {"log_info", "if", "foreach"} <= {each["key"] for each in found["templates"]}
    assert found["forms"]["return"][0]["is_optional"]


@pytest.mark.parametrize("text", ["x = '\0'\n", "(" * 5000, "\ufeff", "\r"])
def test_no_source_is_too_odd(house: Installation, text: str) -> None:
    response = house.client.post(
        f"{FLOWS}/model", content=json.dumps({"text": text}), headers={"content-type": "application/json"}
    )

    assert response.status_code == 200
    assert response.json()["body"]["path"] == []


def test_a_source_may_not_be_endless(house: Installation) -> None:
    fields = house.refused(422, "POST", f"{FLOWS}/model", {"text": "#" * 500_001})
    assert fields


def test_nobody_asks_who_is_not_signed_in(house: Installation) -> None:
    assert house.anonymous().post(f"{FLOWS}/model", json={"text": ""}).status_code == 401


@pytest.mark.slow
def test_what_is_sent_has_the_shape_that_is_described() -> None:
    for source in corpus.sample(3, seed=11):
        for text in (source.text, source.text[: len(source.text) // 2]):
            found = json.loads(json.dumps(wire.model(model.describe(read(text)), text)))
            sent = FlowBody.model_validate(found, strict=True).model_dump(exclude_unset=True)
            assert sent == found
