"""The reference of the scheduling library, one Markdown page made from its signatures, comments and docstrings."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import griffe

PACKAGE = "clockhouse.task"

GROUPS: dict[str, tuple[str, ...]] = {
    "Scheduling": (
        "schedule_one_time_job",
        "schedule_job_recur_by_frequency",
        "schedule",
        "pause_job",
        "resume_job",
        "pause_all_jobs",
        "resume_all_jobs",
        "get_running_jobs",
        "next_due",
        "unschedule_job",
        "configure_worker_pool",
        "run_forever",
        "Scheduler",
    ),
    "Jobs": ("Job", "JobId", "cancel_requested", "scheduler.Executable", "scheduler.Seconds"),
    "Policies": (
        "TaskPolicy",
        "ErrorPolicy",
        "WaitingPolicy",
        "Overlap",
        "RetryConfiguration",
        "RetryStrategy",
        "Retry",
        "Backoff",
    ),
    "Triggers": (
        "Trigger",
        "IntervalTrigger",
        "DateTrigger",
        "CronTrigger",
        "Gap",
        "Fold",
        "Jittered",
        "Excluding",
        "PublicHolidays",
        "to_spec",
        "from_spec",
        "Spec",
    ),
    "Listener and warm backup": (
        "Listener",
        "TriggerConfiguration",
        "WarmBackup",
        "PostgresConfig",
        "MysqlConfig",
        "OwnDatabase",
        "Dialect",
        "Membership",
    ),
    "Hooks": ("Hooks", "ExecutedEvent", "ErrorEvent", "IgnoredEvent", "EndedEvent", "Ignored", "Ended"),
    "Planning": ("plan", "Plan", "Due", "Missed", "MissedReason", "CatchUp", "CatchUpMode"),
    "Clocks and testing": (
        "Clock",
        "SystemClock",
        "testing.ManualClock",
        "testing.Recorder",
        "testing.due_times",
        "pytest_plugin.task_clock",
        "pytest_plugin.task_scheduler",
        "pytest_plugin.task_events",
    ),
    "Errors": (
        "Error",
        "InvalidTrigger",
        "NeverFires",
        "InvalidPolicy",
        "InvalidJob",
        "InvalidPool",
        "UnknownJob",
        "NoThread",
        "NotAttached",
        "InvalidWarmBackup",
        "DriverMissing",
        "testing.Stuck",
    ),
}
"""What the page tells, in its order: names of `clockhouse.task`, or of one of its modules."""

_INTRODUCTIONS = {
    "Scheduling": "Functions of the default scheduler of the process; each is a method of every `Scheduler`, too.",
    "Planning": "What a schedule owes at an instant: a pure function, by which the platform decides.",
    "Errors": "All of them are a `task.Error`. A call that raises one has changed nothing.",
}

_FOR_ITS_OWN_PARTS = {"attend", "drive", "driver", "leave", "policy"}
"""Methods that are public to other modules of the library, and of no use to its users."""

_WIDEST = 88

_HEAD = """\
# Reference: `clockhouse.task`

The scheduling library, name by name. [The guide](../guides/scheduling.md) tells how they go together.
Names are of `clockhouse.task` (`from clockhouse import task`) unless another module is written before them.

Generated from the source by `python -m tests.support.generated`: change a docstring there, not this page.
"""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One name of the page."""

    name: str  # as it is written after `task.`
    thing: griffe.Object

    @property
    def is_fixture(self) -> bool:
        return self.name.startswith("pytest_plugin.")

    @property
    def title(self) -> str:
        return self.name.removeprefix("pytest_plugin.").removeprefix("scheduler.")


def page(source: Path) -> str:
    """The whole page, from the package found in the folder `source`."""
    package = griffe.load(PACKAGE, search_paths=[str(source)])
    groups = {title: [_entry(package, name) for name in names] for title, names in GROUPS.items()}
    anchors = _anchors(groups)
    parts = [_HEAD, *_contents(groups, anchors)]
    for title, entries in groups.items():
        parts.append(f"\n## {title}\n\n{_linked(_INTRODUCTIONS.get(title, ''), anchors, but='')}\n")
        for entry in entries:
            parts += [f"\n### `{entry.title}`\n\n", _linked(_told(entry), anchors, but=entry.title)]
    return re.sub(r"\n{3,}", "\n\n", "".join(parts)).rstrip() + "\n"


