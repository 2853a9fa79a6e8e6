"""What is served beside the API: the console's files, and errors at addresses that are nobody's."""

from pathlib import Path

import pytest
from tests.support.api import V1, Installation

from clockhouse.api import console


@pytest.fixture
def house(house: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """A console of four files, beside a file that is none of its."""
    folder = tmp_path / "console"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Clockhouse</title>")
    (folder / "api-docs.html").write_text("<!doctype html><title>Clockhouse API</title>")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "assets" / "index-abc.js").write_text("export {}")
    (tmp_path / "outside.txt").write_text("outside")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    monkeypatch.setattr(console, "FOLDER", folder)
    return house


@pytest.mark.parametrize("path", ["/", "/projects/shop/components/health-check/deploy", "/sign-in", "/apiary", "//"])
def test_every_page_begins_with_the_consoles_first_file(house: Installation, path: str) -> None:
    answer = house.anonymous().get(path)

    assert answer.status_code == 200
    assert "<title>Clockhouse</title>" in answer.text
    assert answer.headers["Cache-Control"] == "no-cache"


def test_pages_run_only_our_own_scripts_and_are_never_framed(house: Installation) -> None:
    headers = house.anonymous().get("/").headers

    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert "script-src" not in policy
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_description_of_the_api_is_a_page_of_our_own(house: Installation) -> None:
    answer = house.anonymous().get("/api/docs")

    assert "<title>Clockhouse API</title>" in answer.text
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_files_whose_names_tell_their_content_are_kept_by_browsers(house: Installation) -> None:
    answer = house.anonymous().get("/assets/index-abc.js")

    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert house.anonymous().get("/icon.svg").headers["Cache-Control"] == "no-cache"


def test_a_missing_asset_is_no_page(house: Installation) -> None:
    answer = house.anonymous().get("/assets/index-old.js")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/../outside.txt",
            "/..%2foutside.txt",
            "/%2e%2e/outside.txt",
            "/assets/../../outside.txt",
            "/....//outside.txt",
        ),
        *(
            "/link.txt",
            "/%00",
            "/index.html%00.js",
            "//etc/passwd",
            "/%2fetc%2fpasswd",
            "/..\\outside.txt",
            "/" + "x" * 5000,
        ),
    ],
)
def test_no_path_leads_out_of_the_console(house: Installation, path: str) -> None:
    answer = house.anonymous().get("http://clockhouse.test" + path)

    assert answer.status_code == 200
    assert "<title>Clockhouse</title>" in answer.text


def test_monitors_may_ask_for_the_headers_only(house: Installation) -> None:
    for path in ("/", "/healthz"):
        answer = house.anonymous().head(path)
        assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", f"{V1}/nope", f"{V1}/projects/", "/api/v2/projects"])
def test_an_address_of_no_operation_is_not_found_in_our_shape(house: Installation, path: str) -> None:
    error = house.refused(404, "GET", path)

    assert error["code"] == "not_found"
    assert "/api/docs" in error["message"]


@pytest.mark.parametrize(("method", "path"), [("POST", f"{V1}/nope"), ("PATCH", f"{V1}/projects"), ("DELETE", "/")])
def test_a_verb_that_is_not_possible_is_told(house: Installation, method: str, path: str) -> None:
    assert f"no {method} at {path}." in house.refused(405, method, path)["message"]


def test_without_a_built_console_it_says_how_to_get_one(
    house: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "FOLDER", tmp_path / "nowhere")

    answer = house.anonymous().get("/")

    assert answer.status_code == 503
    assert "make run" in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
