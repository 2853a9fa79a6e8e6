"""Data mappers: their trees, and links that come and go with no other byte of the source."""

import ast
import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.flows.test_round_trip import undo

from clockhouse.flows import changes, mapping
from clockhouse.flows.changes import RefusedError
from clockhouse.flows.mapping import DataMapper, Source, Target, Way
from clockhouse.flows.mapping_edits import MapLink, MapSample, MapValue
from clockhouse.flows.operations import Operation, edit
from clockhouse.flows.reading import read

HEAD = """\
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict

from clockhouse.kit import data_mapper


@dataclass
class Address:
    street: str
    city: str


@dataclass
class Person:
    name: str
    age: int
    address: Address
    nicknames: list[str] = field(default_factory=list)


class Item(TypedDict):
    sku: str
    count: int
    note: NotRequired[str]


class Order(TypedDict):
    number: str
    customer: Person
    items: list[Item]


class Line(TypedDict):
    article: str
    amount: int


@dataclass
class Contact:
    name: str
    town: str


@dataclass
class Invoice:
    reference: str
    contact: Contact
    lines: list[Line]
    names: list[str] = field(default_factory=list)
    total: int = 0


"""
MAPPER = '''\
@data_mapper
def to_invoice(order: Order, rate: float) -> Invoice:
    """Makes an invoice."""
    return Invoice(
        reference=order["number"],  # as printed
        contact=Contact(name=order["customer"].name.upper(), town=order["customer"].address.city),
        # all of them
        lines=[{"article": item["sku"], "amount": item["count"]} for item in order["items"] if item["count"]],
    )
'''
FULL = HEAD + MAPPER
EMPTY = HEAD + "@data_mapper\ndef to_invoice(order: Order, rate: float) -> Invoice:\n    pass\n"


def mapper_of(text: str, name: str = "to_invoice") -> DataMapper:
    return mapping.describe(read(text), name)


def made(text: str, *operations: Operation) -> str:
    """The text after the operations, each of which can be undone to the byte."""
    for operation in operations:
        found = edit(text, operation)
        assert changes.apply(found.text, undo(text, found.changes)) == text
        text = found.text
    return text


def linked(source: str, target: str) -> MapLink:
    return MapLink("to_invoice", tuple(source.split(".")), tuple(target.split(".")))


def valued(target: str, text: str | None) -> MapValue:
    return MapValue("to_invoice", tuple(target.split(".")) if target else (), text)


def body(text: str) -> str:
    return text.rpartition("-> Invoice:\n")[2]


def below(target: Target) -> Iterator[Target]:
    yield target
    for part in target.parts:
        yield from below(part)


def links(text: str) -> dict[str, str]:
    """What each target that has a value is linked to, or made by."""
    found = {}
    for target in below(mapper_of(text).target):
        if target.value is not None and not target.is_made:
            found[".".join(target.way)] = ".".join(target.link) if target.link else f"={ast.unparse(target.value)}"
        elif target.link:
            found[".".join(target.way)] = ".".join(target.link)
    return found


def ways(source: Source) -> Iterator[str]:
    yield ".".join(source.way)
    for part in source.parts:
        yield from ways(part)


def test_a_mapper_is_shown_with_its_links_lists_and_expressions() -> None:
    assert links(FULL) == {
        "reference": "order.number",
        "contact.name": "=order['customer'].name.upper()",
        "contact.town": "order.customer.address.city",
        "lines": "order.items",
        "lines.[].article": "order.items.[].sku",
        "lines.[].amount": "order.items.[].count",
    }
    lines = mapper_of(FULL).at(("lines",))
    assert (lines.each, lines.where) == ("item", "item['count']")
    assert [".".join(each.way) for each in mapper_of(FULL).sources] == ["order", "rate"]
    assert "order.customer.address.city" in ways(mapper_of(FULL).sources[0])
    assert "order.items.[].note" in ways(mapper_of(FULL).sources[0])


