"""The API's routes: declared at a start, and made when first asked for, since all of them take half a second."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from clockhouse.api.bodies import ErrorBody

_RESPONSES: dict[int | str, dict[str, Any]] = {"default": {"model": ErrorBody, "description": "What went wrong"}}


def router(prefix: str = "", **options: Any) -> APIRouter:
    """What a part of the API declares its routes with; they are below `/api/v1`."""
    return APIRouter(
        prefix=f"/api/v1{prefix}",
        route_class=_LateRoute,
        responses=_RESPONSES,
        generate_unique_id_function=_name,
        **options,
    )


class _LateRoute(APIRoute):
    """One that looks at its function, and at what that takes and answers, when somebody first asks for it."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self._make = partial(super().__init__, path, endpoint, **options)
        self._steps = path.split("/")
        self._is_open = path.endswith(":path}")

    def __getattr__(self, name: str) -> Any:
        make = self.__dict__.pop("_make", None)
        if make is None:
            raise AttributeError(name)
        make()
        return getattr(self, name)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches(scope) if self._may_match(scope["path"]) else (Match.NONE, {})

    def _may_match(self, path: str) -> bool:
        """False only where it does not; the other way round it takes a look."""
        steps = path.split("/")
        if len(steps) != len(self._steps) and not (self._is_open and len(steps) > len(self._steps)):
            return False
        return all(own == asked or "{" in own for own, asked in zip(self._steps, steps, strict=False))


def _name(route: APIRoute) -> str:
    return route.name
