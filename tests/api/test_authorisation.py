"""Who may do what: each operation of the API's description, asked by everybody there is, in their project and another.

Requests are real, and each is a good one: what it changes is undone when it has been answered. An operation that has no
rule here fails, so that none is published without one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from tests.support.api import (
    CONFIGURATION,
    EVERY_10_S,
    HERE,
    NOON,
    V1,
    InProcess,
    Installation,
    application,
    described,
    installed,
)
from tests.support.people import somebody

from clockhouse.api.app import create
from clockhouse.kit import Secret
from clockhouse.model import identifier
from clockhouse.model.actor import Actor, Permission, Role
from clockhouse.model.channel import Channel, purpose
from clockhouse.store import actors, channels, projects
from clockhouse.store.actors import TokenKind
from clockhouse.store.database import Tx
from clockhouse.store.tables.actors import actors as actors_table
from clockhouse.store.tables.actors import tokens

READ, DEVELOP, OPERATE, ADMINISTER = Permission
MINE, FOREIGN = "shop", "bank"
HTTPS = "https://127.0.0.1:9/shop.git"
NOBODY = "http://127.0.0.1:9/"  # what is sent there is refused at once
MINUTE = timedelta(minutes=1)
EVERY_MINUTE = {"trigger": {"kind": "cron", "expression": "* * * * *"}}
AROUND = {"start": (NOON - 5 * MINUTE).isoformat(), "end": NOON.isoformat(), "scope": "all"}
TEXT = "print(1)\n"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request is made of: who asks, about which project, in which environment, and what there is."""

    who: str
    project: str
    environment: str
    known: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """An id, by what it is of."""
        return self.known.get(f"{name}/{self.project}/{self.environment}", self.known.get(name, name))


Body = Callable[[Ask], Any]


def just(body: Any) -> Body:
    return lambda _ask: body


@dataclass(frozen=True, slots=True)
class Rule:
    """What an operation takes. `at` tells parts of its path, `query` of its address."""

    takes: Permission | None  # None: nothing but to be somebody, or not even that
    where: str  # open, anybody, installation, somewhere, project, environment
    body: Body = just(None)
    at: Mapping[str, str] = field(default_factory=dict)
    query: Body = just(None)
    as_session: bool = False
    hides: bool = True  # what is foreign is told as what does not exist
    in_production: bool = False  # what is asked for changes production, whatever the address says


def whole(takes: Permission, body: Any = None, **more: Any) -> Rule:
    return Rule(takes, "installation", just(body), **more)


def within(takes: Permission, body: Any = None, **more: Any) -> Rule:
    return Rule(takes, "project", body if callable(body) else just(body), **more)


def there(body: Any = None, **more: Any) -> Rule:
    """What changes an environment of a project."""
    return Rule(OPERATE, "environment", body if callable(body) else just(body), **more)


def oneself(body: Any = None, **more: Any) -> Rule:
    return Rule(None, "anybody", just(body), **more)


def in_project(ask: Ask) -> dict[str, str]:
    return {"project": ask.project}


def in_environment(ask: Ask) -> dict[str, str]:
    return {"environment": ask.environment}


def alert(ask: Ask) -> dict[str, Any]:
    return {"when": "2 failures in a row", "environment": ask.environment, "channels": ["told"]}


