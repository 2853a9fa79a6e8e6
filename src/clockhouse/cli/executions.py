"""`clockhouse executions` and `clockhouse execution …`: what ran, what did not, and why."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from clockhouse.cli import logs, output, values
from clockhouse.cli.command import Here, command
from clockhouse.cli.hints import hint
from clockhouse.cli.values import segment, slug

app = typer.Typer(no_args_is_help=True, help="One execution: how it went, and stop it.")

_LIMIT = 20
_ORIGINS = {
    "schedule": "schedule",
    "catch_up": "catch-up",
    "manual": "by hand",
    "again": "again",
    "backfill": "backfill",
}


class State(StrEnum):
    QUEUED = "queued"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    MISSED = "missed"
    LOST = "lost"


Identifier = Annotated[str, typer.Argument(metavar="ID", help="As `clockhouse executions` lists it.")]


def register(app_of_all: typer.Typer) -> None:
    command(app_of_all, "executions", epilog="Example: clockhouse executions example --state failed --state lost")(
        executions
    )
    app_of_all.add_typer(app, name="execution")


def executions(
    here: Here,
    subject: values.Subject = None,
    environment: Annotated[
        str | None, typer.Option("--environment", "-e", parser=slug, metavar="ENVIRONMENT", help="There only.")
    ] = None,
    state: Annotated[list[State] | None, typer.Option("--state", help="Only these (repeatable).")] = None,
    backfill: Annotated[
        str | None, typer.Option("--backfill", metavar="ID", help="Only those of this backfill.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="How many at most.")] = _LIMIT,
    before: Annotated[
        str | None, typer.Option("--before", metavar="MARK", help="Older ones: what the list before ended with.")
    ] = None,
) -> None:
    """List executions, the latest due first."""
    project, component = values.subject(subject)
    page = here.client.get(
        "/executions",
        project=project,
        component=component,
        environment=environment,
        state=[each.value for each in state] if state else None,
        backfill=backfill,
        limit=limit,
        before=before,
    )
    chosen = [subject] if subject else []
    chosen += ["--environment", environment] if environment else []
    chosen += [word for each in state or () for word in ("--state", each.value)]
    chosen += ["--backfill", backfill] if backfill else []
    chosen += ["--limit", str(limit)] if limit != _LIMIT else []
    here.show(page, lambda found: _table(found, chosen))


@command(app, "show")
def show(here: Here, identifier: Identifier) -> None:
    """Show an execution: its instants, attempts and measurements."""
    here.show(here.client.get(f"/executions/{segment(identifier)}"), facts)


@command(app, "stop")
def stop(here: Here, identifier: Identifier) -> None:
    """End an execution that waits or runs."""
    body = here.client.post(f"/executions/{segment(identifier)}/stop")
    here.show(body, lambda _: output.say(f"Execution {identifier} is being stopped."))


@command(app, "again", epilog="Example: clockhouse execution again 01KB4M3Q0000000000000000AB --follow")
def again(here: Here, identifier: Identifier, is_followed: logs.Follow = False) -> None:
    """Run it once more as it was: release, configuration, arguments and due time."""
    logs.started(here, here.client.post(f"/executions/{segment(identifier)}/again"), is_followed=is_followed)


def facts(execution: dict[str, Any]) -> None:
    """Prints everything about one execution."""
    output.facts(
        f"{execution['id']}  {execution['project']}/{execution['component']}  {execution['environment']}",
        [
            ("state", output.state(execution["state"])),
            ("reason", execution["reason"]["sentence"] if execution["reason"] else None),
            ("trigger", _origin(execution)),
            ("backfill", execution["backfill"]),
            ("repeats", execution["repeats"]),
            ("arguments", _arguments(execution)),
            ("due", output.instant(execution["due_at"])),
            ("queued", output.instant(execution["queued_at"])),
            ("started", output.instant(execution["started_at"])),
            ("finished", output.instant(execution["finished_at"])),
            ("ran on", execution.get("ran_on")),
            ("took", output.duration(execution["duration_s"]) or None),
            ("exit", _exit(execution)),
            ("processor", output.duration(execution["cpu_s"]) or None),
            ("memory", output.size(execution["peak_bytes"]) if execution["peak_bytes"] else None),
            ("build", f"{execution['build']} ({execution['commit'][:7]}), deployment {execution['deployment']}"),
            *((f"attempt {each['number']}", _attempt(each)) for each in execution.get("attempts", ())),
        ],
    )


def _origin(execution: dict[str, Any]) -> str:
    word = _ORIGINS.get(execution["origin"], execution["origin"])
    return f"{word}, {execution['requested_by']}" if execution["requested_by"] else word


def _arguments(execution: dict[str, Any]) -> str | None:
    """As `run` takes them: `--set url=… --set tries=3`."""
    given = execution["arguments"].items()
    texts = ((name, value if isinstance(value, str) else json.dumps(value)) for name, value in given)
    return " ".join(f"--set {shlex.quote(f'{name}={text}')}" for name, text in texts) or None


def _exit(execution: dict[str, Any]) -> str | None:
    if execution["signal"] is not None:
        return f"signal {execution['signal']}"
    return None if execution["exit_code"] is None else f"code {execution['exit_code']}"


def _attempt(attempt: dict[str, Any]) -> str:
    word = output.STATES.get(attempt["state"], ("", attempt["state"], ""))[1]
    reason = f": {attempt['reason']['sentence']}" if attempt["reason"] else ""
    where = f" on {attempt['ran_on']}" if attempt.get("ran_on") else ""
    return f"{word}{where}, {output.instant(attempt['finished_at'])}{reason}"


def _table(page: dict[str, Any], chosen: Sequence[str]) -> None:
    output.table(
        ["ID", "COMPONENT", "ENVIRONMENT", "STATE", "TRIGGER", "DUE", "TOOK", "RAN ON", "REASON"],
        (
            [
                each["id"],
                f"{each['project']}/{each['component']}",
                each["environment"],
                output.state(each["state"]),
                _ORIGINS.get(each["origin"], each["origin"]),
                output.instant(each["due_at"]),
                output.duration(each["duration_s"]),
                each.get("ran_on") or "",
                each["reason"]["sentence"] if each["reason"] else "",
            ]
            for each in page["items"]
        ),
        empty="No execution is like that yet.",
    )
    if page["next"]:
        older = shlex.join(["executions", *chosen, "--before", page["next"]])
        output.note(f"There are older ones: {hint(older)}")
