"""What a step can use, and what fits what is being typed."""

import pytest

from clockhouse.flows import model, nodes, scope
from clockhouse.flows.nodes import Path
from clockhouse.flows.reading import read

TASK = '''\
"""A task."""
import logging as l
from clockhouse.kit import Secret, TaskConfig, setting

LIMIT = 5


class Config(TaskConfig):
    url: str = setting("Where")
    token: Secret = setting("Who")


def main(config: Config) -> None:
    """Runs."""
    words = "a b".split()
    counts: dict[str, int] = {}
    for number, word in enumerate(words):
        try:
            size = len(word)
        except OSError as error:
            print(error)
        print(here)
    later = 1


def other(text: str, *, upper: bool = False) -> str:
    "Another."
    return text
'''


def path_of(label: str, text: str = TASK) -> Path:
    found = model.describe(read(text)).body
    return next(node.path for node in nodes.walk(found) if node.label.startswith(label))


def names(label: str, text: str = TASK) -> dict[str, tuple[str, str | None]]:
    return {known.insert: (known.kind, known.detail) for known in scope.around(read(text), path_of(label, text))}


def fitting(label: str, typed: str) -> list[str]:
    return [known.insert for known in scope.fitting(read(TASK), path_of(label), typed)]


def test_a_step_knows_what_is_above_it_and_the_functions_of_the_module() -> None:
    assert names("print(here)") == {
        "config.url": ("setting", "text"),
        "config.token": ("setting", "secret"),
        "size": ("variable", None),
        "word": ("variable", None),
        "number": ("variable", None),
        "counts": ("variable", "dict[str, int]"),
        "words": ("variable", None),
        "config": ("input", "Config"),
        "other": ("function", "(text: str, *, upper: bool=False) -> str"),
        "main": ("function", "(config: Config) -> None"),
        "Config": ("class", None),
        "LIMIT": ("variable", "int"),
        "setting": ("import", "clockhouse.kit.setting"),
        "TaskConfig": ("import", "clockhouse.kit.TaskConfig"),
        "Secret": ("import", "clockhouse.kit.Secret"),
        "l": ("import", "logging"),
    }


def test_a_failure_has_its_name_in_its_branch_only() -> None:
    assert names("print(error)")["error"] == ("variable", "OSError")
    assert "error" not in names("print(here)")


def test_half_typed_source_has_a_scope_all_the_same() -> None:
    assert "counts" in names("print(here)", TASK.replace("later = 1", "later = ("))


def test_what_fits_begins_with_what_is_typed() -> None:
    assert fitting("print(here)", "f(wo") == ["word", "words"]
    assert fitting("print(here)", "config.") == ["url", "token"]
    assert fitting("print(here)", "1 + config.t") == ["token"]
    assert fitting("print(here)", "counts.it") == ["items"]
    assert fitting("print(here)", "le") == ["len"]
    assert "None" in fitting("print(here)", "")
    assert fitting("print(here)", "unknown.") == []


def test_a_path_that_leads_nowhere_is_an_error() -> None:
    with pytest.raises(LookupError):
        scope.around(read(TASK), (99,))


TYPED = """\
from dataclasses import dataclass

from clockhouse.connectors import github, http
from clockhouse.kit import Secret, TaskConfig, setting

web = http.Client()


@dataclass
class Record:
    name: str


class Config(TaskConfig):
    url: str = setting("Where")


def made() -> Record:
    return Record("a")


def main(config: Config, hub: github.Client) -> None:
    answer = web.get("https://example.com")
    record = made()
    release = hub.latest_release("a/b")
    for issue in hub.issues("a/b"):
        print(here)
"""


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("answer.", ["status", "headers", "content", "is_ok", "text", "json()"]),
        ("answer.headers.it", ["items"]),
        ("answer.text.upp", ["upper"]),
        ("record.", ["name"]),
        ("release.ti", ["title"]),
        ("issue.num", ["number"]),
        ("config.url.upp", ["upper"]),
        ("answer.nothing.", []),
    ],
)
def test_what_operations_give_has_their_members(typed: str, expected: list[str]) -> None:
    found = scope.fitting(read(TYPED), path_of("print(here)", TYPED), typed)
    assert [known.insert for known in found] == expected


def test_the_type_of_what_an_operation_gives_is_shown() -> None:
    found = names("print(here)", TYPED)
    assert found["answer"] == ("variable", "Answer")
    assert found["issue"] == ("variable", "Issue")
    assert found["record"] == ("variable", "Record")
