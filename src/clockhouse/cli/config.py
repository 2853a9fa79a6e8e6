"""`clockhouse config …`: what is set for a component, in all environments or in one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from clockhouse.cli import output, requests, values
from clockhouse.cli.command import Here, command
from clockhouse.cli.values import Ref, RefArgument

app = typer.Typer(no_args_is_help=True, help="What a component's next deployments are configured with.")

Place = Annotated[
    str | None,
    typer.Option(
        "--environment",
        "-e",
        parser=values.slug,
        metavar="ENVIRONMENT",
        help="For this one alone; for all when not given.",
    ),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the setting.")]
Redeploy = Annotated[
    bool,
    typer.Option(
        "--redeploy",
        help="Deploy the same release with it at once, where it is deployed; where it has to be approved, ask for it.",
    ),
]
_STATES = {"default": "default", "missing": "missing!", "absent": "-"}


@command(app, "list", epilog="Example: clockhouse config list shop/front-page")
def list_configuration(here: Here, ref: RefArgument) -> None:
    """Show each setting in each environment; a secret is shown by its fingerprint."""
    here.show(here.client.get(f"{ref.path}/configuration"), _table)


@command(
    app,
    "set",
    epilog="Examples: clockhouse config set shop/front-page url=https://example.com -e production · "
    "clockhouse config set shop/front-page password · "
    "clockhouse config set shop/front-page password --reference vault:secret/data/shop#password",
)
def set_value(
    here: Here,
    ref: RefArgument,
    setting: Annotated[
        str,
        typer.Argument(
            metavar="NAME[=VALUE]",
            help="A secret is named alone: it is asked for without echo, or CLOCKHOUSE_SECRET_<NAME>, "
            "or a line of standard input.",
        ),
    ],
    environment: Place = None,
    reference: Annotated[
        str | None,
        typer.Option("--reference", metavar="KEEPER:PATH", help="Where an external store keeps the secret."),
    ] = None,
    file: Annotated[
        str | None, typer.Option("--file", metavar="PATH", help="Hand it over as a file, at this relative path.")
    ] = None,
    is_variable: Annotated[bool, typer.Option("--variable", help="Hand it over as a variable again.")] = False,
    is_redeployed: Redeploy = False,
    note: requests.Note = "",
) -> None:
    """Set a value for the next deployments; what is deployed keeps what it has."""
    name, equals, value = setting.partition("=")
    body: dict[str, Any] = {}
    if file is not None or is_variable:
        body["file"] = file
    if reference is not None:
        body["reference"] = reference
    elif equals:
        _refuse_secret(here, ref, name)
        body["value"] = value
    elif not body:
        body["value"] = values.secrets([name])[name]
    found = here.client.put(_path(ref, name), body, environment=environment)
    redeployed = _redeployed(here, ref, found, environment, note) if is_redeployed else {}
    here.show(found, lambda shown: _told(shown, ref, name, environment, redeployed))


@command(app, "unset", epilog="Example: clockhouse config unset shop/front-page url -e production")
def unset(
    here: Here,
    ref: RefArgument,
    name: Name,
    environment: Place = None,
    is_redeployed: Redeploy = False,
    note: requests.Note = "",
) -> None:
    """Set it no more: what is set for all environments counts then, or the code's default."""
    found = here.client.delete(_path(ref, name), environment=environment)
    redeployed = _redeployed(here, ref, found, environment, note) if is_redeployed else {}
    here.show(found, lambda shown: _told(shown, ref, name, environment, redeployed))


@command(app, "redeploy", epilog="Example: clockhouse config redeploy shop/front-page -e production")
def redeploy(here: Here, ref: RefArgument, environment: values.EnvironmentOption, note: requests.Note = "") -> None:
    """Deploy the same release with what is set now; schedules, limits and a pause stay. It never fires by itself.

    Where it has to be approved, it is asked for.
    """
    if requests.has_to_be_approved(here, ref, environment):
        requests.ask(here, ref, {"redeploy": {"environment": environment}}, note)
        return
    made = here.client.post(f"{ref.path}/environments/{environment}/redeploy")
    here.show(made, lambda shown: output.say(f"Deployment {shown['number']} in {environment} has what is set now."))


