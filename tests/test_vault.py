"""The vault: what it seals opens under the same key and purpose, and under no other."""

from __future__ import annotations

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhouse.errors import Invalid, Unavailable
from clockhouse.kit import Secret
from clockhouse.vault import Vault


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    return Vault(tmp_path_factory.mktemp("vault") / "vault.key")


@given(st.text(max_size=200), st.text(max_size=20))
def test_what_is_sealed_opens_as_it_was(vault, value, purpose):
    sealed = vault.seal(Secret(value), purpose)
    assert vault.open(sealed, purpose).reveal() == value


def test_a_value_is_sealed_differently_each_time_and_never_in_plain(vault):
    first, second = vault.seal(Secret("s3cr3t"), "a"), vault.seal(Secret("s3cr3t"), "a")
    assert first != second
    assert "s3cr3t" not in first


@pytest.mark.parametrize("sealed", ["", "v1:", "v1:AAAA", "v1:not base64!", "v2:AAAA", "plain"])
def test_what_was_not_sealed_here_does_not_open(vault, sealed):
    with pytest.raises(Unavailable, match="cannot be opened"):
        vault.open(sealed, "a")


def test_a_sealed_value_does_not_open_for_another_purpose_nor_changed(vault):
    sealed = vault.seal(Secret("s3cr3t"), "shop/token")
    with pytest.raises(Unavailable):
        vault.open(sealed, "shop/other")
    with pytest.raises(Unavailable):
        vault.open(sealed[:-4] + ("AAA=" if sealed[-4:] != "AAA=" else "BBB="), "shop/token")


def test_another_key_does_not_open_it_and_the_same_file_does(tmp_path):
    sealed = Vault(tmp_path / "one.key").seal(Secret("s3cr3t"), "a")
    assert Vault(tmp_path / "one.key").open(sealed, "a").reveal() == "s3cr3t"
    with pytest.raises(Unavailable):
        Vault(tmp_path / "two.key").open(sealed, "a")


def test_the_key_is_its_owners_alone(tmp_path):
    Vault(tmp_path / "vault.key")
    assert stat.S_IMODE((tmp_path / "vault.key").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["vault.key"]


def test_a_key_of_another_length_is_refused_rather_than_replaced(tmp_path):
    (tmp_path / "vault.key").write_bytes(b"short")
    with pytest.raises(Invalid, match="should hold 32 bytes, but holds 5"):
        Vault(tmp_path / "vault.key")
    assert (tmp_path / "vault.key").read_bytes() == b"short"


def test_a_start_that_was_cut_off_while_it_wrote_the_key_is_made_up_for(tmp_path, monkeypatch):
    def cut_off(_count):
        raise KeyboardInterrupt

    monkeypatch.setattr("clockhouse.vault.secrets.token_bytes", cut_off)
    with pytest.raises(KeyboardInterrupt):
        Vault(tmp_path / "vault.key")
    monkeypatch.undo()
    sealed = Vault(tmp_path / "vault.key").seal(Secret("s3cr3t"), "a")
    assert Vault(tmp_path / "vault.key").open(sealed, "a").reveal() == "s3cr3t"


def test_a_key_that_cannot_be_made_or_read_is_told_with_what_to_do(tmp_path):
    for file in (tmp_path / "none" / "vault.key", tmp_path):
        with pytest.raises(Invalid, match=r"cannot be read or made .* name another --key-file"):
            Vault(file)
