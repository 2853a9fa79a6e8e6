"""What the editor offers: every template can be inserted, and is the step that it says."""

import ast
import json
import logging
import threading

import pytest
from tests.support import catalogue

from clockhouse.connectors import http
from clockhouse.flows import changes, model, nodes, palette
from clockhouse.flows.operations import Declare, Insert, SetField, edit
from clockhouse.flows.palette import Template
from clockhouse.flows.reading import read
from clockhouse.kit.declared import Setting

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
        names = {"__name__": "main", "threading": threading, "logging": logging, "http": http}
        exec(compile(need, "main.py", "exec"), names)
    compile(new, "main.py", "exec")


CHECK = """\
import logging

from clockhouse.connectors import http
from clockhouse.kit import TaskConfig, run, setting

log = logging.getLogger(__name__)

web = http.Client()


class Config(TaskConfig):
    url: str = setting("What to look at")


def main(config: Config) -> None:
    answer = web.get(config.url, check=False)
    if answer.status == 200:
        log.info("Healthy: %s", config.url)
    else:
        raise SystemExit(1)


if __name__ == "__main__":
    run(main)
"""


def test_a_task_is_designed_from_nothing_by_edits_of_its_flow_alone() -> None:
    by_key = {template.key: template for template in palette.TEMPLATES}

    def placed(key: str, block: nodes.Path, index: int) -> Insert:
        return Insert(block, index, by_key[key].code, by_key[key].needs)

    text = ""
    main = (2, 0)  # below an import and the configuration
    for operation in [
        placed("main", (), 0),
        Declare(Setting("url", "text", description="What to look at")),
        placed("http_get", main, 0),
        SetField((4, 0, 0), "arg0", "config.url"),
        placed("if", (4, 0), 1),
        SetField((4, 0, 1), "condition", "answer.status == 200", branch=0),
        placed("log_info", (4, 0, 1, 0), 0),
        SetField((6, 0, 1, 0, 0), "arg0", '"Healthy: %s"'),
        SetField((6, 0, 1, 0, 0), "arg1", "config.url"),
        placed("stop", (6, 0, 1, 1), 0),
        SetField((6, 0, 1, 1, 0), "error", "SystemExit(1)"),
    ]:
        text = edit(text, operation).text
    assert text == CHECK


def test_forms_name_fields_that_steps_have() -> None:
    text = "x: int = 1\nif a: b\nfor c in d: e\nwhile f: g\nwith h as i: j\nreturn k\nraise l from m\nassert n, o\n"
    for node in model.describe(read(text)).body.nodes:
        form = {field.name.replace("{}", "0") for field in palette.FORMS[node.kind]}
        assert {field.name for field in nodes.all_fields(node)} <= form


def test_the_catalogue_of_connectors_is_the_packages_own() -> None:
    assert json.loads(catalogue.text()) == json.loads(catalogue.FILE.read_text(encoding="utf-8"))
    for connector in palette.connectors():
        assert palette.operations(connector.full_name) == connector.operations
