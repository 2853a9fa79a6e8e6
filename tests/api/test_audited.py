"""Whatever changes something leaves a row in the audit trail: asked of every operation of the API's description."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.test_authorisation import MINE, RULES, Everybody, everybody, operations
from tests.support import calls

from clockhouse.api.trail import QUESTIONS
from clockhouse.store import audit

__all__ = ["everybody"]

# They change nothing that anybody has made: a look at a repository is brought forward, news are put away.
POKES = {"look_at_connection", "receive_hook", "see_request"}
# What is asked of them there is so already.
DONE_ALREADY = {"enable_person", "end_other_sessions", "grant_role", "request_build", "resume", "resume_project"}
CHANGING = sorted(each.name for each in operations().values() if each.method != "GET")


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The actions that are noted."""
    actions: list[str] = []
    plain = audit.record

    def record(tx: Any, actor: Any, action: str, *rest: Any) -> None:
        actions.append(action)
        plain(tx, actor, action, *rest)

    monkeypatch.setattr(audit, "record", record)
    return actions


def test_what_is_no_question_and_does_not_note_itself_is_known() -> None:
    """By the source: of every operation, also those whose request would fail here or finds all done already."""
    silent = {name for name in CHANGING if name not in QUESTIONS and not calls.notes(name)}

    assert silent == POKES


@pytest.mark.parametrize("name", [name for name in CHANGING if name in RULES])
def test_what_was_done_is_noted_and_what_was_only_asked_is_not(
    everybody: Everybody, noted: list[str], name: str
) -> None:
    answer = everybody.ask("admin", name, MINE)

    if name in QUESTIONS:
        assert not noted
    elif answer.is_success:
        assert bool(noted) is (name not in POKES | DONE_ALREADY)
    elif answer.status_code != 422:  # what cannot be read is no attempt yet
        assert [action.partition(".")[0] for action in noted] == ["call"], answer.text
