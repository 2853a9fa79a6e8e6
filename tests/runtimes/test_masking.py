"""Secrets are masked however programs commonly write them, and wherever the writing was cut."""

import base64
import html
import itertools
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhouse.runtimes.lines import Splitter
from clockhouse.runtimes.masking import Masks

SECRET = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=4, max_size=40)
AROUND = st.binary(max_size=9)


def stored(text, secret, cuts):
    """What is stored of what was written in these pieces."""
    splitter = Splitter([secret])
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    lines = [line for start, end in itertools.pairwise(edges) for line in splitter.feed(text[start:end])]
    return "\n".join([*lines, *splitter.end()])


def _percent(found):
    return f"%{ord(found[0]):02X}".encode()


WRITTEN = {
    "plain": lambda secret: secret,
    "an address": lambda secret: quote(secret, safe=""),
    "a path": quote,
    "a form": quote_plus,
    "small digits": lambda secret: re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
    "every character but letters": lambda secret: re.sub(rb"[^A-Za-z0-9]", _percent, secret.encode()).decode(),
    "JSON": lambda secret: json.dumps(secret)[1:-1],
    "JSON in its characters": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "hexadecimal": lambda secret: secret.encode().hex(),
    "large hexadecimal": lambda secret: secret.encode().hex().upper(),
    "HTML": html.escape,
    "a value of Python": lambda secret: repr(secret)[1:-1],
}


@pytest.mark.parametrize("way", WRITTEN)
@given(secret=SECRET, cuts=st.lists(st.integers(0, 200), max_size=3))
def test_no_way_to_write_a_secret_gets_through(way, secret, cuts):
    written = WRITTEN[way](secret)
    assert stored(f"a={written}&b\n".encode(), secret, cuts) == "a=****&b"


@given(SECRET, AROUND, AROUND, st.lists(st.integers(0, 200), max_size=3), st.booleans(), st.booleans())
def test_base64_hides_a_secret_whatever_stands_around_it(secret, before, after, cuts, is_url, is_padded):
    """As a header of a request has it, in which a user's name comes first."""
    encode = base64.urlsafe_b64encode if is_url else base64.b64encode
    text = encode(before + secret.encode() + after)
    found = stored(b"Basic " + (text if is_padded else text.rstrip(b"=")) + b"\n", secret, cuts)
    left = found.removeprefix("Basic ").replace("****", "").rstrip("=")
    # A digit has six bits: one at each side may have some of the secret's, and no more than that.
    assert len(left) <= (8 * (len(before) + len(after)) + 12) / 6 + 1


@given(secret=SECRET, data=st.text(max_size=100))
def test_what_has_no_secret_in_it_stays(secret, data):
    masks = Masks([secret])
    text = data.encode()
    if not any(form in text for form in masks.forms):
        assert masks.masked(text) == text


def test_values_of_less_than_four_characters_are_not_masked():
    assert stored(b"abc abcd\n", "abc", ()) == "abc abcd"
    assert Masks(["abc", "x", ""]).forms == []


def test_each_line_of_a_secret_is_masked_also_in_the_base64_of_all():
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n"
    found = stored(base64.b64encode(key.encode()) + b"\n" + key.encode(), key, ())
    assert "MIIEvQ" not in found
    assert base64.b64encode(b"hkiG9w0BAQEF")[4:12].decode() not in found
