"""`clockhouse promote --review`: what a promotion would change, before it is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from clockhouse.cli import output, schedules

Review = Annotated[
    bool,
    typer.Option("--review", help="Change nothing: show what it would change, and what it would be refused for."),
]

_ORIGINS = {
    "given": "given here",
    "target": "set there",
    "everywhere": "set for all environments",
    "source": "taken over",
    "default": "the code's default",
    "nothing": "none",
}
_KINDS = {"added": "new", "removed": "gone", "changed": "changed"}


def print_review(found: Mapping[str, Any]) -> None:
    """Code, schedules, configuration and limits before and after, then the evidence and what stands against it."""
    release, present = found["release"], found["present"]
    was = f"build {present['build']}" if present else "nothing"
    output.facts(
        f"{found['source']} to {found['target']}: {was} becomes build {release['build']}",
        [
            ("code", "\n".join(_code(found)) or None),
            *((change["name"], _change(change)) for change in found["changes"] if change["part"] == "limit"),
            ("evidence", _evidence(found["evidence"], found["source"])),
        ],
    )
    for title, plan in (("Schedule now", found["before"]), ("Schedule then", found["after"])):
        if plan:
            said = ("schedule", "; ".join(plan["words"]) or "none: it runs by hand")
            days = ("days of", plan["calendar"]["zone"])
            output.facts(title, [said, days, *schedules.summary(plan["calendar"]), *_remarks(plan["calendar"])])
    output.table(
        ["SETTING", "VALUE FROM", "CHANGES", "PROBLEM"],
        (
            [key["name"], _ORIGINS[key["origin"]], _changes(key, is_first=present is None), key["problem"]]
            for key in found["keys"]
        ),
        empty="The code asks for no values.",
    )
    for field, problem in found["problems"].items():
        if not field.startswith("configuration."):
            output.say(output.clean(f"{field}: {problem}"))
    output.say(_verdict(found))


def _code(found: Mapping[str, Any]) -> Iterator[str]:
    code = found["code"]
    if code is None:
        yield found["code_problem"] or "not compared"
        return
    if code["direction"] == "same":
        yield "the same commit"
    if code["direction"] == "apart":
        yield "neither commit leads to the other"
    word = "takes back" if code["direction"] == "back" else "brings"
    for commit in code["commits"]:
        yield f"{word} {output.commit(commit)}"
    for file in code["files"]:
        lines = "" if file["added"] is None else f" +{file['added']} -{file['removed']}"
        yield f"{file['path']} ({_KINDS[file['kind']]}){lines}"


def _change(change: Mapping[str, Any]) -> str:
    return f"{change['before'] or 'none'} → {change['after'] or 'none'}"


def _evidence(found: Mapping[str, Any], source: str) -> str:
    counts = ", ".join(f"{number:,} {output.STATES[state][1]}" for state, number in found["counts"].items())
    return f"of this release in {source}: {counts or 'no executions yet'}"


def _remarks(calendar: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for day in calendar["days"]:
        for remark in schedules.remarks(day):
            yield day["date"], remark


def _changes(key: Mapping[str, Any], *, is_first: bool) -> str:
    if is_first:
        return "no" if key["origin"] == "nothing" else "new"
    if key["is_changed"] is None:
        return "not known"
    if not key["is_changed"]:
        return "no"
    return "yes" if key["is_secret"] else f"{_said(key['before'])} → {_said(key['after'])}"


def _said(value: object) -> str:
    return "none" if value is None else str(value)


def _verdict(found: Mapping[str, Any]) -> str:
    if found["forbidden"]:
        return output.clean(f"{found['forbidden']} Nothing was changed.")
    if found["problems"]:
        return "It would be refused as it is. Nothing was changed."
    if found["needs_approval"]:
        return f"In {found['target']} it has to be approved: ask for it with --note. Nothing was changed."
    return "Nothing stands against it. Nothing was changed: leave out --review to promote."
