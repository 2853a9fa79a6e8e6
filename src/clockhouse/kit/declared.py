"""What a task's source declares, read without ever importing or running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

from clockhouse.kit import syntax, values

Type = Literal["text", "integer", "number", "flag", "secret", "list", "choice"]

_SIMPLE: dict[str, Type] = {"str": "text", "int": "integer", "float": "number", "bool": "flag"}
_ARGUMENTS = ("default", "example", "minimum", "maximum", "choices", "pattern")
_TAKES = "A setting is a str, int, float, bool, Secret, list of these four, Literal[...], or one of them | None."


@dataclass(frozen=True, slots=True)
class Setting:
    """One value that a task asks for. `default` is None when there is none, and when None is the default.

    `item_type` is set for a list, `choices` for a choice (and where the code narrows a text, number or list).
    """

    name: str
    type: Type
    item_type: Type | None = None
    required: bool = True
    default: Any = None
    description: str = ""
    example: Any = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Any, ...] | None = None
    pattern: str | None = None
    line: int = 0

    def to_json(self) -> dict[str, Any]:
        """Every field, as JSON has it; `from_json` reads it back."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**found, "choices": None if self.choices is None else list(self.choices)}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> Setting:
        """The setting that `to_json` wrote; fields of a newer version are left out."""
        known = {field.name: written[field.name] for field in fields(cls) if field.name in written}
        choices = known.get("choices")
        setting = cls(**{**known, "choices": None if choices is None else tuple(choices)})
        if setting.type not in get_args(Type):
            raise ValueError(f"unknown type of setting: {setting.type}")
        return setting


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a task begins: the file `path`, and the function to `call` in it, or None to run it as a script."""

    path: str
    call: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: `line` counts from 1, `excerpt` is that line with a caret below."""

    message: str
    path: str | None = None
    line: int | None = None
    excerpt: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What one source declares. `entry` is None when it can't be read; `problems` are in order of line."""

    settings: tuple[Setting, ...]
    entry: Entry | None
    problems: tuple[Problem, ...]


def read(source: str, filename: str = "main.py") -> Declared:
    """What the source of a task declares, in order of the file. Never raises for what a source may contain.

    The configuration is the class that `main` takes; without a `main` that takes one, all configuration classes.
    """
    text = source.removeprefix("\ufeff")
    lines = text.splitlines()
    try:
        module = syntax.module(text, filename)
    except SyntaxError as error:
        excerpt = _excerpt(lines, error.lineno, error.offset)
        return Declared((), None, (Problem(f"Python can't read this: {error.msg}.", filename, error.lineno, excerpt),))
    except (ValueError, RecursionError, MemoryError) as error:
        return Declared((), None, (Problem(f"Python can't read this: {error}.", filename),))
    reading = _Reading(module, filename, lines)
    settings = tuple(reading.settings())
    entry = Entry(filename, "main" if reading.calls_main() else None)
    return Declared(settings, entry, tuple(sorted(reading.problems, key=lambda problem: problem.line or 0)))


def parse(setting: Setting, value: Any) -> Any:
    """The JSON value that a form's value stands for ("5" is 5 for a whole number; None is the default).

    Raises ValueError with a sentence.
    """
    try:
        return values.parse(setting, value)
    except ValueError as error:
        raise ValueError(_sentence(str(error))) from None


def check(setting: Setting, value: Any) -> str | None:
    """Why a value from a form or a JSON body is not valid, as a sentence ("Must be ..."); None when it is."""
    try:
        parse(setting, value)
    except ValueError as error:
        return str(error)
    return None


def encode(value: Any) -> str:
    """What the setting's environment variable holds for a value that `parse` returned; see `variable`.

    A value of None needs no variable: leave it out and the task takes its default.
    """
    return values.encode(value)


CONFIG_TOML = "config-toml.json"
"""A file of an artifact whose program reads a Config.toml: where in that the value of each setting belongs."""


def variable(setting: Setting) -> str:
    """The name of the setting's environment variable: TASK_URL for url."""
    return values.variable(setting.name)


