"""Passwords: kept as digests, checked, and refused where anybody would guess them."""

from __future__ import annotations

import threading

import pytest
from argon2 import PasswordHasher, Type

from clockhouse import passwords
from clockhouse.errors import Invalid
from clockhouse.kit import Secret

GOOD = "four words in a row"
WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def test_a_digest_tells_nothing_and_knows_its_password():
    kept = passwords.digest(Secret(GOOD))

    assert kept.startswith("$argon2id$v=19$m=65536,")
    assert GOOD not in kept
    assert passwords.verify(kept, Secret(GOOD)) == passwords.Verdict(True)
    assert passwords.verify(kept, Secret(GOOD + " ")) == passwords.Verdict(False)


def test_two_digests_of_one_password_differ():
    assert WEAK.hash(GOOD) != WEAK.hash(GOOD)


def test_a_password_is_the_same_however_its_letters_were_composed():
    kept = WEAK.hash("größer als gedacht")

    assert passwords.verify(kept, Secret("gro\u0308\u00dfer als gedacht".replace("o\u0308", "ö"))).is_right
    assert passwords.verify(kept, Secret("gr\u006f\u0308ßer als gedacht")).is_right


def test_a_digest_that_was_cheap_is_made_anew():
    verdict = passwords.verify(WEAK.hash(GOOD), Secret(GOOD))

    assert verdict.is_right
    assert verdict.digest is not None
    assert passwords.verify(verdict.digest, Secret(GOOD)) == passwords.Verdict(True)


def test_the_kind_is_the_one_that_withstands_both_attacks():
    assert passwords._HASHER.type is Type.ID


@pytest.mark.parametrize("kept", [None, "", "nonsense", "$argon2id$v=19$broken"])
def test_without_a_good_digest_no_password_is_right(kept):
    assert passwords.verify(kept, Secret(GOOD)) == passwords.Verdict(False)


def test_an_endless_password_is_not_even_looked_at():
    assert passwords.verify(None, Secret("x" * 10_000_000)) == passwords.Verdict(False)


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("short", "at least 12"),
        ("elevenchars", "at least 12"),
        ("x" * 257, "at most 256"),
        ("Ann@Shop.Example", "your login"),
        ("ann@shop.example", "your login"),
        ("!!!ann!!!!!!!!", "your login"),
        ("password1234", "anybody tries"),
        ("Password2026!", "anybody tries"),
        ("passwordpassword", "anybody tries"),
        ("qwertyuiop12", "anybody tries"),
        ("123456789012", "anybody tries"),
        ("Administrator1", "anybody tries"),
        ("letmein!!!!!!!!", "anybody tries"),
        ("aaaaaaaaaaaaaaaa", "anybody tries"),
        ("abababababababab", "anybody tries"),
        ("iloveyou2026", "anybody tries"),
    ],
)
def test_what_anybody_guesses_is_refused(password, told):
    with pytest.raises(Invalid, match=told) as refused:
        passwords.check(Secret(password), "ann@shop.example", field="new")

    assert set(refused.value.fields) == {"new"}
    assert password not in refused.value.sentence


@pytest.mark.parametrize(
    "password", [GOOD, "x7Qm2Lp9Zt4W", "keinpasswortistgenug", "日本語のとても長い合言葉です", "  spaces around  "]
)
def test_no_rule_is_made_of_what_it_is_composed_of(password):
    passwords.check(Secret(password), "ann")


def test_only_a_few_are_checked_at_once(monkeypatch):
    at_work, most, lock, gate = [0], [0], threading.Lock(), threading.Barrier(passwords._AT_ONCE)

    def slow(_known, _text):
        with lock:
            at_work[0] += 1
            most[0] = max(most[0], at_work[0])
        gate.wait()
        with lock:
            at_work[0] -= 1
        return False

    monkeypatch.setattr(passwords, "_matches", slow)
    threads = [threading.Thread(target=passwords.verify, args=("known", Secret(GOOD))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most[0] == passwords._AT_ONCE
