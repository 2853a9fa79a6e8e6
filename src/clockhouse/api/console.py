"""The web console: its files, and its first page at every address that is not a file's or the API's."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.exceptions import HTTPException

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent.parent / "console"
_FOREVER = "public, max-age=31536000, immutable"  # the names of built files change with their content
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_MISSING = """<!doctype html><title>Clockhouse</title><p>The web console has not been built.
Start with <code>make run</code>, which builds it; the API's description is at
<a href="/api/openapi.json">/api/openapi.json</a>."""


@router.get("/api/docs")
def describe() -> Response:
    """The API's description, to read and to try."""
    return _page("api-docs.html")


@router.api_route("/{path:path}", methods=["GET", "HEAD"])
def console(request: Request, path: str) -> Response:
    if path == "api" or path.startswith("api/"):
        raise HTTPException(404, f"There is nothing at {request.url.path}. The API is described at /api/docs.")
    file = _file(path)
    if file is not None:
        kept = _FOREVER if path.startswith("assets/") else "no-cache"
        return FileResponse(file, headers={"Content-Security-Policy": _POLICY, "Cache-Control": kept})
    if path.startswith("assets/"):
        raise HTTPException(404, "There is no such file.")
    return _page("index.html")


def _page(name: str) -> Response:
    page = _file(name)
    if page is None:
        return HTMLResponse(_MISSING, status_code=503)
    return FileResponse(page, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"})


def _file(path: str) -> Path | None:
    """The console's file at this path; None when there is none, and for a path that leads out of the console."""
    root = FOLDER.resolve()
    try:
        file = (root / path).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None
    except (OSError, ValueError):  # too long, or with a NUL
        return None
