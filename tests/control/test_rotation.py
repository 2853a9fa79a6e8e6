"""Another key: everything that is sealed is sealed anew, all of it or nothing, whenever it is killed."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from tests.support.ledger import NOON
from tests.support.ledger import ledger as made_ledger

from clockhouse import vault as vault_module
from clockhouse.control import keys
from clockhouse.engine.heartbeat import Heartbeat
from clockhouse.errors import Conflict, Invalid, Unavailable
from clockhouse.kit import Secret
from clockhouse.model.channel import Channel
from clockhouse.model.channel import purpose as channel_purpose
from clockhouse.model.configuration import Stored
from clockhouse.model.source import (
    Automation,
    Connection,
    CredentialKind,
    SourceKind,
    Track,
    credential_purpose,
    hook_purpose,
)
from clockhouse.store import channels, configuration, connections, deployments, engines, sealed
from clockhouse.store.sqlite import SQLite
from clockhouse.store.tables.columns import metadata
from clockhouse.task.testing import ManualClock
from clockhouse.vault import Key, Vault, name_of

SECRET, CREDENTIAL, HOOK = "s3cr3t-of-theirs", "token-of-theirs", "hook-of-theirs"
ADDRESS = "mailto://ada:word-of-theirs@example.com"
CHANNEL = "ops-channel"


@pytest.fixture
def ledger(tmp_path):
    made = made_ledger(tmp_path / "clockhouse.db", ManualClock(NOON))
    yield made
    made.database.close()


def furnish(ledger, vault):
    """One of each that is sealed."""
    mine = ledger.component.id
    sealed = vault.seal(Secret(SECRET), f"{mine}/password")
    deployment = ledger.deploy(sealed={"password": sealed})
    with ledger.database.begin() as tx:
        configuration.put(tx, ledger.component, Stored("password", None, tx.now, "ada", sealed=sealed, fingerprint="0"))
        connections.add(
            tx,
            Connection(
                component_id=mine,
                url="https://example.com/a.git",
                directory="",
                kind=SourceKind.PYTHON,
                credential_kind=CredentialKind.TOKEN,
                user="",
                sealed=vault.seal(Secret(CREDENTIAL), credential_purpose(mine)),
                sealed_hook=vault.seal(Secret(HOOK), hook_purpose(mine)),
                known_hosts="",
                tracks=(Track("main", Automation(), None),),
            ),
        )
        channels.add(
            tx,
            Channel(
                id=CHANNEL,
                project=ledger.project.slug,
                name="ops",
                kind="email",
                host="example.com",
                sealed=vault.seal(Secret(ADDRESS), channel_purpose(CHANNEL)),
                fingerprint=vault.fingerprint(Secret(ADDRESS), CHANNEL),
                created_at=tx.now,
                created_by="ada",
                set_at=tx.now,
                set_by="ada",
            ),
        )
    return deployment


def opened(ledger, vault):
    """All that this key opens, by what it is."""
    mine = ledger.component.id
    with ledger.database.read() as tx:
        [stored] = configuration.of(tx, ledger.component)
        [deployment] = deployments.history(tx, ledger.component, environment=None, limit=5)
        sealed = deployments.sealed_secrets(tx, deployment.id)["password"]
        connection = connections.by_component(tx, mine)
        [channel] = channels.every(tx, ledger.project.slug)
    return [
        vault.open(sealed, f"{mine}/password").reveal(),
        vault.open(stored.sealed, f"{mine}/password").reveal(),
        vault.open(connection.sealed, credential_purpose(mine)).reveal(),
        vault.open(connection.sealed_hook, hook_purpose(mine)).reveal(),
        vault.open(channel.sealed, channel_purpose(CHANNEL)).reveal(),
    ]


ALL = [SECRET, SECRET, CREDENTIAL, HOOK, ADDRESS]


def test_everything_opens_with_the_new_key_and_nothing_with_the_old(ledger, tmp_path):
    key = tmp_path / "vault.key"
    old = keys.unlock(ledger.database, key)
    furnish(ledger, old)

    rotated = keys.rotate(ledger.database, key)

    new = keys.unlock(ledger.database, key)
    assert (rotated.key, rotated.secrets, rotated.unreadable) == (new.key_id, 5, 0)
    assert new.key_id != old.key_id
    assert opened(ledger, new) == ALL
    assert opened(ledger, old) == ALL  # it looks into the file again
    alone = tmp_path / "alone.key"
    alone.write_bytes((tmp_path / "vault.key.old").read_bytes())
    with pytest.raises(Unavailable, match=rf"\({new.key_id}; here is {old.key_id}\)"):
        opened(ledger, Vault(alone))


def test_fingerprints_tell_secrets_apart_after_it_too(ledger, tmp_path):
    furnish(ledger, keys.unlock(ledger.database, tmp_path / "vault.key"))

    keys.rotate(ledger.database, tmp_path / "vault.key")

    vault = Vault(tmp_path / "vault.key")
    with ledger.database.read() as tx:
        [stored] = configuration.of(tx, ledger.component)
        [channel] = channels.every(tx, ledger.project.slug)
    assert stored.fingerprint == vault.fingerprint(Secret(SECRET), ledger.component.id)
    assert channel.fingerprint == vault.fingerprint(Secret(ADDRESS), CHANNEL)


def test_no_column_that_holds_what_is_sealed_is_left_out(ledger, tmp_path):
    """A new one needs a place in `store.sealed`."""
    key = tmp_path / "vault.key"
    furnish(ledger, keys.unlock(ledger.database, key))
    keys.rotate(ledger.database, key)
    tables = ("secrets", "configuration", "connections", "request_secrets", "channels", "key_checks")
    known = {("connections", "sealed_hook"), *((table, "sealed") for table in tables)}
    columns = [(table.name, column.name) for table in metadata.sorted_tables for column in table.columns]
    there = {(table, column) for table, column in columns if "sealed" in column}
    assert there == known
    name = Vault(key).key_id
    with ledger.database.read() as tx:
        for table, column in there:
            held = tx.execute(sa.select(metadata.tables[table].c[column])).scalars().all()
            assert all(text.startswith(f"v2:{name}:") for text in held if text is not None)


def test_a_server_with_the_old_key_is_refused_and_told_which_it_needs(ledger, tmp_path):
    key, copy = tmp_path / "vault.key", tmp_path / "copy.key"
    keys.unlock(ledger.database, key)
    copy.write_bytes(key.read_bytes())

    rotated = keys.rotate(ledger.database, key)

    with pytest.raises(Invalid, match=rf"copy.key is not the one .* That one is called {rotated.key}"):
        keys.unlock(ledger.database, copy)


class Server:
    """What a running server does about keys: it has a vault, and looks after it with each heartbeat."""

    def __init__(self, ledger, name, key_file):
        self.ledger, self.name = ledger, name
        self.vault = keys.unlock(ledger.database, key_file)
        with ledger.database.begin() as tx:
            engines.begin(tx, name, alone=False)

    def beat(self):
        journal = SimpleNamespace(write=self._write)
        clock = self.ledger.clock
        heart = Heartbeat(journal, None, clock, clock, worker=self.name, last_claim=lambda: None, vault=self.vault)
        asyncio.run(heart.beat())

    async def _write(self, write):
        return self.ledger.database.write(write)


def waiting(*acts):
    """Lets these happen, one at each wait; then time is up."""
    left = list(acts)

    def wait(_servers):
        if left:
            left.pop(0)()
            return True
        return False

    return wait


def test_it_waits_for_the_servers_at_work_and_what_they_seal_meanwhile_opens(ledger, tmp_path):
    key = tmp_path / "vault.key"
    server = Server(ledger, "house:1:ab", key)
    furnish(ledger, server.vault)

    def seal_late():
        """As somebody who has not heard of it yet."""
        sealed = old.seal(Secret("late"), f"{ledger.component.id}/late")
        with ledger.database.begin() as tx:
            stored = Stored("late", None, tx.now, "ada", sealed=sealed, fingerprint="0")
            configuration.put(tx, ledger.component, stored)
        server.beat()

    server.beat()
    old = Vault(Key.of_file(key))
    rotated = keys.rotate(ledger.database, key, wait=waiting(server.beat, seal_late))

    assert rotated.key == server.vault.key_id == Vault(key).key_id
    assert (rotated.secrets, rotated.unreadable) == (6, 0)
    assert Key.of_file(tmp_path / "vault.key.old").id == old.key_id
    with ledger.database.read() as tx:
        held = {stored.name: stored.sealed for stored in configuration.of(tx, ledger.component)}
    assert server.vault.open(held["late"], f"{ledger.component.id}/late").reveal() == "late"
    assert {name_of(each) for each in held.values()} == {rotated.key}


def test_a_server_elsewhere_has_to_know_the_key_first_and_takes_it_by_itself(ledger, tmp_path):
    here, there = tmp_path / "vault.key", tmp_path / "there" / "vault.key"
    furnish(ledger, keys.unlock(ledger.database, here))
    there.parent.mkdir()
    shutil.copy(here, there)
    server = Server(ledger, "house:1:ab", there)
    server.beat()

    with pytest.raises(Conflict, match=r"house:1:ab.*vault\.key\.next"):
        keys.rotate(ledger.database, here, wait=waiting(server.beat))
    assert opened(ledger, server.vault) == ALL
    assert server.vault.key_id == Vault(here).key_id
    shutil.copy(tmp_path / "vault.key.next", there.with_name("vault.key.next"))
    rotated = keys.rotate(ledger.database, here, wait=waiting(server.beat, server.beat))

    assert server.vault.key_id == rotated.key == Key.of_file(here).id == Key.of_file(there).id
    assert opened(ledger, server.vault) == ALL
    assert sorted(each.name for each in there.parent.iterdir()) == ["vault.key", "vault.key.old"]


def test_a_key_that_somebody_else_puts_in_its_place_meanwhile_is_none_to_seal_with(ledger, tmp_path):
    """Else the only copy of what everything is sealed with were in memory."""
    key = tmp_path / "vault.key"
    server = Server(ledger, "house:1:ab", key)
    furnish(ledger, server.vault)

    def two_at_once():
        server.beat()
        with pytest.raises(Conflict, match="house:1:ab"):
            keys.rotate(ledger.database, key, new=Secret(base64.b64encode(b"k" * 32).decode()))

    with pytest.raises(Conflict, match="Somebody else has begun"):
        keys.rotate(ledger.database, key, wait=waiting(two_at_once))

    assert opened(ledger, keys.unlock(ledger.database, key)) == ALL


def test_who_comes_second_is_told_and_loses_no_key(ledger, tmp_path, monkeypatch):
    key = tmp_path / "vault.key"
    furnish(ledger, keys.unlock(ledger.database, key))
    unlock, begun = keys.unlock, []

    def unlock_slowly(*arguments):
        vault = unlock(*arguments)
        if not begun:
            begun.append(True)
            keys.rotate(*arguments)
        return vault

    monkeypatch.setattr(keys, "unlock", unlock_slowly)
    with pytest.raises(Conflict, match="Somebody else has changed the key"):
        keys.rotate(ledger.database, key)

    assert opened(ledger, unlock(ledger.database, key)) == ALL
    assert not (tmp_path / "vault.key.next").exists()


def test_a_key_whose_file_cannot_be_replaced_stays_beside_it_however_often_one_asks(ledger, tmp_path, monkeypatch):
    key = tmp_path / "vault.key"
    furnish(ledger, keys.unlock(ledger.database, key))

    def refuse(*_arguments):
        raise OSError("Device or resource busy")  # as of a single file that is mounted

    monkeypatch.setattr(vault_module, "_put_in_place", refuse)
    for _ in range(2):
        with pytest.raises(Invalid, match=r"in .*vault\.key\.next now"):
            keys.rotate(ledger.database, key)

    (tmp_path / "vault.key.next").replace(key)
    assert opened(ledger, keys.unlock(ledger.database, key)) == ALL


def test_a_server_that_was_killed_is_waited_for_only_for_a_while(ledger, tmp_path):
    key = tmp_path / "vault.key"
    furnish(ledger, Server(ledger, "house:1:ab", key).vault)

    keys.rotate(ledger.database, key, wait=waiting(lambda: ledger.clock.advance(timedelta(seconds=31))))

    assert opened(ledger, keys.unlock(ledger.database, key)) == ALL


def test_what_somebody_sets_in_the_same_moment_is_theirs(ledger, tmp_path):
    vault = keys.unlock(ledger.database, tmp_path / "vault.key")
    furnish(ledger, vault)
    with ledger.database.begin() as tx:
        found = next(each for each in sealed.held(tx) if each.column.table.name == "configuration")
        assert sealed.put(tx, replace(found, text="what was there before"), "another", "0") is False

    assert opened(ledger, vault) == ALL


def test_a_backup_of_before_opens_beside_the_key_of_after(ledger, tmp_path):
    key = tmp_path / "vault.key"
    old = keys.unlock(ledger.database, key)
    furnish(ledger, old)
    with (
        closing(sqlite3.connect(tmp_path / "clockhouse.db")) as present,
        closing(sqlite3.connect(tmp_path / "backup.db")) as copy,
    ):
        present.backup(copy)
    keys.rotate(ledger.database, key)
    backup = SQLite(tmp_path / "backup.db", ledger.clock)

    vault = keys.unlock(backup, key)
    backup.close()

    assert vault.key_id == old.key_id == Key.of_file(key).id


def test_a_key_in_the_environment_is_changed_for_another_one(ledger, tmp_path):
    old, new = (Secret(base64.b64encode(bytes([number]) * 32).decode()) for number in (1, 2))
    unused = tmp_path / "vault.key"
    furnish(ledger, keys.unlock(ledger.database, unused, text=old))
    with pytest.raises(Invalid, match="CLOCKHOUSE_NEW_KEY"):
        keys.exchange(ledger.database, old, None)

    keys.exchange(ledger.database, old, new)
    again = keys.exchange(ledger.database, old, new)  # after a kill that nobody knows the moment of

    assert again.secrets == 0
    with ledger.database.begin() as tx:
        engines.begin(tx, "house:1:ab", alone=False)
    with pytest.raises(Conflict, match=r"house:1:ab.*Stop them all.*--key-file"):
        keys.exchange(ledger.database, new, old)
    assert opened(ledger, keys.unlock(ledger.database, unused, text=new)) == ALL
    assert not unused.exists()
    with pytest.raises(Invalid, match="The key in CLOCKHOUSE_KEY is not the one"):
        keys.unlock(ledger.database, unused, text=old)


@pytest.mark.parametrize("text", ["short", "!" * 44, base64.b64encode(b"31" * 15).decode()])
def test_a_text_that_is_no_key_is_refused_without_being_told(ledger, tmp_path, text):
    with pytest.raises(Invalid, match="should hold 32 bytes") as refused:
        keys.unlock(ledger.database, tmp_path / "vault.key", text=Secret(text))
    assert text not in str(refused.value)


def test_a_key_file_may_hold_base64(tmp_path):
    Key(b"k" * 32).write(tmp_path / "raw.key")
    (tmp_path / "text.key").write_text(base64.b64encode(b"k" * 32).decode() + "\n")

    sealed = Vault(tmp_path / "raw.key").seal(Secret("a"), "b")

    assert Vault(tmp_path / "text.key").open(sealed, "b").reveal() == "a"


def test_what_an_earlier_version_sealed_still_opens_and_is_sealed_anew(ledger, tmp_path):
    key = tmp_path / "vault.key"
    vault = keys.unlock(ledger.database, key)
    form, _, text = vault.seal(Secret(SECRET), f"{ledger.component.id}/password").split(":")
    assert form == "v2"
    ledger.deploy(sealed={"password": f"v1:{text}"})

    assert keys.rotate(ledger.database, key).secrets == 1


# Kills itself when the named function is called for the n-th time.
KILLED = """
    import os, pathlib, signal, sys
    from clockhouse.control import keys
    from clockhouse import vault
    from clockhouse.store import sealed
    from tests.support.ledger import NOON
    from clockhouse.store.sqlite import SQLite
    from clockhouse.task.testing import ManualClock

    place, count = sys.argv[2], int(sys.argv[3])
    owner, name = {"put": (sealed, "put"), "write": (vault.Key, "write")}[place]
    real = getattr(owner, name)

    def killing(*arguments, **options):
        global count
        count -= 1
        if count < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **options)

    setattr(owner, name, killing)
    folder = pathlib.Path(sys.argv[1])
    keys.rotate(SQLite(folder / "clockhouse.db", ManualClock(NOON)), folder / "vault.key")
"""


@pytest.mark.slow
@pytest.mark.parametrize(("place", "after"), [("write", 0), ("put", 2), ("write", 1), ("write", 2)])
def test_a_rotation_that_was_killed_has_happened_or_not(ledger, tmp_path, place, after):
    """Before the new key was kept, in the middle of the sealing, before the old one was put aside, and after it."""
    key = tmp_path / "vault.key"
    furnish(ledger, keys.unlock(ledger.database, key))
    program = tmp_path / "rotate.py"
    program.write_text(textwrap.dedent(KILLED))
    command = [sys.executable, str(program), str(tmp_path), place, str(after)]
    root = Path(__file__).parents[2]

    ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"}, check=False)

    assert ended.returncode == -signal.SIGKILL
    assert opened(ledger, keys.unlock(ledger.database, key)) == ALL
    keys.rotate(ledger.database, key)
    assert opened(ledger, keys.unlock(ledger.database, key)) == ALL
    assert not (tmp_path / "vault.key.next").exists()
