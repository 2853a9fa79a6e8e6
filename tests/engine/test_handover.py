"""How configuration reaches a task: as a variable or a file, also when a secret is kept elsewhere."""

from __future__ import annotations

import asyncio
from textwrap import dedent

import pytest
from tests.support.engine import SETTINGS, engine

from clockhouse.keepers.base import Keepers
from clockhouse.keepers.mounted import MountedFiles
from clockhouse.kit import Secret
from clockhouse.kit.declared import Setting
from clockhouse.model.execution import State
from clockhouse.model.reference import Keeper
from clockhouse.vault import Vault

VALUE = "s3cr3t-of-theirs"
ALL = (*SETTINGS, Setting("token", "secret"), Setting("note", "text", required=False))
TELL = """
import os, base64, stat
path = os.environ.get("TASK_TOKEN_FILE")
held = open(path).read() if path else os.environ.get("TASK_TOKEN")
print(held, base64.b64encode(f"user:{held}".encode()).decode(), len(held))
if path:
    print("variable" if "TASK_TOKEN" in os.environ else "file only", oct(stat.S_IMODE(os.stat(path).st_mode)))
    print(os.path.relpath(path, os.environ["HOME"]), repr(open(os.environ["TASK_NOTE_FILE"]).read()))
"""


def run(live, artifact, folder, *, sealed=None, keepers=None, **options):
    """How an execution of that code ends, and what it wrote."""

    async def whole():
        component, release = live.add_component("secretive", ALL)
        async with engine(live, artifact, folder, keepers=keepers) as here:
            vault = Vault(folder / "vault.key")
            kept = {name: vault.seal(Secret(value), f"{component.id}/{name}") for name, value in (sealed or {}).items()}
            values = {"code": dedent(TELL), "note": "line\r\nother\n"}
            deployment = live.deploy(component=component, release=release, values=values, sealed=kept, **options)
            found = await here.ended(live.run_now(deployment, component=component))
            return found, here.log(found.id)

    return asyncio.run(whole())


def test_values_are_handed_over_as_files_for_the_task_alone_and_masked_all_the_same(live, artifact, tmp_path):
    files = {"token": "tls/token.txt", "note": "note.txt"}
    found, log = run(live, artifact, tmp_path, sealed={"token": VALUE}, files=files)

    assert found.state is State.SUCCEEDED, log
    assert log[1:] == ["file only 0o600", "tls/token.txt 'line\\r\\nother\\n'".replace("\\r", "")]
    assert log[0].startswith("**** ")
    assert VALUE not in str(log)
    assert list((tmp_path / "executions").iterdir()) == []


def test_a_secret_that_is_kept_elsewhere_is_fetched_when_the_execution_starts(live, artifact, tmp_path):
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    (mounted / "token").write_text(f"{VALUE}\n")
    keepers = Keepers({Keeper.FILE: MountedFiles(mounted)})

    found, log = run(live, artifact, tmp_path, references={"token": "file:token"}, keepers=keepers)

    assert found.state is State.SUCCEEDED, log
    assert log[0].endswith(f" {len(VALUE)}")
    assert VALUE not in str(log)
    assert VALUE.encode() not in (tmp_path / "live.db").read_bytes() + (tmp_path / "live.db-wal").read_bytes()


def test_an_execution_whose_secret_cannot_be_fetched_fails_with_the_reason(live, artifact, tmp_path):
    found, log = run(live, artifact, tmp_path, references={"token": "vault:secret/data/shop#token"})

    assert (found.state, log) == (State.FAILED, [])
    assert "cannot be fetched from vault:secret/data/shop#token" in found.reason.sentence
    assert "--vault-address" in found.reason.sentence


@pytest.mark.parametrize("files", [{"token": "a", "note": "a"}, {"token": "a", "note": "a/b"}])
def test_files_at_one_path_fail_the_execution_with_the_reason(live, artifact, tmp_path, files):
    found, _log = run(live, artifact, tmp_path, sealed={"token": VALUE}, files=files)

    assert found.state is State.FAILED
    assert "cannot be made for TASK_" in found.reason.sentence
