"""What a source declares is read without running it."""

import pytest

from clockhouse.kit import declared
from clockhouse.kit.declared import Entry, Setting

HEALTH_CHECK = '''\
"""Checks that an application is healthy."""

from typing import Literal

from clockhouse.kit import Secret, TaskConfig, run, setting


class Config(TaskConfig):
    url: str = setting("Address to check", example="https://example.org", pattern="https?://.+")
    timeout_s: float = setting("Seconds to wait", default=5, minimum=0.1, maximum=60)
    expected: int = setting("Expected status", default=200)
    follow: bool = setting("Follow redirects", default=False)
    token: Secret | None = setting("Bearer token")
    words: list[str] = setting("Words to find", default=["ok"])
    method: Literal["GET", "HEAD"] = setting("Method", default="GET")


def main(config: Config) -> None: ...


if __name__ == "__main__":
    run(main)
'''


def source(*fields: str, rest: str = "") -> str:
    head = "from clockhouse.kit import Secret, TaskConfig, setting\n\nclass Config(TaskConfig):\n"
    return head + "".join(f"    {field}\n" for field in fields) + rest


def test_a_health_check_declares_its_settings():
    found = declared.read(HEALTH_CHECK)

    assert found.problems == ()
    assert found.entry == Entry("main.py", None)
    assert [(one.name, one.type, one.required, one.default) for one in found.settings] == [
        ("url", "text", True, None),
        ("timeout_s", "number", False, 5.0),
        ("expected", "integer", False, 200),
        ("follow", "flag", False, False),
        ("token", "secret", False, None),
        ("words", "list", False, ["ok"]),
        ("method", "choice", False, "GET"),
    ]
    assert found.settings[0].description == "Address to check"
    assert found.settings[0].example == "https://example.org"
    assert found.settings[0].line == 9
    assert found.settings[1].minimum == 0.1
    assert found.settings[6].choices == ("GET", "HEAD")


def test_settings_survive_json():
    import json

    for setting in declared.read(HEALTH_CHECK).settings:
        assert Setting.from_json(json.loads(json.dumps(setting.to_json()))) == setting


@pytest.mark.parametrize(
    ("rest", "call"),
    [
        ("def main(): ...\n", "main"),
        ("async def main(): ...\n", "main"),
        ("def main(): ...\nif __name__ == '__main__':\n    main()\n", None),
        ("def main(): ...\nmain()\n", None),
        ("import sys\ndef main(): ...\nsys.exit(main())\n", None),
        ("print('hello')\n", None),
    ],
)
def test_main_is_called_unless_the_file_starts_it_itself(rest, call):
    assert declared.read(rest, "task.py").entry == Entry("task.py", call)


def test_a_syntax_error_is_told_with_its_line_and_a_caret():
    [problem] = declared.read("x = 1\nif x\n    pass\n", "main.py").problems

    assert problem.line == 2
    assert problem.path == "main.py"
    assert problem.excerpt == "if x\n    ^"
    assert "expected ':'" in problem.message


def test_source_that_is_no_text_of_python_is_a_problem():
    found = declared.read("x = '\0'")

    assert found.entry is None
    assert len(found.problems) == 1


def test_deep_nesting_is_a_problem_and_no_crash():
    assert len(declared.read("(" * 100_000).problems) == 1


@pytest.mark.parametrize(
    ("field", "part"),
    [
        ('url: str = setting("a" + NAME)', "computed"),
        ('url: str = setting("Address", default=open("x"))', "computed"),
        ('token: Secret = setting("Token", default="hunter2")', "may not have its value in the source"),
        ('token: Secret = "hunter2"', "may not have its value in the source"),
        ('when: datetime = setting("When")', "not a type of setting"),
        ('many: dict[str, int] = setting("Many")', "not a type of setting"),
        ('many: list[Secret] = setting("Many")', "not a type of setting"),
        ('url = setting("Address")', "needs its type"),
        ("url: str = setting()", "needs a description"),
        ('url: str = setting("Address", minimum=1)', "only numbers take"),
        ('count: int = setting("Count", pattern="a")', "only text takes"),
        ('count: int = setting("Count", default="3")', "default that does not fit"),
        ('count: int = setting("Count", default=3, maximum=2)', "default that does not fit"),
        ('count: int = setting("Count", minimum=3, maximum=2)', "minimum above its maximum"),
        ('url: str = setting("Address", pattern="(")', "not a regular expression"),
        ('url: str = setting("Address", pattern="(a+)+b", default="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaac")', "too many ways"),
        ('url: str = setting("Address", choices="abc")', "not a list"),
        ('url: str = setting("Address", colour="red")', "does not take colour"),
        ('url: str | None = setting("Address", default="x")', "has None as its default"),
        ('_url: str = setting("Address")', "underscore"),
    ],
)
def test_what_can_not_be_a_setting_is_a_problem_with_its_line(field, part):
    [problem] = declared.read(source(field)).problems

    assert part in problem.message
    assert problem.line == 4
    assert problem.excerpt is not None
    assert field in problem.excerpt


