"""What a task learns of the occurrence that it runs for."""

from datetime import UTC, datetime

import pytest

from clockhouse.kit import due_at


def test_a_task_learns_when_it_was_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOCKHOUSE_DUE_AT", "2026-11-22T12:00:00.250000+00:00")
    assert due_at() == datetime(2026, 11, 22, 12, 0, 0, 250000, UTC)


def test_without_clockhouse_nothing_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOCKHOUSE_DUE_AT", raising=False)
    assert due_at() is None
