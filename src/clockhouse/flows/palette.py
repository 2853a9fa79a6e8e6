"""What the editor offers to insert: templates of steps with what they need, forms by kind, and the connectors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from clockhouse.flows.nodes import FieldKind, Kind

Group = Literal["Statement", "Control", "Error handling", "Connections", "Concurrency", "Log", "Definitions"]
Where = Literal["anywhere", "loop", "function", "module", "config"]

CATALOGUE = "connectors.json"  # made from `clockhouse.connectors` by tests/support/catalogue.py
_LOG = ("import logging", "log = logging.getLogger(__name__)")
_WEB = ("from clockhouse.connectors import http", "web = http.Client()")


@dataclass(frozen=True, slots=True)
class Template:
    """A step to insert: `code` from column 0, `needs` for the top of the module; `where` it makes sense.

    `edit` names the field that the form opens with; None for the first. `is_fresh` says that it gives new names.
    """

    key: str
    group: Group
    title: str
    documentation: str
    code: str
    needs: tuple[str, ...] = ()
    where: Where = "anywhere"
    edit: str | None = None
    is_fresh: bool = True


@dataclass(frozen=True, slots=True)
class FormField:
    """One field that steps of a kind may have; a `{}` in the name stands for a number from 0."""

    name: str
    title: str
    kind: FieldKind
    documentation: str
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a connector or one of its operations takes. `default` is Python, None when it must be given."""

    name: str
    type: str
    default: str | None
    documentation: str
    is_keyword: bool


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    signature: str
    documentation: str
    returns: str
    is_async: bool
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """What an operation's result has: a field or a property with its type, or a method with its signature."""

    name: str
    type: str
    documentation: str
    is_method: bool


@dataclass(frozen=True, slots=True)
class Connector:
    """A class of `clockhouse.connectors`: its own parameters are the form of the connection."""

    key: str
    module: str
    name: str
    title: str
    group: str
    documentation: str
    parameters: tuple[Parameter, ...]
    operations: tuple[Operation, ...]

    @property
    def full_name(self) -> str:
        return f"{self.module}.{self.name}"


TEMPLATES: tuple[Template, ...] = (
    Template("variable", "Statement", "Variable", "Gives a value a name.", 'value = ""', edit="value"),
    Template(
        "assign", "Statement", "Assignment", "Gives a name that is there a new value.", "value = None", is_fresh=False
    ),
    Template("call", "Statement", "Call", "Calls a function.", "print()", edit="function"),
    Template("code", "Statement", "Code", "Anything else, written in Python.", "..."),
    Template("comment", "Statement", "Comment", "Words for whoever reads this.", "# Note"),
    Template("if", "Control", "If", "Does one thing or another.", "if True:\n    pass\nelse:\n    pass"),
    Template("match", "Control", "Match", "Picks by the shape of a value.", "match value:\n    case _:\n        pass"),
    Template("foreach", "Control", "For each", "Does something with each item.", "for item in []:\n    pass"),
    Template("while", "Control", "While", "Goes on as long as something holds.", "while False:\n    pass"),
    Template("return", "Control", "Return", "Ends the function, perhaps with a value.", "return", where="function"),
    Template("stop", "Control", "Stop", "Ends the execution; anything but 0 is a failure.", "raise SystemExit(0)"),
    Template("break", "Control", "Break", "Leaves the loop.", "break", where="loop"),
    Template("continue", "Control", "Continue", "Goes on with the next item.", "continue", where="loop"),
    Template(
        "try",
        "Error handling",
        "Try",
        "Answers a failure; without it, a failure ends the execution.",
        "try:\n    pass\nexcept Exception as error:\n    raise",
    ),
    Template("raise", "Error handling", "Raise", "Fails, with a reason.", 'raise RuntimeError("What went wrong")'),
    Template("check", "Error handling", "Check", "Fails when something does not hold.", 'assert True, "What is wrong"'),
    Template(
        "http_get",
        "Connections",
        "HTTP request",
        "Asks an address for what it has. A refusal is an answer, too: see its `status`, or without `check` it fails.",
        'answer = web.get("https://example.com", check=False)',
        _WEB,
        edit="arg0",
    ),
    Template("with", "Connections", "With", "Opens something and closes it.", 'with open("file") as file:\n    pass'),
    Template("wait", "Concurrency", "Wait", "Waits for some seconds.", "time.sleep(1)", ("import time",), edit="arg0"),
    Template(
        "parallel",
        "Concurrency",
        "In parallel",
        "Does several things at once, and waits for all of them.",
        "with ThreadPoolExecutor() as pool:\n    results = list(pool.map(print, []))",
        ("from concurrent.futures import ThreadPoolExecutor",),
    ),
    Template(
        "lock",
        "Concurrency",
        "Lock",
        "Lets one thread at a time do something.",
        "with lock:\n    pass",
        ("import threading", "lock = threading.Lock()"),
    ),
    Template("log_info", "Log", "Log", "A line in the execution's log.", 'log.info("")', _LOG, edit="arg0"),
    Template("log_warning", "Log", "Log a warning", "A line that stands out.", 'log.warning("")', _LOG, edit="arg0"),
    Template("log_error", "Log", "Log an error", "A line that says what failed.", 'log.error("")', _LOG, edit="arg0"),
    Template("log_debug", "Log", "Log for debugging", "A line for its author.", 'log.debug("")', _LOG, edit="arg0"),
    Template(
        "main",
        "Definitions",
        "Entry point",
        "The function that the platform calls, and that runs by itself with `python main.py`, too.",
        'def main() -> None:\n    pass\n\n\nif __name__ == "__main__":\n    run(main)',
        ("from clockhouse.kit import run",),
        where="module",
    ),
    Template(
        "function",
        "Definitions",
        "Function",
        "Steps with a name, to call from several places.",
        "def function() -> None:\n    pass",
        where="module",
        edit="name",
    ),
    Template(
        "data_mapper",
        "Definitions",
        "Data mapper",
        "A function that makes one shape of data from another.",
        "@data_mapper\ndef to_output(source: dict) -> dict:\n    return {}",
        ("from clockhouse.kit import data_mapper",),
        where="module",
        edit="name",
    ),
    Template(
        "class",
        "Definitions",
        "Type",
        "A record with named fields.",
        "@dataclass\nclass Record:\n    name: str",
        ("from dataclasses import dataclass",),
        where="module",
        edit="name",
    ),
)

