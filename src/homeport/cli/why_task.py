"""The page of `homeport why` about a task."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from homeport.cli.showing import clock, columns


def show_task(console: Console, told: dict[str, Any], asked_for: Sequence[str] = ()) -> None:
    """Show what ExplainTask told; `asked_for`: which job had it started, in lines."""
    _summary(console, told)
    for line in asked_for:
        console.print(escape(line))
    _timeline(console, told.get("timeline", []))
    for container in told.get("containers", []):
        console.print()
        show_container(console, container)


def show_container(console: Console, container: dict[str, Any]) -> None:
    """Show how a container is or ended, with the end of its log."""
    exit_code = container.get("exitCode")
    ended = "" if exit_code is None else f" · exit code {exit_code}"
    name, image = escape(container["name"]), escape(container["image"])
    console.print(f"[bold]{name}[/bold] {image} · {container['lastStatus']}{ended}")
    for member in ("reason", "oomEvidence", "healthOutput"):
        if container.get(member):
            console.print(f"  {escape(container[member])}")
    for line in container.get("lastLines", []):
        console.print(f"  [dim]│[/dim] {escape(line)}")


def _summary(console: Console, told: dict[str, Any]) -> None:
    console.print(f"[bold]{escape(told['taskArn'])}[/bold]")
    console.print(f"{told['taskDefinitionArn']} · {told['launchType']} · {told['lastStatus']}")
    if told.get("stoppedReason"):
        code = told.get("stopCode", "")
        console.print(f"[red]{escape(code)}[/red]  {escape(told['stoppedReason'])}")
    if told.get("stoppedBy"):
        console.print(f"stopped by {escape(told['stoppedBy'])}")


def _timeline(console: Console, timeline: list[dict[str, Any]]) -> None:
    table = columns()
    start = timeline[0]["at"] if timeline else 0.0
    for entry in timeline:
        table.add_row(
            clock(entry["at"]),
            f"+{entry['at'] - start:.1f} s",
            escape(entry.get("container", "")),
            escape(entry["what"]),
        )
    console.print()
    console.print(table)