OPEN = Rule(None, "open")
CHANNEL = {"channel": "ops"}
EXECUTION, BACKFILL, REQUEST = {"id": "execution"}, {"id": "backfill"}, {"number": "request"}
ALERT = {"number": "alert"}
NAMED = {"project": None}
RULES: dict[str, Rule] = {
    "health": OPEN,
    "sign_in": OPEN,
    "sign_in_with_password": OPEN,
    "list_ways": OPEN,
    "receive_hook": OPEN,  # signed with the component's secret
    # One's own.
    "get_session": oneself(),
    "sign_out": oneself(as_session=True),
    "make_link": oneself(as_session=True),
    "get_account": oneself(),
    "change_account": oneself({"name": "Ada"}, as_session=True),
    "change_password": oneself({"new": "a long enough one"}, as_session=True),
    "list_sessions": oneself(as_session=True),
    "end_session": oneself(as_session=True, at={"session": "session"}),
    "end_other_sessions": oneself(as_session=True),
    "list_tokens": oneself(),
    "create_token": oneself({"name": "ci"}),
    "withdraw_token": oneself(at={"token": "token"}),
    # People.
    "list_all_tokens": whole(ADMINISTER),
    "list_people": whole(ADMINISTER),
    "invite_person": whole(ADMINISTER, {"login": "eve", "name": "Eve"}),
    "make_person_link": whole(ADMINISTER, at={"person": "guest"}),
    "grant_role": within(
        ADMINISTER, lambda ask: {"role": "viewer", "project": ask.project}, at={"person": "guest"}, hides=False
    ),
    "revoke_role": within(ADMINISTER, at={"person": "guest", "grant": "grant"}, hides=False),
    "disable_person": whole(ADMINISTER, at={"person": "guest"}),
    "enable_person": whole(ADMINISTER, at={"person": "guest"}),
    "remove_person": whole(ADMINISTER, at={"person": "guest"}),
    "list_members": within(READ),
    "list_entries": within(ADMINISTER, query=in_project),
    "export_entries": within(ADMINISTER, query=in_project),
    "get_trail_retention": whole(ADMINISTER),
    "set_trail_retention": whole(ADMINISTER, {"days": 365}),
    # Projects and components.
    "list_projects": whole(READ),
    "create_project": whole(DEVELOP, {"name": "New"}),
    "get_project": within(READ),
    "remove_project": within(ADMINISTER, in_production=True),
    "pause_project": there(in_environment),
    "resume_project": there(in_environment),
    "list_templates": oneself(),
    "get_declaration": within(READ),
    "diff_declaration": within(READ, {"text": ""}),
    "apply_declaration": within(DEVELOP, {"text": ""}),
    "forget_declaration": within(DEVELOP),
    "list_components": within(READ),
    "create_component": within(DEVELOP, {"name": "New"}),
    "get_component": within(READ),
    "remove_component": within(ADMINISTER, in_production=True),
    "survey_repository": Rule(DEVELOP, "somewhere", just({"url": HTTPS})),
    "connect_component": within(DEVELOP, {"url": HTTPS, "name": "New"}),
    "get_connection": within(READ),
    "change_connection": within(DEVELOP, {"directory": "."}),
    "look_at_connection": within(DEVELOP),
    "add_track": within(DEVELOP, {"branch": "next"}),
    "change_track": within(DEVELOP, {"auto_build": True}, at={"branch": "main"}),
    "remove_track": within(DEVELOP, at={"branch": "main"}),
    "renew_hook": within(DEVELOP),
    "read_source": within(READ),
    "list_commits": within(READ),
    "save_source": within(
        DEVELOP, lambda ask: {"parent": ask["commit"], "message": "More", "changes": {"more.txt": "x"}}
    ),
    "list_builds": within(READ),
    "request_build": within(DEVELOP, {}),
    "get_build": within(READ),
    "retry_build": within(DEVELOP),
    "cancel_build": within(DEVELOP),
    "read_build_log": within(READ),
    "follow_build_log": within(READ),
    "get_build_settings": within(READ),
    "change_build_settings": within(DEVELOP, {"python": "3.11"}),
    # Deployments.
    "list_cards": within(READ),
    "list_deployments": within(READ),
    "deploy": there(lambda ask: {"environment": ask.environment, "configuration": CONFIGURATION}),
    "promote": there(
        lambda ask: {
            "source": "production" if ask.environment == "development" else "development",
            "target": ask.environment,
        }
    ),
    "preview_promotion": within(READ, {"source": "development", "target": "production", "with_code": False}),
    "compare_commits": within(READ, query=lambda ask: {"after": ask["commit"]}),
    "pause": there({}),
    "resume": there(),
    "reschedule": there({"schedules": [EVERY_10_S]}),
    "stop": there(),
    "run_now": there(),
    "roll_back": there(),
    "redeploy": there(),
    "list_waiting_requests": whole(READ),
    "list_own_requests": whole(READ),
    "list_requests": within(READ),
    "ask": within(OPERATE, {"promotion": {}}),
    "get_request": within(READ, at=REQUEST),
    "approve_request": there({}, at=REQUEST),
    "reject_request": there({}, at=REQUEST),
    "cancel_request": within(ADMINISTER, {}, at=REQUEST),
    "see_request": within(READ, at=REQUEST),
    "set_approval": whole(ADMINISTER, {"role": "admin"}),
    "get_configuration": within(READ),
    "set_value": there({"value": CONFIGURATION["url"]}, at={"name": "url"}, query=in_environment),
    "unset_value": there(at={"name": "url"}, query=in_environment),
    # Environments and agents.
    "list_environments": whole(READ),
    "add_environment": whole(ADMINISTER, {"name": "New"}),
    "change_environment": whole(ADMINISTER, {"name": "New"}),
    "remove_environment": whole(ADMINISTER),
    "move_environment": whole(ADMINISTER, {"before": None}),
    "get_contents": whole(ADMINISTER),
    "get_retention": whole(READ),
    "set_retention": whole(ADMINISTER, {"days": 1, "last": 1}),
    "set_limit": whole(ADMINISTER, {"at_once": 1}),
    "set_data_plane": whole(ADMINISTER, {"data_plane": "process"}),
    "list_agents": whole(READ),
    "add_agent": whole(ADMINISTER, {"name": "far", "environment": "development"}),
    "remove_agent": whole(ADMINISTER, at={"agent": "near"}),
    # Schedules.
    "preview_schedule": whole(READ, EVERY_10_S),
    "schedule_calendar": within(
        READ, lambda ask: {"schedules": [EVERY_10_S], "project": ask.project, "component": "health-check"}
    ),
    "due_by_minute": whole(READ),
    "list_countries": whole(READ),
    # Executions and what is measured of them.
    "list_executions": within(READ, query=in_project),
    "get_execution": within(READ, at=EXECUTION),
    "read_failure": within(READ, at=EXECUTION),
    "stop_execution": there(at=EXECUTION),
    "run_again": there(at=EXECUTION),
    "read_execution_log": within(READ, at=EXECUTION),
    "download_log": within(READ, at=EXECUTION),
    "follow_execution_log": within(READ, at=EXECUTION),
    "preview_backfill": within(READ, AROUND),
    "start_backfill": there(AROUND),
    "list_backfills": within(READ),
    "get_backfill": within(READ, at=BACKFILL),
    "cancel_backfill": there(at=BACKFILL),
    "outcomes": within(READ, query=in_project),
    "delivery": within(READ, query=in_project),
    "promises": within(READ, query=in_project),
    "follow_events": whole(READ),
    # Alerts.
    "list_alerts": within(READ),
    "get_alert": within(READ, at=ALERT),
    "list_incidents": within(READ),
    "try_alert": within(READ, {"when": "a failure"}),
    "add_alert": there(alert),
    "change_alert": there(alert, at=ALERT),
    "switch_alert": there({"is_on": False}, at=ALERT),
    "remove_alert": there(at=ALERT),
    # Whom to tell.
    "list_channels": within(READ),
    "add_channel": within(ADMINISTER, {"name": "new", "address": NOBODY}),
    "set_channel_address": within(ADMINISTER, {"address": NOBODY}, at=CHANNEL),
    "rename_channel": within(ADMINISTER, {"name": "new"}, at=CHANNEL),
    "remove_channel": within(ADMINISTER, at=CHANNEL),
    "test_channel": within(ADMINISTER, at=CHANNEL),
    # The editor.
    "describe_flow": whole(READ, {"text": TEXT}),
    "edit_flow": whole(READ, {"text": TEXT, "operation": {"op": "delete", "path": [0]}}),
    "copy_steps": whole(READ, {"text": TEXT, "path": [0]}),
    "check_field": whole(READ, {"text": "1"}),
    "look_around": whole(READ, {"text": TEXT, "path": [0]}),
    "read_mapper": whole(READ, {"text": TEXT, "function": "main"}),
    "read_settings": whole(READ, {"text": TEXT}),
    "show_palette": whole(READ),
    "read_connectors": whole(READ, {"files": {}}),
    "make_client": whole(READ, {"text": "{}"}),
    "begin_trial": within(OPERATE, lambda ask: {"base": ask["commit"], "configuration": CONFIGURATION}),
    "stop_trial": within(DEVELOP, at={"id": "trial"}, hides=False),
    "follow_trial": within(DEVELOP, at={"id": "trial"}, hides=False),
}

