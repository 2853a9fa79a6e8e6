"""Templates: each declares what the platform can read, is drawn without a code node, and says what it is."""

import ast

import pytest

from clockhouse import templates
from clockhouse.connectors import libraries
from clockhouse.errors import NotFound
from clockhouse.flows import model, nodes, palette
from clockhouse.flows.reading import read as read_flow
from clockhouse.kit.declared import Entry, read

EVERY = pytest.mark.parametrize("template", templates.every(), ids=lambda template: template.key)


@EVERY
def test_a_template_declares_what_the_platform_can_read(template: templates.Template) -> None:
    declared = read(template.files["main.py"])

    assert declared.problems == ()
    assert declared.entry == Entry("main.py", None)
    assert all(setting.description for setting in declared.settings)


@EVERY
def test_a_template_is_drawn_without_a_step_that_is_only_code(template: templates.Template) -> None:
    flow = model.describe(read_flow(template.files["main.py"]))

    assert "code" not in {node.kind for node in nodes.walk(flow.body)}


@EVERY
def test_a_template_names_the_connectors_that_it_imports(template: templates.Template) -> None:
    titles = {connector.full_name: connector.title for connector in palette.connectors()}
    flow = model.describe(read_flow(template.files["main.py"]))

    assert {titles[name] for name in flow.connections.values()} == set(template.connectors)


@EVERY
def test_a_page_explains_what_a_template_asks_for(template: templates.Template) -> None:
    asked = {setting.name for setting in read(template.files["main.py"]).settings}

    assert all(f"| `{name}` |" in template.explanation for name in asked)
    assert "## What to configure" in template.explanation
    assert "## How to change it" in template.explanation


def test_the_twelve_templates_are_those_of_the_catalogue() -> None:
    found = templates.every()

    assert [each.key for each in found[:3]] == ["health-check", "issue-summary", "session-log"]
    assert len({each.title for each in found}) == len(found)
    assert {name for each in found for name in _extras(each)} <= set(libraries.EXTRAS)


@pytest.mark.parametrize("key", ["nope", "health_check", "", "../blank"])
def test_a_template_that_there_is_not_is_told_with_those_there_are(key: str) -> None:
    with pytest.raises(NotFound, match="There are: health-check, "):
        templates.get(key)


def _extras(template: templates.Template) -> set[str]:
    imported = [
        alias.name
        for node in ast.walk(ast.parse(template.files["main.py"]))
        if isinstance(node, ast.ImportFrom) and node.module == "clockhouse.connectors"
        for alias in node.names
    ]
    return {extra for name in imported if (extra := libraries.needed_by(name)) is not None}
