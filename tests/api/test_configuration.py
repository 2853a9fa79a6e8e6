"""Configuration: what is set outlives deployments, which keep for ever what they have."""

from typing import Any

import pytest
from tests.support.api import COMPONENT, SECRETIVE, Installation

from clockhouse.store.tables.audit import audit

CONFIGURATION, DEPLOYMENTS = f"{COMPONENT}/configuration", f"{COMPONENT}/deployments"
KEY = "key-correct-horse-battery-staple"


@pytest.fixture
def house(house: Installation) -> Installation:
    house.create(source=SECRETIVE)
    house.build()
    return house


def put(house: Installation, name: str, environment: str | None = None, **body: Any) -> Any:
    params = {} if environment is None else {"environment": environment}
    answer = house.client.put(f"{CONFIGURATION}/{name}", json=body, params=params)
    assert answer.is_success, answer.text
    return answer.json()


def unset(house: Installation, name: str, environment: str | None = None) -> Any:
    params = {} if environment is None else {"environment": environment}
    answer = house.client.delete(f"{CONFIGURATION}/{name}", params=params)
    assert answer.is_success, answer.text
    return answer.json()


def row(house: Installation, name: str) -> dict[str, Any]:
    found = house.get(CONFIGURATION)
    return next(each for each in found["rows"] if each["name"] == name)


def states(house: Installation, name: str) -> list[str]:
    return [cell["state"] for cell in row(house, name)["cells"]]


def deployed(house: Installation, environment: str, **given: Any) -> dict[str, Any]:
    made = house.post(DEPLOYMENTS, {"environment": environment, "configuration": given})
    return {name: each["value"] for name, each in made["configuration"].items()}


def audited(house: Installation, action: str) -> list[dict[str, Any]]:
    with house.database.read() as tx:
        rows = tx.execute(audit.select().where(audit.c.action == action)).all()
    return [row.facts for row in rows]


def test_every_setting_tells_where_each_environment_has_it_from(house: Installation) -> None:
    put(house, "region", value="eu")
    put(house, "region", "production", value="us")

    assert states(house, "region") == ["inherited", "set"]
    assert states(house, "api_key") == ["missing", "missing"]
    assert states(house, "tries") == ["default", "default"]
    assert states(house, "spare_key") == ["absent", "absent"]


def test_a_deployment_starts_from_what_is_set(house: Installation) -> None:
    put(house, "region", value="eu")
    put(house, "tries", "production", value=7)
    put(house, "api_key", value=KEY)

    development, production = deployed(house, "development"), deployed(house, "production")

    assert (development["region"], development["tries"]) == ("eu", 3)
    assert (production["region"], production["tries"]) == ("eu", 7)


def test_what_is_given_with_a_deployment_is_set_for_its_environment(house: Installation) -> None:
    put(house, "region", value="eu")
    deployed(house, "development", region="us", api_key=KEY, tries=3)

    assert deployed(house, "development")["region"] == "us"
    assert [cell["own"] and cell["own"]["value"] for cell in row(house, "region")["cells"]] == ["us", None]
    assert states(house, "api_key") == ["set", "missing"]
    assert states(house, "tries") == ["default", "default"]  # it is what it would have been anyway


def test_what_is_given_empty_is_not_set_for_the_environment_any_more(house: Installation) -> None:
    put(house, "region", value="eu")
    deployed(house, "development", region="us", api_key=KEY)

    assert deployed(house, "development", region=None)["region"] == "eu"
    assert states(house, "region")[0] == "inherited"


def test_a_change_takes_effect_with_a_new_deployment_of_the_same(house: Installation) -> None:
    first = house.post(
        DEPLOYMENTS,
        {
            "environment": "development",
            "configuration": {"region": "eu", "api_key": KEY},
            "schedules": [{"trigger": {"kind": "interval", "every_s": 60}}],
            "time_out_s": 30,
        },
    )
    house.post(f"{COMPONENT}/environments/development/pause", {"note": "Moving house"})

    put(house, "region", "development", value="us")
    assert house.get(DEPLOYMENTS)[0]["configuration"]["region"]["value"] == "eu"
    assert row(house, "region")["cells"][0]["waits"]

    made = house.post(f"{COMPONENT}/environments/development/redeploy")

    assert made["configuration"]["region"]["value"] == "us"
    assert made["number"] == first["number"] + 1
    assert made["pause"]["note"] == "Moving house"
    assert (made["release"], made["time_out_s"]) == (first["release"], 30)
    assert [each["trigger"] for each in made["schedules"]] == [each["trigger"] for each in first["schedules"]]
    assert house.get(DEPLOYMENTS)[1]["configuration"] == first["configuration"]
    assert not row(house, "region")["cells"][0]["waits"]


