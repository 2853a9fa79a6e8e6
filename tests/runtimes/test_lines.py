"""Bytes become lines, however they were cut on their way."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhouse.runtimes.lines import LIMIT_BYTES, Splitter


def split(data, *cuts, masked=()):
    splitter = Splitter(masked)
    edges = [0, *sorted(cuts), len(data)]
    lines = []
    for start, end in itertools.pairwise(edges):
        lines += splitter.feed(data[start:end])
    return [*lines, *splitter.end()]


def test_line_ends_of_both_kinds_are_taken_off():
    assert split(b"one\ntwo\r\nthree\rfour\n\nlast") == ["one", "two", "three\rfour", "", "last"]


def test_only_a_line_feed_ends_a_line():
    assert split("a\u2028b\x0bc\x85d\n".encode()) == ["a\u2028b\x0bc\x85d"]


def test_what_is_no_text_is_replaced():
    assert split(b"a\xffb\0c\n") == ["a\ufffdb\ufffdc"]


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_it_does_not_matter_where_the_reads_were_cut(data, cuts):
    assert split(data, *(min(cut, len(data)) for cut in cuts)) == split(data)


@given(st.text(alphabet="aü\n€𝄞", max_size=50), st.integers(1, 3))
def test_text_comes_through_whole(text, times):
    assert "\n".join(split((text * times).encode())) == (text * times).removesuffix("\n")


def test_an_overlong_line_comes_in_pieces_between_characters():
    line = "€" * LIMIT_BYTES

    for pieces in (split(line.encode() + b"\n"), split(line.encode()), split(line.encode(), *range(1, 40_000, 999))):
        assert "".join(pieces) == line
        assert max(len(piece.encode()) for piece in pieces) <= LIMIT_BYTES


def test_secrets_are_masked_line_by_line_and_short_ones_are_not():
    masked = ["hunter2", "-----KEY\nabcdef\n-----", "no"]

    assert split(b"no hunter2, hunter22\nabcdef\n", 6, masked=masked) == ["no ****, ****2", "****"]


@pytest.mark.parametrize("secret", ["hunter2", "€uro" * 7, "k" * 2 * LIMIT_BYTES])
@pytest.mark.parametrize("before", [0, 1, LIMIT_BYTES - 10, LIMIT_BYTES - 3, LIMIT_BYTES])
def test_a_secret_in_an_overlong_line_is_masked_wherever_the_line_is_cut(secret, before):
    line = b"." * before + secret.encode() + b"," * 2 * LIMIT_BYTES

    for cuts in ((), (LIMIT_BYTES + 1,), range(1, len(line), 997)):
        for end in (b"", b"\n"):
            pieces = split(line + end, *cuts, masked=[secret, secret[:4]])
            assert "".join(pieces) == "." * before + "****" + "," * 2 * LIMIT_BYTES
            assert max(map(len, pieces)) <= LIMIT_BYTES


def test_a_secret_that_is_not_ascii_is_masked_as_python_writes_its_bytes():
    secret = "mañana-9"
    data = secret.encode()
    text = f"{secret} {data!r} {json.dumps(repr(data))} {data.decode('latin-1')}\n"
    assert Splitter([secret]).feed(text.encode()) == ("**** b'****' \"b'****'\" ****",)
