"""`clockhouse build` and `clockhouse builds`: from a commit to something that can be deployed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from clockhouse.cli import output
from clockhouse.cli.command import Here, command
from clockhouse.cli.hints import hint
from clockhouse.cli.values import Ref, RefArgument

_PATIENCE_S = 360.0  # the commit may have to be fetched first, for which the server takes five minutes
_OPEN = ("queued", "running")


def register(app: typer.Typer) -> None:
    command(app, "build", epilog="Example: clockhouse build example/health-check")(build)
    command(app, "builds")(builds)
    command(app, "commits")(commits)


def build(
    here: Here,
    ref: RefArgument,
    commit: Annotated[
        str | None, typer.Option("--commit", metavar="SHA", help="The newest commit if not given.")
    ] = None,
    like: Annotated[
        int | None, typer.Option("--retry", metavar="BUILD", min=1, help="Build what this one did, in the same way.")
    ] = None,
    stopped: Annotated[
        int | None, typer.Option("--cancel", metavar="BUILD", min=1, help="Cancel this one, and build nothing.")
    ] = None,
    branch: Annotated[
        str | None, typer.Option("--branch", help="For which branch of a connected repository; the first if not given.")
    ] = None,
    is_again: Annotated[bool, typer.Option("--again", help="Also when a build of it has succeeded.")] = False,
    is_waiting: Annotated[bool, typer.Option("--wait/--no-wait", help="Stream the log until it is built.")] = True,
) -> None:
    """Build a commit; the exit code is 1 when it fails."""
    if stopped is not None:
        if commit is not None or like is not None:
            raise typer.BadParameter("One is cancelled, or one is built.", param_hint="--cancel")
        here.show(here.client.post(f"{ref.path}/builds/{stopped}/cancel"), lambda body: _cancelled(ref, body))
        return
    if like is not None:
        if commit is not None:
            raise typer.BadParameter("A retry builds the commit that was built.", param_hint="--commit")
        made = here.client.post(f"{ref.path}/builds/{like}/retry")
    else:
        wanted = {"commit": _full_sha(here, ref, commit, branch), "again": is_again, "branch": branch}
        made = here.client.post(f"{ref.path}/builds", wanted, patience_s=_PATIENCE_S)
    if not is_waiting:
        here.show(made, lambda body: _begun(ref, body))
        return
    if made["status"] in _OPEN:
        made = _followed(here, ref, made)
    here.show(made, lambda body: ended(ref, body))
    if made["status"] != "succeeded":
        raise typer.Exit(1)


def builds(
    here: Here,
    ref: RefArgument,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="How many at most.")] = 20,
    branch: Annotated[str | None, typer.Option("--branch", help="Only those for this branch.")] = None,
) -> None:
    """List a component's builds, newest first."""
    here.show(here.client.get(f"{ref.path}/builds", limit=limit, branch=branch), _table)


def commits(
    here: Here,
    ref: RefArgument,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="How many at most.")] = 20,
    branch: Annotated[str | None, typer.Option("--branch", help="Of a connected repository.")] = None,
) -> None:
    """List a component's commits, newest first: any of them can be built."""
    here.show(here.client.get(f"{ref.path}/commits", limit=limit, branch=branch), _commits)


def _full_sha(here: Here, ref: Ref, commit: str | None, branch: str | None) -> str | None:
    """A short hash is looked up, so that people can write what they see."""
    if commit is None or len(commit) == 40:
        return commit
    known = [each["sha"] for each in here.client.get(f"{ref.path}/commits", limit=200, branch=branch)]
    matching = [sha for sha in known if sha.startswith(commit.lower())]
    if len(matching) != 1 or len(commit) < 4:
        sentence = f"“{commit}” is not one of the newest commits. Of an older one, give all 40 digits."
        raise typer.BadParameter(sentence, param_hint="--commit")
    return str(matching[0])


def _followed(here: Here, ref: Ref, made: dict[str, Any]) -> dict[str, Any]:
    from clockhouse.cli import logs

    here.say(f"Build {made['number']} of {output.clean(output.commit(made['commit']))}")
    try:
        ended = logs.stream(here, f"{ref.path}/builds/{made['number']}/log/stream", to_stderr=here.is_json)
    except KeyboardInterrupt:
        output.note(f"Build {made['number']} goes on without you: {hint(f'builds {ref}')}")
        raise
    return dict(ended)


def _cancelled(ref: Ref, body: dict[str, Any]) -> None:
    its_log = hint(f"logs {ref} --build {body['number']}")
    if body["status"] == "running":
        output.say(f"Build {body['number']} is being cancelled. Its log: {its_log}")
    else:
        output.say(f"Build {body['number']} {_WORDS.get(body['status'], body['status'])}. Its log: {its_log}")


def ended(ref: Ref, body: Mapping[str, Any]) -> None:
    """Says how a build ended and what to do next, or why it failed."""
    if body["status"] != "succeeded":
        failed(body)
        return
    commit = output.clean(output.commit(body["commit"]))
    output.say(f"Build {body['number']} of {commit} succeeded. Deploy it: {hint(f'deploy {ref}')}")


def failed(body: Mapping[str, Any]) -> None:
    """Says why a build failed, and where; of one that did not, nothing."""
    if body["status"] not in _WORDS:
        return
    commit = output.clean(output.commit(body["commit"]))
    output.note(f"Build {body['number']} of {commit} {_WORDS[body['status']]}.")
    problem = body["problem"]
    if problem is None:
        return
    where = ":".join(str(part) for part in (problem["path"], problem["line"]) if part is not None)
    output.note(output.clean(f"{where}: {problem['message']}" if where else problem["message"]))
    if problem["excerpt"]:
        output.note(output.clean(problem["excerpt"]))


def _begun(ref: Ref, body: Mapping[str, Any]) -> None:
    if body["status"] in _OPEN:
        its_log = hint(f"logs {ref} --build {body['number']} -f")
        output.say(f"Build {body['number']} is {body['status']}. Its log: {its_log}")
        return
    it = f"Build {body['number']} is of this commit, and {_WORDS.get(body['status'], body['status'])}."
    output.say(f"{it} To build it once more, add --again.")


_WORDS = {"failed": "failed", "cancelled": "was cancelled", "lost": "was lost: the server stopped"}


def _commits(found: list[dict[str, Any]]) -> None:
    output.table(
        ["COMMIT", "MESSAGE", "AUTHOR", "MADE"],
        (
            [each["sha"][:7], str(each["message"]).partition("\n")[0], each["author"], output.instant(each["at"])]
            for each in found
        ),
        empty="There is no commit yet.",
    )


def _table(builds: list[dict[str, Any]]) -> None:
    has_branches = any(each["branch"] for each in builds)
    output.table(
        ["BUILD", "STATUS", "COMMIT", *(["BRANCH"] if has_branches else []), "BY", "BEGAN", "TOOK"],
        (
            [
                str(each["number"]),
                output.state(each["status"]),
                output.commit(each["commit"]),
                *([each["branch"] or ""] if has_branches else []),
                each["requested_by"],
                output.instant(each["created_at"]),
                output.between(each["started_at"], each["finished_at"]),
            ]
            for each in builds
        ),
        empty=f"There is no build yet. Make one: {hint('build PROJECT/COMPONENT')}",
    )
