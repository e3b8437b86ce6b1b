"""`homeport why TASK`: one page about a stopped or stuck task."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from homeport.app.state_dir import StateDir
from homeport.cli.client import Client
from homeport.cli.options import state_dir_option


@click.command()
@click.argument("task")
@click.option("--cluster", default="default", show_default=True, help="The task's cluster.")
@state_dir_option
def why(task: str, cluster: str, state_dir: Path) -> None:
    """Say what happened to TASK (an id or an ARN), in order, with every error in full."""
    client = Client.of(StateDir(state_dir))
    request: dict[str, object] = {"task": task, "cluster": cluster}
    told = client.call("homeport", "ExplainTask", request)["explanation"]
    console = Console(soft_wrap=True, highlight=False)
    _summary(console, told)
    _timeline(console, told.get("timeline", []))
    for container in told.get("containers", []):
        _container(console, container)


def _summary(console: Console, told: dict[str, Any]) -> None:
    console.print(f"[bold]{escape(told['taskArn'])}[/bold]")
    console.print(f"{told['taskDefinitionArn']} · {told['launchType']} · {told['lastStatus']}")
    if told.get("stoppedReason"):
        code = told.get("stopCode", "")
        console.print(f"[red]{escape(code)}[/red]  {escape(told['stoppedReason'])}")
    if told.get("stoppedBy"):
        console.print(f"stopped by {escape(told['stoppedBy'])}")


def _timeline(console: Console, timeline: list[dict[str, Any]]) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    start = timeline[0]["at"] if timeline else 0.0
    for entry in timeline:
        table.add_row(
            _clock(entry["at"]),
            f"+{entry['at'] - start:.1f} s",
            escape(entry.get("container", "")),
            escape(entry["what"]),
        )
    console.print()
    console.print(table)


def _container(console: Console, container: dict[str, Any]) -> None:
    console.print()
    exit_code = container.get("exitCode")
    ended = "" if exit_code is None else f" · exit code {exit_code}"
    name, image = escape(container["name"]), escape(container["image"])
    console.print(f"[bold]{name}[/bold] {image} · {container['lastStatus']}{ended}")
    for member in ("reason", "oomEvidence", "healthOutput"):
        if container.get(member):
            console.print(f"  {escape(container[member])}")
    for line in container.get("lastLines", []):
        console.print(f"  [dim]│[/dim] {escape(line)}")


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]
