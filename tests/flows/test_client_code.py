"""A client of a component's own, from an OpenAPI file: it is read, written, recognised, and works."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.web import peer, reply

from clockhouse.flows import client_code, model, nodes, own
from clockhouse.flows.openapi import OpenApiError, identifier
from clockhouse.flows.reading import read as read_flow
from clockhouse.kit import Secret

SHOP = """
openapi: 3.1.0
info: {title: Tea Shop API, version: "1.2", description: "Sells tea.\\n\\nMore words."}
servers:
  - url: https://{region}.shop.example.com/v1/
    variables: {region: {default: eu}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Api-Key}
    user: {type: http, scheme: bearer}
  parameters:
    limit:
      {name: limit, in: query, description: "How many at most.", schema: {type: integer}}
  schemas:
    Tea:
      type: object
      description: A sort of tea.
      required: [id]
      properties:
        id: {type: integer}
        name: {type: [string, "null"], description: What it is called}
        kind: {enum: [black, green]}
        parts: {type: array, items: {$ref: "#/components/schemas/Tea"}}
        "best-before": {type: string, format: date}
    Order:
      allOf:
        - {$ref: "#/components/schemas/Base"}
        - {type: object, required: [tea], properties: {tea: {$ref: "#/components/schemas/Tea"}, from: {type: string}}}
    Base: {type: object, properties: {note: {type: string, nullable: true}}}
    Fault: {type: object, properties: {message: {type: string}}}
paths:
  /teas:
    get:
      operationId: listTeas
      summary: All sorts of tea
      parameters:
        - {$ref: "#/components/parameters/limit"}
        - {name: sort-by, in: query, required: true, schema: {type: string}}
        - {name: X-Trace, in: header, schema: {type: string}}
      responses:
        "200":
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Tea"}}}}
  /teas/{tea-id}/orders:
    parameters: [{name: tea-id, in: path, required: true, schema: {type: integer}}]
    post:
      summary: Orders a tea
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
      responses: {"201": {description: Done}}
    delete:
      operationId: import
      responses: {"200": {content: {text/plain: {schema: {type: string}}}}}