def test_two_settings_may_not_share_a_variable():
    [problem] = declared.read(source('url: str = setting("a")', 'URL: str = setting("b")')).problems

    assert problem.line == 5
    assert "already" in problem.message


def test_the_class_that_main_takes_is_the_configuration():
    text = source(
        'url: str = setting("a")',
        rest="class Other(TaskConfig):\n    name: str = setting('b')\n\ndef main(config: Other): ...\n",
    )

    assert [one.name for one in declared.read(text).settings] == ["name"]


def test_inherited_settings_come_first():
    text = source('url: str = setting("a")', rest="class More(Config):\n    n: int = 1\n\ndef main(c: 'More'): ...\n")

    assert [one.name for one in declared.read(text).settings] == ["url", "n"]


def test_names_may_be_imported_under_others():
    text = (
        "from clockhouse import kit\nfrom clockhouse.kit import Secret as S\nimport typing as t\n"
        "class C(kit.TaskConfig):\n    a: S = kit.setting('a')\n    b: t.Optional[int] = kit.setting('b')\n"
    )

    assert [(one.name, one.type, one.required) for one in declared.read(text).settings] == [
        ("a", "secret", True),
        ("b", "integer", False),
    ]


def test_main_must_say_what_it_takes():
    [problem] = declared.read("def main(config): ...\n").problems

    assert "def main(config: Config)" in problem.message


@pytest.mark.parametrize(
    ("setting", "given", "value"),
    [
        (Setting("n", "integer"), "5", 5),
        (Setting("n", "integer"), 5.0, 5),
        (Setting("n", "integer"), " -7 ", -7),
        (Setting("n", "number"), "2.5", 2.5),
        (Setting("n", "number"), 2, 2.0),
        (Setting("f", "flag"), "True", True),
        (Setting("t", "text"), "5", "5"),
        (Setting("l", "list", "integer"), '["1", 2]', [1, 2]),
        (Setting("l", "list", "text"), [], []),
        (Setting("c", "choice", choices=(1, 2)), "2", 2),
        (Setting("n", "integer", required=False, default=3), None, 3),
    ],
)
def test_a_forms_value_is_read_where_nothing_is_lost(setting, given, value):
    found = declared.parse(setting, given)

    assert found == value
    assert type(found) is type(value)
    assert declared.parse(setting, declared.encode(found)) == value


@pytest.mark.parametrize(
    ("setting", "given", "sentence"),
    [
        (Setting("n", "integer"), "5.5", "Must be a whole number."),
        (Setting("n", "integer"), True, "Must be a whole number."),
        (Setting("n", "integer"), "+-5", "Must be a whole number."),
        (Setting("n", "integer"), "1_0", "Must be a whole number."),
        (Setting("n", "integer"), {}, "Must be a whole number."),
        (Setting("n", "number"), "nan", "Must be a number."),
        (Setting("n", "number"), "1e999", "Must be a number."),
        (Setting("n", "number", minimum=1), 0, "Must be at least 1, not 0.0."),
        (Setting("n", "integer", maximum=9), "10", "Must be at most 9, not 10."),
        (Setting("f", "flag"), 1, "Must be true or false."),
        (Setting("t", "text"), 5, "Must be text."),
        (Setting("t", "text"), "a\0b", "May not contain a NUL character."),
        (Setting("t", "text", pattern="a+"), "ab", "Must match the pattern a+."),
        (Setting("t", "text", pattern="a+"), "a" * 1001, "May have at most 1,000 characters, since it has a pattern."),
        (Setting("t", "text", choices=("a", "b")), "c", 'Must be "a" or "b".'),
        (Setting("l", "list", "integer"), ["x"], "Must be a whole number."),
        (Setting("l", "list", "integer"), "1, 2", 'Must be a JSON list such as ["a", "b"].'),
        (Setting("c", "choice", choices=("a",)), "b", 'Must be "a".'),
        (Setting("t", "text"), None, "Needs a value."),
    ],
)
def test_a_value_that_is_not_valid_is_explained(setting, given, sentence):
    assert declared.check(setting, given) == sentence