class _Reading:
    """One pass over a module; `problems` grow as it is read."""

    def __init__(self, module: ast.Module, filename: str, lines: list[str]) -> None:
        self.problems: list[Problem] = []
        self._filename, self._lines = filename, lines
        self._body = module.body
        self._imported = dict(_imports(module.body))
        functions = (node for node in module.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        self._main = next((node for node in functions if node.name == "main"), None)
        self._classes: dict[str, ast.ClassDef] = {}
        for node in module.body:
            if isinstance(node, ast.ClassDef) and any(self._is_config(base) for base in node.bases):
                self._classes[node.name] = node

    def calls_main(self) -> bool:
        """Whether the platform must call `main`: there is one, and no statement of the file starts it itself."""
        if self._main is None:
            return False
        definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        own = [node for node in self._body if not isinstance(node, definitions)]
        names = {node.id for one in own for node in ast.walk(one) if isinstance(node, ast.Name)}
        return not names & {"main", "__name__"}

    def settings(self) -> Iterator[Setting]:
        seen: dict[str, str] = {}
        for owner in self._configs():
            for node in owner.body:
                for name, setting in self._of_statement(node):
                    twin = seen.get(name.lower())
                    if twin is not None:
                        self._report(node, f"{name}: a setting of this name is declared already (as {twin}).")
                        continue
                    seen[name.lower()] = name
                    if setting is not None:
                        yield setting

    def _configs(self) -> list[ast.ClassDef]:
        if self._main is None:
            return list(self._classes.values())
        arguments = self._main.args
        taken = [*arguments.posonlyargs, *arguments.args]
        if self.calls_main() and (len(taken) > 1 or _needed(arguments.kwonlyargs, arguments.kw_defaults)):
            self._report(self._main, "main takes its configuration and nothing else: def main(config: Config).")
        if not taken:
            return list(self._classes.values())
        annotation = _unquoted(taken[0].annotation)
        if isinstance(annotation, ast.Name) and annotation.id in self._classes:
            return self._lineage(self._classes[annotation.id])
        if self.calls_main() and not arguments.defaults:
            self._report(self._main, "Say which configuration main takes, as in def main(config: Config).")
        return list(self._classes.values())

    def _lineage(self, owner: ast.ClassDef) -> list[ast.ClassDef]:
        found: list[ast.ClassDef] = []
        for base in owner.bases:
            if isinstance(base, ast.Name) and base.id in self._classes and base.id != owner.name:
                found += [one for one in self._lineage(self._classes[base.id]) if one not in found]
        return [*found, owner]

    def _is_config(self, base: ast.expr) -> bool:
        if isinstance(base, ast.Name) and base.id in self._classes:
            return True
        return self._last_name(base) == "TaskConfig"

    def _of_statement(self, node: ast.stmt) -> Iterator[tuple[str, Setting | None]]:
        if isinstance(node, ast.Assign) and self._is_setting(node.value):
            self._report(node, 'A setting needs its type, as in url: str = setting("...").')
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            return
        if isinstance(node.annotation, ast.Subscript) and self._last_name(node.annotation.value) == "ClassVar":
            return
        yield node.target.id, self._setting(node, node.target.id)

    def _setting(self, node: ast.AnnAssign, name: str) -> Setting | None:
        shape = self._shape(node.annotation)
        if shape is None:
            self._report(node, f"{name}: {ast.unparse(node.annotation)} is not a type of setting. {_TAKES}")
            return None
        try:
            given = self._arguments(node.value)
        except ValueError as error:
            self._report(node, f"{name} {error}.")
            return None
        if given.get("choices") is not None and shape["type"] == "choice":
            self._report(node, f"{name} has its choices in Literal[...] already.")
            return None
        optional = shape.pop("optional")
        required = "default" not in given and not optional
        if optional and given.get("default") is not None:
            self._report(node, f"{name} may be None and so has None as its default: leave the default or | None out.")
            return None
        setting = Setting(name=name, required=required, line=node.lineno, **{**given, **shape})
        wrong = values.fault(setting)
        if wrong is not None:
            self._report(node, f"{name} {wrong}.")
            return None
        return setting if setting.type != "number" else _as_numbers(setting)

    def _shape(self, annotation: ast.expr | None) -> dict[str, Any] | None:
        """type, item_type, perhaps choices, and whether it is optional; None when this is no type of setting."""
        node, optional = self._without_none(_unquoted(annotation))
        if isinstance(node, ast.Name | ast.Attribute):
            kind = "secret" if self._last_name(node) == "Secret" else _SIMPLE.get(self._last_name(node))
            return None if kind is None else {"type": kind, "optional": optional}
        if not isinstance(node, ast.Subscript):
            return None
        outer, inner = self._last_name(node.value), _unquoted(node.slice)
        if outer in ("list", "List"):
            item = _SIMPLE.get(self._last_name(inner)) if isinstance(inner, ast.Name) else None
            return None if item is None else {"type": "list", "item_type": item, "optional": optional}
        if outer == "Literal":
            try:
                found = ast.literal_eval(inner)  # type: ignore[arg-type]  # a Subscript's slice is never None
            except (ValueError, TypeError):
                return None
            choices = found if isinstance(inner, ast.Tuple) else (found,)
            return {"type": "choice", "choices": tuple(choices), "optional": optional}
        return None

    def _without_none(self, node: ast.expr | None) -> tuple[ast.expr | None, bool]:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            sides = [_unquoted(node.left), _unquoted(node.right)]
        elif isinstance(node, ast.Subscript) and self._last_name(node.value) == "Optional":
            return _unquoted(node.slice), True
        elif isinstance(node, ast.Subscript) and self._last_name(node.value) == "Union":
            sides = [_unquoted(one) for one in node.slice.elts] if isinstance(node.slice, ast.Tuple) else []
        else:
            return node, False
        rest = [one for one in sides if not (isinstance(one, ast.Constant) and one.value is None)]
        return (rest[0], True) if len(sides) == 2 and len(rest) == 1 else (node, False)

    def _arguments(self, value: ast.expr | None) -> dict[str, Any]:
        """What `setting(...)` or a plain default says; raises ValueError with the rest of a sentence."""
        if value is None:
            return {}
        if not self._is_setting(value):
            return {"default": _literal(value, "has a default")}
        assert isinstance(value, ast.Call)  # noqa: S101  # what _is_setting says, for the type checker
        if len(value.args) > 1 or any(isinstance(one, ast.Starred) for one in value.args):
            raise ValueError("takes only its description without a name; name the other arguments")
        given: dict[str, Any] = {}
        if value.args:
            given["description"] = _literal(value.args[0], "has a description")
        for keyword in value.keywords:
            if keyword.arg is None or keyword.arg not in (*_ARGUMENTS, "description"):
                raise ValueError(f"does not take {'**' if keyword.arg is None else keyword.arg}")
            given[keyword.arg] = _literal(keyword.value, f"has an argument {keyword.arg}")
        if "description" not in given:
            raise ValueError("needs a description, the first argument of setting(...)")
        if given.get("default") is ...:
            del given["default"]
        if isinstance(given.get("choices"), list):
            given["choices"] = tuple(given["choices"])
        return given

    def _is_setting(self, value: ast.expr) -> bool:
        return isinstance(value, ast.Call) and self._last_name(value.func) == "setting"

    def _last_name(self, node: ast.expr | None) -> str:
        """The last part of a dotted name, as its module calls it: `Secret` for `S` of `import Secret as S`."""
        if isinstance(node, ast.Name):
            return self._imported.get(node.id, node.id)
        return node.attr if isinstance(node, ast.Attribute) else ""

    def _report(self, node: ast.stmt, message: str) -> None:
        excerpt = _excerpt(self._lines, node.lineno, node.col_offset + 1)
        self.problems.append(Problem(message, self._filename, node.lineno, excerpt))


def _imports(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.ImportFrom):
            yield from ((alias.asname or alias.name, alias.name) for alias in node.names)


def _needed(arguments: list[ast.arg], defaults: list[ast.expr | None]) -> bool:
    return any(default is None for _argument, default in zip(arguments, defaults, strict=True))


def _unquoted(node: ast.expr | None) -> ast.expr | None:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return node
    try:
        return ast.parse(node.value.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return node


def _literal(node: ast.expr, whose: str) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise ValueError(
            f"{whose} that is computed; write it out, settings are read without running the code"
        ) from None


def _as_numbers(setting: Setting) -> Setting:
    return setting if setting.default is None else replace(setting, default=float(setting.default))


def _excerpt(lines: list[str], line: int | None, column: int | None) -> str | None:
    if line is None or not 1 <= line <= len(lines):
        return None
    text = lines[line - 1][:400]
    before = text[: max((column or 1) - 1, 0)]
    return text + "\n" + "".join(letter if letter == "\t" else " " for letter in before) + "^"


def _sentence(rest: str) -> str:
    return rest[0].upper() + rest[1:] + "."
