"""`clockhouse component connect` and `clockhouse source …`: components whose source is a repository elsewhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from clockhouse.cli import components, output, values
from clockhouse.cli.command import Here, command
from clockhouse.cli.hints import hint
from clockhouse.cli.values import ProjectArgument, RefArgument, slug

app = typer.Typer(no_args_is_help=True, help="Sources are connected repositories: test, follow, change them.")

_PATIENCE_S = 360.0  # the server gives a repository five minutes


class Kind(StrEnum):
    """What a source may be built as."""

    PYTHON = "python"
    BALLERINA = "ballerina"
    DOCKERFILE = "dockerfile"


class KindOrDetected(StrEnum):
    """The same, or what is found in it."""

    PYTHON = "python"
    BALLERINA = "ballerina"
    DOCKERFILE = "dockerfile"
    DETECTED = "detected"


URL = Annotated[
    str, typer.Argument(metavar="URL", help="https://…, ssh://…, git://…, user@host:path, or a path on the server.")
]
Branch = Annotated[str, typer.Option("--branch", help="The default branch if not given.")]
Directory = Annotated[str, typer.Option("--directory", help="Below the repository's root, like jobs/report.")]
KindOption = Annotated[Kind | None, typer.Option("--kind", help="What it is built as; detected if not given.")]
User = Annotated[str | None, typer.Option("--user", help="Whose the token is; of an ssh address without a user.")]
HasToken = Annotated[
    bool,
    typer.Option("--token", help="Ask for a token without echo; or CLOCKHOUSE_SECRET_TOKEN, or a line of input."),
]
Key = Annotated[
    Path | None, typer.Option("--key", dir_okay=False, exists=True, help="The file of a private key, for ssh.")
]
MayBuild = Annotated[bool, typer.Option("--build/--no-build", help="Build every new commit that changes it.")]
MayDeploy = Annotated[
    bool, typer.Option("--deploy/--no-deploy", help="Deploy every good build to the first environment.")
]


@command(
    components.app,
    "connect",
    epilog="Example: clockhouse component connect shop Report https://example.com/team/jobs.git --directory report",
)
def connect(
    here: Here,
    project: ProjectArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="For people to read.")],
    url: URL,
    branch: Branch = "",
    directory: Directory = "",
    kind: KindOption = None,
    user: User = None,
    has_token: HasToken = False,
    key: Key = None,
    may_build: MayBuild = True,
    may_deploy: MayDeploy = False,
    short: Annotated[
        str | None,
        typer.Option("--slug", parser=slug, metavar="SLUG", help="Its short name; made of the name if not given."),
    ] = None,
    description: Annotated[str, typer.Option("--description", help="What it does.")] = "",
) -> None:
    """Create a component whose source is a repository elsewhere, once that has answered."""
    body = {
        "name": name,
        "slug": short,
        "description": description,
        "url": url,
        "branch": branch,
        "directory": directory,
        "kind": kind,
        "credential": _credential(user, key, has_token=has_token) or {},
        "auto_build": may_build,
        "auto_deploy": may_deploy,
    }
    made = here.client.post(f"/projects/{project}/connections", body, patience_s=_PATIENCE_S)
    here.show(made, lambda component: _connected(component, may_build=may_build))


@command(app, "test", epilog="Example: clockhouse source test git@example.com:team/jobs.git --key ~/.ssh/deploy")
def survey(
    here: Here,
    url: URL,
    branch: Branch = "",
    directory: Directory = "",
    kind: KindOption = None,
    user: User = None,
    has_token: HasToken = False,
    key: Key = None,
) -> None:
    """Test an address and a credential, and tell what the repository holds."""
    body = {
        "url": url,
        "branch": branch,
        "directory": directory,
        "kind": kind,
        "credential": _credential(user, key, has_token=has_token) or {},
    }
    here.show(here.client.post("/surveys", body, patience_s=_PATIENCE_S), _surveyed)


@command(app, "show")
def show(here: Here, ref: RefArgument) -> None:
    """Show where a component's source is, and what was seen of it."""
    here.show(here.client.get(f"{ref.path}/connection"), lambda found: _facts(str(ref), found))


@command(app, "look", epilog="Example: clockhouse source look shop/report")
def look(here: Here, ref: RefArgument) -> None:
    """Look for new commits now."""
    found = here.client.post(f"{ref.path}/connection/look", {}, patience_s=_PATIENCE_S)
    here.show(found, lambda seen: _facts(str(ref), seen))


