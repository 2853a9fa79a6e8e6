"""The shapes of flows: all ranges and places count UTF-16 units of the text that was sent, as JavaScript does."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from clockhouse.api.bodies import Answer, Request
from clockhouse.api.build_bodies import ProblemBody, SettingBody
from clockhouse.flows.mapping import ShapeKind
from clockhouse.flows.nodes import FieldKind, Kind
from clockhouse.flows.palette import Group, Where
from clockhouse.flows.scope import KnownKind
from clockhouse.kit.declared import Type

MOST_LETTERS = 500_000  # Python parses them in 0.2 s, in which nothing else of the server runs
Range = Annotated[list[int], Field(min_length=2, max_length=2, description="From, and to (exclusive).")]
Path = Annotated[
    list[Annotated[int, Field(ge=0)]],
    Field(
        max_length=400,
        description="Item, clause, item, clause, … from the module down; a block's ends in a clause.",
    ),
]
Source = Annotated[str, Field(max_length=MOST_LETTERS, description="The whole source.")]
Needs = Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=20)]
Count = Annotated[int, Field(ge=1, le=100_000, description="So many steps beside each other.")]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Anchors = Annotated[
    list[Annotated[int, Field(ge=0)]],
    Field(
        max_length=MOST_LETTERS,
        description="The anchors of the last valid model, mapped through what was typed since: they keep a half-typed "
        "step from taking in others.",
    ),
]


class Asked(Request):
    """A question about a source: its white space is part of it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class Shown(BaseModel):
    """A part of the model: keys with nothing to say are left out."""

    model_config = ConfigDict(defer_build=True)


# The model


class FlowNote(Shown):
    range: Range
    text: str = Field(description="Without the marks of a comment.")


class FlowField(Shown):
    name: str
    kind: FieldKind
    range: Range
    text: str
    role: Literal["argument", "keyword"] | None = Field(default=None, description="Of what is passed to a call.")


class FlowBranch(Shown):
    label: str = Field(description="The clause's keyword, or ? for a header that is half typed.")
    header: Range
    fields: list[FlowField]
    body: FlowBlock
    note: FlowNote | None = None
    trailing: FlowNote | None = None
    problem: str | None = None


class FlowNode(Shown):
    kind: Kind
    label: str = Field(description="The source on one line, shortened.")
    range: Range
    full: Range = Field(description="Its whole lines, the comment right above included.")
    path: Path
    fields: list[FlowField]
    branches: list[FlowBranch]
    note: FlowNote | None = Field(default=None, description="The comment right above.")
    trailing: FlowNote | None = Field(default=None, description="The comment on its line.")
    problem: str | None = Field(default=None, description="Why this is not Python (yet).")
    warning: str | None = Field(default=None, description="Why this will fail when it runs.")
    callee: str | None = Field(default=None, description="The dotted name that is called, as written.")
    function: str | None = Field(default=None, description="The function of this source that is called.")
    connection: str | None = Field(default=None, description="The variable of the connection.")
    connector: str | None = Field(default=None, description="The full name of the connection's class.")
    operation: str | None = Field(default=None, description="The method that is called on the connection.")
    method: str | None = Field(default=None, description="Of an HTTP call: get, post, …")
    level: str | None = Field(default=None, description="Of a log step: info, warning, error, …, print.")
    name: str | None = Field(default=None, description="Of a function, a class or a setting.")
    qualname: str | None = None
    decorators: list[str] | None = None
    bases: list[str] | None = None
    is_async: Literal[True] | None = None
    is_awaited: Literal[True] | None = None
    is_entry: Literal[True] | None = Field(default=None, description="The function that the platform calls.")
    is_start: Literal[True] | None = Field(default=None, description='`if __name__ == "__main__":`')
    is_off: Literal[True] | None = Field(default=None, description="A comment that is a step switched off.")
    is_folded: Literal[True] | None = Field(default=None, description="A function whose steps were not asked for.")


class FlowBlock(Shown):
    path: Path
    indent: str
    inline: bool = Field(description="Its steps are on the line of their header.")
    at: int = Field(description="Where the first step would go.")
    nodes: list[FlowNode]


class FlowProblem(Shown):
    message: str
    at: int | None
    line: int | None = Field(description="From 1.")