def _entry(package: griffe.Object | griffe.Alias, name: str) -> _Entry:
    found = package[name]
    thing = found.final_target if found.is_alias else found
    if thing.is_module:  # `plan` is the function of the module `plan`
        thing = thing[name]
    if thing.path.startswith(f"{PACKAGE}.default."):
        return _Entry(name, package["scheduler.Scheduler"][name])
    return _Entry(name, thing)


def _contents(groups: dict[str, list[_Entry]], anchors: dict[str, str]) -> Iterator[str]:
    for title, entries in groups.items():
        links = ", ".join(f"[`{entry.title}`](#{anchors[entry.title]})" for entry in entries)
        yield f"\n- **{title}:** {links}"
    yield "\n"


def _anchors(groups: dict[str, list[_Entry]]) -> dict[str, str]:
    """Where a link to each name goes: a heading's text as Markdown renderers make it an address, numbered if taken."""
    seen: dict[str, int] = {}
    anchors = {}
    for title, entries in groups.items():
        for heading in (title, *(entry.title for entry in entries)):
            plain = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            seen[plain] = seen.get(plain, -1) + 1
            anchors[heading] = f"{plain}-{seen[plain]}" if seen[plain] else plain
    return anchors


# --- one name ---


def _told(entry: _Entry) -> str:
    thing = entry.thing
    if isinstance(thing, griffe.Class):
        return "".join(_class(entry.title, thing))
    if isinstance(thing, griffe.Attribute):
        value = str(thing.value).strip("'\"")
        return f"```python\n{entry.title} = {value}\n```\n\n{_docstring(thing)}"
    if not isinstance(thing, griffe.Function):
        raise TypeError(f"{thing.path} is a {thing.kind.value}, which this page has no form for.")
    if entry.is_fixture:
        return f"A pytest fixture: a `{_type(thing.returns)}`.\n\n{_docstring(thing)}"
    text = _code(entry.title, list(thing.parameters), thing.returns, thing)
    return text + _docstring(thing)


def _class(title: str, thing: griffe.Class) -> Iterator[str]:
    bases = {str(base).rpartition(".")[2] for base in thing.bases}
    if bases & {"StrEnum", "Enum"}:
        yield _docstring(thing)
        yield from _members(title, thing)
        return
    if "Protocol" not in bases and not _is_error(thing):
        yield _code(title, list(thing.parameters), None, thing)
    if _is_error(thing):
        yield f"*A kind of {' and '.join(f'`{base}`' for base in map(str, thing.bases))}.*\n\n"
    yield _docstring(thing)
    yield from _methods(title, thing)


def _is_error(thing: griffe.Class) -> bool:
    return any(str(base) in ("Error", "Exception", "InvalidTrigger") for base in thing.bases)


def _members(title: str, thing: griffe.Class) -> Iterator[str]:
    comments = _comments(Path(str(thing.filepath)))
    for member in thing.members.values():
        if isinstance(member, griffe.Attribute) and member.value is not None:
            meaning = comments.get(member.lineno or 0)
            yield f"\n- `{title}.{member.name}`, {_quoted(member.value)}" + (f": {meaning}" if meaning else "")
    yield "\n"


def _methods(title: str, thing: griffe.Class) -> Iterator[str]:
    functions = GROUPS["Scheduling"] if title == "Scheduler" else ()
    if functions:
        yield "\nIts methods are the functions above, and:\n"
    for member in thing.members.values():
        if member.is_alias or member.name.startswith("_") or member.name in (*functions, *_FOR_ITS_OWN_PARTS):
            continue
        if member.docstring is None:
            continue
        heading = f"\n#### `{title.rpartition('.')[2]}.{member.name}`\n\n"
        if isinstance(member, griffe.Function):
            yield heading + _code(member.name, list(member.parameters), member.returns, member) + _docstring(member)
        elif isinstance(member, griffe.Attribute) and "property" in member.labels:
            yield f"{heading}```python\n{member.name}: {_type(member.annotation)}\n```\n\n{_docstring(member)}"


