"""`clockhouse deploy`, `promote`, `status`, `pause`, `resume`, `stop` and `run`: what is where, and when it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from clockhouse.cli import logs, output, requests, reviews, terms, values
from clockhouse.cli.command import Here, command
from clockhouse.cli.values import EnvironmentOption, Ref, RefArgument

_DUE_TIMES = 5

Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A value (repeatable)."),
]
Secret = Annotated[
    list[str] | None,
    typer.Option(
        "--secret",
        metavar="NAME",
        help="A secret: asked for without echo, or CLOCKHOUSE_SECRET_<NAME>, or a line of standard input (repeatable).",
    ),
]


def register(app: typer.Typer) -> None:
    command(
        app,
        "deploy",
        epilog="Example: clockhouse deploy shop/front-page -e development --set url=https://example.com --every 10s",
    )(terms.asked(deploy))
    command(
        app, "promote", epilog='Example: clockhouse promote shop/front-page --cron "*/5 * * * *" --zone Asia/Colombo'
    )(terms.asked(promote))
    command(
        app,
        "reschedule",
        epilog='Example: clockhouse reschedule shop/front-page -e production --cron "0 8 * * 1-5" --zone Asia/Colombo',
    )(terms.asked(reschedule))
    command(app, "status")(status)
    command(app, "pause", epilog='Example: clockhouse pause shop/front-page -e production --note "Moving house"')(pause)
    command(app, "resume")(resume)
    command(app, "stop")(stop)
    command(app, "run", epilog="Example: clockhouse run shop/front-page -e development --follow")(run)


def deploy(
    here: Here,
    ref: RefArgument,
    environment: EnvironmentOption = "development",
    build: Annotated[
        int | None, typer.Option("--build", metavar="N", help="The newest build that succeeded if not given.")
    ] = None,
    set_values: Set = None,
    secret: Secret = None,
    *,
    asked: terms.Terms,
    time_out: terms.TimeOut = None,
    attempts: terms.Attempts = None,
    delay: terms.Delay = None,
    backoff: terms.BackoffOption = None,
    longest_delay: terms.LongestDelay = None,
    at_once: terms.AtOnce = None,
    container: terms.Container = None,
    is_watched: requests.Watch = False,
    note: requests.Note = "",
) -> None:
    """Place a build in an environment, on a schedule.

    What is not named stays as it is set for the environment, or deployed there: values, secrets, schedules, policies.
    Where it has to be approved, it is asked for.
    """
    present = _present(here, ref, environment) or {}
    chosen = _build(here, ref, build)
    settings = chosen["settings"] if chosen else []
    body = {
        "environment": environment,
        "build": chosen["number"] if chosen else build,
        "configuration": _given(set_values, secret, settings),
        "schedules": asked.schedules(present.get("schedules", ())),
        "time_out_s": present.get("time_out_s") if time_out is None else terms.time_out(time_out),
        "at_once": present.get("at_once") if at_once is None else terms.number(at_once, "--at-once"),
        "container": {**present.get("container", {}), **terms.container(container or ())},
        "retry": {**present.get("retry", {}), **terms.retry(attempts, delay, backoff, longest_delay)},
        "watch": is_watched,
    }
    if requests.has_to_be_approved(here, ref, environment):
        requests.ask(here, ref, {"deployment": body}, note)
        return
    made = here.client.post(f"{ref.path}/deployments", body)
    here.show(made, lambda deployment: _deployed(here, "Deployed", deployment))


def promote(
    here: Here,
    ref: RefArgument,
    source: Annotated[
        str, typer.Option("--from", parser=values.slug, metavar="ENVIRONMENT", help="Whose release is promoted.")
    ] = "development",
    target: Annotated[
        str, typer.Option("--to", parser=values.slug, metavar="ENVIRONMENT", help="Where to.")
    ] = "production",
    set_values: Set = None,
    secret: Secret = None,
    *,
    asked: terms.Terms,
    time_out: terms.TimeOut = None,
    attempts: terms.Attempts = None,
    delay: terms.Delay = None,
    backoff: terms.BackoffOption = None,
    longest_delay: terms.LongestDelay = None,
    at_once: terms.AtOnce = None,
    container: terms.Container = None,
    is_watched: requests.Watch = False,
    note: requests.Note = "",
    is_reviewed: reviews.Review = False,
) -> None:
    """Place the very release of one environment in another.

    What is not named is taken over from the source; a value is as it is set for the target, if it is set there.
    """
    origin = _present(here, ref, source) or {}
    body: dict[str, Any] = {
        "source": source,
        "target": target,
        "configuration": _given(set_values, secret, origin.get("settings", ())),
        "watch": is_watched,
    }
    if asked.is_given:
        body["schedules"] = asked.schedules(origin.get("schedules", ()))
    if time_out is not None:
        body["time_out_s"] = terms.time_out(time_out)
    if at_once is not None:
        body["at_once"] = terms.number(at_once, "--at-once")
    if container:
        body["container"] = {**origin.get("container", {}), **terms.container(container)}
    tries = terms.retry(attempts, delay, backoff, longest_delay)
    if tries:
        body["retry"] = {**origin.get("retry", {}), **tries}
    if is_reviewed:
        here.show(here.client.post(f"{ref.path}/promotions/preview", body), reviews.print_review)
        return
    if requests.has_to_be_approved(here, ref, target):
        requests.ask(here, ref, {"promotion": body}, note)
        return
    made = here.client.post(f"{ref.path}/promotions", body)
    here.show(made, lambda deployment: _deployed(here, "Promoted", deployment))


def reschedule(
    here: Here,
    ref: RefArgument,
    environment: EnvironmentOption,
    *,
    asked: terms.Terms,
    note: requests.Note = "",
) -> None:
    """Change when it is due, and nothing else. It never fires by itself."""
    if not asked.is_given:
        raise typer.BadParameter("Say when: --every, --cron or --at, or another policy.", param_hint="--every")
    present = (_present(here, ref, environment) or {}).get("schedules", ())
    wish = {"schedules": asked.schedules(present)}
    if requests.has_to_be_approved(here, ref, environment):
        requests.ask(here, ref, {"reschedule": {**wish, "environment": environment}}, note)
        return
    made = here.client.post(f"{_there(ref, environment)}/reschedule", wish)
    here.show(made, lambda deployment: _rescheduled(present, deployment))


def status(here: Here, ref: RefArgument) -> None:
    """Show what is deployed in each environment, and how it goes."""
    here.show(here.client.get(f"{ref.path}/environments"), _cards)


def pause(
    here: Here,
    ref: RefArgument,
    environment: EnvironmentOption,
    note: values.Note = "",
    until: terms.Until = None,
) -> None:
    """Let nothing fall due until it is resumed; what runs goes on."""
    wish = {"note": note, "until": terms.until(until)}
    body = here.client.post(f"{_there(ref, environment)}/pause", wish)
    here.show(body, lambda made: output.say(f"Paused {ref} in {environment}{_end(made['pause'])}."))


def resume(here: Here, ref: RefArgument, environment: EnvironmentOption) -> None:
    """Go on with the next due time."""
    body = here.client.post(f"{_there(ref, environment)}/resume")
    here.show(body, lambda deployment: _resumed(ref, deployment))


def stop(here: Here, ref: RefArgument, environment: EnvironmentOption) -> None:
    """Take the deployment out of the environment; what runs goes on."""
    body = here.client.post(f"{_there(ref, environment)}/stop")
    here.show(body, lambda _: output.say(f"Stopped {ref} in {environment}: nothing more falls due there."))


def run(
    here: Here,
    ref: RefArgument,
    environment: EnvironmentOption = "development",
    set_values: Set = None,
    is_followed: logs.Follow = False,
) -> None:
    """Run it now, beside its schedule, even while it is paused; --set is for this one start."""
    arguments = values.assignments(set_values or ())
    execution = here.client.post(f"{_there(ref, environment)}/run", {"arguments": arguments})
    logs.started(here, execution, is_followed=is_followed)


def _there(ref: Ref, environment: str) -> str:
    return f"{ref.path}/environments/{environment}"


def _present(here: Here, ref: Ref, environment: str) -> dict[str, Any] | None:
    """What is deployed there now; None when nothing is, or there is no such environment (the server says so later)."""
    cards = here.client.get(f"{ref.path}/environments")
    return next((card["deployment"] for card in cards if card["environment"]["slug"] == environment), None)


def _build(here: Here, ref: Ref, number: int | None) -> dict[str, Any] | None:
    if number is not None:
        return dict(here.client.get(f"{ref.path}/builds/{number}"))
    return next((each for each in here.client.get(f"{ref.path}/builds") if each["status"] == "succeeded"), None)


def _given(texts: list[str] | None, names: list[str] | None, settings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    plain = values.assignments(texts or ())
    for setting in settings:
        if setting["type"] == "secret" and setting["name"] in plain:
            raise typer.BadParameter(
                f"{setting['name']} is a secret: name it with --secret {setting['name']}, "
                "so that its value stays out of the list of processes.",
                param_hint="--set",
            )
    return {**plain, **values.secrets(names or ())}


def _deployed(here: Here, verb: str, deployment: dict[str, Any]) -> None:
    release = deployment["release"]
    commit = output.clean(output.commit(release["commit"]))
    where = f"{deployment['environment']} as deployment {deployment['number']}"
    output.say(f"{verb} build {release['build']} ({commit}) to {where}.")
    if not deployment["schedules"]:
        output.say("It has no schedule: it runs by hand.")
    now = output.now()
    for schedule in deployment["schedules"]:
        asked = {"trigger": schedule["trigger"], "count": _DUE_TIMES, "max_count": schedule["max_count"]}
        preview = here.client.post("/schedules/preview", asked)
        output.say(_in_words(schedule))
        for due in preview["due"]:
            output.say(f"  {output.moment(due, now, schedule['zone'])}")


def _end(pause: Mapping[str, Any]) -> str:
    return f" until {output.moment(pause['until'], output.now())}" if pause["until"] else ""


def _rescheduled(before: Iterable[Mapping[str, Any]], deployment: Mapping[str, Any]) -> None:
    now = output.now()
    for word, schedules in (("before", before), ("now", deployment["schedules"])):
        for each in schedules:
            due = output.moment(each["next_due_at"], now, each["zone"])
            output.say(f"{word + ':':8}{_in_words(each)}{f', next {due}' if due else ''}")


def _resumed(ref: Ref, deployment: dict[str, Any]) -> None:
    due = min((each["next_due_at"] for each in deployment["schedules"] if each["next_due_at"]), default=None)
    until = f" Next: {output.moment(due, output.now())}." if due else ""
    output.say(f"Resumed {ref} in {deployment['environment']}.{until}")


def _in_words(schedule: Mapping[str, Any]) -> str:
    zone = f" ({schedule['zone']})" if schedule["trigger"]["kind"] == "cron" else ""
    ended = f" (has ended: {schedule['ended_reason']['sentence']})" if schedule["ended_reason"] else ""
    return output.clean(f"{schedule['words']}{zone}{ended}")


def _cards(cards: list[dict[str, Any]]) -> None:
    now = output.now()
    for card in cards:
        deployment = card["deployment"]
        name = card["environment"]["name"]
        if deployment is None:
            output.facts(f"{name}: nothing is deployed", [("last", output.strip(card["strip"]))])
            continue
        zones = {each["zone"] for each in deployment["schedules"]}
        zone = zones.pop() if len(zones) == 1 else None
        paused = deployment["pause"]
        last = card["last"]
        output.facts(
            f"{name}: {_band(card)}",
            [
                ("paused", f"by {paused['by']}, {output.moment(paused['at'], now)}{_end(paused)}" if paused else None),
                ("note", (paused["note"] or None) if paused else None),
                ("build", f"{deployment['release']['build']}  {output.commit(deployment['release']['commit'])}"),
                ("deployed", f"{output.moment(deployment['created_at'], now)} by {deployment['created_by']}"),
                ("schedule", "; ".join(_in_words(each) for each in deployment["schedules"]) or "none: it runs by hand"),
                ("next due", output.moment(card["next_due_at"], now, zone)),
                ("watched", _watched(deployment)),
                ("last", _last(last) if last else None),
                ("executions", output.strip(card["strip"])),
            ],
        )


def _watched(deployment: Mapping[str, Any]) -> str | None:
    if not deployment["watch"] or deployment["watch"]["state"] != "waiting":
        return None
    back = deployment["watch"]["back_to"]
    return f"its first occurrence: if it fails, {f'{back} comes back' if back else 'it is paused'}"


def _band(card: Mapping[str, Any]) -> str:
    if card["running"]:
        return f"{card['running']} running"
    return "paused" if card["deployment"]["pause"] else "active"


def _last(execution: Mapping[str, Any]) -> str:
    word = output.STATES.get(execution["state"], ("", execution["state"], ""))[1]
    return f"{word}, due {output.instant(execution['due_at'])}"
