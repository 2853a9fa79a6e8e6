"""A person at a real browser: signed in, looking, clicking, and noticing whatever goes wrong on the page."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    Request,
    Response,
    expect,
)
from tests.support.server import Server

from clockhouse.client import Client

ROOT = Path(__file__).resolve().parents[2]
BUILT_CONSOLE = ROOT / "src/clockhouse/console/index.html"
ARTIFACTS = ROOT / "artifacts/stories"
DEADLINE_MS = 15_000
_LATE_MS, _LOOK_MS = 3_000, 10
WIDE, NARROW = (1440, 900), (390, 844)

_AXE = ROOT / "console/node_modules/axe-core/axe.min.js"
_EXECUTABLES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
_SEEN_BY_AXE = """() => axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations
  .filter(each => each.impact === 'serious' || each.impact === 'critical')
  .map(each => each.id + ': ' + each.help + '\\n' + each.nodes.slice(0, 4)
    .map(node => '    ' + node.html.slice(0, 200) + '\\n      ' + node.failureSummary.replace(/\\s+/g, ' '))
    .join('\\n')))"""

Scheme = Literal["light", "dark"]


def launch(playwright: Playwright) -> Browser:
    """Starts the system's Chromium, without a window. Raises FileNotFoundError when there is none."""
    found = next(filter(None, map(shutil.which, _EXECUTABLES)), None)
    if found is None:
        raise FileNotFoundError("The stories need Chromium: install it, or let `make test` do so.")
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox refuses to run as root
    return playwright.chromium.launch(executable_path=found, args=[*as_root, *_FLAGS])


class _Refusal:
    """Requests that may be answered with a status, and the errors that the browser, later, calls those."""

    def __init__(self, status: int, path: str) -> None:
        self._status, self._path = status, path
        self._pattern = re.compile(rf"status of {status} .*{re.escape(path)}")
        self._asked, self._refused, self._said = set[Request](), 0, 0

    @property
    def is_over(self) -> bool:
        """Whether all that was asked has its answer, and the browser has told of each refusal."""
        return not self._asked and self._said >= self._refused

    def on_request(self, request: Request) -> None:
        if self._path in request.url:
            self._asked.add(request)

    def on_response(self, response: Response) -> None:
        self._refused += response.status == self._status and self._path in response.url
        self._asked.discard(response.request)

    def on_failure(self, request: Request) -> None:
        self._asked.discard(request)

    def explains(self, said: str) -> bool:
        is_it = self._pattern.search(said) is not None
        self._said += is_it
        return is_it