ROLES: dict[str, dict[str, Any] | None] = {
    "viewer": {"role": Role.VIEWER, "project": MINE},
    "developer": {"role": Role.DEVELOPER, "project": MINE},
    "operator": {"role": Role.OPERATOR, "project": MINE},
    "operator of production": {"role": Role.OPERATOR, "project": MINE, "production": True},
    "admin of the project": {"role": Role.ADMIN, "project": MINE},
    "admin": {"role": Role.ADMIN},
    "somebody without a role": {"role": None},
}
MAY = {
    "viewer": {READ},
    "developer": {READ, DEVELOP},
    "operator": {READ, DEVELOP, OPERATE},
    "operator of production": {READ, DEVELOP, OPERATE},
    "admin of the project": set(Permission),
    "admin": set(Permission),
    "somebody without a role": set(),
}


def may(who: str, rule: Rule, project: str, environment: str) -> bool:
    """What the roles are said to be good for, in other words than the code's."""
    if rule.takes is None:
        return True
    if rule.where == "installation" and rule.takes is not READ:
        return who == "admin"
    if project == FOREIGN and who != "admin" and rule.where not in ("installation", "somewhere"):
        return False
    is_in_production = rule.in_production or (rule.where == "environment" and environment == "production")
    if is_in_production and who in ("operator", "admin of the project"):
        return False
    return rule.takes in MAY[who]


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    method: str
    path: str


