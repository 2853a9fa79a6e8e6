"""`clockhouse agent`: runs what an environment has on this machine, and says who else does on theirs."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from clockhouse.cli import output, private, stopping
from clockhouse.cli.command import Here, command
from clockhouse.cli.running import DrainOption, FailureValuesOption, LogLevelOption, MemoryOption
from clockhouse.cli.values import slug
from clockhouse.config import Config
from clockhouse.errors import Invalid
from clockhouse.kit import Secret

app = typer.Typer(invoke_without_command=True, help="Run executions of an environment on another machine.")

_DEFAULT = Config()
_TOKEN = "CLOCKHOUSE_AGENT_TOKEN"  # noqa: S105  the name of a variable
NameArgument = Annotated[str, typer.Argument(parser=slug, metavar="NAME", help="What to call it, such as rack-3.")]


@app.callback(epilog=f"The token is that of `clockhouse agent add`, in --token-file or in {_TOKEN}.")
def agent(
    context: typer.Context,
    server: Annotated[
        list[str] | None,
        typer.Option(envvar="CLOCKHOUSE_SERVER", metavar="ADDRESS", help="A server's address; several if there are."),
    ] = None,
    token_file: Annotated[Path | None, typer.Option(help="A file that holds the agent's token.")] = None,
    data: Annotated[
        Path, typer.Option(envvar="CLOCKHOUSE_AGENT_DATA", help="Where artifacts are kept and executions work.")
    ] = Path("agent-data"),
    executions: Annotated[
        int, typer.Option(envvar="CLOCKHOUSE_EXECUTIONS", min=1, max=10_000, help="Executions at once.")
    ] = _DEFAULT.executions,
    memory: MemoryOption = _DEFAULT.memory_mib,
    failure_values: FailureValuesOption = True,
    drain: DrainOption = _DEFAULT.drain.total_seconds(),
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let secrets travel unencrypted, over http to another machine.")
    ] = False,
    log_level: LogLevelOption = "warning",
) -> None:
    """Run what an environment has on this machine, until Ctrl-C; the environment has to run on agents."""
    if context.invoked_subcommand is not None:
        return
    import asyncio

    from clockhouse import telemetry
    from clockhouse.agent import Access, new_event_loop

    telemetry.configure(log_level)
    access = Access(tuple(server or ()), _token(token_file), insecure)
    config = Config(
        data=data,
        executions=executions,
        memory_mib=memory,
        drain=timedelta(seconds=drain),
        failure_values=failure_values,
    )
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve(config, access))


@command(app, "add", epilog="Example: clockhouse agent add rack-3 --environment production --token-file rack-3.token")
def add(
    here: Here,
    name: NameArgument,
    environment: Annotated[str, typer.Option(parser=slug, help="Whose executions it runs.")],
    token_file: Annotated[Path | None, typer.Option(help="Write the token there instead of printing it.")] = None,
) -> None:
    """Let an agent in; its token is told this once."""
    if token_file is not None and token_file.exists():
        raise typer.BadParameter(f"{token_file} is there already.")
    wanted = {"name": name, "environment": environment}
    with nullcontext() if token_file is None else _private(token_file) as file:
        made = here.client.post("/agents", wanted)
        if file is not None:
            file.write(f"{made.pop('token')}\n")
    here.show(made, lambda added: _told(added, token_file, here.client.base_url))


@command(app, "list")
def list_agents(here: Here) -> None:
    """List the agents: whose executions they run, and when they were there last."""
    here.show(here.client.get("/agents"), _table)


@command(app, "remove")
def remove(here: Here, name: NameArgument) -> None:
    """Refuse an agent from now on. What it runs it ends, and that counts as lost."""
    here.client.delete(f"/agents/{name}")
    here.say(f"Removed agent {name}.")


def _told(added: Mapping[str, Any], token_file: Path | None, server: str) -> None:
    from clockhouse.client import is_loopback

    name = added["name"]
    output.say(f"Added agent {added['name']} for {added['environment']}.")
    if token_file is None:
        output.say(f"Its token, which nobody can be told again:\n  {added['token']}")
        output.say(f"Start it on its machine, once a file {name}.token that only its user may read has the token:")
    else:
        output.say(f"Its token is in {token_file}.")
        output.say("Start it where that file is:")
    options = {"--server": server, "--token-file": str(token_file or f"{name}.token"), "--data": f"{name}-data"}
    output.say(f"  clockhouse agent {' '.join(f'{option} {shlex.quote(value)}' for option, value in options.items())}")
    if is_loopback(server):
        output.say("On another machine, name the server by an address that leads to it from there.")


def _table(found: list[Mapping[str, Any]]) -> None:
    now = output.now()
    rows = [
        (
            each["name"],
            each["environment"],
            output.moment(each["seen_at"], now) or "never",
            f"{each['running']} of {each['room']}" if each["room"] is not None else "",
            each["version"] or "",
            each["host"] or "",
        )
        for each in found
    ]
    output.table(("Agent", "Environment", "Last seen", "Running", "Version", "Machine"), rows, empty="No agents.")


def _token(file: Path | None) -> Secret:
    if file is None:
        given = os.environ.get(_TOKEN, "").strip()
        if not given:
            raise Invalid(f"Name the file with the agent's token (--token-file), or set {_TOKEN}.")
        return Secret(given)
    return Secret(private.read(file, "The agent's token").strip())


@contextmanager
def _private(file: Path) -> Iterator[IO[str]]:
    """A new file that only its owner may read; gone again when what is to be in it is not to be had."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        try:
            yield opened
        except BaseException:
            file.unlink()
            raise


async def _serve(config: Config, access: Any) -> None:
    from clockhouse import agent as root

    stop, hurry = stopping.on_signals()
    told = root.Told(
        ready=lambda address: _ready(config, address),
        stopping=stopping.waiting,
        ended=lambda left: stopping.ended("The agent", left),
    )
    await root.serve(config, access, told, stop, hurry)


def _ready(config: Config, address: str) -> None:
    typer.echo(f"\n  The agent is at work for {address}, with its data in {config.data}.  Stop: Ctrl-C.\n")
