"""Repositories behind a real ssh server."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.git import Repository
from tests.support.ssh import SshServer, over_ssh

from clockhouse.builders.remote import Remotes, Target
from clockhouse.errors import Invalid, Unavailable
from clockhouse.kit import Secret
from clockhouse.model.source import Credential, CredentialKind, Place

pytestmark = pytest.mark.slow


def target(server: SshServer, key: str | None, *, path: str = "/shop", known_hosts: str = "") -> Target:
    credential = Credential() if key is None else Credential(CredentialKind.SSH_KEY, "", Secret(key))
    return Target(Place(f"ssh://git@127.0.0.1:{server.port}{path}", "main"), credential, known_hosts)


def test_a_key_opens_a_repository_whose_host_is_remembered(tmp_path: Path) -> None:
    shop = Repository(tmp_path / "served/shop")
    sha = shop.commit({"main.py": "print(1)\n"}, "Begin")
    remotes = Remotes(tmp_path / "mirrors")
    with over_ssh(tmp_path / "served") as server:
        found = remotes.survey(target(server, server.key))
        assert found.commit.sha == sha
        assert f"[127.0.0.1]:{server.port} ssh-ed25519 " in found.known_hosts
        known = target(server, server.key, known_hosts=found.known_hosts)
        newest = shop.commit({"main.py": "print(2)\n"})
        assert remotes.look({"a": known})["a"].sha == newest
        remotes.check_out("one", known, sha, tmp_path / "out")
        assert (tmp_path / "out/main.py").read_text() == "print(1)\n"
        for key, told in ((server.stranger, "refuses this key"), (None, "asks for a key")):
            with pytest.raises(Invalid, match=told) as refused:
                remotes.survey(target(server, key))
            assert "credential" in refused.value.fields
        with pytest.raises(Invalid, match=r"There is no Git repository at 127\.0\.0\.1/nothing"):
            remotes.survey(target(server, server.key, path="/nothing"))
        port = server.port
    with over_ssh(tmp_path / "served", port=port) as impostor:  # another host key
        assert "another host key" in (remotes.look({"a": known})["a"].trouble or "")
        with pytest.raises(Unavailable, match="another host key"):
            remotes.fetch("one", target(impostor, impostor.key, known_hosts=found.known_hosts))
    assert list((tmp_path / "mirrors/.work").iterdir()) == []  # no key is left behind