"""


@pytest.fixture(scope="module")
def code() -> str:
    return client_code.module(SHOP)


def loaded(code: str) -> types.ModuleType:
    module = types.ModuleType("clients.shop")
    sys.modules["clients.shop"] = module
    exec(compile(code, "clients/shop.py", "exec"), module.__dict__)
    return module


def test_an_operation_is_a_method_with_names_types_and_documentation(code: str) -> None:
    shop = own.connectors({"clients/shop.py": code})[0]

    assert (shop.title, shop.full_name) == ("Tea Shop API", "clients.shop.Client")
    assert [(each.name, each.type, each.default) for each in shop.parameters] == [
        ("base_url", "str", "'https://eu.shop.example.com/v1'"),
        ("api_key", "Secret | None", "None"),
        ("token", "Secret | None", "None"),
        ("timeout_seconds", "float", "30.0"),
    ]
    teas, order, cancel = shop.operations
    assert (teas.name, teas.returns) == ("list_teas", "list[Tea]")
    assert [(each.name, each.type, each.default, each.is_keyword) for each in teas.parameters] == [
        ("sort_by", "str", None, False),
        ("limit", "int | None", "None", True),
        ("x_trace", "str | None", "None", True),
    ]
    assert teas.parameters[1].documentation == "`limit`: How many at most."
    assert (order.name, order.returns) == ("post_teas_tea_id_orders", "None")
    assert [(each.name, each.type) for each in order.parameters] == [("tea_id", "int"), ("body", "Order")]
    assert (cancel.name, cancel.returns) == ("import_", "str")


def test_the_records_of_a_client_are_those_that_its_operations_need(code: str) -> None:
    records = {each.name for each in ast.parse(code).body if isinstance(each, ast.ClassDef)}

    assert records == {"Client"}
    assert "best-before" in code
    assert '"from": "NotRequired[str]"' in code
    assert "\"kind\": \"NotRequired[Literal['black', 'green']]\"" in code
    assert "Fault" not in code


def test_a_client_calls_what_the_file_says(code: str) -> None:
    with peer() as other:
        other.on("GET /teas", reply([{"id": 1}]))
        other.on("POST /teas/7/orders", reply({}, 201))
        other.on("DELETE /teas/7/orders", reply("gone"))
        shop = loaded(code).Client(other.url, api_key=Secret("k"), token=Secret("t"))

        assert shop.list_teas("name", x_trace="abc") == [{"id": 1}]
        assert shop.post_teas_tea_id_orders(7, {"tea": {"id": 1}}) is None
        assert shop.import_(7) == '"gone"'

    first, second, _ = other.asked
    assert first.query == {"sort-by": ["name"]}
    assert (first.headers["x-api-key"], first.headers["authorization"], first.headers["x-trace"]) == (
        "k",
        "Bearer t",
        "abc",
    )
    assert second.json() == {"tea": {"id": 1}}


def test_a_flow_knows_a_client_of_the_components_own() -> None:
    text = (
        "from clients import shop\n\n\ndef main(config):\n"
        "    teas = shop.Client(token=config.token)\n    found = teas.list_teas()\n"
    )

    flow = model.describe(read_flow(text))

    assert flow.connections == {"teas": "clients.shop.Client"}
    assert {"connection", "connector_call"} <= {step.kind for step in nodes.walk(flow.body)}


@pytest.mark.slow
def test_a_client_is_as_tidy_as_what_people_write(code: str, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(code)

    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E9,F,I,UP,B", "shop.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + code


HOSTILE = '"""\nimport os; os.abort()\n"""\\'


def test_words_of_a_file_never_become_code() -> None:
    def everywhere(name: str) -> dict[str, Any]:
        return {"name": name, "in": "query", "description": HOSTILE, "schema": {"enum": [HOSTILE]}}

    record = {"type": "object", "description": HOSTILE, "properties": {HOSTILE: {"type": "string"}, "class": {}}}
    file = {
        "openapi": "3.0.0",
        "info": {"title": HOSTILE, "version": HOSTILE, "description": HOSTILE},
        "servers": [{"url": f"https://x/{HOSTILE}"}],
        "components": {
            "schemas": {f"A{HOSTILE}": record},
            "securitySchemes": {"a": {"type": "apiKey", "in": "query", "name": HOSTILE, "description": HOSTILE}},
        },
        "paths": {
            f'/a/{{{HOSTILE}}}/"{{0}}': {
                "get": {
                    "operationId": HOSTILE,
                    "summary": HOSTILE,
                    "parameters": [everywhere(HOSTILE), everywhere("b"), {**everywhere("c"), "in": "header"}],
                    "requestBody": {"content": {HOSTILE: {}}},
                    "responses": {
                        "200": {
                            "content": {
                                "application/json": {
                                    "schema": {
                                        "$ref": f"#/components/schemas/A{HOSTILE}".replace("/", "~1").replace(
                                            "#~1components~1schemas~1", "#/components/schemas/"
                                        )
                                    }
                                }
                            }
                        }
                    },
                }
            }
        },
    }

    module = ast.parse(client_code.module(json.dumps(file)))

    assert not [each for each in ast.walk(module) if isinstance(each, ast.Import)]
    assert {type(each).__name__ for each in module.body} <= {"Expr", "ImportFrom", "Assign", "ClassDef"}


def of_paths(paths: object, **more: object) -> str:
    return json.dumps({"openapi": "3.0.0", "paths": paths, **more})


def test_a_parameter_may_be_called_as_what_a_method_uses() -> None:
    names = ["segment", "plain", "bearer", "str"]
    path = "".join(f"/{{{name}}}" for name in names)
    headers = [{"name": "X-A", "in": "header", "schema": {"type": "integer"}}]
    text = client_code.module(of_paths({path: {"get": {"operationId": "look", "parameters": headers}}}))

    with peer() as other:
        other.on("GET /a/b/c/d", reply({}))
        loaded(text).Client(other.url).look("a", "b", "c", "d", x_a=1)

    assert other.asked[0].headers["x-a"] == "1"


def test_only_a_header_is_left_out_for_its_name() -> None:
    parameters = [{"name": "accept", "in": place} for place in ("path", "query", "header")]

    text = client_code.module(of_paths({"/{accept}": {"get": {"operationId": "look", "parameters": parameters}}}))

    assert "def look(self, accept: Any, *, accept_2: Any = None) -> None:" in text


@pytest.mark.parametrize("parameter", [{"name": ["a"], "in": "query"}, {"name": "a", "in": ["query"]}, {}, 1])
def test_a_parameter_that_is_none_is_left_out(parameter: object) -> None:
    text = client_code.module(of_paths({"/": {"get": {"operationId": "look", "parameters": [parameter]}}}))

    assert "def look(self) -> None:" in text


WORDS = st.sampled_from(
    [
        "a",
        "self",
        "str",
        "found",
        "Any",
        "Client",
        "class",
        "accept",
        "__a",
        "{",
        "}",
        '"',
        "\\",
        "\n",
        "é",
        "\ud800",
        "",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


def or_anything(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 9).flatmap(lambda chance: usual if chance else ANYTHING)


def described(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return or_anything(st.fixed_dictionaries({}, optional={name: or_anything(each) for name, each in parts.items()}))


REFERENCES = st.fixed_dictionaries({"$ref": st.sampled_from(["#/components/schemas/A", "#/components/schemas/Any"])})
KINDS = st.sampled_from(["object", "array", "string", "null"])
SCHEMAS = st.recursive(
    REFERENCES | described(type=KINDS | st.lists(KINDS, max_size=2), enum=st.lists(WORDS), description=WORDS),
    lambda inner: described(
        properties=st.dictionaries(WORDS, inner, max_size=3),
        required=st.lists(WORDS, max_size=2),
        oneOf=st.lists(inner, max_size=3),
        allOf=st.lists(inner, max_size=3),
        items=inner,
        additionalProperties=inner,
    ),
    max_leaves=4,
)
CONTENTS = st.dictionaries(
    st.sampled_from(["application/json", "text/plain", '"', "*/*"]), described(schema=SCHEMAS), max_size=2
)
PARAMETERS = st.lists(
    described(
        name=WORDS, schema=SCHEMAS, description=WORDS, **{"in": st.sampled_from(["path", "query", "header", "cookie"])}
    ),
    max_size=3,
)
OPERATIONS = described(
    operationId=WORDS,
    summary=WORDS,
    parameters=PARAMETERS,
    requestBody=described(content=CONTENTS, required=st.booleans()),
    responses=st.dictionaries(st.sampled_from(["200", "default"]), described(content=CONTENTS), max_size=2),
)
SIGN_INS = described(
    type=st.sampled_from(["http", "apiKey", "oauth2"]),
    scheme=st.sampled_from(["basic", "bearer"]),
    name=WORDS,
    **{"in": st.sampled_from(["header", "query"])},
)
FILES = described(
    openapi=st.just("3.1.0"),
    info=described(title=WORDS, version=WORDS, description=WORDS),
    servers=st.lists(described(url=WORDS, variables=st.dictionaries(WORDS, ANYTHING, max_size=1)), max_size=1),
    components=described(
        schemas=st.fixed_dictionaries({"A": SCHEMAS, "Any": SCHEMAS}),
        securitySchemes=st.dictionaries(WORDS, SIGN_INS, max_size=2),
    ),
    paths=st.dictionaries(
        st.lists(WORDS | WORDS.map("{{{}}}".format), max_size=3).map("/".join),
        described(get=OPERATIONS, post=OPERATIONS, parameters=PARAMETERS),
        min_size=1,
        max_size=2,
    ),
).map(lambda file: {"openapi": "3.1.0", **file} if isinstance(file, dict) else file)


@pytest.mark.slow
@settings(max_examples=100)
@given(FILES)
def test_whatever_comes_is_refused_or_becomes_python(file: object) -> None:
    try:
        text = client_code.module(json.dumps(file))
    except OpenApiError:
        return

    compile(text, "clients/a.py", "exec")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no OpenAPI description"),
        ("[1]", "no OpenAPI description"),
        ("{", "no JSON"),
        ("a: [", "neither JSON nor YAML"),
        ("swagger: '2.0'", "Swagger 2"),
        ("openapi: 4.0.0", r"no description of OpenAPI 3\.0 or 3\.1"),
        ("openapi: 3.0.0\npaths: {}", "has no operations"),
        ("openapi: 3.0.0\npaths: {/a: {get: {parameters: [{$ref: 'other.yaml#/x'}]}}}", "refers to another one"),
        ("openapi: 3.0.0\npaths: {/a: {get: {parameters: [{$ref: '#/x'}]}}}", "refers to #/x, which it does not have"),
        ("openapi: 3.0.0\nx: {$ref: '#/x'}\npaths: {/a: {$ref: '#/x'}}", "lead in a circle"),
        ("openapi: 3.0.0\n#" + " " * 4_000_001, "larger than 4 MB"),
        ("openapi: 3.0.0\npaths: {" + ",".join(f"/{n}: {{get: {{}}}}" for n in range(501)) + "}", "more than 500"),
        ("openapi: 3.0.0\npaths: !!python/object/apply:os.abort []", "neither JSON nor YAML"),
        ('{"a":' * 100_000, "can't be read"),
        ("[" * 100_000, "more than 100 levels"),
    ],
    ids=map(str, range(15)),
)
def test_a_file_that_is_none_is_told(text: str, told: str) -> None:
    with pytest.raises(OpenApiError, match=told):
        client_code.module(text)


def test_schemas_that_go_round_in_circles_come_to_an_end() -> None:
    schemas: dict[str, Any] = {
        "A": {
            "oneOf": [
                {"$ref": "#/components/schemas/B"},
                {"type": "array", "items": {"$ref": "#/components/schemas/A"}},
            ]
        },
        "B": {"anyOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]},
        "C": {"allOf": [{"$ref": "#/components/schemas/C"}], "properties": {"c": {"$ref": "#/components/schemas/C"}}},
    }
    schemas["D"] = {"allOf": [{"$ref": "#/components/schemas/D"}] * 20, "properties": {"d": {"type": "integer"}}}
    schemas["E"] = {"oneOf": [{"$ref": "#/components/schemas/E"}] * 20 + [{"$ref": "#/components/schemas/B"}] * 20}
    answer = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in schemas]}
    paths = {"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": answer}}}}}}}

    text = client_code.module(json.dumps({"openapi": "3.0.0", "paths": paths, "components": {"schemas": schemas}}))

    compile(text, "clients/a.py", "exec")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("listPets", "list_pets"),
        ("HTTPStatusCode", "http_status_code"),
        ("get /pets/{id}", "get_pets_id"),
        ("class", "class_"),
        ("2fa", "n2fa"),
        ("__init__", "init"),
        ("Ärger", "rger"),
        ("", "n"),
    ],
)
def test_names_are_made_pythons(words: str, name: str) -> None:
    assert identifier(words) == name