class FlowBody(Shown):
    version: Literal[1]
    valid: bool
    newline: Literal["\n", "\r\n", "\r"]
    indent_unit: str
    body: FlowBlock
    connections: dict[str, str] = Field(description="The class of each variable that holds a connection.")
    anchors: list[int] = Field(description="Starts of logical lines; empty when the source is not valid.")
    problem: FlowProblem | None = Field(default=None, description="Why Python can't read the source.")


class FlowQuestion(Asked):
    text: Source
    anchors: Anchors = Field(default=[])
    unfolded: Name | None = Field(
        default=None, description="The qualified name of the one function whose steps are wanted; all when null."
    )


# Edits


class InsertStep(Asked):
    op: Literal["insert"]
    block: Path
    index: int = Field(ge=0, description="Before the step that is there now.")
    code: Source = Field(description="From column 0; it is indented for its place.")
    needs: Needs = Field(default=[], description="Imports and the like for the top of the module, unless there.")
    fresh: bool = Field(default=False, description="Whether the names that it gives are new: one taken gets a number.")


class DeleteSteps(Asked):
    op: Literal["delete"]
    path: Path
    count: Count = 1


class MoveSteps(Asked):
    op: Literal["move"]
    path: Path
    count: Count = 1
    block: Path = Field(description="Where to.")
    index: int = Field(ge=0, description="Before the step that is there now.")


class DuplicateSteps(Asked):
    op: Literal["duplicate"]
    path: Path
    count: Count = 1
    block: Path | None = Field(default=None, description="Where to; right below when null.")
    index: int = Field(default=0, ge=0, description="Before the step that is there now.")


class ReplaceStep(Asked):
    op: Literal["replace"]
    path: Path
    code: Source = Field(description="From column 0, in place of the step's range; empty deletes the step.")
    exact: bool = Field(default=False, description="The code has the indentation that it is to have.")


class SetField(Asked):
    op: Literal["set"]
    path: Path
    branch: int | None = Field(default=None, ge=0, description="For a field of a branch: its number.")
    field: Name = Field(description="One that it has or may have: condition, arg2, a keyword, result, type, …")
    text: Source | None = Field(description="Null takes the field away.")


class RenameField(Asked):
    op: Literal["rename"]
    path: Path
    branch: int | None = Field(default=None, ge=0)
    field: Name = Field(description="One that is a name: target, result, item, name, as0, …")
    name: Name = Field(description="The new one, wherever the old one means the same.")


class SetNote(Asked):
    op: Literal["note"]
    path: Path
    text: Source = Field(description="The comment above, without marks; empty takes it away.")


class AddBranch(Asked):
    op: Literal["add_branch"]
    path: Path
    header: Annotated[str, Field(max_length=2000)] = Field(description="else, elif x, except E as error, case _, …")


class RemoveBranch(Asked):
    op: Literal["remove_branch"]
    path: Path
    branch: int = Field(ge=0)


class SwitchOff(Asked):
    op: Literal["switch_off"]
    path: Path
    count: Count = 1


class SwitchOn(Asked):
    op: Literal["switch_on"]
    path: Path


class ExtractSteps(Asked):
    op: Literal["extract"]
    path: Path
    count: Count = 1
    name: Name


class AddImports(Asked):
    op: Literal["import"]
    needs: Needs


class DeclaredSetting(Asked):
    name: Name
    type: Type
    item_type: Literal["text", "integer", "number", "flag"] | None = None
    required: bool = True
    default: Any = None
    description: Annotated[str, Field(max_length=2000)] = ""
    example: Any = None
    minimum: float | None = None
    maximum: float | None = None
    choices: list[str | int | float | bool] | None = None
    pattern: Annotated[str, Field(max_length=1000)] | None = None


class DeclareSetting(Asked):
    op: Literal["declare"]
    setting: DeclaredSetting
    was: Name | None = Field(default=None, description="The name of the one that it replaces.")


class UndeclareSetting(Asked):
    op: Literal["undeclare"]
    name: Name


Way = Annotated[
    list[Annotated[str, Field(max_length=500)]],
    Field(max_length=40, description="Names from a parameter, or from what is returned, down; [] is each of a list."),
]


class MapLinkBody(Asked):
    op: Literal["map_link"]
    function: Name
    source: Way
    target: Way


class MapValueBody(Asked):
    op: Literal["map_value"]
    function: Name
    target: Way
    text: Source | None = Field(description="An expression; null takes the value away.")


class MapSampleBody(Asked):
    op: Literal["map_sample"]
    function: Name
    parameter: Name | None = Field(description="Null for what is returned.")
    name: Name = Field(description="Of the type that is made.")
    sample: Annotated[str, Field(max_length=200_000, description="JSON.")]


