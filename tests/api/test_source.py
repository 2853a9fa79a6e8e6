"""Source code: read, listed, saved."""

import pytest
from tests.support.api import COMPONENT, Installation


def test_a_saved_change_is_the_newest_commit(house: Installation) -> None:
    house.create()
    text = "  print('hello')  \n\n"

    made = house.save({"main.py": text, "lib/more.py": "x = 1\n"}, message="Say hello")

    source = house.get(f"{COMPONENT}/source")
    assert source["commit"] == made
    assert {file["path"]: file["text"] for file in source["files"]} == {"main.py": text, "lib/more.py": "x = 1\n"}
    assert made["message"] == "Say hello"
    assert made["at"] == "2026-11-22T12:00:00Z"


def test_a_commit_stays_as_it_was(house: Installation) -> None:
    house.create()
    first = house.get(f"{COMPONENT}/commits")[0]["sha"]
    house.save({"main.py": "print(1)\n"})

    old = house.get(f"{COMPONENT}/source", commit=first)

    assert old["commit"]["sha"] == first
    assert "health" in old["files"][0]["text"]


def test_null_deletes_a_file(house: Installation) -> None:
    house.create()
    house.save({"notes.txt": "x"})
    house.save({"notes.txt": None})

    assert [file["path"] for file in house.get(f"{COMPONENT}/source")["files"]] == ["main.py"]


def test_commits_are_paged_from_the_newest(house: Installation) -> None:
    house.create()
    made = [house.save({"n.txt": str(number)})["sha"] for number in range(4)]

    first = house.get(f"{COMPONENT}/commits", limit=3)
    rest = house.get(f"{COMPONENT}/commits", limit=3, before=first[-1]["sha"])

    assert [each["sha"] for each in first] == made[:0:-1]
    assert [each["sha"] for each in rest][:1] == made[:1]
    assert len(rest) == 2


def test_saving_over_a_newer_version_is_a_conflict(house: Installation) -> None:
    house.create()
    stale = house.get(f"{COMPONENT}/commits")[0]["sha"]
    newer = house.save({"main.py": "print('theirs')\n"})

    change = {"parent": stale, "message": "Mine", "changes": {"main.py": "print('mine')\n"}}
    error = house.refused(409, "POST", f"{COMPONENT}/commits", change)

    assert error["code"] == "conflict"
    assert house.get(f"{COMPONENT}/commits")[0] == newer


@pytest.mark.parametrize("path", ["../main.py", "/etc/passwd", ".git/config", "a/../../b", "a\x00b", "", "a//b"])
def test_a_path_may_not_lead_elsewhere(house: Installation, path: str) -> None:
    house.create()
    head = house.get(f"{COMPONENT}/commits")[0]["sha"]

    house.refused(422, "POST", f"{COMPONENT}/commits", {"parent": head, "message": "m", "changes": {path: "x"}})

    assert house.get(f"{COMPONENT}/commits")[0]["sha"] == head


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"parent", "message", "changes"}),
        ({"parent": "main", "message": "", "changes": {}}, {"parent", "message", "changes"}),
        ({"parent": "0" * 40, "message": "m", "changes": {"query": 5, "once": []}}, {"changes.query", "changes.once"}),
    ],
)
def test_a_commit_is_refused_field_by_field(house: Installation, body: object, fields: set[str]) -> None:
    house.create()

    assert set(house.fields(f"{COMPONENT}/commits", body)) == fields


def test_a_large_or_binary_file_is_named_but_not_shown(house: Installation) -> None:
    house.create()
    house.save({"big.txt": "x" * 1024 * 1024})

    files = {file["path"]: file for file in house.get(f"{COMPONENT}/source")["files"]}

    assert files["big.txt"]["size_bytes"] == 1024 * 1024
    assert len(files["big.txt"]["text"]) == 1024 * 1024
    head = house.get(f"{COMPONENT}/commits")[0]["sha"]
    change = {"parent": head, "message": "m", "changes": {"bigger.txt": "x" * (1024 * 1024 + 1)}}
    house.refused(422, "POST", f"{COMPONENT}/commits", change)
