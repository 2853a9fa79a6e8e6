"""A task's configuration while it runs: a class whose fields are its settings."""

from __future__ import annotations

import sys
from types import GenericAlias, UnionType

from clockhouse.kit import values
from clockhouse.kit.secret import Secret

TYPE_CHECKING = False  # importing `typing` costs milliseconds in every cold start
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, ClassVar, TypeVar, dataclass_transform, overload

    T = TypeVar("T")
else:

    def overload(function):
        return function

    def dataclass_transform(**_):
        return lambda cls: cls


class Field:
    """What one `setting(...)` says; its name and type come from the class that holds it."""

    __slots__ = (
        "choices",
        "default",
        "description",
        "example",
        "item_type",
        "maximum",
        "minimum",
        "name",
        "pattern",
        "required",
        "type",
    )

    def __init__(
        self,
        description: str,
        default: Any,
        example: Any,
        minimum: float | None,
        maximum: float | None,
        choices: Sequence[Any] | None,
        pattern: str | None,
    ) -> None:
        self.name = ""
        self.type = "text"
        self.item_type: str | None = None
        self.required = default is ...
        self.default = None if default is ... else default
        self.description = description
        self.example = example
        self.minimum = minimum
        self.maximum = maximum
        self.choices: Any = tuple(choices) if isinstance(choices, list) else choices
        self.pattern = pattern


@overload
def setting(
    description: str,
    *,
    default: T,
    example: Any = None,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Sequence[Any] | None = None,
    pattern: str | None = None,
) -> T: ...
@overload
def setting(  # noqa: F811  # `overload` is only known to be one while types are checked
    description: str,
    *,
    example: Any = None,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Sequence[Any] | None = None,
    pattern: str | None = None,
) -> Any: ...
def setting(  # noqa: F811
    description: str,
    *,
    default: Any = ...,
    example: Any = None,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Sequence[Any] | None = None,
    pattern: str | None = None,
) -> Any:
    """Declares a setting of a TaskConfig, as in `url: str = setting("Address to check", example="https://...")`.

    Without a `default` a value must be given. `minimum` and `maximum` are for numbers, `pattern` (a regular expression
    for the whole text) for text, `choices` for all but flags and secrets. Clockhouse reads all of it without running
    the code, so write the values out.
    """
    return Field(description, default, example, minimum, maximum, choices, pattern)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(setting,))
class TaskConfig:
    """The base of a task's configuration; `Config(url="...")` makes one by hand, for a test.

    Settings are given by name. A missing or unknown one, or one of another type, is a TypeError; a value that its
    declaration does not allow is a ValueError. What is made does not change.
    """

    __settings__: ClassVar[dict[str, Field]] = {}

    def __init_subclass__(cls, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        own = {name: _field(cls, name, kind) for name, kind in _annotations(cls).items() if not _is_class_var(kind)}
        cls.__settings__ = {**cls.__settings__, **own}
        for name, value in list(vars(cls).items()):
            if isinstance(value, Field) and name not in own:
                raise TypeError(f'{name}: a setting needs its type, as in {name}: str = setting("...").')
            if name in own:
                delattr(cls, name)

    def __init__(self, **given: Any) -> None:
        settings = type(self).__settings__
        unknown = [name for name in given if name not in settings]
        missing = [name for name, field in settings.items() if field.required and name not in given]
        if unknown or missing:
            wrong = [f"no value for {name}" for name in missing] + [f"no setting {name}" for name in unknown]
            raise TypeError(f"{type(self).__name__}: {', '.join(wrong)}.")
        for name, field in settings.items():
            self.__dict__[name] = _admitted(field, given[name]) if name in given else _fresh(field.default)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} does not change; make a new one with another {name}.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} does not change.")

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(other) is type(self) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it may hold lists

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"


def _annotations(cls: type[TaskConfig]) -> dict[str, Any]:
    from_module = vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules else {}
    return {name: _resolved(kind, from_module) for name, kind in cls.__annotations__.items()}


def _resolved(kind: Any, names: dict[str, Any]) -> Any:
    try:
        while isinstance(kind, str):
            kind = eval(kind, dict(names))  # noqa: S307  # the task's own words
    except (NameError, SyntaxError):
        pass  # then it is no type of setting, which is said with its name
    return kind


def _is_class_var(kind: Any) -> bool:
    typing = sys.modules.get("typing")
    return typing is not None and (kind is typing.ClassVar or getattr(kind, "__origin__", None) is typing.ClassVar)


def _field(cls: type[TaskConfig], name: str, kind: Any) -> Field:
    given = cls.__dict__.get(name, ...)
    field = given if isinstance(given, Field) else Field("", given, None, None, None, None, None)
    shape = _shape(kind)
    if shape is None:
        raise TypeError(f"{name}: {kind!r} is not a type of setting.")
    field.name = name
    field.type, field.item_type, choices, optional = shape
    if field.type == "choice":
        if field.choices is not None:
            raise TypeError(f"{name} has its choices in Literal[...] already.")
        field.choices = choices
    if optional:
        if field.default is not None:
            raise TypeError(f"{name} may be None and so has None as its default.")
        field.required = False
    wrong = values.fault(field)
    if wrong is not None:
        raise TypeError(f"{name} {wrong}.")
    if field.type == "number" and field.default is not None:
        field.default = float(field.default)
    return field


_SIMPLE = {str: "text", int: "integer", float: "number", bool: "flag", Secret: "secret"}


def _shape(kind: Any) -> tuple[str, str | None, tuple[Any, ...] | None, bool] | None:
    """type, type of the items, choices, whether None is allowed; None when this is no type of setting."""
    if type(kind) is GenericAlias:
        return _list_shape(kind.__origin__, kind.__args__)
    if isinstance(kind, type):
        return (_SIMPLE[kind], None, None, False) if kind in _SIMPLE else None
    if isinstance(kind, UnionType):
        return _optional_shape(kind.__args__)
    typing = sys.modules.get("typing")
    if typing is None:
        return None
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Union:
        return _optional_shape(arguments)
    if origin is typing.Literal:
        return ("choice", None, arguments, False)
    return _list_shape(origin, arguments)


def _list_shape(origin: Any, arguments: tuple[Any, ...]) -> tuple[str, str | None, None, bool] | None:
    item = _SIMPLE.get(arguments[0]) if origin is list and len(arguments) == 1 else None
    return None if item is None or item == "secret" else ("list", item, None, False)


def _optional_shape(arguments: tuple[Any, ...]) -> tuple[str, str | None, tuple[Any, ...] | None, bool] | None:
    rest = [one for one in arguments if one is not type(None)]
    shape = _shape(rest[0]) if len(arguments) == 2 and len(rest) == 1 else None
    return None if shape is None else (*shape[:3], True)


def _admitted(field: Field, value: Any) -> Any:
    try:
        values.admit(field, value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{field.name} {error}.") from None
    return float(value) if field.type == "number" and value is not None else value


def _fresh(default: Any) -> Any:
    return list(default) if isinstance(default, list) else default
