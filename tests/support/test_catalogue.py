"""The catalogue of connectors says what their classes say."""

import sys
from pathlib import Path

import pytest
from tests.support import catalogue

from clockhouse.flows import palette

SHOP = '''\
"""Orders of a shop."""

TITLE = "The shop"


class Client:
    """A connection to the shop."""

    def __init__(self, url: str, *, token: str = "", tries: int = 3) -> None: ...

    def orders(self, day: str, *, limit: int | None = None) -> list[dict[str, str]]:
        """The orders of a day."""

    async def cancel(self, number: int) -> None: ...

    def _private(self) -> None: ...


class Order: ...
'''


def test_a_class_and_its_methods_are_a_connector_and_its_operations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "shop_connectors"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "shop.py").write_text(SHOP)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(catalogue, "PACKAGE", "shop_connectors")
    monkeypatch.setattr(sys, "modules", dict(sys.modules))

    (shop,) = palette.parsed(catalogue.text())

    assert (shop.key, shop.title, shop.full_name) == ("shop", "The shop", "shop_connectors.shop.Client")
    assert [(each.name, each.type, each.default, each.is_keyword) for each in shop.parameters] == [
        ("url", "str", None, False),
        ("token", "str", "''", True),
        ("tries", "int", "3", True),
    ]
    assert [(each.name, each.signature, each.is_async, each.documentation) for each in shop.operations] == [
        ("orders", "(day: str, *, limit: int | None = None) -> list[dict[str, str]]", False, "The orders of a day."),
        ("cancel", "(number: int) -> None", True, ""),
    ]
