"""The editor: how long it takes, in Chromium, from a key that is pressed in the code to its step drawn again."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright
from tests.stories import prepared
from tests.support.browser import Person, launch
from tests.support.server import running

from benchmarks import flows, platform
from benchmarks.effort import Effort
from benchmarks.figure import Figure, quantile
from clockhouse.client import Client

_TARGETS = {500: 250, 5000: 1000}
_KEYS_EACH = 0.4  # of the requests that other parts make
_REST_MS = 300  # between two keys
_MAIN = "\n\ndef main(config: Config) -> None:\n    mark = 1\n"
_BODY = """\
    for item_{number} in range({number}):
        if item_{number} > 3:
            print("many", item_{number})
        else:
            value_{number} = item_{number} + 1
"""
# The time of each key until its step has new words and the next frame is painted.
_WATCH = """() => {
  const words = () => document.querySelector('[data-step][aria-current]')?.textContent;
  let [pressed, last] = [0, words()];
  window.took = [];
  addEventListener('keydown', () => { pressed = performance.now(); }, true);
  new MutationObserver(() => {
    const now = words();
    if (now === last || !pressed) return;
    const since = pressed;
    [last, pressed] = [now, 0];
    requestAnimationFrame(() => setTimeout(() => took.push(performance.now() - since)));
  }).observe(document.querySelector('.react-flow'), { subtree: true, childList: true, characterData: true });
}"""
# The least that would do: a request that says nothing, and a frame.
_FLOOR = """async () => {
  const began = performance.now();
  await (await fetch('/api/v1/environments')).text();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - began;
}"""


def keystrokes(effort: Effort) -> list[Figure]:
    """From a key in the code to its step drawn again, 500 and 5,000 lines; floor: an empty request and a frame."""
    keys = max(5, int(effort.requests * _KEYS_EACH / effort.runs))
    texts = {
        "500 lines": (500, _source(500)),
        "500 lines in one function": (500, _one_function(500)),
        "5,000 lines": (5000, _source(5000)),
    }
    figures = []
    with _editor() as (person, client):
        for number, (name, (lines, text)) in enumerate(texts.items()):
            path = prepared.saved(client, f"speed{number}", "flow", {"main.py": text})
            runs = [_run(person, path, keys) for _ in range(effort.runs)]
            floors = [quantile(floor, 0.5) for _, floor in runs]
            for words, share in (("p50", 0.5), ("p95", 0.95)):
                took = [quantile(each, share) for each, _ in runs]
                target = _TARGETS[lines] if share == 0.95 else None
                figures.append(Figure(f"key to flow, {name}, {words}", "ms", took, target, floors))
    return figures


@contextmanager
def _editor() -> Iterator[tuple[Person, Client]]:
    with (
        tempfile.TemporaryDirectory(prefix="clockhouse-bench-") as folder,
        platform.compiled(),
        running(Path(folder) / "data") as server,
        Client(server.base_url, (server.data / "token").read_text("utf-8").strip()) as client,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        person = Person(browser, server, "keystrokes")
        person.sign_in()
        yield person, client
        person.close()
        browser.close()


def _run(person: Person, path: str, keys: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each key, and of what stands beside it as the floor."""
    page = person.page
    person.open(f"{path}/develop", "Develop")
    chart = page.get_by_role("group", name="Flow of main")
    expect(chart.get_by_role("button", name=re.compile("^Variable mark = 1")).first).to_be_visible()
    page.get_by_role("textbox", name=re.compile("main.py")).get_by_text("mark").first.click()
    page.keyboard.press("End")
    expect(chart.locator("[aria-current]")).to_contain_text("mark = 1")
    page.evaluate(_WATCH)
    floors = []
    for number in range(keys + 1):
        page.keyboard.press(str(number % 10))
        _redrawn(page, number + 1)
        floors.append(float(page.evaluate(_FLOOR)))
        page.wait_for_timeout(_REST_MS)
    # The first also makes the file one that has changed.
    return [float(each) for each in page.evaluate("took")][1:], floors[1:]


def _redrawn(page: Page, times: int) -> None:
    page.wait_for_function("(times) => took.length >= times", arg=times)


def _source(lines: int) -> str:
    """Many functions, `main` first."""
    text = flows.source(lines)
    return text.replace(flows.HEAD, flows.HEAD + _MAIN, 1)


def _one_function(lines: int) -> str:
    count = (lines - len((flows.HEAD + _MAIN).splitlines())) // len(_BODY.splitlines())
    return flows.HEAD + _MAIN + "".join(_BODY.format(number=number) for number in range(count))