@cache
def operations() -> dict[str, Operation]:
    """By name."""
    found = {}
    for path, methods in described().items():
        for method, told in methods.items():
            found[told["operationId"]] = Operation(told["operationId"], method.upper(), path)
    return found


@dataclass(frozen=True, slots=True)
class Everybody:
    """A house with two projects of the same kind, in which everybody is known."""

    client: httpx.Client
    carried: Mapping[str, Mapping[str, str]]  # the headers of each
    known: Mapping[str, str]

    def ask(self, who: str, name: str, project: str, environment: str = "development") -> httpx.Response:
        rule, operation = RULES[name], operations()[name]
        ask = Ask(who, project, environment, self.known)
        path = re.sub(r"\{(\w+)\}", lambda part: self._part(rule, ask, part.group(1)), operation.path)
        headers = self.carried[f"{who} at a browser" if rule.as_session and who in ROLES else who]
        return self.client.request(operation.method, path, json=rule.body(ask), params=rule.query(ask), headers=headers)

    def _part(self, rule: Rule, ask: Ask, part: str) -> str:
        if part in ("project", "environment"):
            return str(getattr(ask, part))
        if part in rule.at:
            kind = rule.at[part]
            return self.known.get(f"{kind}/{ask.who}", f"{ask.who}~{ask.project}" if kind == "trial" else ask[kind])
        return {"component": "health-check", "number": "1"}.get(part, "1")


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Everybody]:
    with installed(tmp_path_factory.mktemp("authorisation"), empty_database) as house:
        known: dict[str, str] = {}
        for project in (MINE, FOREIGN):
            _fill(house, project, known)
        house.post(f"{V1}/agents", {"name": "near", "environment": "development"})
        carried = _people(house, known)
        _guest(house, known)
        app = create(replace(house.parts, remotes=None, bench=_Bench(house.folder / "trials", known)))
        app.state.streams.close()  # what there is is told, and nothing is waited for
        with _undoing(house):
            yield Everybody(httpx.Client(transport=InProcess(app, house.inside._portal), base_url=HERE), carried, known)


