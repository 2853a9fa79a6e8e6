"""The main job, as somebody does it who has just started Clockhouse: create, build, deploy, watch, promote."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect
from tests.stories.conftest import NewPerson
from tests.support.application import Application
from tests.support.browser import Person
from tests.support.server import Server

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COMPONENT = "/projects/shop/components/status"


def test_the_whole_way_from_an_idea_to_production(
    server: Server, client: Client, person: NewPerson, application: Application
) -> None:
    ann = person(server)
    ann.sign_in()
    create(ann)
    develop(ann)
    build(ann)
    deploy(ann, application)
    watch(ann)
    pause_and_resume(ann)
    promote(ann)
    observe(ann)
    assert_delivered(client)
    remove(ann)


def create(ann: Person) -> None:
    ann.look("no-project-yet")
    ann.button("New project").first.click()
    dialog = ann.page.get_by_role("dialog", name="New project")
    dialog.get_by_role("textbox", name="Name").fill("Shop")
    ann.look("new-project")
    dialog.get_by_role("button", name="Create the project").click()
    expect(ann.heading("Shop")).to_be_visible()
    ann.link("New component").first.click()
    expect(ann.heading("New component")).to_be_visible()
    ann.text("Application health check").first.click()
    ann.page.get_by_role("textbox", name="Name").fill("Status")
    ann.look("new-component")
    ann.button("Create and open the code").click()
    expect(ann.heading("Develop")).to_be_visible()


def develop(ann: Person) -> None:
    editor = ann.page.get_by_role("textbox", name=re.compile("main.py"))
    expect(editor).to_contain_text("class Config(TaskConfig)")
    editor.get_by_text("began = time.monotonic()").click()
    ann.page.keyboard.press("End")
    ann.page.keyboard.press("Enter")
    ann.page.keyboard.type('log.info("Asking %s", config.url)')
    ann.look("edited")
    ann.page.keyboard.press("Control+s")
    dialog = ann.page.get_by_role("dialog", name="Save as a commit")
    dialog.get_by_role("textbox", name="Message").fill("Say what is asked")
    ann.look("save")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(ann.page.get_by_role("complementary").or_(ann.page.get_by_role("main")).first).to_contain_text(
        "Say what is asked"
    )


def build(ann: Person) -> None:
    ann.button("Build this commit").click()
    expect(ann.heading("Build 1")).to_be_visible()
    expect(ann.page.get_by_role("list", name="Steps")).to_contain_text("Seal")
    expect(ann.text("Succeeded").first).to_be_visible()
    expect(ann.text("configuration url: text")).to_be_visible()
    ann.look("built")


def deploy(ann: Person, application: Application) -> None:
    ann.go("Deploy")
    ann.look("nothing-deployed")
    ann.link("Deploy to Development").click()
    drawer = ann.page.get_by_role("dialog")
    deploying = drawer.get_by_role("button", name="Deploy to Development")
    with ann.refused(422, "/api/v1/"):
        drawer.get_by_label("Every", exact=True).fill("0")
        expect(drawer.get_by_text("Write a number above zero.")).to_be_visible()
        deploying.click()
        expect(drawer.get_by_text(re.compile("An interval of 0 s is too short"))).to_be_visible()
        choose(drawer, "Calendar")
        drawer.get_by_role("textbox", name="Cron expression").fill("61 * * * *")
        expect(drawer.get_by_text("The next due times stand here once this is right.")).to_be_visible()
        ann.look("refused-schedule")
        choose(drawer, "Interval")
        drawer.get_by_label("Every", exact=True).fill("2")
        drawer.get_by_label("Every: unit").click()
        ann.page.get_by_role("option", name="seconds", exact=True).click()
        expect(drawer.get_by_text("Every 2 seconds")).to_be_visible()
        deploying.click()
        expect(drawer.get_by_text("This has no default: give a value.")).to_be_visible()
        ann.look("refused-configuration")
    expect(drawer.get_by_role("list", name=re.compile("Next due times")).get_by_role("listitem")).to_have_count(5)
    drawer.get_by_role("textbox", name="url").fill(application.url)
    ann.look("deploy")
    deploying.click()
    expect(drawer).to_be_hidden()
    card = ann.page.get_by_role("article", name="Development")
    expect(card).to_contain_text("Every 2 seconds")
    expect(card).to_contain_text("Succeeded")
    ann.look("deployed")


def watch(ann: Person) -> None:
    ann.go("Executions")
    ann.page.get_by_role("link", name=re.compile("Succeeded")).first.click()
    log = ann.page.get_by_role("region", name="Log lines")
    expect(log).to_contain_text("Asking http://127.0.0.1")
    expect(log).to_contain_text("Healthy: http://127.0.0.1")
    ann.look("execution")


def pause_and_resume(ann: Person) -> None:
    ann.go("Deploy")
    card = ann.page.get_by_role("article", name="Development")
    card.get_by_role("button", name="Pause", exact=True).click()
    dialog = ann.page.get_by_role("dialog", name="Pause Development")
    dialog.get_by_role("textbox", name="Note").fill("The shop moves house")
    dialog.get_by_role("button", name="Pause", exact=True).click()
    expect(card).to_contain_text("The shop moves house")
    ann.look("paused")
    card.get_by_role("button", name="Run now").click()
    expect(card.get_by_role("link", name="Watch the execution")).to_be_visible()
    ann.open(f"{COMPONENT}/executions?state=skipped", "Executions")
    expect(ann.text("admin had paused the deployment: The shop moves house").first).to_be_visible()
    ann.look("skipped")
    ann.go("Deploy")
    card.get_by_role("button", name="Resume").click()
    expect(card.get_by_role("button", name="Pause", exact=True)).to_be_visible()


def promote(ann: Person) -> None:
    ann.link("Promote").click()
    expect(ann.page.get_by_role("heading", name="Promote to Production")).to_be_visible()
    expect(ann.page.get_by_role("region", name="Evidence")).to_contain_text("in Development")
    form = ann.page.locator("form")
    choose(form, "Calendar")
    form.get_by_role("textbox", name="Cron expression").fill("*/3 * * * * *")
    then = form.get_by_role("region", name="Schedule: Production then")
    expect(then).to_contain_text("Every 3 seconds (")
    expect(then.get_by_role("button", name=re.compile("28,800 due")).first).to_be_visible()
    ann.look("promote", whole=True)
    form.get_by_role("button", name="Promote to Production").click()
    production = ann.page.get_by_role("article", name="Production")
    expect(production).to_contain_text("Every 3 seconds")
    expect(production).to_contain_text("Succeeded")
    expect(production).to_contain_text("Say what is asked")
    ann.look("promoted", whole=True)


def observe(ann: Person) -> None:
    ann.open(f"{COMPONENT}/overview", "Status")
    expect(ann.text(re.compile(r"Next in .* delivered"))).to_be_visible()
    ann.look("overview")
    ann.open(f"{COMPONENT}/executions?environment=production&state=succeeded", "Executions")
    expect(ann.page.get_by_role("link", name=re.compile("Succeeded")).first).to_be_visible()
    ann.look("filtered")
    ann.go("Observe")
    expect(ann.text(re.compile("promised executions were delivered"))).to_be_visible()
    expect(ann.page.get_by_role("img", name=re.compile("over time|by time", re.IGNORECASE))).to_be_visible()
    ann.look("chart")
    ann.page.get_by_role("radio", name="Table").locator("..").click()
    expect(ann.page.get_by_role("region", name="Outcomes by time")).to_be_visible()
    ann.look("chart-as-a-table")


def assert_delivered(client: Client) -> None:
    """What was promised in either environment was delivered, but for what the pause skipped."""
    for environment in ("development", "production"):
        found = client.get("/metrics/delivery", project="shop", component="status", environment=environment)
        skipped = found["counts"].get("skipped", 0)
        running = found["counts"].get("queued", 0) + found["counts"].get("started", 0)
        assert found["promised"] - skipped - running <= found["delivered"] <= found["promised"]
        assert set(found["counts"]) <= {"succeeded", "skipped", "queued", "started"}


def remove(ann: Person) -> None:
    ann.go("Settings")
    ann.look("settings")
    ann.button("Delete the component…").click()
    dialog = ann.page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("status")
    with ann.refused(404, COMPONENT):  # the page may ask once more for what is just gone
        dialog.get_by_role("button", name="Delete the component").click()
        expect(ann.heading("Shop")).to_be_visible()
        expect(ann.text("No component yet")).to_be_visible()


def choose(within: Locator, kind: str) -> None:
    """Picks a kind of schedule."""
    within.get_by_role("radio", name=kind).locator("..").click()
