"""Follows one task from its start to its end: log lines as they come, then what became of it."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from homeport.cli.client import CallRefused, Client
from homeport.cli.log_tail import LogTail
from homeport.cli.patience import patiently
from homeport.cli.showing import show
from homeport.cli.wakes import TROUBLE, Wakes

LOOK_EVERY_S: Final = 0.5
DRAIN_S: Final = 10.0
"""How long to wait for the end of a log that the node has seen and the log group has not."""
QUIET_S: Final = 1.0
"""How long nothing must come of a log whose end is not known."""
SETTLED_S: Final = 0.3
"""How long nothing must come after what looks like the end."""


class Follower:
    """One task, as the command that started it follows it."""

    def __init__(
        self,
        client: Callable[[], Client],
        task: Mapping[str, Any],
        *,
        regions: Mapping[str, str],
        names: bool,
        unreadable: Mapping[str, str],
    ) -> None:
        self._client = client
        self._asked: dict[str, object] = {"cluster": task["clusterArn"], "task": task["taskArn"]}
        self._unreadable = unreadable
        self._names = names
        self._tail = LogTail(regions, self._show)
        self._wakes = Wakes(client)
        self._is_stopped = False

    def until_stopped(self) -> dict[str, Any]:
        """The task once it is STOPPED and all of its log is shown."""
        while True:
            task = patiently(self._client, self._look)
            if task["lastStatus"] == "STOPPED":
                self._is_stopped = True
                patiently(self._client, self._drain)
                return task
            self._wakes.wait(LOOK_EVERY_S)

    def stop(self, reason: str) -> None:
        """Have the task stopped; it takes its time."""
        self._client().call("ecs", "StopTask", self._asked | {"reason": reason})

    def stop_unless_stopped(self) -> None:
        """Stop the task when the command ends before it, for whatever reason."""
        if self._is_stopped:
            return
        try:
            self.stop("homeport run ended")
        except (CallRefused, *TROUBLE) as error:
            click.echo(f"homeport: the task was not stopped: {error}", err=True)

    def _look(self, client: Client) -> dict[str, Any]:
        of = {"cluster": self._asked["cluster"], "tasks": [self._asked["task"]]}
        task: dict[str, Any] = client.call("ecs", "DescribeTasks", of)["tasks"][0]
        wanted = [each["name"] for each in task["containers"]]
        if not all(self._tail.knows(name) or name in self._unreadable for name in wanted):
            self._tail.learn(self._explained(client), client.region)
        self._tail.look(client)
        return task

    def _drain(self, client: Client) -> None:
        """Show the rest: Docker's awslogs driver sends the last lines after the container ended."""
        told = self._explained(client)
        self._tail.learn(told, client.region)
        ends = {
            each["name"]: each["nodeLines"]
            for each in told["containers"]
            if each.get("nodeLines") and each["name"] not in self._unreadable
        }
        began = quiet_since = time.monotonic()
        is_expecting = any(
            each.get("startedAt") and self._tail.knows(each["name"]) for each in told["containers"]
        )
        while is_expecting:
            now = time.monotonic()
            if self._tail.look(client):
                quiet_since = now
            is_whole = all(self._tail.has_shown(name, lines) for name, lines in ends.items())
            quiet_for = now - quiet_since
            if quiet_for >= (SETTLED_S if ends and is_whole else QUIET_S) and is_whole:
                break
            if now - began > DRAIN_S:
                break
            self._wakes.wait(SETTLED_S)
        self._show_unreadable(told)

    def _show_unreadable(self, told: Mapping[str, Any]) -> None:
        """The end of what goes to other log drivers, as far as the node could read it back."""
        for each in told["containers"]:
            driver = self._unreadable.get(each["name"])
            if driver is None:
                continue
            note = f"container {each['name']} logs to {driver}; only its last lines are known"
            click.echo(f"homeport: {note}", err=True)
            for line in each.get("nodeLines", ()):
                self._show(each["name"], line)

    def _explained(self, client: Client) -> dict[str, Any]:
        told: dict[str, Any] = client.call("homeport", "ExplainTask", self._asked)["explanation"]
        return told

    def _show(self, container: str, line: str) -> None:
        show(f"{container} | {line}" if self._names else line)