def _fill(house: Installation, project: str, known: dict[str, str]) -> None:
    component = f"{V1}/projects/{project}/components/health-check"
    house.post(f"{V1}/projects", {"name": project.title()})
    house.post(f"{V1}/projects/{project}/components", {"name": "Health check", "template": "health-check"})
    house.build(project)
    _add_channels(house, project)
    sha = house.get(f"{component}/commits")[0]["sha"]
    known["commit"], known["request"], known["alert"] = sha, "1", "1"  # the same in both
    for environment in ("development", "production"):
        body = {"environment": environment, "configuration": CONFIGURATION, "schedules": [EVERY_MINUTE]}
        house.post(f"{component}/deployments", body)
        at, where = f"{component}/environments/{environment}", f"{project}/{environment}"
        known[f"execution/{where}"] = house.post(f"{at}/run")["id"]
        known[f"backfill/{where}"] = house.post(f"{at}/backfills", AROUND)["id"]
        known[f"request/{where}"] = _request(house, component, environment)
        told = {"when": "a failure", "environment": environment, "channels": ["told"]}
        known[f"alert/{where}"] = str(house.post(f"{V1}/projects/{project}/alerts", told)["number"])


def _add_channels(house: Installation, project: str) -> None:
    """One that alerts tell, and one that may be removed. By hand: what knows addresses takes long to load."""
    with house.database.begin() as tx:
        for name in ("ops", "told"):
            key = identifier.new(tx.now)
            about = {"kind": "webhook", "host": None, "fingerprint": "", "created_by": "", "set_by": ""}
            sealed = house.parts.vault.seal(Secret(NOBODY), purpose(key))
            at = {"created_at": tx.now, "set_at": tx.now}
            channels.add(tx, Channel(id=key, project=project, name=name, sealed=sealed, **about, **at))


def _request(house: Installation, component: str, environment: str) -> str:
    """One that waits, where by now nobody has to approve any more: whoever may deploy there may decide about it."""
    rule, wish = (
        f"{V1}/environments/{environment}/approval",
        {"environment": environment, "configuration": CONFIGURATION},
    )
    house.put(rule, {"role": "admin"})
    made = house.post(f"{component}/requests", {"deployment": wish})
    house.put(rule, {})
    return str(made["number"])


def _people(house: Installation, known: dict[str, str]) -> dict[str, dict[str, str]]:
    """The headers of each."""
    carried: dict[str, dict[str, str]] = {"nobody": {}, "a stranger": {"Authorization": "Bearer nobody"}}
    for name, role in {**ROLES, "expired": {"role": Role.ADMIN}, "disabled": {"role": Role.ADMIN}}.items():
        token = somebody(house, **(role or {}), name=name)
        carried[name] = {"Authorization": f"Bearer {token}"}
        with house.database.begin() as tx:
            _more_of(tx, name, token, carried, known)
    agent = house.post(f"{V1}/agents", {"name": "far", "environment": "development"})["token"]
    return {**carried, "an agent": {"Authorization": f"Bearer {agent}"}}


def _more_of(tx: Tx, name: str, token: str, carried: dict[str, dict[str, str]], known: dict[str, str]) -> None:
    mine = tokens.c.digest == actors.digest(token)
    row = tx.execute(tokens.select().where(mine)).one()
    known[f"owner/{name}"], known[f"token/{name}"] = row.actor_id, row.id
    if name == "expired":
        tx.execute(tokens.update().where(mine).values(expires_at=tx.now))
    if name == "disabled":
        tx.execute(actors_table.update().where(actors_table.c.id == row.actor_id).values(disabled_at=tx.now))
    session = actors.give_token(tx, Actor(row.actor_id, name, ()), TokenKind.SESSION)
    carried[f"{name} at a browser"] = {"Cookie": f"clockhouse_session={session}", "Origin": HERE}
    opened = tokens.select().where(tokens.c.digest == actors.digest(session))
    known[f"session/{name}"] = tx.execute(opened).one().id


