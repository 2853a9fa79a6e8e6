"""A component's own connectors over HTTP."""

import pytest
from tests.flows.test_client_code import SHOP
from tests.support.api import V1, Installation

FLOWS = f"{V1}/flows"


@pytest.fixture
def house(closed_house: Installation) -> Installation:
    return closed_house


def test_a_client_is_made_and_its_operations_are_then_offered(house: Installation) -> None:
    made = house.post(f"{FLOWS}/client", {"text": SHOP})
    files = {made["path"]: made["code"], "main.py": "import os\n", "clients/broken.py": "class Client:\n  def ("}

    (shop,) = house.post(f"{FLOWS}/connectors", {"files": files})

    assert made["path"] == "clients/tea_shop.py"
    assert (shop["title"], shop["group"], shop["module"]) == ("Tea Shop API", "Own", "clients.tea_shop")
    assert [each["name"] for each in shop["operations"]] == ["list_teas", "post_teas_tea_id_orders", "import_"]


def test_a_file_that_is_no_description_is_told(house: Installation) -> None:
    refused = house.refused(422, "POST", f"{FLOWS}/client", {"text": "swagger: '2.0'"})

    assert "Swagger 2" in refused["message"]
    assert "Swagger 2" in refused["fields"]["text"]