# --- their parts ---


def _code(
    name: str,
    parameters: Iterable[griffe.Parameter],
    returns: str | griffe.Expr | None,
    thing: griffe.Function | griffe.Class,
) -> str:
    """The signature, with what is written beside the fields of a dataclass."""
    comments = _comments(Path(str(thing.filepath))) if isinstance(thing, griffe.Class) else {}
    lines: list[tuple[str, str | None]] = []
    is_open = False  # whether what follows can be given by position
    for parameter in parameters:
        if parameter.name == "self":
            continue
        if parameter.kind is griffe.ParameterKind.keyword_only and not is_open:
            lines.append(("*", None))
            is_open = True
        field = thing.members.get(parameter.name)
        comment = comments.get(field.lineno or 0) if isinstance(field, griffe.Attribute) else None
        lines.append((_parameter(parameter, thing), comment))
    name = f"async {name}" if "async" in thing.labels else name
    result = "" if returns is None else f" -> {_type(returns)}"
    flat = f"{name}({', '.join(text for text, _ in lines)}){result}"
    if len(flat) > _WIDEST or any(comment for _, comment in lines):
        body = "".join(f"    {text},{f'  # {comment}' if comment else ''}\n" for text, comment in lines)
        flat = f"{name}(\n{body}){result}"
    return f"```python\n{flat}\n```\n\n"


def _parameter(parameter: griffe.Parameter, thing: griffe.Object) -> str:
    text = parameter.name
    if parameter.annotation is not None:
        text += f": {_type(parameter.annotation)}"
    return text if parameter.default is None else f"{text} = {_default(parameter.default, thing)}"


def _default(value: str | griffe.Expr, thing: griffe.Object) -> str:
    """The default as a reader could write it: a constant of the module is what it stands for."""
    text = str(value).replace("'", '"').replace("dict()", "{}").replace("list()", "[]")
    if re.fullmatch(r"_?[A-Z][A-Z_]+", text):
        constant = thing.module[text]
        constant = constant.final_target if constant.is_alias else constant
        return str(constant.value)
    return text


def _type(annotation: str | griffe.Expr | None) -> str:
    return str(annotation).replace("Iterator[Scheduler]", "Scheduler")


def _docstring(thing: griffe.Object) -> str:
    return f"{thing.docstring.value}\n" if thing.docstring else ""


def _quoted(value: str | griffe.Expr) -> str:
    return f'`"{str(value).strip(chr(39))}"`'


@cache
def _comments(file: Path) -> dict[int, str]:
    """The comments that stand behind code, by their line."""
    tokens = tokenize.generate_tokens(io.StringIO(file.read_text(encoding="utf-8")).readline)
    return {
        token.start[0]: token.string.lstrip("# ")
        for token in tokens
        if token.type == tokenize.COMMENT and token.line.strip() != token.string
    }


def _linked(text: str, anchors: dict[str, str], *, but: str) -> str:
    """The text with a link from each name that is told of elsewhere on the page; code is left alone."""
    parts = re.split(r"(```[\s\S]*?```|^    .*$|^#.*$)", text, flags=re.MULTILINE)
    return "".join(part if index % 2 else _link(part, anchors, but) for index, part in enumerate(parts))


def _link(text: str, anchors: dict[str, str], but: str) -> str:
    short = {heading.rpartition(".")[2]: anchor for heading, anchor in anchors.items() if " " not in heading}

    def link(found: re.Match[str]) -> str:
        name = found["code"] or found["word"]
        if name is None or name == but.rpartition(".")[2] or name not in short:
            return found[0]
        return f"[`{name}`](#{short[name]})"

    # Of the words without marks, only those that can be nothing but a name: "Retry" begins sentences, too.
    return re.sub(r"`(?P<code>[^`]+)`|\b(?P<word>[A-Z][a-z]+[A-Z]\w+)\b", link, text)