def test_links_are_made_from_nothing_and_the_record_with_the_first() -> None:
    text = made(EMPTY, linked("order.number", "reference"), linked("order.customer.name", "contact.name"))
    assert body(text) == (
        "    return Invoice(\n"
        '        reference=order["number"],\n'
        '        contact=Contact(name=order["customer"].name),\n'
        "    )\n"
    )
    more = made(
        text, linked("order.items.[].sku", "lines.[].article"), linked("order.items.[].count", "lines.[].amount")
    )
    assert 'lines=[{"article": item["sku"], "amount": item["count"]} for item in order["items"]]' in more
    assert links(more)["lines.[].amount"] == "order.items.[].count"


def test_a_field_goes_where_its_type_has_it_and_comments_stay_with_theirs() -> None:
    bare = made(FULL, valued("contact", None))
    assert "# as printed\n        # all of them" in bare
    again = made(bare, linked("order.customer.name", "contact.town"))
    assert again == FULL.replace(
        'contact=Contact(name=order["customer"].name.upper(), town=order["customer"].address.city)',
        'contact=Contact(town=order["customer"].name)',
    )
    assert "        total=1,\n    )" in made(FULL, valued("total", "1"))


def test_a_list_of_records_is_gone_through_and_one_of_texts_taken_as_it_is() -> None:
    text = made(EMPTY, linked("order.items", "lines"), linked("order.customer.nicknames", "names"))
    assert 'lines=[{} for item in order["items"]]' in text
    assert 'names=order["customer"].nicknames' in text
    assert links(text)["lines"] == "order.items"


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        (linked("order.items.[].sku", "reference"), "is inside of a list"),
        (linked("order.number", "contact"), "mapped one by one"),
        (linked("order.gone", "reference"), "no such input"),
        (valued("reference", "a, b = c"), "."),
        (valued("reference", "a, b"), "."),
        (valued("lines.[]", None), "Each item needs a value"),
        (valued("", None), "returns a value"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(operation: Operation, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        edit(FULL, operation)


def test_an_expression_stands_in_the_way_of_its_fields() -> None:
    text = made(FULL, valued("contact", None), valued("contact", "contact_of(order)"))
    with pytest.raises(RefusedError, match="one expression"):
        edit(text, linked("order.number", "contact.name"))


def test_each_field_says_what_is_wrong_with_it() -> None:
    text = HEAD + (
        "def to_invoice(order: Order, person: Person | None, n: int, maybe: str | None) -> Invoice:\n"
        "    return Invoice(reference=n, contact=Contact(name=maybe), more=1, total=order['number'])\n"
    )
    problems = {".".join(each.way): each.problem for each in below(mapper_of(text).target) if each.problem}
    assert problems == {
        "reference": "int goes into str.",
        "contact.name": "It may be None.",
        "contact.town": "It needs a value.",
        "lines": "It needs a value.",
        "total": "str goes into int.",
        "more": "Invoice has no field more.",
    }


def test_what_no_type_tells_is_known_by_its_use() -> None:
    text = (
        "def to_invoice(source: dict):\n    return {'a': source['b']['c'], 'd': [each['e'] for each in source['f']]}\n"
    )
    assert list(ways(mapper_of(text).sources[0])) == [
        *("source", "source.b", "source.b.c", "source.f", "source.f.[]", "source.f.[].e")
    ]
    assert links(text) == {"a": "source.b.c", "d": "source.f", "d.[]": "source.f.[].e"}
    assert made(text, linked("source.b", "new"), valued("a", None)).endswith(
        "return {'d': [each['e'] for each in source['f']], \"new\": source[\"b\"]}\n"
    )


def test_several_returns_and_half_typed_sources_are_told_and_left_alone() -> None:
    several = HEAD + "def to_invoice(order: Order) -> Invoice:\n    if order:\n        return a\n    return b\n"
    assert mapper_of(several).problem is not None
    with pytest.raises(RefusedError, match="does not simply return"):
        edit(several, linked("order.number", "reference"))
    assert mapper_of("def to_invoice(:\n").problem is not None
    with pytest.raises(LookupError):
        mapper_of("x = 1\n")


def test_what_is_nested_very_deeply_is_told_and_left_alone() -> None:
    deep = "def to_invoice(a):\n    return {'x': a" + ".b" * 1500 + "}\n"
    assert mapper_of(deep).problem is not None
    with pytest.raises(RefusedError):
        edit(deep, linked("a", "y"))


SAMPLE = {
    "id": 1,
    "buyer": {"name": "Ann", "e-mail": None},
    "items": [{"sku": "a", "price": 1}, {"sku": "b", "price": 2.5, "note": "x"}],
    "tags": ["a"],
    "empty": [],
}


def test_a_sample_becomes_types_with_what_they_need() -> None:
    text = "def to_invoice(source, other) -> dict:\n    return {}\n"
    text = made(text, MapSample("to_invoice", "source", "Order", json.dumps(SAMPLE)))
    assert text == (
        "from typing import Any, NotRequired, TypedDict\n"
        "\n\n"
        'Buyer = TypedDict("Buyer", {"name": str, "e-mail": Any})\n'
        "\n\n"
        "class Item(TypedDict):\n    sku: str\n    price: float\n    note: NotRequired[str]\n"
        "\n\n"
        "class Order(TypedDict):\n    id: int\n    buyer: Buyer\n    items: list[Item]\n    tags: list[str]\n"
        "    empty: list[Any]\n"
        "\n\n"
        "def to_invoice(source: Order, other) -> dict:\n    return {}\n"
    )
    assert "source.buyer.e-mail" in ways(mapper_of(text).sources[0])
    text = made(text, MapSample("to_invoice", None, "Order", '[{"ok": true}, {"ok": null}]'))
    assert "class Order2(TypedDict):\n    ok: bool | None\n" in text
    assert "other) -> list[Order2]:" in text
    with pytest.raises(RefusedError, match="not JSON"):
        edit(text, MapSample("to_invoice", "source", "Order", "{"))


LAYOUTS = [
    'Invoice(reference=order["number"], total=1)',
    'Invoice(\n        reference=order["number"],\n        total=1\n    )',
    'Invoice(  # so\n        # first\n        reference=(order["number"]),  # one\n\n        total=1,  # two\n    )',
    'Invoice(order["number"],\n            total=(\n                1))',
    "Invoice()",
    'Invoice(**more, reference=order["number"])',
]
EDITS: list[tuple[Way, str | None]] = [
    (("reference",), "x"),
    (("contact", "name"), "y"),
    (("names",), "[a for a in b]"),
    (("total",), "2 + 2"),
    (("reference",), None),
    (("total",), None),
    (("contact",), None),
]


@pytest.mark.slow
@settings(max_examples=40)
@given(
    layout=st.sampled_from(LAYOUTS),
    newline=st.sampled_from(["\n", "\r\n"]),
    steps=st.lists(st.sampled_from(EDITS), max_size=5),
)
def test_edits_in_any_order_keep_the_other_values_and_the_comments(
    layout: str, newline: str, steps: list[tuple[Way, str | None]]
) -> None:
    text = f"{HEAD}def to_invoice(order: Order) -> Invoice:\n    return {layout}\n".replace("\n", newline)
    for way, words in steps:
        before = {target.way: target.value for target in below(mapper_of(text).target)}
        try:
            new = made(text, MapValue("to_invoice", way, words))
        except RefusedError:
            continue
        after = {target.way: target.value for target in below(mapper_of(new).target)}
        for other in before.keys() | after.keys():
            if other[: len(way)] != way and way[: len(other)] != other:
                assert _said(before.get(other)) == _said(after.get(other)), (way, words)
        assert _said(after.get(way)) == words
        assert words is None or _comments(new) == _comments(text)
        text = new
    assert "\r" not in text.replace("\r\n", "")


def _said(value: ast.expr | None) -> str | None:
    return None if value is None else ast.unparse(value)


def _comments(text: str) -> list[str]:
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]
