"""Somebody sets values for all environments and for one, and deploys again what has changed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson
from tests.support.browser import NARROW
from tests.support.server import Server

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

TASK = """
from clockhouse.kit import Secret, TaskConfig, run, setting


class Config(TaskConfig):
    region: str = setting("Where to look")
    password: Secret = setting("What opens it")


def main(config: Config) -> None:
    print(config.region, len(config.password.reveal()), config.password.reveal())


if __name__ == "__main__":
    run(main)
"""
SECRET = "s3cr3t-of-the-story"


def test_values_are_set_by_environment_and_deployed_again(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "orchard", "report", {"main.py": TASK})
    assert prepared.built(client, path)["status"] == "succeeded"
    ann = person(server)
    ann.sign_in()
    ann.open("/projects/orchard/components/report/settings", "Settings")
    ann.page.get_by_role("button", name="region for all environments").click()
    dialog = ann.page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="region").fill("eu")
    dialog.get_by_role("button", name="Set it").click()
    expect(ann.page.get_by_role("button", name="region in Production")).to_contain_text("from all")
    ann.page.get_by_role("button", name="password in Development").click()
    dialog.locator("input[name=password], input[type=password]").first.fill(SECRET)
    ann.look("setting-a-secret")
    dialog.get_by_role("button", name="Set it").click()
    expect(ann.page.get_by_role("button", name="password in Development")).to_contain_text("••••")
    expect(ann.page.get_by_role("button", name="password in Production")).to_contain_text("missing")
    assert SECRET not in ann.page.content()

    client.post(f"{path}/deployments", {"environment": "development", "configuration": {}})
    client.put(f"{path}/configuration/region", {"value": "us"})
    expect(ann.page.get_by_role("button", name="region in Development")).to_contain_text("differs")
    ann.look("differs", whole=True)
    ann.button("Redeploy Development").click()
    expect(ann.button("Redeploy Development")).to_have_count(0)
    assert client.get(f"{path}/deployments")[0]["configuration"]["region"]["value"] == "us"

    ben = person(server, scheme="dark", size=NARROW)
    ben.sign_in()
    ben.open("/projects/orchard/components/report/settings", "Settings")
    expect(ben.page.get_by_role("button", name="region in Production")).to_be_visible()
    ben.look("on-a-phone", whole=True)
