"""What the editor offers: every template can be inserted, and is the step that it says."""

import ast
import json
import logging
import threading

import pytest
from tests.support import catalogue

from clockhouse.flows import changes, model, nodes, palette
from clockhouse.flows.operations import Insert, edit
from clockhouse.flows.palette import Template
from clockhouse.flows.reading import read

TASK = '"""A task."""\n\n\ndef main() -> None:\n    for item in []:\n        pass\n'


@pytest.mark.parametrize("template", palette.TEMPLATES, ids=lambda template: template.key)
def test_a_template_is_inserted_with_what_it_needs(template: Template) -> None:
    block, index = ((), 2) if template.where == "module" else ((1, 0, 0, 0), 0)

    made = edit(TASK, Insert(block, index, template.code, template.needs))

    new = changes.apply(TASK, made.changes)
    body = model.describe(read(new)).body
    assert made.select is not None
    chosen = next(node for node in nodes.walk(body) if node.span[0] == made.select)
    fields = {field.name for field in nodes.all_fields(chosen)}
    assert template.edit is None or template.edit in fields
    for need in template.needs:
        assert ast.unparse(ast.parse(need)) in ast.unparse(ast.parse(new))
    for need in template.needs:
        exec(compile(need, "main.py", "exec"), {"__name__": "main", "threading": threading, "logging": logging})
    compile(new, "main.py", "exec")


def test_forms_name_fields_that_steps_have() -> None:
    text = "x: int = 1\nif a: b\nfor c in d: e\nwhile f: g\nwith h as i: j\nreturn k\nraise l from m\nassert n, o\n"
    for node in model.describe(read(text)).body.nodes:
        form = {field.name.replace("{}", "0") for field in palette.FORMS[node.kind]}
        assert {field.name for field in nodes.all_fields(node)} <= form


def test_the_catalogue_of_connectors_is_the_packages_own() -> None:
    assert json.loads(catalogue.text()) == json.loads(catalogue.FILE.read_text(encoding="utf-8"))
    for connector in palette.connectors():
        assert palette.operations(connector.full_name) == connector.operations
