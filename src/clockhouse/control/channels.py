"""What may be asked of channels: where people are told of what happens in a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clockhouse import messenger
from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.errors import Conflict, Invalid
from clockhouse.kit import Secret
from clockhouse.messenger import Message, Undelivered
from clockhouse.model import channel as model
from clockhouse.model import identifier
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.channel import Channel, Delivery
from clockhouse.model.declaration import FILE
from clockhouse.store import alerts, audit, channels, delivered, messages, projects
from clockhouse.store.database import Tx
from clockhouse.vault import Vault


@dataclass(frozen=True, slots=True)
class Tried:
    """How a test message went; `trouble` is a sentence where it was not taken, or not by all that it is for."""

    channel: Channel
    is_delivered: bool
    trouble: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """A channel, and how it goes with what it is told."""

    channel: Channel
    delivery: Delivery


def every(parts: Parts, actor: Actor, project: str) -> list[Known]:
    """Of a project, by name."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        return _known(tx, channels.every(tx, projects.get(tx, project).slug))


def add(parts: Parts, actor: Actor, project: str, name: str, address: Secret) -> Known:
    """Raises Conflict when the project has one of this name, Invalid for what no message can be sent to."""
    access.require(actor, Permission.ADMINISTER, project=project)
    _check_name(name)
    kind = messenger.kind_of(address)
    with parts.database.begin() as tx:
        made = Channel(
            id=identifier.new(tx.now),
            project=project,
            name=name,
            kind=kind.name,
            host=kind.host,
            sealed="",
            fingerprint="",
            created_at=tx.now,
            created_by=actor.name,
            set_at=tx.now,
            set_by=actor.name,
        )
        made = _sealed(parts.vault, made, address)
        channels.add(tx, made)
        _note(tx, actor, "channel.added", made, kind=made.kind, host=made.host, fingerprint=made.fingerprint)
        return Known(made, Delivery())


def readdress(parts: Parts, actor: Actor, project: str, name: str, address: Secret) -> Known:
    """Gives it an address in the place of the one it has; what still waits to be told goes to the new one."""
    access.require(actor, Permission.ADMINISTER, project=project)
    kind = messenger.kind_of(address)
    with parts.database.begin() as tx:
        present = channels.get(tx, project, name)
        wanted = replace(present, kind=kind.name, host=kind.host, set_at=tx.now, set_by=actor.name)
        wanted = _sealed(parts.vault, wanted, address)
        channels.readdress(tx, wanted)
        messages.try_now(tx, wanted.id)
        _note(tx, actor, "channel.readdressed", wanted, kind=kind.name, host=kind.host, fingerprint=wanted.fingerprint)
        return _known(tx, [wanted])[0]


def rename(parts: Parts, actor: Actor, project: str, name: str, new_name: str) -> Known:
    """Raises Conflict when the project has another of this name, or a component's file calls it by the one of now."""
    access.require(actor, Permission.ADMINISTER, project=project)
    _check_name(new_name)
    with parts.database.begin() as tx:
        present = channels.get(tx, project, name)
        _refuse_declared(tx, present)
        wanted = replace(present, name=new_name)
        channels.rename(tx, wanted)
        _note(tx, actor, "channel.renamed", wanted, before=name)
        return _known(tx, [wanted])[0]


def remove(parts: Parts, actor: Actor, project: str, name: str) -> None:
    """Raises Conflict, with their sentences, while alerts tell it."""
    access.require(actor, Permission.ADMINISTER, project=project)
    with parts.database.begin() as tx:
        channel = channels.get(tx, project, name)
        _refuse_used(tx, channel)
        channels.remove(tx, channel)
        _note(tx, actor, "channel.removed", channel)


def test(parts: Parts, actor: Actor, project: str, name: str, *, link: str) -> Tried:
    """Sends a message that says what it is, and waits for it: at most 15 seconds."""
    access.require(actor, Permission.ADMINISTER, project=project)
    with parts.database.read() as tx:
        channel = channels.get(tx, project, name)
    message = Message(
        f"Test of the channel {name}",
        f"{actor.name} tries whether messages of the project “{project}” come here. They do.",
        link,
    )
    is_delivered, address = True, parts.vault.open(channel.sealed, model.purpose(channel.id))
    try:
        trouble = messenger.send(address, message)
    except Undelivered as error:
        is_delivered, trouble = False, error.sentence
    with parts.database.begin() as tx:
        if is_delivered:
            messages.try_now(tx, channel.id)
        _note(tx, actor, "channel.tested", channel, delivered=is_delivered)
    return Tried(channel, is_delivered, trouble)


def _known(tx: Tx, found: Sequence[Channel]) -> list[Known]:
    deliveries = delivered.of_channels(tx, [each.id for each in found])
    return [Known(each, deliveries.get(each.id, Delivery())) for each in found]


def _sealed(vault: Vault, channel: Channel, address: Secret) -> Channel:
    plain = Secret(address.reveal().strip())
    sealed = vault.seal(plain, model.purpose(channel.id))
    return replace(channel, sealed=sealed, fingerprint=vault.fingerprint(plain, channel.id))


def _check_name(name: str) -> None:
    if not identifier.is_slug(name):
        sentence = "A channel's name has small letters, digits and single dashes, like ops or on-call: 60 at most."
        raise Invalid(sentence, {"name": sentence})


def _refuse_used(tx: Tx, channel: Channel) -> None:
    if used := alerts.telling(tx, channel.id):
        told = ", ".join(f"{each.number} ({each.sentence.removesuffix('.')})" for each in used)
        raise Conflict(f"Alerts tell the channel “{channel.name}”: {told}. Remove them, or have them tell another one.")


def _refuse_declared(tx: Tx, channel: Channel) -> None:
    files = {each.wish.component for each in alerts.telling(tx, channel.id) if each.declared_by is not None}
    if files:
        named = ", ".join(sorted(filter(None, files)))
        raise Conflict(
            f"The {FILE} of {named} has “{channel.name}” told, which would be nobody then. Add another channel, name "
            "that in the file, and remove this one."
        )


def _note(tx: Tx, actor: Actor, action: str, channel: Channel, **facts: str | bool | None) -> None:
    audit.note(tx, actor, action, f"{channel.project}/{channel.name}", **facts)
