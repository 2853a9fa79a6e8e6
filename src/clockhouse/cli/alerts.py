"""`clockhouse alert …`: rules of one sentence that tell people, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from clockhouse.cli import output, values
from clockhouse.cli.command import Here, command
from clockhouse.cli.hints import hint
from clockhouse.cli.values import ProjectArgument, slug

app = typer.Typer(no_args_is_help=True, help="Alerts are rules of one sentence that tell people by channels.")

_RULE = '"3 failures in a row"'
_FORMS = (
    "a failure; 3 failures in a row; an occurrence did not happen; it runs longer than 10m; it starts later than 5m; "
    "no success for 1d"
)

NumberArgument = Annotated[int, typer.Argument(min=1, metavar="NUMBER", help="As `clockhouse alert list` lists it.")]
WhenArgument = Annotated[str, typer.Argument(metavar="CONDITION", help=f"In quotes, one of: {_FORMS}.")]
ComponentOption = Annotated[
    str | None, typer.Option("--component", parser=slug, metavar="COMPONENT", help="This one alone; if not given, all.")
]
InOption = Annotated[
    str | None,
    typer.Option("--environment", "-e", parser=slug, metavar="ENVIRONMENT", help="In this one alone; else in all."),
]


@command(app, "list", epilog="Example: clockhouse alert list shop")
def list_alerts(here: Here, project: ProjectArgument) -> None:
    """List the alerts of a project, with what lasts of them and what was told last."""
    here.show(here.client.get(_path(project)), lambda found: _table(project, found))


@command(app, "add", epilog=f"Example: clockhouse alert add shop {_RULE} --tell ops -e production")
def add(
    here: Here,
    project: ProjectArgument,
    when: WhenArgument,
    tell: Annotated[list[str], typer.Option("--tell", metavar="CHANNEL", help="Whom it tells (repeatable).")],
    component: ComponentOption = None,
    environment: InOption = None,
    tells_end: Annotated[bool, typer.Option("--end/--no-end", help="Tell when it is over, too.")] = True,
) -> None:
    """Add an alert. It looks at what ends from now on; what it would have told so far says `try`."""
    wish = {**_rule(when, component, environment), "channels": tell, "tells_end": tells_end}
    here.show(here.client.post(_path(project), wish), lambda made: _added(project, made))


@command(app, "edit", epilog="Example: clockhouse alert edit shop 3 --when 'no success for 1d' --tell ops --tell desk")
def edit(
    here: Here,
    project: ProjectArgument,
    number: NumberArgument,
    when: Annotated[str | None, typer.Option("--when", metavar="CONDITION", help="Another condition.")] = None,
    tell: Annotated[
        list[str] | None, typer.Option("--tell", metavar="CHANNEL", help="Whom it tells instead (repeatable).")
    ] = None,
    component: Annotated[
        str | None, typer.Option("--component", metavar="COMPONENT", help="Another one, or all.")
    ] = None,
    environment: Annotated[
        str | None, typer.Option("--environment", "-e", metavar="ENVIRONMENT", help="Another one, or all.")
    ] = None,
    tells_end: Annotated[
        bool | None, typer.Option("--end/--no-end", help="Tell when it is over, too.", show_default=False)
    ] = None,
) -> None:
    """Change an alert; the rest stays. Where it is another rule then, what lasts ends without being told."""
    there = _path(project, number)
    present = here.client.get(there)
    wish = {name: present[name] for name in ("when", "component", "environment", "channels", "tells_end", "is_on")}
    said = {"when": when, "channels": tell or None, "tells_end": tells_end}
    wish |= {name: value for name, value in said.items() if value is not None}
    wish |= {
        name: None if value == "all" else slug(value)
        for name, value in (("component", component), ("environment", environment))
        if value is not None
    }
    here.show(here.client.put(there, wish), lambda made: output.say(f"{number}: {output.clean(made['sentence'])}"))


@command(app, "on", epilog="Example: clockhouse alert on shop 3")
def switch_on(here: Here, project: ProjectArgument, number: NumberArgument) -> None:
    """Switch an alert on: it looks at what ends from then on."""
    _switch(here, project, number, is_on=True)


@command(app, "off", epilog="Example: clockhouse alert off shop 3")
def switch_off(here: Here, project: ProjectArgument, number: NumberArgument) -> None:
    """Switch an alert off: it tells nothing, also not that what lasts is over."""
    _switch(here, project, number, is_on=False)


@command(app, "remove", epilog="Example: clockhouse alert remove shop 3")
def remove(
    here: Here,
    project: ProjectArgument,
    number: NumberArgument,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove an alert with its incidents."""
    values.confirmed(f"Remove alert {number} of {project} with its incidents?", is_sure=is_sure)
    here.client.delete(_path(project, number))
    here.show({"number": number}, lambda _: output.say(f"Removed alert {number}."))


