"""`clockhouse component …`: a component is a task with its source code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from clockhouse.cli import checkout, output
from clockhouse.cli.command import Here, command
from clockhouse.cli.hints import hint
from clockhouse.cli.values import ProjectArgument, Ref, RefArgument, confirmed, slug

app = typer.Typer(no_args_is_help=True, help="Components are tasks, with their source code.")

Folder = Annotated[
    Path | None, typer.Argument(metavar="[FOLDER]", help="A folder named like the component if not given.")
]


@command(app, "list")
def list_components(here: Here, project: ProjectArgument) -> None:
    """List a project's components."""
    here.show(here.client.get(f"/projects/{project}/components"), _table)


@command(app, "create", epilog='Example: clockhouse component create shop "Front page" --template health-check')
def create(
    here: Here,
    project: ProjectArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="For people to read.")],
    template: Annotated[
        str, typer.Option("--template", help="What it starts from; see `clockhouse component templates`.")
    ] = "blank",
    image: Annotated[
        str | None, typer.Option("--image", metavar="REFERENCE", help="A ready image, in the place of a template.")
    ] = None,
    short: Annotated[
        str | None,
        typer.Option("--slug", parser=slug, metavar="SLUG", help="Its short name; made of the name if not given."),
    ] = None,
    description: Annotated[str, typer.Option("--description", help="What it does.")] = "",
) -> None:
    """Create a component from a template, or of a ready image."""
    body = {"name": name, "slug": short, "description": description, "template": template, "image": image}
    made = here.client.post(f"/projects/{project}/components", body)
    here.show(made, lambda component: _created(component, is_built=image is not None))


@command(app, "show")
def show(here: Here, ref: RefArgument) -> None:
    """Show one component."""
    here.show(here.client.get(ref.path), _facts)


@command(app, "delete")
def delete(
    here: Here, ref: RefArgument, is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Stop a component everywhere and remove it for good."""
    confirmed(f"Delete {ref} with its source code, builds and executions?", is_sure=is_sure)
    here.client.delete(ref.path)
    here.show(None, lambda _: output.say(f"Deleted {ref}."))


@command(app, "templates")
def templates(here: Here) -> None:
    """List what a component can start from."""
    here.show(here.client.get("/templates"), _templates)


@command(app, "pull", epilog="Example: clockhouse component pull shop/front-page")
def pull(
    here: Here,
    ref: RefArgument,
    folder: Folder = None,
    is_forced: Annotated[bool, typer.Option("--force", help="Overwrite files that were changed here.")] = False,
) -> None:
    """Write a component's source files into a folder."""
    place = folder or Path(ref.component)
    source = here.client.get(f"{ref.path}/source")
    written = checkout.write(place, ref, source, is_forced=is_forced)
    here.show(source, lambda _: _pulled(place, source, written))


@command(app, "push", epilog='Example: clockhouse component push shop/front-page -m "Wait longer for an answer"')
def push(
    here: Here,
    ref: RefArgument,
    folder: Folder = None,
    *,
    message: Annotated[str, typer.Option("--message", "-m", help="What changed, in a few words.")],
) -> None:
    """Save a folder's added, changed and deleted files as a commit."""
    place = folder or Path(ref.component)
    base = checkout.base(place, ref)
    source = here.client.get(f"{ref.path}/source", commit=base)
    changes = checkout.changes(place, source, may_delete=base is not None)
    if not changes:
        here.show(source["commit"], lambda _: output.say("Nothing changed here, so there is nothing to save."))
        return
    parent = source["commit"]["sha"]
    commit = here.client.post(f"{ref.path}/commits", {"parent": parent, "message": message, "changes": changes})
    checkout.record(place, ref, commit["sha"], checkout.merged(source, changes))
    here.show(commit, lambda _: _pushed(ref, commit, changes))


def _created(component: dict[str, Any], *, is_built: bool) -> None:
    name = f"{component['project']}/{component['slug']}"
    next_step = f"It is being built: {hint(f'builds {name}')}" if is_built else f"Build it: {hint(f'build {name}')}"
    output.say(f"Created {name}. Its code: {hint(f'component pull {name}')}. {next_step}.")


def _table(components: list[dict[str, Any]]) -> None:
    environments = [card["environment"] for card in components[0]["environments"]] if components else []
    output.table(
        ["COMPONENT", "NAME", *(each["name"].upper() for each in environments)],
        (
            [f"{each['project']}/{each['slug']}", each["name"], *(_in_brief(card) for card in each["environments"])]
            for each in components
        ),
        empty=f"There is no component yet. Create one: {hint('component create PROJECT NAME --template health-check')}",
    )


def _in_brief(card: dict[str, Any]) -> Any:
    deployment = card["deployment"]
    if deployment is None:
        return "not deployed"
    if deployment["pause"]:
        return "paused"
    return output.state(card["last"]["state"]) if card["last"] else "deployed"


def _facts(component: dict[str, Any]) -> None:
    output.facts(
        f"{component['project']}/{component['slug']}",
        [
            ("name", component["name"]),
            ("description", component["description"] or None),
            ("template", component["template"] or None),
            ("source", "a connected repository" if component["is_connected"] else None),
            ("created", output.instant(component["created_at"])),
            *((card["environment"]["slug"], _in_brief(card)) for card in component["environments"]),
        ],
    )


def _templates(templates: list[dict[str, Any]]) -> None:
    output.table(
        ["TEMPLATE", "TITLE", "WHAT IT DOES"],
        ([each["key"], each["title"], each["summary"]] for each in templates),
        empty="This server has no templates.",
    )


def _pulled(place: Path, source: dict[str, Any], written: list[str]) -> None:
    for path in checkout.unreadable(source):
        output.note(f"Left out, since it is not text or too large: {output.clean(path)}")
    files = f"{len(written)} {'file' if len(written) == 1 else 'files'}"
    output.say(f"Wrote {files} to {place}, as of {output.clean(output.commit(source['commit']))}.")


def _pushed(ref: Ref, commit: dict[str, Any], changes: dict[str, str | None]) -> None:
    for path, text in sorted(changes.items()):
        output.say(f"  {'deleted' if text is None else 'saved'} {output.clean(path)}")
    output.say(f"Saved {output.clean(output.commit(commit))}. Build it: {hint(f'build {ref}')}")
