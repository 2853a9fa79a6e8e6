"""Templates: each declares what the platform can read, and runs as it is."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from clockhouse import templates
from clockhouse.errors import NotFound
from clockhouse.kit.declared import Entry, read


@pytest.mark.parametrize("template", templates.every(), ids=lambda template: template.key)
def test_a_template_declares_what_the_platform_can_read(template: templates.Template) -> None:
    declared = read(template.files["main.py"])

    assert declared.problems == ()
    assert declared.entry == Entry("main.py", None)
    assert all(setting.description for setting in declared.settings)


@pytest.mark.parametrize("key", ["nope", "health_check", "", "../blank"])
def test_a_template_that_there_is_not_is_told_with_those_there_are(key: str) -> None:
    with pytest.raises(NotFound, match="There are: health-check, blank"):
        templates.get(key)


def run(key: str, folder: Path, **values: str) -> subprocess.CompletedProcess[str]:
    for name, text in templates.get(key).files.items():
        (folder / name).write_text(text)
    variables = {f"TASK_{name.upper()}": value for name, value in values.items()}
    return subprocess.run(
        [sys.executable, "main.py"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_smallest_task_says_hello(tmp_path: Path) -> None:
    done = run("blank", tmp_path, name="Ada")

    assert done.returncode == 0
    assert "Hello, Ada" in done.stdout + done.stderr


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503 if self.path == "/ill" else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def application() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Health) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "values", "code", "said"),
    [
        ("/well", {}, 0, "Healthy: "),
        ("/ill", {}, 1, "Unhealthy: "),
        ("/ill", {"expected_status": "503"}, 0, "Healthy: "),
    ],
)
def test_the_health_check_tells_the_well_from_the_ill(
    application: str, tmp_path: Path, path: str, values: dict[str, str], code: int, said: str
) -> None:
    done = run("health-check", tmp_path, url=application + path, **values)

    assert done.returncode == code
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_an_application_that_is_gone_is_unhealthy(tmp_path: Path) -> None:
    done = run("health-check", tmp_path, url="http://127.0.0.1:9", timeout_seconds="1")

    assert done.returncode == 1
    assert "Unhealthy: no answer from http://127.0.0.1:9" in done.stdout + done.stderr
