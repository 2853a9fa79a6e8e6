"""What every story needs: the built console, a browser, a server and people."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from tests.support import browser as browsers
from tests.support import server as servers
from tests.support.application import Application
from tests.support.browser import Person, Stories
from tests.support.server import Server

from clockhouse.client import Client

_FAILED = pytest.StashKey[bool]()

NewPerson = Callable[..., Person]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert browsers.BUILT_CONSOLE.exists(), "The console is not built: `make test` builds it."
    expect.set_options(timeout=browsers.DEADLINE_MS)
    with sync_playwright() as playwright:
        launched = browsers.launch(playwright)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for the stories of a module, without the example."""
    with servers.running(tmp_path_factory.mktemp("server") / "data") as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """The API of the module's server, to prepare what a story does not tell and to check the ledger."""
    with connected(server) as connection:
        yield connection


def connected(server: Server) -> Client:
    return Client(server.base_url, (server.data / "token").read_text("utf-8").strip())


@pytest.fixture
def person(request: pytest.FixtureRequest, browser: Browser) -> Iterator[NewPerson]:
    """Brings people into the story; nothing may go wrong on their pages."""
    stories = Stories(browser, request.node.name.removeprefix("test_"))
    yield stories.person
    failed = request.node.stash.get(_FAILED, False)
    wrong = stories.wrong()
    if failed or wrong:
        stories.keep_evidence()
    stories.close()
    assert failed or not wrong, "\n".join(wrong)
    if failed and wrong:
        print("\n".join(wrong))  # noqa: T201  beside the failure itself


@pytest.fixture
def application() -> Iterator[Application]:
    with Application() as running:
        yield running
