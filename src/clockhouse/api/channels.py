"""Channels over HTTP: where people are told of what happens in a project."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request as HttpRequest
from pydantic import Field

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import Answer, Request, Slug
from clockhouse.control import channels
from clockhouse.control.channels import Known
from clockhouse.kit import Secret

router = routes.router("/projects/{project}/channels", tags=["channels"])


class ChannelBody(Answer):
    name: str
    kind: str = Field(description="What takes the messages, such as email, slack, ms_teams, google_chat or webhook.")
    host: str | None = Field(description="Where that is, when the address tells it and it is nothing secret.")
    fingerprint: str = Field(description="Tells one address of it from another; the address itself is never told.")
    created_at: datetime
    created_by: str
    set_at: datetime = Field(description="When it was given the address that it has.")
    set_by: str
    told_at: datetime | None = Field(description="When it took the last message of an alert.")
    waiting: int = Field(description="How many messages of alerts wait to be taken.")
    trouble: str | None = Field(description="Why it takes none at present; null: it took the last one.")
    next_at: datetime | None = Field(description="When what waits is tried again.")


class NewAddress(Request):
    address: str = Field(
        max_length=4000,
        description="As Apprise takes it, like mailtos://user:password@smtp.example.com?to=ops@example.com, or the "
        "https:// address that a service gives for messages; JSON is posted to any other.",
    )


class NewChannel(NewAddress):
    name: Slug


class ChannelName(Request):
    name: Slug


class TriedBody(Answer):
    delivered: bool
    trouble: str | None = Field(description="Why it was not taken, or not by all that it is for, as a sentence.")


@router.get("")
def list_channels(parts: PartsOf, actor: ActorOf, project: str) -> list[ChannelBody]:
    """Those of a project, by name."""
    return [_body(each) for each in channels.every(parts, actor, project)]


@router.post("", status_code=201)
def add_channel(parts: PartsOf, actor: ActorOf, project: str, body: NewChannel) -> ChannelBody:
    """Adds one. Its address is a secret: it is told to nobody from then on."""
    return _body(channels.add(parts, actor, project, body.name, Secret(body.address)))


@router.put("/{channel}/address")
def set_channel_address(parts: PartsOf, actor: ActorOf, project: str, channel: str, body: NewAddress) -> ChannelBody:
    """Gives it an address in the place of the one that it has."""
    return _body(channels.readdress(parts, actor, project, channel, Secret(body.address)))


@router.patch("/{channel}")
def rename_channel(parts: PartsOf, actor: ActorOf, project: str, channel: str, body: ChannelName) -> ChannelBody:
    return _body(channels.rename(parts, actor, project, channel, body.name))


@router.delete("/{channel}", status_code=204)
def remove_channel(parts: PartsOf, actor: ActorOf, project: str, channel: str) -> None:
    """Removes it, once no alert tells it any more."""
    channels.remove(parts, actor, project, channel)


@router.post("/{channel}/test")
def test_channel(request: HttpRequest, parts: PartsOf, actor: ActorOf, project: str, channel: str) -> TriedBody:
    """Sends a test message, and says how it went; that takes 15 seconds at most."""
    link = f"{str(request.base_url).rstrip('/')}/projects/{project}"
    tried = channels.test(parts, actor, project, channel, link=link)
    return TriedBody(delivered=tried.is_delivered, trouble=tried.trouble)


def _body(known: Known) -> ChannelBody:
    channel, delivery = known.channel, known.delivery
    return ChannelBody(
        name=channel.name,
        kind=channel.kind,
        host=channel.host,
        fingerprint=channel.fingerprint,
        created_at=channel.created_at,
        created_by=channel.created_by,
        set_at=channel.set_at,
        set_by=channel.set_by,
        told_at=delivery.told_at,
        waiting=delivery.waiting,
        trouble=delivery.trouble,
        next_at=delivery.next_at,
    )
