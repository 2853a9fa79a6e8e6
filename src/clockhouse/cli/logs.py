"""`clockhouse logs`: an execution's log, a build's, or a component's newest one and those that follow."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Annotated, Any

import typer

from clockhouse.cli import output
from clockhouse.cli.command import Here, command
from clockhouse.cli.hints import hint
from clockhouse.cli.values import Ref, ref, segment, slug
from clockhouse.errors import Internal, NotFound

_PAGE = 1000
_LOOK_AGAIN_S = 1.0
_LATEST = 50
_REMEMBERED = 1000


def register(app: typer.Typer) -> None:
    command(app, "logs", epilog="Examples: clockhouse logs exe_01… · clockhouse logs example/health-check --follow")(
        logs
    )


def logs(
    here: Here,
    subject: Annotated[
        str, typer.Argument(metavar="ID|PROJECT/COMPONENT", help="An execution, or a component: its newest execution.")
    ],
    is_followed: Annotated[
        bool,
        typer.Option(
            "--follow", "-f", help="Print lines as they come; of a component, go on with its next executions."
        ),
    ] = False,
    environment: Annotated[
        str | None,
        typer.Option("--environment", "-e", parser=slug, metavar="ENVIRONMENT", help="Of a component: there only."),
    ] = None,
    build: Annotated[
        int | None, typer.Option("--build", metavar="BUILD", min=1, help="Of a component: this build's log.")
    ] = None,
) -> None:
    """Print a log. With --json: the lines as one answer, or with --follow a line of JSON each."""
    if build is not None:
        if "/" not in subject or environment is not None:
            raise typer.BadParameter("Name a component, and no environment.", param_hint="--build")
        _print_build(here, ref(subject), build, is_followed=is_followed)
        return
    if "/" not in subject:
        _print(here, subject, is_followed=is_followed)
        return
    component = ref(subject)
    newest = _latest(here, component, environment, limit=1)
    if newest:
        _head(here, newest[0])
        _print(here, newest[0]["id"], is_followed=is_followed)
    elif not is_followed:
        raise NotFound(f"{component} has not run yet. Run it now: {hint(f'run {component}')}")
    if is_followed:
        for execution in _next_ones(here, component, environment, newest):
            _head(here, execution)
            _print(here, execution["id"], is_followed=True)


Follow = Annotated[bool, typer.Option("--follow", "-f", help="Stream the log; the exit code is 1 unless it succeeds.")]


def started(here: Here, execution: Mapping[str, Any], *, is_followed: bool) -> None:
    """Says what was queued; or streams its log and ends with exit code 1 unless it succeeds."""
    if not is_followed:
        its_log = hint(f"logs {execution['id']} -f")
        here.show(execution, lambda body: output.say(f"Queued {body['id']}. Its log: {its_log}"))
        return
    ended = _until_its_end(here, execution["id"])
    here.show(ended, lambda body: output.note(outcome(body)))
    if ended["state"] != "succeeded":
        raise typer.Exit(1)


def stream(here: Here, path: str, *, to_stderr: bool = False) -> Mapping[str, Any]:
    """Prints a log's lines as they come, and returns what was logged as it ended: a build or an execution."""
    section, ended = "", None
    for part in here.client.follow(path):
        section = _say(part.lines, section, to_stderr=to_stderr)
        ended = part.end
    if ended is None:
        raise Internal("The log ended without an outcome.")
    return ended


def _until_its_end(here: Here, execution_id: str) -> Mapping[str, Any]:
    try:
        return stream(here, f"/executions/{execution_id}/log/stream", to_stderr=here.is_json)
    except KeyboardInterrupt:
        output.note(f"The execution goes on without you. Stop it: {hint(f'execution stop {execution_id}')}")
        raise


def _say(lines: Iterable[Mapping[str, Any]], section: str, *, to_stderr: bool = False) -> str:
    """Prints lines, below the step of a build that they are of; the step that the last one is of."""
    for step, some in groupby(lines, key=_step):
        if step not in ("", section):
            section = step
            (output.note if to_stderr else output.say)(f"── {output.clean(step)}")
        output.log_lines(some, to_stderr=to_stderr)
    return section


def _step(line: Mapping[str, Any]) -> str:
    """The step of a build that a line is of; nothing for an execution's line."""
    stream = str(line["stream"])
    return "" if stream in ("stdout", "stderr") else stream


def _print(here: Here, execution_id: str, *, is_followed: bool) -> None:
    path = f"/executions/{segment(execution_id)}/log"
    if not is_followed:
        _print_present(here, path)
        return
    for part in here.client.follow(f"{path}/stream"):
        if here.is_json:
            output.print_json_lines(part.lines)
            continue
        output.log_lines(part.lines)
        if part.end is not None:
            output.note(outcome(part.end))


def _print_build(here: Here, component: Ref, number: int, *, is_followed: bool) -> None:
    from clockhouse.cli import builds

    path = f"{component.path}/builds/{number}"
    if is_followed:
        ended = stream(here, f"{path}/log/stream", to_stderr=here.is_json)
        here.show(ended, lambda body: builds.ended(component, body))
        return
    _print_present(here, f"{path}/log")
    if not here.is_json:
        builds.failed(here.client.get(path))


def outcome(execution: Mapping[str, Any]) -> str:
    """How an execution ended, as a sentence: `succeeded after 3.1 s`."""
    word = output.STATES.get(execution["state"], ("", execution["state"], ""))[1]
    took = f" after {output.duration(execution['duration_s'])}" if execution["duration_s"] is not None else ""
    reason = f": {execution['reason']['sentence']}" if execution["reason"] else ""
    return output.clean(f"── {word}{took}{reason}")


def _print_present(here: Here, path: str) -> None:
    kept: list[dict[str, Any]] = []
    after, more, section = 0, True, ""
    while more:
        page = here.client.get(path, after=after, limit=_PAGE)
        more = page["more"] and bool(page["lines"])
        after = page["lines"][-1]["seq"] if page["lines"] else after
        if here.is_json:
            kept += page["lines"]
        else:
            section = _say(page["lines"], section)
    if here.is_json:
        output.print_json({**page, "lines": kept})


def _head(here: Here, execution: dict[str, Any]) -> None:
    if not here.is_json:
        due = output.instant(execution["due_at"])
        output.note(f"── {execution['id']} in {execution['environment']}, due {due}")


def _latest(here: Here, component: Ref, environment: str | None, *, limit: int = _LATEST) -> list[dict[str, Any]]:
    page = here.client.get(
        "/executions",
        project=component.project,
        component=component.component,
        environment=environment,
        limit=limit,
    )
    items: list[dict[str, Any]] = page["items"]
    return items


def _next_ones(
    here: Here, component: Ref, environment: str | None, shown: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Executions that were queued since, first to last, for ever."""
    began = _queued_at(shown[0]) if shown else ""
    seen = deque((each["id"] for each in shown), maxlen=_REMEMBERED)
    while True:
        found = [each for each in _latest(here, component, environment) if each["id"] not in seen]
        for execution in sorted(found, key=_queued_at):
            if _queued_at(execution) >= began:
                seen.append(execution["id"])
                yield execution
        time.sleep(_LOOK_AGAIN_S)


def _queued_at(execution: dict[str, Any]) -> str:
    """The API writes instants in one form, so that their order is the text's."""
    return str(execution["queued_at"] or execution["due_at"])