def _path(ref: Ref, name: str) -> str:
    return f"{ref.path}/configuration/{values.segment(name)}"


def _refuse_secret(here: Here, ref: Ref, name: str) -> None:
    rows = here.client.get(f"{ref.path}/configuration")["rows"]
    setting = next((row["setting"] for row in rows if row["name"] == name), None)
    if setting is not None and setting["type"] == "secret":
        raise typer.BadParameter(
            f"{name} is a secret: name it alone, so that its value stays out of the list of processes.",
            param_hint="NAME",
        )


def _redeployed(
    here: Here, ref: Ref, found: Mapping[str, Any], environment: str | None, note: str
) -> dict[str, int | None]:
    """Where what is deployed got, or is to get, what it had not; the number of the request where that is asked for."""
    waiting = {cell["environment"] for row in found["rows"] for cell in row["cells"] if cell["waits"]}
    places = [each["slug"] for each in found["environments"] if each["slug"] in waiting]
    wanted = [each for each in places if environment in (None, each)]
    made: dict[str, int | None] = dict.fromkeys(wanted)
    asking = {each["slug"] for each in found["environments"] if each["needs_approval"]}
    for each in wanted:
        if each in asking:
            made[each] = requests.posted(here, ref, {"redeploy": {"environment": each}}, note)["number"]
        else:
            here.client.post(f"{ref.path}/environments/{each}/redeploy")
    return made


def _told(
    found: Mapping[str, Any], ref: Ref, name: str, environment: str | None, redeployed: Mapping[str, int | None]
) -> None:
    row = next((each for each in found["rows"] if each["name"] == name), None)
    where = environment or "all environments"
    stored = None if row is None else row["everywhere"]
    if row is not None and environment is not None:
        stored = next(cell["own"] for cell in row["cells"] if cell["environment"] == environment)
    if stored is None:
        output.say(f"{name} is not set for {where}.")
    else:
        output.say(f"{name} is set for {where}: {_shown(stored)}.")
        if stored["is_secret"] and not stored["reference"] and not stored["is_masked"]:
            output.note("It has fewer than 4 characters: it is not masked in logs.")
    for each, request in redeployed.items():
        if request is None:
            output.say(f"It is deployed to {each} with this.")
        else:
            output.say(f"In {each} it has to be approved: request {request} asks for it.")
    waiting = [] if row is None else [cell["environment"] for cell in row["cells"] if cell["waits"]]
    for each in waiting:
        if each not in redeployed:
            output.say(
                f"What is deployed to {each} has another value until: clockhouse config redeploy {ref} -e {each}"
            )


def _table(found: Mapping[str, Any]) -> None:
    places = [each["slug"] for each in found["environments"]]
    rows = []
    for row in found["rows"]:
        cells = [_cell(row, cell) for cell in row["cells"]]
        rows.append((row["name"], "" if row["everywhere"] is None else _shown(row["everywhere"]), *cells))
    output.table(("Setting", "All", *places), rows, empty="The code declares no settings.")
    if any(cell["waits"] for row in found["rows"] for cell in row["cells"]):
        output.note("* What is deployed has another value: see clockhouse config redeploy.")


def _cell(row: Mapping[str, Any], cell: Mapping[str, Any]) -> str:
    if cell["said"] is not None:
        text = f"{cell['said']['value']} (file)"
    elif cell["own"] is not None:
        text = _shown(cell["own"])
    elif cell["state"] == "inherited":
        text = "= all"
    else:
        text = _STATES.get(cell["state"], cell["state"])
    if row["setting"] is None:
        text = f"{text} (not declared)"
    return f"{text} *" if cell["waits"] else text


def _shown(stored: Mapping[str, Any]) -> str:
    if stored["reference"]:
        text = str(stored["reference"])
    elif stored["is_secret"]:
        text = f"secret {stored['fingerprint'] or ''}".rstrip()
    else:
        text = str(stored["value"])
    return f"{text} (file {stored['file']})" if stored["file"] else text
