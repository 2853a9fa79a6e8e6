"""Secrets: written, never read."""

from typing import Any

import pytest
from tests.support.api import COMPONENT, SECRETIVE, V1, Installation

from clockhouse.kit import Secret
from clockhouse.store import components, deployments, environments
from clockhouse.store.tables.deployments import configuration, secrets
from clockhouse.vault import Vault

DEPLOYMENTS, PROMOTIONS = f"{COMPONENT}/deployments", f"{COMPONENT}/promotions"
KEY = "key-correct-horse-battery-staple"


@pytest.fixture
def house(house: Installation) -> Installation:
    house.create(source=SECRETIVE)
    house.build()
    house.deploy(configuration={"region": "eu", "api_key": KEY})
    return house


def revealed(house: Installation, environment: str) -> dict[str, str]:
    """What an execution in the environment would be given, by name."""
    with house.database.read() as tx:
        component = components.get(tx, "shop", "health-check")
        deployment = deployments.active(tx, component, environments.get(tx, environment))
        assert deployment is not None
        sealed = deployments.sealed_secrets(tx, deployment.id)
    opened = {name: house.parts.vault.open(text, f"{component.id}/{name}") for name, text in sealed.items()}
    return {name: secret.reveal() for name, secret in opened.items()}


def test_no_answer_ever_contains_a_secret(house: Installation) -> None:
    house.post(PROMOTIONS, {})
    answers: list[Any] = [
        house.get(f"{V1}/projects/shop/components"),
        house.get(COMPONENT),
        house.get(f"{COMPONENT}/environments"),
        house.get(DEPLOYMENTS),
        house.get(f"{COMPONENT}/builds"),
        house.post(f"{COMPONENT}/environments/development/run"),
    ]

    assert KEY not in str(answers)
    shown = house.get(DEPLOYMENTS)[0]["configuration"]
    assert shown["api_key"] == {"value": None, "is_secret": True}
    assert "spare_key" not in shown


def test_the_disk_holds_no_secret_in_plain(house: Installation) -> None:
    assert KEY.encode() not in house.stored()
    assert revealed(house, "development") == {"api_key": KEY}


def test_a_refused_secret_is_not_repeated(house: Installation) -> None:
    wrong = "hunter2-hunter2"
    body = {"environment": "development", "configuration": {"region": "eu", "api_key": wrong, "tries": wrong}}

    answer = house.client.post(DEPLOYMENTS, json=body)

    assert answer.status_code == 422
    assert wrong not in answer.text
    assert wrong.encode() not in house.stored()


def test_a_secret_that_is_left_out_is_kept(house: Installation) -> None:
    house.deploy(configuration={"region": "us"})

    assert revealed(house, "development") == {"api_key": KEY}


def test_a_secret_is_kept_after_a_stop(house: Installation) -> None:
    house.post(f"{COMPONENT}/environments/development/stop")
    house.deploy(configuration={"region": "us"})

    assert revealed(house, "development") == {"api_key": KEY}


def test_a_secret_is_replaced_by_a_new_one(house: Installation) -> None:
    house.deploy(configuration={"region": "us", "api_key": "key-new", "spare_key": "spare"})

    assert revealed(house, "development") == {"api_key": "key-new", "spare_key": "spare"}


def test_an_optional_secret_is_removed_by_null(house: Installation) -> None:
    house.deploy(configuration={"region": "us", "spare_key": "spare"})
    house.deploy(configuration={"region": "us", "spare_key": None})

    assert revealed(house, "development") == {"api_key": KEY}


def test_a_needed_secret_cannot_be_removed(house: Installation) -> None:
    body = {"environment": "development", "configuration": {"region": "eu", "api_key": None}}

    assert set(house.fields(DEPLOYMENTS, body)) == {"configuration.api_key"}


def test_the_first_promotion_takes_the_sources_secret(house: Installation) -> None:
    house.post(PROMOTIONS, {})

    assert revealed(house, "production") == {"api_key": KEY}


def test_a_later_promotion_keeps_the_targets_own_secret(house: Installation) -> None:
    house.post(PROMOTIONS, {"configuration": {"api_key": "key-live"}})
    house.deploy(configuration={"region": "eu", "api_key": "key-changed"})
    house.post(PROMOTIONS, {})

    assert revealed(house, "production") == {"api_key": "key-live"}
    assert revealed(house, "development") == {"api_key": "key-changed"}


def test_a_secret_that_the_code_no_longer_declares_is_dropped(house: Installation) -> None:
    house.save({"main.py": SECRETIVE.replace('    api_key: Secret = setting("The key", pattern="key-.+")\n', "")})
    house.build()
    house.deploy(configuration={"region": "eu"})

    assert revealed(house, "development") == {}


def test_a_secret_cannot_be_promoted_into_a_plain_setting(house: Installation) -> None:
    """Its value would be shown: a setting that stops being a Secret needs a value of its own."""
    house.save({"main.py": SECRETIVE.replace("api_key: Secret", "api_key: str")})
    house.build()

    body = {"environment": "development", "configuration": {"region": "eu"}}

    assert set(house.fields(DEPLOYMENTS, body)) == {"configuration.api_key"}


def lose_the_key(house: Installation) -> None:
    """What is stored looks from now on as if another key had sealed it."""
    other = Vault(house.folder / "other.key")
    with house.database.begin() as tx:
        component = components.get(tx, "shop", "health-check")
        sealed = other.seal(Secret(KEY), f"{component.id}/api_key")
        tx.execute(secrets.update().values(sealed=sealed))
        tx.execute(configuration.update().values(sealed=sealed).where(configuration.c.name == "api_key"))


def test_a_secret_whose_key_was_lost_is_set_again(house: Installation) -> None:
    lose_the_key(house)
    house.refused(503, "POST", DEPLOYMENTS, {"environment": "development", "configuration": {"region": "eu"}})

    house.deploy(configuration={"region": "eu", "api_key": "key-again"})

    assert revealed(house, "development") == {"api_key": "key-again"}


def test_a_promotion_needs_no_secret_that_it_does_not_take_over(house: Installation) -> None:
    lose_the_key(house)
    house.post(PROMOTIONS, {"configuration": {"api_key": "key-live"}})
    house.post(PROMOTIONS, {})

    assert revealed(house, "production") == {"api_key": "key-live"}
