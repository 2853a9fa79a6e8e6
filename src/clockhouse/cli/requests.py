"""`clockhouse request …`: deployments that wait for somebody's approval, and what is decided about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from clockhouse.cli import output
from clockhouse.cli.command import Here, command
from clockhouse.cli.history import changed
from clockhouse.cli.values import Ref, RefArgument, ref
from clockhouse.errors import Conflict

app = typer.Typer(no_args_is_help=True, help="Approve, reject or cancel deployments that wait for an approval.")

Number = Annotated[int, typer.Argument(metavar="N", min=1, help="As `clockhouse request list` lists it.")]
Comment = Annotated[str, typer.Option("--comment", metavar="TEXT", help="For the others to read.")]
Note = Annotated[
    str, typer.Option("--note", metavar="TEXT", help="For those who approve, where it has to be approved.")
]
Watch = Annotated[
    bool, typer.Option("--watch", help="If its first occurrence fails, go back to the one before, and pause.")
]


@command(app, "list", epilog="Example: clockhouse request list shop/front-page")
def list_requests(
    here: Here,
    subject: Annotated[
        str | None, typer.Argument(metavar="[PROJECT/COMPONENT]", help="What waits anywhere if not given.")
    ] = None,
    is_own: Annotated[bool, typer.Option("--mine", help="What you asked for yourself, with what was decided.")] = False,
) -> None:
    """List what waits to be approved; of a component, and of your own, what was decided, too."""
    if is_own:
        mine = None if subject is None else str(ref(subject))
        found = here.client.get("/requests/mine")
        here.show([each for each in found if mine in (None, f"{each['project']}/{each['component']}")], _own)
        return
    path = "/requests" if subject is None else f"{ref(subject).path}/requests"
    here.show(here.client.get(path), _table)


@command(app, "show", epilog="Example: clockhouse request show shop/front-page 3")
def show(here: Here, ref: RefArgument, number: Number) -> None:
    """Show one request, and what it would change."""
    here.show(here.client.get(_at(ref, number)), _facts)


@command(app, "approve", epilog="Example: clockhouse request approve shop/front-page 3 --comment Fine")
def approve(here: Here, ref: RefArgument, number: Number, comment: Comment = "") -> None:
    """Deploy what was asked for, at once and as a whole."""
    made = here.client.post(f"{_at(ref, number)}/approve", {"comment": comment})
    here.show(made, lambda told: output.say(_decided(told)))
    if made["status"] == "failed":
        raise Conflict(f"Request {number} could not be deployed. {made['problem']}")


@command(app, "reject", epilog='Example: clockhouse request reject shop/front-page 3 --comment "Not on a Friday"')
def reject(here: Here, ref: RefArgument, number: Number, comment: Comment = "") -> None:
    """Do not deploy what was asked for."""
    made = here.client.post(f"{_at(ref, number)}/reject", {"comment": comment})
    here.show(made, lambda told: output.say(_decided(told)))


@command(app, "cancel")
def cancel(here: Here, ref: RefArgument, number: Number, comment: Comment = "") -> None:
    """Take back what one asked for."""
    made = here.client.post(f"{_at(ref, number)}/cancel", {"comment": comment})
    here.show(made, lambda told: output.say(_decided(told)))


@command(app, "seen", epilog="Example: clockhouse request seen shop/front-page 3")
def seen(here: Here, ref: RefArgument, number: Number) -> None:
    """Say that you have seen what was decided about what you asked for."""
    told = here.client.post(f"{_at(ref, number)}/seen")
    here.show(told, lambda made: output.say(f"Request {made['number']} is no news any more: it is {made['status']}."))


def has_to_be_approved(here: Here, ref: Ref, environment: str) -> bool:
    """Whether what is deployed there has to be approved; not where there is no such: the server says so later."""
    cards = here.client.get(f"{ref.path}/environments")
    return any(each["environment"]["slug"] == environment and each["environment"]["approval"] for each in cards)


def ask(here: Here, ref: Ref, wish: Mapping[str, Any], note: str) -> None:
    """Asks for a deployment, a promotion, other schedules, or the same anew, and says what waits now."""
    here.show(posted(here, ref, wish, note), _asked)


def posted(here: Here, ref: Ref, wish: Mapping[str, Any], note: str) -> dict[str, Any]:
    """As `ask`, without a word."""
    return dict(here.client.post(f"{ref.path}/requests", {**wish, "note": note}))


def _at(ref: Ref, number: int) -> str:
    return f"{ref.path}/requests/{number}"


def _asked(made: Mapping[str, Any]) -> None:
    what = f"{made['project']}/{made['component']}"
    where = f"build {made['release']['build']} in {made['environment']}"
    output.say(f"Asked for {where}: request {made['number']} waits for an approval until {_day(made)}.")
    output.say(f"Others approve it with: clockhouse request approve {what} {made['number']}")


def _day(made: Mapping[str, Any]) -> str:
    return str(output.instant(made["expires_at"]))


def _decided(told: Mapping[str, Any]) -> str:
    number, where = told["number"], told["environment"]
    if told["status"] == "approved":
        return f"Approved request {number}: it is deployment {told['deployment']} in {where}."
    return f"Request {number} is {told['status']}: nothing was deployed to {where}."


def _table(found: Sequence[Mapping[str, Any]]) -> None:
    now = output.now()
    rows = [
        (
            f"{each['project']}/{each['component']} {each['number']}",
            each["environment"],
            str(each["release"]["build"]),
            "open, for you" if each["may_decide"] else each["status"],
            f"{output.moment(each['created_at'], now)} by {each['requested_by']}",
            output.clean(each["note"]),
        )
        for each in found
    ]
    output.table(("REQUEST", "TO", "BUILD", "STATUS", "ASKED", "NOTE"), rows, empty="Nothing waits to be approved.")


def _own(found: Sequence[Mapping[str, Any]]) -> None:
    now = output.now()
    rows = [
        (
            f"{each['project']}/{each['component']} {each['number']}",
            each["environment"],
            str(each["release"]["build"]),
            f"{each['status']}, new" if each["is_news"] else each["status"],
            f"{output.moment(each['decided_at'], now)} by {each['decided_by'] or 'nobody'}"
            if each["decided_at"]
            else "",
            output.clean(each["problem"] or each["comment"]),
        )
        for each in found
    ]
    output.table(("REQUEST", "TO", "BUILD", "STATUS", "DECIDED", "WHY"), rows, empty="You have asked for nothing yet.")
    if any(each["is_news"] for each in found):
        output.note("What is new stays so until: clockhouse request seen PROJECT/COMPONENT N.")


def _facts(told: Mapping[str, Any]) -> None:
    now, is_open = output.now(), told["status"] == "open"
    release = told["release"]
    decided = f"{output.moment(told['decided_at'], now)} by {told['decided_by'] or 'nobody'}"
    output.facts(
        f"{told['project']}/{told['component']} {told['number']}: {told['status']}",
        [
            ("to", told["environment"]),
            ("from", told["source"]),
            ("build", f"{release['build']}  {output.commit(release['commit'])}"),
            ("asked", f"{output.moment(told['created_at'], now)} by {told['requested_by']}"),
            ("note", output.clean(told["note"]) or None),
            ("expires", output.moment(told["expires_at"], now) if is_open else None),
            ("changes", changed(told["changes"]) if is_open else None),
            ("schedule", "; ".join(told["schedules"]) or "none: it runs by hand"),
            ("watched", "its first occurrence decides whether it stays" if told["watch"] else None),
            ("decided", decided if told["decided_at"] else None),
            ("comment", output.clean(told["comment"]) or None),
            ("problem", told["problem"]),
        ],
    )
