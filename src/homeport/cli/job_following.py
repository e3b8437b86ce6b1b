"""Follows runs of a job to their end: each change as it comes, then why it failed."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from homeport.cli.client import CallRefused, Client
from homeport.cli.job_words import GOOD, UNDER_WAY, attempt_line
from homeport.cli.patience import patiently
from homeport.cli.showing import count, lasting, page, short, show
from homeport.cli.wakes import Wakes
from homeport.cli.why_task import show_container

LOOK_EVERY_S: Final = 0.5
"""What a queue took is no event of ECS."""

Run = dict[str, Any]


class RunsFollower:
    """The runs that one RunJob made, one for each target."""

    def __init__(
        self, client: Callable[[], Client], job: str, ids: Sequence[str], *, quiet: bool
    ) -> None:
        self._client = client
        self._asked = {"job": job, "ids": list(ids)}
        self._wanted = len(ids)
        self._quiet = quiet
        self._told: dict[str, list[str]] = {}
        self._started = time.monotonic()
        self._wakes = Wakes(client)

    def until_over(self) -> list[Run]:
        """The runs once nothing more comes of them."""
        while True:
            runs = patiently(self._client, self._look)
            for run in runs:
                self._tell(run)
            if len(runs) == self._wanted and not any(is_under_way(each) for each in runs):
                return runs
            self._wakes.wait(LOOK_EVERY_S)

    def say_how_it_ended(self, runs: Sequence[Run]) -> None:
        """The end of each run, and the log's end of what failed."""
        for run in runs:
            show()
            show(_ended(run))
            for each in run["attempts"][-1:]:
                for task in each["tasks"] if run["outcome"] not in GOOD else ():
                    patiently(self._client, partial(_show_task, task=task))

    def _look(self, client: Client) -> list[Run]:
        runs: list[Run] = client.call("homeport", "ListJobRuns", self._asked)["runs"]
        return runs

    def _tell(self, run: Run) -> None:
        known = self._told.setdefault(run["id"], [])
        for line in _lines(run):
            if line not in known:
                known.append(line)
                if not self._quiet:
                    name = f"{run['targetId']}: " if run.get("targetId") else ""
                    show(f"{time.monotonic() - self._started:7.1f} s  {name}{line}")


def is_under_way(run: Run) -> bool:
    """Whether more is to come of it."""
    return run["outcome"] in UNDER_WAY


def _lines(run: Run) -> list[str]:
    told = [
        f"try {each['number']}: {each['errorCode']}: {each.get('errorMessage', '')}"
        for each in run["deliveryAttempts"]
        if each.get("errorCode")
    ]
    if run["outcome"] in ("PENDING", "WAITING") and run.get("reason"):
        told.append(f"{run['outcome']}: {run['reason']}")
    for each in run["attempts"]:
        names = ", ".join(short(task["taskArn"]) for task in each["tasks"])
        if names:
            which = "task" if len(each["tasks"]) == 1 else "tasks"
            told.append(f"attempt {each['number']}: {which} {names}")
        if each.get("startedAt") is not None:
            told.append(f"attempt {each['number']}: running")
        if each["outcome"] not in ("PENDING", "RUNNING"):
            told.append(attempt_line(each))
        elif each["outcome"] == "PENDING" and each.get("reason"):
            told.append(f"attempt {each['number']}: {each['reason']}")
    return told


def _ended(run: Run) -> str:
    words = [run["outcome"]]
    if "exitCode" in run:
        words.append(f"exit code {run['exitCode']}")
    if "durationSeconds" in run:
        words.append(f"took {lasting(run['durationSeconds'])}")
    if len(run["attempts"]) > 1:
        words.append(count(len(run["attempts"]), "attempt"))
    if run["deadLettered"]:
        words.append(f"in the queue {run['deadLetterQueueArn'].rpartition(':')[2]}")
    if run["outcome"] == "DELIVERED" and run.get("answer"):
        words.append(run["answer"])
    told = "" if run["outcome"] in GOOD else run.get("reason", "")
    return " · ".join(words) + (f": {told}" if told else "")


def _show_task(client: Client, task: Run) -> None:
    arn = task["taskArn"]
    try:
        told = client.call("homeport", "ExplainTask", {"task": arn})["explanation"]
    except CallRefused:
        return  # It was forgotten meanwhile.
    console = page()
    console.print(f"[bold]task {short(arn)}[/bold]")
    for container in told["containers"]:
        show_container(console, container)