def test_a_redeployment_is_refused_while_a_value_is_missing(house: Installation) -> None:
    deployed(house, "development", region="eu", api_key=KEY)
    unset(house, "api_key", "development")

    error = house.refused(422, "POST", f"{COMPONENT}/environments/development/redeploy")

    assert set(error["fields"]) == {"configuration.api_key"}


def test_a_secret_is_told_by_its_fingerprint_alone(house: Installation) -> None:
    put(house, "api_key", value=KEY)
    put(house, "api_key", "production", value=KEY)
    put(house, "spare_key", value="key-of-somebody-else")

    found = row(house, "api_key")
    everywhere, own = found["everywhere"], found["cells"][1]["own"]

    assert everywhere["value"] is None
    assert everywhere["fingerprint"] == own["fingerprint"]
    assert row(house, "spare_key")["everywhere"]["fingerprint"] != everywhere["fingerprint"]
    assert len(everywhere["fingerprint"]) == 8
    assert KEY not in house.client.get(CONFIGURATION).text
    assert KEY.encode() not in house.stored()


def test_a_replaced_secret_waits_to_be_deployed_and_the_same_one_does_not(house: Installation) -> None:
    deployed(house, "development", region="eu", api_key=KEY)
    put(house, "api_key", "development", value=KEY)
    assert not row(house, "api_key")["cells"][0]["waits"]

    put(house, "api_key", "development", value="key-another")

    assert row(house, "api_key")["cells"][0]["waits"]


def test_a_short_secret_is_told_not_to_be_masked(house: Installation) -> None:
    put(house, "spare_key", value="abc")
    put(house, "api_key", value=KEY)

    assert row(house, "spare_key")["everywhere"]["is_masked"] is False
    assert row(house, "api_key")["everywhere"]["is_masked"] is True


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("tries", {"value": "many"}, "value"),
        ("tries", {"value": 10}, "value"),
        ("api_key", {"value": "no-key"}, "value"),
        ("colour", {"value": "red"}, "name"),
        ("region", {"reference": "file:region"}, "reference"),
        ("api_key", {"reference": "ftp:there"}, "reference"),
        ("api_key", {"reference": "vault:secret/data/shop"}, "reference"),
        ("api_key", {"reference": "file:../etc/passwd"}, "reference"),
        ("api_key", {"value": KEY, "file": "/etc/passwd"}, "file"),
        ("api_key", {"value": KEY, "file": "../up"}, "file"),
    ],
)
def test_what_the_code_does_not_take_is_refused_and_not_repeated(
    house: Installation, name: str, body: dict[str, Any], field: str
) -> None:
    error = house.refused(422, "PUT", f"{CONFIGURATION}/{name}", body)

    assert set(error["fields"]) == {field}
    assert KEY not in str(error)
    assert states(house, "api_key") == ["missing", "missing"]


def test_how_it_is_handed_over_changes_without_the_secret_being_given_again(house: Installation) -> None:
    put(house, "api_key", value=KEY, file="tls/key.pem")
    before = row(house, "api_key")["everywhere"]

    put(house, "api_key", file=None)

    after = row(house, "api_key")["everywhere"]
    assert (before["file"], after["file"]) == ("tls/key.pem", None)
    assert before["fingerprint"] == after["fingerprint"]


def test_a_reference_is_kept_as_it_is_and_counts_as_a_secret(house: Installation) -> None:
    put(house, "api_key", reference="vault:secret/data/shop#password")
    made = house.post(DEPLOYMENTS, {"environment": "development", "configuration": {"region": "eu"}})

    assert made["configuration"]["api_key"] == {"value": None, "is_secret": True}
    assert row(house, "api_key")["cells"][0]["deployed"]["reference"] == "vault:secret/data/shop#password"


def test_what_the_code_does_not_declare_any_more_is_shown_and_can_be_removed(house: Installation) -> None:
    put(house, "tries", value=5)
    house.save(
        {"main.py": SECRETIVE.replace('    tries: int = setting("How often", default=3, minimum=1, maximum=9)\n', "")}
    )
    house.build()

    assert row(house, "tries")["setting"] is None
    unset(house, "tries")
    assert "tries" not in [each["name"] for each in house.get(CONFIGURATION)["rows"]]


def test_it_is_audited_what_was_set_and_which_secrets_a_deployment_has(house: Installation) -> None:
    put(house, "api_key", "development", value=KEY)
    put(house, "region", value="eu")
    deployed(house, "development")
    unset(house, "region")

    assert [facts["name"] for facts in audited(house, "secret.set")] == ["api_key"]
    assert [facts["environment"] for facts in audited(house, "configuration.set")] == ["all"]
    assert audited(house, "secret.used") == [{"environment": "development", "number": 1, "names": "api_key"}]
    assert [facts["name"] for facts in audited(house, "configuration.unset")] == ["region"]
    assert KEY not in str(audited(house, "secret.set"))
