"""Watches a deployment to its end: shows each change, and says how and why it ended."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import click
from rich.console import Console
from rich.markup import escape

from homeport.cli import phases
from homeport.cli.client import CallRefused, Client
from homeport.cli.patience import patiently
from homeport.cli.phases import Sighting
from homeport.cli.showing import clock, page, short, show
from homeport.cli.wakes import QUIET_S, Wakes
from homeport.cli.why_task import show_container

FAILED: Final = 1
TIMED_OUT: Final = 124
"""As of timeout(1)."""
LEFT: Final = 130
"""As of a program that Ctrl-C ended."""

FORGOTTEN: Final = {
    "status": "STOPPED",
    "statusReason": "It is not known any more: the service was deleted and created anew.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A deployment that an UpdateService has begun."""

    cluster: str
    service: str
    deployment_arn: str
    rollout_id: str
    definition: str
    began_at: float
    """When it was begun, by the clock of Homeport."""

    @classmethod
    def of(cls, service: dict[str, Any]) -> "Watched":
        """The deployment that UpdateService's answer is about."""
        primary = service["deployments"][0]
        return cls(
            cluster=service["clusterArn"],
            service=service["serviceName"],
            deployment_arn=service["currentServiceDeployment"],
            rollout_id=primary["id"],
            definition=primary["taskDefinition"],
            began_at=primary["createdAt"],
        )


class Watch:
    """One deployment, watched by a command."""

    def __init__(
        self, client: Callable[[], Client], *, started: float, timeout_s: float | None
    ) -> None:
        self._client = client
        self._started = started
        self._timeout_s = timeout_s
        self._done: list[tuple[str, float]] = []
        self._at = 0.0
        self._wakes = Wakes(client)

    def passed(self, phase: str, line: str) -> None:
        """Say that a phase is over that the command itself went through."""
        now = self._elapsed()
        self._done.append((phase, now - self._at))
        self._at = now
        self._say(line)

    def to_the_end(self, what: Watched) -> int:
        """Show the deployment until it ends; the exit code for the shell."""
        try:
            return self._watch(what)
        except KeyboardInterrupt:
            click.echo("", err=True)
            self._leave(what, "Not watched any longer; the deployment goes on.")
            return LEFT

    def _watch(self, what: Watched) -> int:
        seen: list[Sighting] = []
        while True:
            now = patiently(self._client, lambda client: self._look(client, what))
            for line in phases.lines(seen[-1] if seen else None, now):
                self._say(line)
            if not seen or replace(seen[-1], at=now.at) != now:
                seen.append(now)  # What is the same as before adds nothing to the phases.
            ended = phases.outcome(now)
            if ended is not None:
                return self._conclude(what, ended, seen)
            if self._timeout_s is not None and now.at >= self._timeout_s:
                self._leave(what, f"Not completed in {self._timeout_s:g} s; it goes on.")
                self._show_why(what, seen)
                return TIMED_OUT
            self._wakes.wait(self._at_most())

    def _look(self, client: Client, what: Watched) -> Sighting:
        """First how far it is, then the counts: they are at least as new."""
        asked = {"serviceDeploymentArns": [what.deployment_arn]}
        answer = client.call("ecs", "DescribeServiceDeployments", asked)["serviceDeployments"]
        found = answer[0] if answer else FORGOTTEN
        told = _explained(client, what)
        return phases.sighting(told, found, what.rollout_id, what.definition, at=self._elapsed())

    def _conclude(self, what: Watched, ended: phases.Outcome, seen: list[Sighting]) -> int:
        if ended == "deployed":
            show()
            for line in phases.summary([*self._done, *phases.timings(self._at, seen)]):
                show(f"  {line}")
            show(f"{short(what.definition)} is deployed to {what.service}.")
            return 0
        show()
        if ended == "hopeless":
            tried = f"{seen[-1].new.attempts} attempts in a row failed"
            show(f"{short(what.definition)} is not deployed: {tried}. Homeport goes on trying.")
        else:
            show(f"{short(what.definition)} was not deployed ({ended}). {seen[-1].reason}")
        self._show_why(what, seen)
        return FAILED

    def _show_why(self, what: Watched, seen: Sequence[Sighting]) -> None:
        """The service's events since, and the last task that failed with the end of its log."""
        console = page()
        patiently(self._client, lambda client: _show_events(client, console, what))
        failed = next((each.failed_arn for each in reversed(seen) if each.failed_arn), None)
        if failed is not None:
            patiently(self._client, lambda client: _show_task(client, console, what, failed))

    def _at_most(self) -> float:
        """How long to wait for an event: not beyond the end of the watching."""
        if self._timeout_s is None:
            return QUIET_S
        return min(QUIET_S, self._timeout_s - self._elapsed())

    def _leave(self, what: Watched, why: str) -> None:
        click.echo(f"homeport: {why} See `homeport why {what.service}`.", err=True)

    def _say(self, line: str) -> None:
        show(f"{self._elapsed():7.1f} s  {line}")

    def _elapsed(self) -> float:
        return time.monotonic() - self._started


def _explained(client: Client, what: Watched) -> dict[str, Any]:
    asked = {"cluster": what.cluster, "service": what.service}
    told: dict[str, Any] = client.call("homeport", "ExplainService", asked)["explanation"]
    return told


def _show_events(client: Client, console: Console, what: Watched) -> None:
    asked = {"cluster": what.cluster, "services": [what.service]}
    services = client.call("ecs", "DescribeServices", asked)["services"]
    console.print("[bold]Events since[/bold]")
    for event in reversed(services[0]["events"] if services else ()):
        if event["createdAt"] >= what.began_at:
            console.print(f"  {clock(event['createdAt'])}  {escape(event['message'])}")


def _show_task(client: Client, console: Console, what: Watched, arn: str) -> None:
    asked = {"cluster": what.cluster, "task": arn}
    try:
        told = client.call("homeport", "ExplainTask", asked)["explanation"]
    except CallRefused:
        return  # It was forgotten meanwhile.
    console.print()
    console.print(f"[bold]Last task that failed[/bold]  {escape(arn)}")
    console.print(
        f"  [red]{told.get('stopCode', '')}[/red]  {escape(told.get('stoppedReason', ''))}"
    )
    for container in told["containers"]:
        show_container(console, container)
