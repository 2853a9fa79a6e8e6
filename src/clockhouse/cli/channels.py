"""`clockhouse channel …`: where people are told of what happens in a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from clockhouse.cli import output, values
from clockhouse.cli.command import Here, command
from clockhouse.cli.hints import hint
from clockhouse.cli.values import ProjectArgument, slug
from clockhouse.errors import Unavailable

app = typer.Typer(no_args_is_help=True, help="Channels are where people are told: mail, chats, webhooks.")

_PATIENCE_S = 40.0  # the server gives a service 15 seconds
_ASKED = "address"

ChannelArgument = Annotated[
    str, typer.Argument(parser=slug, metavar="CHANNEL", help="Its name in the project, such as ops.")
]


@command(app, "list", epilog="Example: clockhouse channel list shop")
def list_channels(here: Here, project: ProjectArgument) -> None:
    """List the channels of a project; an address is shown by its kind and fingerprint alone."""
    here.show(here.client.get(f"/projects/{project}/channels"), lambda found: _table(project, found))


@command(
    app,
    "add",
    epilog="Examples: clockhouse channel add shop ops · clockhouse channel add shop ops < address.txt",
)
def add(here: Here, project: ProjectArgument, name: ChannelArgument) -> None:
    """Add a channel. Its address is asked for without echo, or CLOCKHOUSE_SECRET_ADDRESS, or a line of input.

    That is one like mailtos://user:password@smtp.example.com?to=ops@example.com, the https:// address that Slack,
    Microsoft Teams, Google Chat or another service gives for messages, or any other https:// address: JSON is posted
    to it.
    """
    made = here.client.post(f"/projects/{project}/channels", {"name": name, "address": _address()})
    here.show(made, lambda shown: _made(project, shown))


@command(app, "set", epilog="Example: clockhouse channel set shop ops")
def set_address(here: Here, project: ProjectArgument, name: ChannelArgument) -> None:
    """Give a channel another address in the place of the one it has; it is asked for as `add` does."""
    made = here.client.put(f"{_path(project, name)}/address", {"address": _address()})
    here.show(made, lambda shown: output.say(f"{shown['name']} has another address now: {_told(shown)}."))


@command(app, "rename", epilog="Example: clockhouse channel rename shop ops on-call")
def rename(
    here: Here,
    project: ProjectArgument,
    name: ChannelArgument,
    new_name: Annotated[str, typer.Argument(parser=slug, metavar="NEW-NAME", help="What it is called from now on.")],
) -> None:
    """Call a channel otherwise; alerts go on telling it."""
    made = here.client.patch(_path(project, name), {"name": new_name})
    here.show(made, lambda shown: output.say(f"{name} is called {shown['name']} now."))


@command(app, "test", epilog="Example: clockhouse channel test shop ops")
def test(here: Here, project: ProjectArgument, name: ChannelArgument) -> None:
    """Send a test message, and say how it went; ends with 1 when it was not taken."""
    tried = here.client.post(f"{_path(project, name)}/test", {}, patience_s=_PATIENCE_S)
    if here.is_json or tried["delivered"]:
        told = " ".join(each for each in (f"{name} took the message.", tried["trouble"]) if each)
        here.show(tried, lambda _: output.say(output.clean(told)))
    if not tried["delivered"]:
        raise Unavailable(f"{name} did not take the message. {tried['trouble']}")


@command(app, "remove", epilog="Example: clockhouse channel remove shop ops")
def remove(
    here: Here,
    project: ProjectArgument,
    name: ChannelArgument,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a channel that no alert tells any more."""
    values.confirmed(f"Remove the channel {name} of {project}?", is_sure=is_sure)
    here.client.delete(_path(project, name))
    here.show({"name": name}, lambda _: output.say(f"Removed {name}."))


def _path(project: str, name: str) -> str:
    return f"/projects/{project}/channels/{values.segment(name)}"


def _address() -> str:
    return values.secrets([_ASKED])[_ASKED]


def _made(project: str, channel: Mapping[str, Any]) -> None:
    name = channel["name"]
    output.say(f"Added {name}: {_told(channel)}. Try it: {hint(f'channel test {project} {name}')}")


def _told(channel: Mapping[str, Any]) -> str:
    where = f" at {output.clean(channel['host'])}" if channel["host"] else ""
    return f"{output.clean(channel['kind'])}{where} ({channel['fingerprint']})"


def _going(channel: Mapping[str, Any]) -> str:
    """How it goes with what it is told."""
    waiting = f"{channel['waiting']} waiting" if channel["waiting"] else ""
    last = output.clean(channel["trouble"] or "") or _took(channel["told_at"])
    return " · ".join(each for each in (waiting, last) if each)


def _took(told_at: str | None) -> str:
    return "none yet" if told_at is None else f"took the last {output.instant(told_at)}"


def _table(project: str, found: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        (
            each["name"],
            each["kind"],
            output.clean(each["host"] or ""),
            each["fingerprint"],
            _going(each),
        )
        for each in found
    ]
    empty = f"{project} has no channels. Add one: {hint(f'channel add {project} ops')}"
    output.table(("Channel", "Kind", "Host", "Address", "Messages"), rows, empty=empty)
