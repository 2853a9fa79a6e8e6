"""What people see."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rich.console import Console

from clockhouse.cli import output

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "0 ms"),
        (0.2399, "240 ms"),
        (3.51, "3.5 s"),
        (42, "42 s"),
        (119, "119 s"),
        (720, "12 min"),
        (18_000, "5 h"),
        (864_000, "10 d"),
    ],
)
def test_a_duration_is_short(seconds: float | None, words: str) -> None:
    assert output.duration(seconds) == words


def test_an_instant_stands_in_its_zone_with_its_distance() -> None:
    shown = output.moment("2026-11-22T08:12:00Z", NOW, "Asia/Colombo")
    assert shown == "2026-11-22 13:42:00 +0530 (in 12 min)"
    assert output.moment("2026-11-22T07:59:57.5Z", NOW, "UTC") == "2026-11-22 07:59:57 UTC (2.5 s ago)"
    assert output.moment(None, NOW) is None


def test_an_unknown_zone_is_no_reason_to_fail() -> None:
    assert output.instant("2026-11-22T08:12:00Z", "../etc/passwd") is not None


def test_text_from_elsewhere_cannot_command_the_terminal() -> None:
    assert output.clean("a\x1b]0;title\x07b\x1b[2Jc\x9bd\re\tf\n") == "a\\x1b]0;title\\x07b\\x1b[2Jc\\x9bd\\re\tf\n"
    assert output.clean("\x1b[31mred") == "\\x1b[31mred"


def test_a_logs_own_colours_stay_at_a_terminal_and_nothing_else() -> None:
    assert output._safe("\x1b[31mred\x1b[0m \x1b[2J") == "\x1b[31mred\x1b[0m \\x1b[2J"


def test_a_table_in_a_pipe_has_a_row_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(["NAME", "REASON"], [["a", "word " * 40], ["[b]", None]], empty="none")
    heading, first, second = capsys.readouterr().out.splitlines()
    assert heading.split() == ["NAME", "REASON"]
    assert first.startswith("a     word word")
    assert second.rstrip() == "[b]"


def test_an_empty_table_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(["NAME"], [], empty="Create one.")
    assert capsys.readouterr().out == "Create one.\n"


def test_what_people_copy_stays_in_one_piece_at_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "_console", lambda: Console(width=40))
    output.table(["ID", "REASON"], [["01m80cavzg6t7kkp8hc7h476t3", "too long to stand beside it"]], empty="none")
    assert "01m80cavzg6t7kkp8hc7h476t3" in capsys.readouterr().out