@command(app, "try", epilog=f"Example: clockhouse alert try shop {_RULE} -e production")
def attempt(
    here: Here,
    project: ProjectArgument,
    when: WhenArgument,
    component: ComponentOption = None,
    environment: InOption = None,
) -> None:
    """Say what a rule would have told in the last 30 days; nothing is saved and nobody is told."""
    tried = here.client.post(f"{_path(project)}/try", _rule(when, component, environment))
    here.show(tried, _trial)


@command(app, "incidents", epilog="Example: clockhouse alert incidents shop --open")
def incidents(
    here: Here,
    project: ProjectArgument,
    number: Annotated[int | None, typer.Option("--alert", min=1, metavar="NUMBER", help="Of one alert.")] = None,
    component: ComponentOption = None,
    only_open: Annotated[bool, typer.Option("--open", help="Only those that last.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="The newest so many.")] = 20,
) -> None:
    """List what alerts found, newest first, and what was told of it."""
    asked = {"alert": number, "component": component, "is_open": only_open or None, "limit": limit}
    query = {name: value for name, value in asked.items() if value is not None}
    here.show(here.client.get(f"/projects/{project}/incidents", **query), _incidents)


def _path(project: str, number: int | None = None) -> str:
    return f"/projects/{project}/alerts{'' if number is None else f'/{number}'}"


def _rule(when: str, component: str | None, environment: str | None) -> dict[str, Any]:
    return {"when": when, "component": component, "environment": environment}


def _switch(here: Here, project: str, number: int, *, is_on: bool) -> None:
    changed = here.client.post(f"{_path(project, number)}/switch", {"is_on": is_on})
    here.show(changed, lambda made: output.say(f"Alert {number} is {'on' if made['is_on'] else 'off'}."))


def _added(project: str, made: Mapping[str, Any]) -> None:
    output.say(f"Added alert {made['number']}: {output.clean(made['sentence'])}")
    output.say(f"What came of it: {hint(f'alert incidents {project}')}")


def _table(project: str, found: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        (
            str(each["number"]),
            output.clean(each["sentence"]),
            "on" if each["is_on"] else "off",
            str(each["open"]),
            "" if each["last"] is None else output.instant(each["last"]["began_at"]) or "",
            "" if each["last"] is None else _told(each["last"]["messages"]),
        )
        for each in found
    ]
    empty = f"{project} has no alerts. Add one: {hint(f'alert add {project} {_RULE} --tell ops')}"
    output.table(("ALERT", "RULE", "STATE", "LASTING", "LAST", "TOLD"), rows, empty=empty)


def _trial(tried: Mapping[str, Any]) -> None:
    count, ends = tried["count"], tried["ends"]
    times = "once" if count == 1 else f"{count} times"
    output.say(f"It would have told {times}, of {ends} executions since {output.instant(tried['since'])}.")
    if not tried["is_whole"]:
        output.say("There are more of them in 30 days than are looked at.")
    if tried["incidents"]:
        output.table(
            ("BEGAN", "OVER", "WHERE", "EXECUTION", "WHY"),
            (
                (
                    output.instant(each["began_at"]),
                    output.instant(each["over_at"]) or "lasts",
                    f"{each['component']} in {each['environment']}",
                    each["opened_by"],
                    output.clean(each["reason"]),
                )
                for each in tried["incidents"]
            ),
            empty="",
        )


def _incidents(found: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        (
            output.instant(each["began_at"]),
            "lasts" if each["over_at"] is None else output.instant(each["over_at"]),
            f"{each['component']} in {each['environment']}",
            f"{each['alert']}: {output.clean(each['sentence'])}",
            output.clean(each["reason"]),
            _told(each["messages"]),
        )
        for each in found
    ]
    output.table(("BEGAN", "OVER", "WHERE", "ALERT", "WHY", "TOLD"), rows, empty="Nothing has come of any alert yet.")


def _told(messages: Sequence[Mapping[str, Any]]) -> str:
    """What became of the messages, by channel; what went wrong with its reason."""
    return "; ".join(f"{each['channel']} {each['state']}{_why(each['error'])}" for each in messages)


def _why(error: str | None) -> str:
    return "" if error is None else f" ({output.clean(error)})"
