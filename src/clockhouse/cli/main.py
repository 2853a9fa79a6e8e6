"""The command `clockhouse`: its commands in one place, and how it ends."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import Annotated

try:
    import typer
except ModuleNotFoundError:
    raise SystemExit(
        "The command line is part of the server's extra. Install it: pip install 'clockhouse[server]'"
    ) from None

from clockhouse import __version__
from clockhouse.cli import (
    access_tokens,
    agent,
    alerts,
    audit,
    backfills,
    builds,
    channels,
    components,
    config,
    connections,
    connectors,
    declarations,
    deployments,
    environments,
    executions,
    history,
    logs,
    people,
    projects,
    promises,
    recipes,
    requests,
    schedules,
    sessions,
)
from clockhouse.errors import ClockhouseError, Invalid

app = typer.Typer(
    name="clockhouse",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # Rich's help takes twice as long as everything else before it
    help="Scheduled tasks from idea to production: every occurrence is accounted for.",
    epilog="The server's address and token are found in ./data, or in CLOCKHOUSE_SERVER and CLOCKHOUSE_TOKEN.",
)
app.add_typer(agent.app, name="agent")
app.add_typer(alerts.app, name="alert")
app.add_typer(backfills.app, name="backfill")
app.add_typer(projects.app, name="project")
app.add_typer(channels.app, name="channel")
app.add_typer(components.app, name="component")
app.add_typer(config.app, name="config")
app.add_typer(connections.app, name="source")
app.add_typer(connectors.app, name="connector")
app.add_typer(environments.app, name="environment")
app.add_typer(people.app, name="person")
app.add_typer(access_tokens.app, name="token")
app.add_typer(requests.app, name="request")
app.add_typer(schedules.app, name="schedule")
recipes.register(components.app)
for noun in (audit, builds, declarations, deployments, executions, history, logs, promises, sessions):
    noun.register(app)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"clockhouse {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None: ...


def run() -> None:
    """Ends with 0; 1 and a sentence for what went wrong; 2 for what was written wrong; 130 for Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # an old terminal shows ? for a mark it cannot write
    try:
        app()
    except ClockhouseError as error:
        _complain(error.sentence, error.fields if isinstance(error, Invalid) else {})
    except BrokenPipeError:
        _hush()
    except OSError as error:
        _complain(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", {})
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            _hush()


def _complain(sentence: str, fields: dict[str, str]) -> None:
    from clockhouse.cli.output import clean, note

    note(clean(sentence))
    for field, problem in fields.items():
        if problem != sentence:
            note(clean(f"  {field}: {problem}"))
    sys.exit(1)


def _hush() -> None:
    """Whoever read our output has gone, as `head` does: nothing more is written, at the interpreter's end either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if find_spec("clockhouse.cli.serve"):
    from clockhouse.cli.serve import serve

    app.command("serve")(serve)
if find_spec("clockhouse.cli.secrets"):
    from clockhouse.cli import secrets

    app.add_typer(secrets.app, name="secrets")
if find_spec("clockhouse.cli.watchdog"):
    from clockhouse.cli.watchdog import watchdog

    app.command("watchdog")(watchdog)