@command(app, "change", epilog="Example: clockhouse source change shop/report --branch next --deploy")
def change(
    here: Here,
    ref: RefArgument,
    branch: Annotated[str | None, typer.Option("--branch", help="Follow this one.")] = None,
    directory: Annotated[str | None, typer.Option("--directory", help="Build this one; / is the root.")] = None,
    kind: Annotated[KindOrDetected | None, typer.Option("--kind", help="What it is built as.")] = None,
    user: User = None,
    has_token: HasToken = False,
    key: Key = None,
    may_build: Annotated[bool | None, typer.Option("--build/--no-build", help="Build every new commit.")] = None,
    may_deploy: Annotated[
        bool | None, typer.Option("--deploy/--no-deploy", help="Deploy every good build to the first environment.")
    ] = None,
) -> None:
    """Change what is followed, what opens it, or what happens by itself; what is not named stays."""
    wanted = {
        "branch": branch,
        "directory": directory,
        "kind": kind,
        "credential": _credential(user, key, has_token=has_token),
        "auto_build": may_build,
        "auto_deploy": may_deploy,
    }
    body = {name: value for name, value in wanted.items() if value is not None}
    found = here.client.patch(f"{ref.path}/connection", body, patience_s=_PATIENCE_S)
    here.show(found, lambda changed: _facts(str(ref), changed))


@command(app, "hook")
def hook(here: Here, ref: RefArgument) -> None:
    """Make a new secret for the webhook, in the place of the last one, and tell it this once."""
    made = here.client.post(f"{ref.path}/connection/hook", {})
    here.show(made, lambda found: _hook(here.client.base_url, found))


def _credential(user: str | None, key: Path | None, *, has_token: bool) -> dict[str, str] | None:
    """None when none is given."""
    if has_token and key is not None:
        raise typer.BadParameter("Give --token or --key, not both.")
    if key is not None:
        return {"kind": "ssh_key", "user": user or "", "secret": key.read_text(encoding="utf-8", errors="replace")}
    if has_token:
        return {"kind": "token", "user": user or "", "secret": values.secrets(["token"])["token"]}
    if user is not None:
        raise typer.BadParameter("A user goes with --token or --key.", param_hint="--user")
    return None


def _connected(component: dict[str, Any], *, may_build: bool) -> None:
    name = f"{component['project']}/{component['slug']}"
    next_step = "Its newest commit is being built" if may_build else f"Build it: {hint(f'build {name}')}"
    output.say(f"Connected {name}. {next_step}. What was seen: {hint(f'source show {name}')}.")


def _surveyed(found: dict[str, Any]) -> None:
    branches = ", ".join(found["branches"])
    output.facts(
        "The repository answers",
        [
            ("branch", found["branch"]),
            ("branches", output.clean(branches)),
            ("commit", output.clean(output.commit(found["commit"]))),
            ("builds as", found["kind"] or "nothing"),
            ("because", output.clean(" ".join(found["saw"]))),
            *(
                ("directory", output.clean(f"{each['directory']} ({each['kind']})"))
                for each in found["places"]
                if each["directory"]
            ),
        ],
    )


def _facts(name: str, found: dict[str, Any]) -> None:
    by_itself = [
        word for word, wanted in (("builds", found["auto_build"]), ("deploys", found["auto_deploy"])) if wanted
    ]
    output.facts(
        name,
        [
            ("url", output.clean(found["url"])),
            ("branch", output.clean(found["branch"])),
            ("directory", output.clean(found["directory"]) or None),
            ("kind", found["kind"] or "detected"),
            ("credential", None if found["credential"] == "none" else found["credential"].replace("_", " ")),
            ("by itself", " and ".join(by_itself) or "nothing"),
            ("seen", found["seen"][:8] if found["seen"] else None),
            ("looked", output.instant(found["looked_at"])),
            ("trouble", found["trouble"] and output.clean(found["trouble"])),
            ("note", found["note"] and output.clean(found["note"])),
        ],
    )


def _hook(base_url: str, found: dict[str, Any]) -> None:
    output.facts("The webhook, for pushes", [("address", f"{base_url}{found['path']}"), ("secret", found["secret"])])
    output.say("The secret is not told again. GitHub: content type application/json. GitLab: the secret token.")
