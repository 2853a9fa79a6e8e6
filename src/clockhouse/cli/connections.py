"""`clockhouse component connect` and `clockhouse source …`: components whose source is a repository elsewhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from clockhouse.cli import components, output, values
from clockhouse.cli.command import Here, command
from clockhouse.cli.hints import hint
from clockhouse.cli.options import grouped
from clockhouse.cli.values import ProjectArgument, Ref, RefArgument, slug

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


Credential = dict[str, str] | None
URL = Annotated[
    str, typer.Argument(metavar="URL", help="https://…, ssh://…, git://…, user@host:path, or a path on the server.")
]
Branch = Annotated[str, typer.Option("--branch", help="The default branch if not given.")]
Directory = Annotated[str, typer.Option("--directory", help="Below the repository's root, like jobs/report.")]
KindOption = Annotated[Kind | None, typer.Option("--kind", help="What it is built as; detected if not given.")]
MayBuild = Annotated[bool, typer.Option("--build/--no-build", help="Build every new commit that changes it.")]
MayDeploy = Annotated[bool, typer.Option("--deploy/--no-deploy", help="Deploy every good build.")]
BranchArgument = Annotated[str, typer.Argument(metavar="BRANCH", help="Of the connected repository.")]
Environment = Annotated[
    str | None,
    typer.Option("--environment", help="Where its builds are deployed; the first if not given."),
]


def _credential(
    *,
    user: Annotated[
        str | None, typer.Option("--user", help="Whose the token is; of an ssh address without a user.")
    ] = None,
    has_token: Annotated[
        bool,
        typer.Option("--token", help="Ask for a token without echo; or CLOCKHOUSE_SECRET_TOKEN, or a line of input."),
    ] = False,
    key: Annotated[
        Path | None, typer.Option("--key", dir_okay=False, exists=True, help="The file of a private key, for ssh.")
    ] = None,
) -> Credential:
    """None when none is given."""
    if has_token and key is not None:
        raise typer.BadParameter("Give --token or --key, not both.")
    if key is not None:
        return {"kind": "ssh_key", "user": user or "", "secret": key.read_text(encoding="utf-8", errors="replace")}
    if has_token:
        return {"kind": "token", "user": user or "", "secret": values.secrets(["token"], option="--token")["token"]}
    if user is not None:
        raise typer.BadParameter("A user goes with --token or --key.", param_hint="--user")
    return None


@command(
    components.app,
    "connect",
    epilog="Example: clockhouse component connect shop Report https://example.com/team/jobs.git --directory report",
)
@grouped(credential=_credential)
def connect(
    here: Here,
    *,
    project: ProjectArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="For people to read.")],
    url: URL,
    branch: Branch = "",
    directory: Directory = "",
    kind: KindOption = None,
    credential: Credential,
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
        "credential": credential or {},
        "auto_build": may_build,
        "auto_deploy": may_deploy,
    }
    made = here.client.post(f"/projects/{project}/connections", body, patience_s=_PATIENCE_S)
    here.show(made, lambda component: _connected(component, may_build=may_build))


@command(app, "test", epilog="Example: clockhouse source test git@example.com:team/jobs.git --key ~/.ssh/deploy")
@grouped(credential=_credential)
def survey(
    here: Here,
    *,
    url: URL,
    branch: Branch = "",
    directory: Directory = "",
    kind: KindOption = None,
    credential: Credential,
) -> None:
    """Test an address and a credential, and tell what the repository holds."""
    body = {
        "url": url,
        "branch": branch,
        "directory": directory,
        "kind": kind,
        "credential": credential or {},
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
    here.show(found, lambda seen: _looked(ref, seen))


@command(app, "change", epilog="Example: clockhouse source change shop/report --directory jobs/report")
@grouped(credential=_credential)
def change(
    here: Here,
    *,
    ref: RefArgument,
    url: Annotated[str | None, typer.Option("--url", help="Where it is now, with the same branches.")] = None,
    directory: Annotated[str | None, typer.Option("--directory", help="Build this one; / is the root.")] = None,
    kind: Annotated[KindOrDetected | None, typer.Option("--kind", help="What it is built as.")] = None,
    credential: Credential,
) -> None:
    """Change where the repository is, what opens it, or which directory is built as what; what is not named stays."""
    wanted = {
        "url": url,
        "directory": directory,
        "kind": kind,
        "credential": credential,
    }
    body = {name: value for name, value in wanted.items() if value is not None}
    found = here.client.patch(f"{ref.path}/connection", body, patience_s=_PATIENCE_S)
    here.show(found, lambda changed: _facts(str(ref), changed))


@command(app, "follow", epilog="Example: clockhouse source follow shop/report release --deploy")
def follow(
    here: Here,
    ref: RefArgument,
    branch: BranchArgument,
    may_build: MayBuild = True,
    may_deploy: MayDeploy = False,
    environment: Environment = None,
) -> None:
    """Follow one more branch, once the repository has answered for it."""
    body = {"branch": branch, "auto_build": may_build, "auto_deploy": may_deploy, "environment": environment}
    made = here.client.post(f"{ref.path}/connection/tracks", body, patience_s=_PATIENCE_S)
    here.show(made, lambda track: _track(str(ref), track))


@command(app, "automate", epilog="Example: clockhouse source automate shop/report main --deploy")
def automate(
    here: Here,
    ref: RefArgument,
    branch: BranchArgument,
    may_build: Annotated[bool | None, typer.Option("--build/--no-build", help="Build every new commit.")] = None,
    may_deploy: Annotated[bool | None, typer.Option("--deploy/--no-deploy", help="Deploy every good build.")] = None,
    environment: Environment = None,
) -> None:
    """Change what happens by itself with the commits of a branch; what is not named stays."""
    wanted = {"auto_build": may_build, "auto_deploy": may_deploy, "environment": environment}
    body = {name: value for name, value in wanted.items() if value is not None}
    changed = here.client.patch(f"{ref.path}/connection/tracks/{quote(branch)}", body)
    here.show(changed, lambda track: _track(str(ref), track))


@command(app, "unfollow", epilog="Example: clockhouse source unfollow shop/report release")
def unfollow(here: Here, ref: RefArgument, branch: BranchArgument) -> None:
    """Follow a branch no more; its builds and what is deployed of them stay."""
    here.client.delete(f"{ref.path}/connection/tracks/{quote(branch)}")
    here.show({"branch": branch}, lambda _: output.say(f"{output.clean(branch)} is not followed any more."))


@command(app, "hook")
def hook(here: Here, ref: RefArgument) -> None:
    """Make a new secret for the webhook, in the place of the last one, and tell it this once."""
    made = here.client.post(f"{ref.path}/connection/hook", {})
    here.show(made, lambda found: _hook(here.client.base_url, found))


def _connected(component: dict[str, Any], *, may_build: bool) -> None:
    name = f"{component['project']}/{component['slug']}"
    built, build = f"Its newest commit is being built: {hint(f'builds {name}')}", f"Build it: {hint(f'build {name}')}"
    output.say(f"Connected {name}. {built if may_build else build}. What it follows: {hint(f'source show {name}')}.")


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


def _looked(ref: Ref, found: dict[str, Any]) -> None:
    _facts(str(ref), found)
    if any(track["auto_build"] and not track["trouble"] for track in found["tracks"]):
        output.say(f"What is new is built in a moment: {hint(f'builds {ref}')}")


def _facts(name: str, found: dict[str, Any]) -> None:
    output.facts(
        name,
        [
            ("url", output.clean(found["url"])),
            ("directory", output.clean(found["directory"]) or None),
            ("kind", found["kind"] or "detected"),
            ("credential", None if found["credential"] == "none" else found["credential"].replace("_", " ")),
        ],
    )
    for track in found["tracks"]:
        _track(name, track)


def _track(name: str, track: dict[str, Any]) -> None:
    deploys = f"deploys to {track['environment'] or 'the first environment'}"
    by_itself = [word for word, wanted in (("builds", track["auto_build"]), (deploys, track["auto_deploy"])) if wanted]
    output.facts(
        f"{name}, branch {output.clean(track['branch'])}",
        [
            ("by itself", " and ".join(by_itself) or "nothing"),
            ("seen", track["seen"][:8] if track["seen"] else None),
            ("looked", output.instant(track["looked_at"])),
            ("trouble", track["trouble"] and output.clean(track["trouble"])),
            ("note", track["note"] and output.clean(track["note"])),
        ],
    )


def _hook(base_url: str, found: dict[str, Any]) -> None:
    output.facts("The webhook, for pushes", [("address", f"{base_url}{found['path']}"), ("secret", found["secret"])])
    output.say("The secret is not told again. GitHub: content type application/json. GitLab: the secret token.")