class Person:
    """Somebody with a browser window of their own. What is wrong on a page is kept until `wrong` is asked."""

    def __init__(
        self,
        browser: Browser,
        server: Server,
        story: str,
        *,
        scheme: Scheme = "light",
        size: tuple[int, int] = WIDE,
        zone: str = "Europe/Berlin",
        is_asked_for_a_password: bool = False,
    ) -> None:
        width, height = size
        self.server, self.story = server, story
        self.context: BrowserContext = browser.new_context(
            base_url=server.base_url,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            timezone_id=zone,
            locale="en-GB",
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
        )
        self.context.set_default_timeout(DEADLINE_MS)
        if not is_asked_for_a_password:
            self.context.add_init_script("localStorage.setItem('clockhouse.password-later', '1')")
        self.page: Page = self.context.new_page()
        self.said: list[str] = []
        self._wrong: list[str] = []
        self._expected: list[_Refusal] = []
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self._wrong.append(f"page error: {error}"))

    def close(self) -> None:
        self.context.close()

    # Getting about

    def sign_in(self) -> None:
        """With a fresh one-time address, as `clockhouse sign-in` prints it."""
        self.page.goto(self._fresh_address())
        expect(self.heading("Projects")).to_be_visible()

    def sign_in_by_hand(self) -> None:
        """Pastes a fresh address into the sign-in page."""
        self.field("Or paste the address here").fill(self._fresh_address())
        self.button("Use it").click()

    def open(self, path: str, heading: str | re.Pattern[str]) -> None:
        """Goes to an address of the console and waits until its page is there."""
        self.page.goto(path)
        expect(self.heading(heading)).to_be_visible()

    def go(self, place: str) -> None:
        """Follows the rail of a component to one of its places."""
        self.page.get_by_role("navigation", name="Component").get_by_role("link", name=place, exact=True).click()
        expect(self.heading(place)).to_be_visible()

    # Looking

    def heading(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("heading", level=1, name=name)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)

    def field(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_label(name)

    def text(self, words: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_text(words)

    def look(self, step: str, *, whole: bool = False) -> None:
        """Keeps a picture of the page once it is loaded; notes serious barriers and sideways scrolling."""
        expect(self.page.get_by_role("status", name="Loading")).to_have_count(0)
        self.keep(step, whole=whole)
        self._wrong += [f"at “{step}”: {barrier}" for barrier in self._barriers()]
        beyond = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if beyond > 0:
            self._wrong.append(f"at “{step}”: the page scrolls sideways by {beyond} px")

    def keep(self, step: str, *, whole: bool = False) -> None:
        """Keeps a picture of the page, numbered in the order of the story."""
        folder = ARTIFACTS / self.story
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.glob("*.png"))) + 1
        self.page.screenshot(path=folder / f"{number:02}-{step}.png", full_page=whole)

    # What goes wrong

    @contextmanager
    def refused(self, status: int, path: str) -> Iterator[None]:
        """Within, the server may refuse requests to addresses with `path` in them: the browser calls that an error."""
        refusal = _Refusal(status, path)
        self._expected.append(refusal)
        listeners = {
            "request": refusal.on_request,
            "response": refusal.on_response,
            "requestfailed": refusal.on_failure,
        }
        for event, listener in listeners.items():
            self.page.on(event, listener)
        yield
        for _ in range(_LATE_MS // _LOOK_MS):  # what never comes, such as the error of a page that is left, is no fault
            if refusal.is_over:
                break
            self.page.wait_for_timeout(_LOOK_MS)
        for event, listener in listeners.items():
            self.page.remove_listener(event, listener)
        self._expected.remove(refusal)

    def wrong(self) -> list[str]:
        """What went wrong on this person's pages."""
        return list(self._wrong)

    def _fresh_address(self) -> str:
        token = (self.server.data / "token").read_text("utf-8").strip()
        with Client(self.server.base_url, token) as client:
            return str(client.post("/session/link")["url"])

    def _on_console(self, message: ConsoleMessage) -> None:
        said = f"{message.type}: {message.text} {message.location.get('url', '')}"
        self.said.append(said)
        if message.type == "error" and not any(refusal.explains(said) for refusal in self._expected):
            self._wrong.append(f"console {said}")

    def _barriers(self) -> list[str]:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(_axe())
        return list(self.page.evaluate(_SEEN_BY_AXE))


class Stories:
    """The people of one story; at its end, nothing may have gone wrong on anybody's page."""

    def __init__(self, browser: Browser, story: str) -> None:
        self._browser, self._story, self._people = browser, story, list[Person]()
        shutil.rmtree(ARTIFACTS / story, ignore_errors=True)

    def person(self, server: Server, **options: Any) -> Person:
        """Somebody who is not signed in yet."""
        person = Person(self._browser, server, self._story, **options)
        self._people.append(person)
        return person

    def wrong(self) -> list[str]:
        return [each for person in self._people for each in person.wrong()]

    def keep_evidence(self) -> None:
        """Of a story that failed: what everybody sees now, and what their pages said."""
        for number, person in enumerate(self._people, 1):
            person.keep(f"failed-person-{number}")
            said = ARTIFACTS / self._story / f"failed-person-{number}.json"
            said.write_text(json.dumps({"url": person.page.url, "said": person.said}, indent=1), "utf-8")

    def close(self) -> None:
        for person in self._people:
            person.close()


@cache
def _axe() -> str:
    return _AXE.read_text("utf-8")