FlowOperation = Annotated[
    InsertStep
    | DeleteSteps
    | MoveSteps
    | DuplicateSteps
    | ReplaceStep
    | SetField
    | RenameField
    | SetNote
    | AddBranch
    | RemoveBranch
    | SwitchOff
    | SwitchOn
    | ExtractSteps
    | AddImports
    | DeclareSetting
    | UndeclareSetting
    | MapLinkBody
    | MapValueBody
    | MapSampleBody,
    Field(discriminator="op"),
]


class FlowEdit(Asked):
    text: Source
    anchors: Anchors = Field(default=[])
    operation: FlowOperation


class TextChange(Answer):
    start: int
    end: int
    insert: str


class FlowEdited(Answer):
    refused: str | None = Field(description="Why nothing is changed, for a person; null when it is.")
    changes: list[TextChange] = Field(description="In order, each in places of the text as it was sent.")
    select: int | None = Field(description="A place in the new text, in what was added or changed.")


class StepsQuestion(Asked):
    text: Source
    anchors: Anchors = Field(default=[])
    path: Path
    count: Count = 1


class StepsCode(Answer):
    code: str = Field(description="As it would stand at column 0.")


# Fields


class FieldQuestion(Asked):
    text: Source
    kind: FieldKind = "expression"
    role: Literal["argument", "keyword"] | None = None


class FieldAnswer(Answer):
    problem: str | None = Field(description="Why the text can't stand in such a field; null when it can.")


class ScopeQuestion(Asked):
    text: Source
    anchors: Anchors = Field(default=[])
    path: Path = Field(description="Of the step.")
    typed: Source | None = Field(
        default=None, description="What stands before the cursor in the field; null asks for all that the step can use."
    )


class KnownBody(Answer):
    name: str
    kind: KnownKind
    insert: str
    detail: str | None = Field(description="Its type or signature.")
    documentation: str | None


class SettingsQuestion(Asked):
    text: Source


class DeclaredBody(Answer):
    settings: list[SettingBody]
    problems: list[ProblemBody]


# Data mappers


class MapperQuestion(Asked):
    text: Source
    anchors: Anchors = Field(default=[])
    function: Name


class MapperSource(Answer):
    name: str
    way: Way
    type: str = Field(description="As Python; empty when the source does not tell.")
    kind: ShapeKind
    parts: list[MapperSource]


class MapperTarget(Answer):
    name: str
    way: Way
    type: str
    kind: ShapeKind
    is_required: bool
    is_made: bool = Field(description="Its parts make its value.")
    text: str | None = Field(description="The expression that gives its value; null when nothing does.")
    range: Range | None
    link: Way | None = Field(description="The source that it plainly is, or the list that it goes through.")
    each: str | None = Field(description="What an item of the list is called.")
    where: str | None = Field(description="The items that are taken; all when null.")
    problem: str | None
    parts: list[MapperTarget]


class MapperBody(Answer):
    function: str
    path: Path | None = Field(description="Of the function; null when the source is half typed.")
    sources: list[MapperSource]
    target: MapperTarget
    problem: str | None = Field(description="Why its links can't be shown or changed.")


# The palette


class TemplateStep(Answer):
    key: str
    group: Group
    title: str
    documentation: str
    code: str
    needs: list[str]
    where: Where
    edit: str | None = Field(description="The field to open the form with.")
    is_fresh: bool = Field(description="Whether the names that it gives are new ones.")


class FormFieldBody(Answer):
    name: str = Field(description="{} stands for a number from 0.")
    title: str
    kind: FieldKind
    documentation: str
    is_optional: bool


class ParameterBody(Answer):
    name: str
    type: str
    default: str | None = Field(description="As Python; null when it must be given.")
    documentation: str
    is_keyword: bool


class OperationBody(Answer):
    name: str
    signature: str
    documentation: str
    returns: str
    is_async: bool
    parameters: list[ParameterBody]


class ConnectorBody(Answer):
    key: str
    module: str
    name: str
    title: str
    group: str
    documentation: str
    parameters: list[ParameterBody] = Field(description="The form of a connection.")
    operations: list[OperationBody]


class PaletteBody(Answer):
    templates: list[TemplateStep]
    forms: dict[str, list[FormFieldBody]] = Field(description="The fields that steps of a kind may have.")
    connectors: list[ConnectorBody]