def _guest(house: Installation, known: dict[str, str]) -> None:
    """Somebody whose roles others may change: a viewer of both projects."""
    token = somebody(house, None, name="guest")
    with house.database.begin() as tx:
        mine = tokens.c.digest == actors.digest(token)
        known["guest"] = tx.execute(tokens.select().where(mine)).one().actor_id
        for project in (MINE, FOREIGN):
            project_id = projects.get(tx, project).id
            given = actors.grant(tx, known["guest"], Role.VIEWER, project_id=project_id, by="tests")
            known[f"grant/{project}/development"] = given


class _Bench:
    """Runs nothing. Everybody has a trial in each project, which is named after both."""

    def __init__(self, folder: Path, known: Mapping[str, str]) -> None:
        self._folder = folder
        self._known = known

    def folder(self, owner: str) -> Path:
        made = self._folder / owner
        made.mkdir(parents=True, exist_ok=True)
        return made

    def begin(self, wanted: Any) -> None: ...

    def stop(self, trial_id: str, sentence: str) -> None: ...

    def find(self, trial_id: str) -> Any:
        who, _, project = trial_id.partition("~")
        wanted = SimpleNamespace(
            id=trial_id, owner=self._known.get(f"owner/{who}"), component=f"{project}/health-check"
        )
        seen = SimpleNamespace(version=0, ended="over")
        return SimpleNamespace(wanted=wanted, seen=lambda _version: seen, listening=lambda _hint: nullcontext())


@contextmanager
def _undoing(house: Installation) -> Iterator[None]:
    """While it is entered, whatever a transaction writes is gone when it ends."""
    begin = house.database.begin

    @contextmanager
    def undone() -> Iterator[Tx]:
        try:
            with begin() as tx:
                yield tx
                raise _Undone
        except _Undone:
            pass

    house.database.begin = undone  # type: ignore[method-assign]
    try:
        yield
    finally:
        house.database.begin = begin  # type: ignore[method-assign]


class _Undone(Exception):
    pass


def is_allowed(answer: httpx.Response) -> bool:
    if answer.status_code == 404:  # what somebody may see is there, but for where nothing was told
        return "has told nothing" in answer.text
    return answer.status_code not in (401, 403)


def test_every_operation_has_a_rule() -> None:
    described = application().openapi()["paths"].values()

    assert not {told["operationId"] for methods in described for told in methods.values()} - RULES.keys()


def ruled(*where: str, **more: bool) -> list[str]:
    """The operations whose rules are of these kinds."""
    chosen = (name for name, rule in RULES.items() if rule.where in where)
    hidden = (name for name in chosen if all(getattr(RULES[name], key) is value for key, value in more.items()))
    return sorted(name for name in hidden if name in operations())


@pytest.mark.parametrize("name", ruled("anybody", "installation", "somewhere", "project", "environment"))
def test_each_role_may_what_it_may_and_nothing_else(everybody: Everybody, name: str) -> None:
    rule = RULES[name]
    places = [(MINE, "development")]
    places += [(MINE, "production")] if rule.where == "environment" else []
    places += [(FOREIGN, "development")] if rule.where in ("project", "environment") else []
    wrong = []
    for who in ROLES:
        for project, environment in places:
            answer = everybody.ask(who, name, project, environment)
            assert answer.status_code < 500 or answer.status_code == 503, answer.text
            if is_allowed(answer) is not may(who, rule, project, environment):
                wrong.append(f"{who} in {project}, {environment}: {answer.status_code} {answer.text[:300]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ruled("anybody", "installation", "somewhere", "project", "environment"))
def test_nobody_may_anything(everybody: Everybody, name: str) -> None:
    for who, status in [("nobody", 401), ("a stranger", 401), ("expired", 401), ("disabled", 401), ("an agent", 403)]:
        answer = everybody.ask(who, name, MINE)
        assert (answer.status_code, who) == (status, who), answer.text


@pytest.mark.parametrize("name", ruled("project", "environment", hides=True))
def test_what_is_foreign_is_as_if_it_were_not_there(everybody: Everybody, name: str) -> None:
    foreign = everybody.ask("operator", name, FOREIGN)
    nowhere = everybody.ask("operator", name, "nowhere")

    assert (foreign.status_code, nowhere.status_code) == (404, 404)
    assert foreign.text.replace(FOREIGN, "nowhere") == nowhere.text