_VALUE = FormField("value", "Value", "expression", "What it is set to.")
_CALLED = (
    FormField("function", "Function", "callee", "What is called."),
    FormField("arg{}", "Argument", "expression", "What is passed, by place."),
    FormField("result", "Result", "target", "The variable that takes what comes back.", is_optional=True),
    FormField("type", "Type", "type", "The type of the result.", is_optional=True),
)
FORMS: dict[Kind, tuple[FormField, ...]] = {
    "variable": (
        FormField("target", "Name", "target", "The variable."),
        FormField("type", "Type", "type", "What it may hold.", is_optional=True),
        _VALUE,
    ),
    "setting": (
        FormField("target", "Name", "target", "The setting, as in config.name."),
        FormField("type", "Type", "type", "str, int, float, bool, Secret, list of these, or Literal[...]."),
        FormField("value", "Declaration", "expression", "setting(...), or a plain default.", is_optional=True),
    ),
    "assign": (FormField("target", "Name", "target", "What is set."), _VALUE),
    "call": _CALLED,
    "data_map_call": _CALLED,
    "connector_call": _CALLED,
    "http_call": _CALLED,
    "connection": _CALLED,
    "wait": (*_CALLED, FormField("value", "Task", "expression", "What is awaited.", is_optional=True)),
    "log": (FormField("arg0", "Message", "expression", "With %s where values go."), _CALLED[1]),
    "if": (FormField("condition", "Condition", "expression", "When this branch is taken."),),
    "match": (
        FormField("subject", "Value", "expression", "What is looked at."),
        FormField("pattern", "Pattern", "pattern", "The shape that this case is for."),
        FormField("guard", "And only if", "expression", "A further condition.", is_optional=True),
    ),
    "foreach": (
        FormField("item", "Item", "target", "The variable for each item."),
        FormField("collection", "Collection", "expression", "What to go through."),
    ),
    "while": (FormField("condition", "Condition", "expression", "As long as this holds."),),
    "try": (
        FormField("type", "Failure", "type", "Which failures this branch answers.", is_optional=True),
        FormField("as", "Name", "identifier", "The variable for the failure.", is_optional=True),
    ),
    "with": (
        FormField("resource{}", "Resource", "expression", "What is opened."),
        FormField("as{}", "Name", "target", "The variable for it.", is_optional=True),
    ),
    "function": (
        FormField("name", "Name", "identifier", "What it is called by."),
        FormField("parameters", "Parameters", "parameters", "What it takes."),
        FormField("returns", "Returns", "type", "The type of what comes back.", is_optional=True),
    ),
    "class": (
        FormField("name", "Name", "identifier", "What it is called."),
        FormField("bases", "Bases", "bases", "What it builds on.", is_optional=True),
    ),
    "config": (FormField("name", "Name", "identifier", "What main takes."),),
    "return": (FormField("value", "Value", "expression", "What the function gives back.", is_optional=True),),
    "yield": (FormField("value", "Value", "expression", "What goes to whoever iterates."),),
    "delete": (FormField("target{}", "Name", "expression", "What is forgotten."),),
    "raise": (
        FormField("error", "Failure", "expression", "What went wrong.", is_optional=True),
        FormField("cause", "Cause", "expression", "What made it so.", is_optional=True),
    ),
    "check": (
        FormField("condition", "Condition", "expression", "What must hold."),
        FormField("message", "Message", "expression", "What to say when it does not.", is_optional=True),
    ),
}


@cache
def connectors() -> tuple[Connector, ...]:
    """All connectors, by title, as the catalogue in the package has them."""
    return parsed(files("clockhouse.flows").joinpath(CATALOGUE).read_text(encoding="utf-8"))


def parsed(catalogue: str) -> tuple[Connector, ...]:
    """The connectors of a catalogue."""
    return tuple(_connector(each) for each in json.loads(catalogue))


def operations(full_name: str) -> tuple[Operation, ...]:
    """What can be called on a connection of this class; nothing for what is no connector."""
    return next((each.operations for each in connectors() if each.full_name == full_name), ())


@cache
def _results() -> dict[str, tuple[Member, ...]]:
    catalogue = json.loads(files("clockhouse.flows").joinpath(CATALOGUE).read_text(encoding="utf-8"))
    return {
        f"{connector['module']}.{result['name']}": tuple(Member(**each) for each in result["members"])
        for connector in catalogue
        for result in connector["results"]
    }


def members(full_name: str) -> tuple[Member, ...]:
    """What a result of this class has; nothing for what no operation gives."""
    return _results().get(full_name, ())


def _connector(written: dict[str, Any]) -> Connector:
    operations_of = tuple(
        Operation(**{**each, "parameters": _parameters(each["parameters"])}) for each in written["operations"]
    )
    own = {name: value for name, value in written.items() if name != "results"}
    return Connector(**{**own, "parameters": _parameters(written["parameters"]), "operations": operations_of})


def _parameters(written: list[dict[str, Any]]) -> tuple[Parameter, ...]:
    return tuple(Parameter(**each) for each in written)
