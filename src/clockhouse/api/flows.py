"""Flows over HTTP: a source comes with each question, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from fastapi import Response

from clockhouse.api import flow_bodies as bodies
from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.build_bodies import ProblemBody, setting_body
from clockhouse.api.flow_bodies import (
    DeclaredBody,
    FieldAnswer,
    FieldQuestion,
    FlowBody,
    FlowEdit,
    FlowEdited,
    FlowQuestion,
    KnownBody,
    MapperBody,
    MapperQuestion,
    PaletteBody,
    ScopeQuestion,
    SettingsQuestion,
    StepsCode,
    StepsQuestion,
    TextChange,
)
from clockhouse.control import flows
from clockhouse.flows import operations
from clockhouse.flows.mapping_edits import MapLink, MapSample, MapValue
from clockhouse.flows.operations import Operation
from clockhouse.flows.positions import Utf16
from clockhouse.kit.declared import Setting

router = routes.router("/flows", tags=["flows"])


@router.post("/model", response_model=FlowBody)
def describe_flow(parts: PartsOf, actor: ActorOf, body: FlowQuestion) -> Response:
    """The flow of a source, also of one that is half typed. Every step and field has the range of text that it is."""
    found = flows.describe(parts, actor, body.text, anchors=body.anchors, unfolded=body.unfolded)
    # Written without a look at each of its parts: it has several thousand, and tests hold it against its shape.
    return Response(found, media_type="application/json")


@router.post("/edit")
def edit_flow(parts: PartsOf, actor: ActorOf, body: FlowEdit) -> FlowEdited:
    """The changes of the text that an operation on its flow makes, or why it makes none."""
    units = Utf16(body.text)
    found = flows.edit(parts, actor, body.text, _operation(body.operation), anchors=body.anchors)
    if isinstance(found, str):
        return FlowEdited(refused=found, changes=[], select=None)
    changes = [
        TextChange(start=units.units(each.start), end=units.units(each.end), insert=each.text) for each in found.changes
    ]
    select = None if found.select is None else Utf16(found.text).units(found.select)
    return FlowEdited(refused=None, changes=changes, select=select)


@router.post("/code")
def copy_steps(parts: PartsOf, actor: ActorOf, body: StepsQuestion) -> StepsCode:
    """The code of some steps, for a clipboard or a form: without the indentation that they have."""
    found = flows.code(parts, actor, body.text, tuple(body.path), body.count, anchors=body.anchors)
    return StepsCode(code=found)


@router.post("/check")
def check_field(actor: ActorOf, body: FieldQuestion) -> FieldAnswer:
    """Whether a text can stand in a field of this kind."""
    return FieldAnswer(problem=flows.fault(actor, body.text, body.kind, body.role))


@router.post("/scope")
def look_around(parts: PartsOf, actor: ActorOf, body: ScopeQuestion) -> list[KnownBody]:
    """What a step can use, the nearest first; or what may follow what is typed, the likeliest first."""
    found = flows.known(parts, actor, body.text, tuple(body.path), body.typed, anchors=body.anchors)
    return [KnownBody(**asdict(each)) for each in found]


@router.post("/mapper")
def read_mapper(parts: PartsOf, actor: ActorOf, body: MapperQuestion) -> MapperBody:
    """A function of a source as a data mapper: what it takes, what it returns, and the links between the two."""
    return MapperBody.model_validate(flows.mapper(parts, actor, body.text, body.function, anchors=body.anchors))


@router.post("/settings")
def read_settings(parts: PartsOf, actor: ActorOf, body: SettingsQuestion) -> DeclaredBody:
    """What the configuration in a source declares, as its form; and what is wrong about it."""
    found = flows.settings(parts, actor, body.text)
    problems = [ProblemBody(**asdict(each)) for each in found.problems]
    return DeclaredBody(settings=[setting_body(each) for each in found.settings], problems=problems)


@router.get("/palette")
def show_palette(actor: ActorOf) -> PaletteBody:
    """What there is to insert into a flow, and the forms of its steps."""
    found = flows.offered(actor)
    return PaletteBody.model_validate(asdict(found))


def _offsets(units: Utf16, anchors: Sequence[int]) -> list[int]:
    return [units.offset(each) for each in anchors]


def _operation(asked: bodies.FlowOperation) -> Operation:
    match asked:
        case bodies.InsertStep():
            code, needs = asked.code, tuple(asked.needs)
            return operations.Insert(tuple(asked.block), asked.index, code, needs, is_fresh=asked.fresh)
        case bodies.DeleteSteps():
            return operations.Delete(tuple(asked.path), asked.count)
        case bodies.MoveSteps():
            return operations.Move(tuple(asked.path), tuple(asked.block), asked.index, asked.count)
        case bodies.DuplicateSteps():
            block = None if asked.block is None else tuple(asked.block)
            return operations.Duplicate(tuple(asked.path), asked.count, block, asked.index)
        case bodies.ReplaceStep():
            return operations.Replace(tuple(asked.path), asked.code, asked.exact)
        case bodies.SetField():
            return operations.SetField(tuple(asked.path), asked.field, asked.text, asked.branch)
        case bodies.RenameField():
            return operations.Rename(tuple(asked.path), asked.field, asked.name, asked.branch)
        case bodies.SetNote():
            return operations.SetNote(tuple(asked.path), asked.text)
        case bodies.AddBranch():
            return operations.AddBranch(tuple(asked.path), asked.header)
        case bodies.RemoveBranch():
            return operations.RemoveBranch(tuple(asked.path), asked.branch)
        case bodies.SwitchOff():
            return operations.SwitchOff(tuple(asked.path), asked.count)
        case bodies.SwitchOn():
            return operations.SwitchOn(tuple(asked.path))
        case bodies.ExtractSteps():
            return operations.Extract(tuple(asked.path), asked.name, asked.count)
        case bodies.AddImports():
            return operations.AddImports(tuple(asked.needs))
        case bodies.DeclareSetting():
            return operations.Declare(_setting(asked.setting), asked.was)
        case bodies.UndeclareSetting():
            return operations.Undeclare(asked.name)
        case bodies.MapLinkBody():
            return MapLink(asked.function, tuple(asked.source), tuple(asked.target))
        case bodies.MapValueBody():
            return MapValue(asked.function, tuple(asked.target), asked.text)
        case bodies.MapSampleBody():
            return MapSample(asked.function, asked.parameter, asked.name, asked.sample)


def _setting(asked: bodies.DeclaredSetting) -> Setting:
    return Setting.from_json(asked.model_dump())
