"""Looks at a service while it rolls: from the API, from Docker, and as a client of its tasks."""

import http.client
import json
import os
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from e2e_harness import Homeport

SAMPLE_EVERY_S = 0.05
CALL_S = 10.0


@dataclass
class Watch:
    """What was there at every moment of a rollout of a service whose tasks serve on 8080."""

    homeport: Homeport
    service: str
    family: str
    healthy: list[dict[str, str]] = field(default_factory=list)
    """Address by ARN of the tasks that were RUNNING, HEALTHY and to go on, of each sample."""
    containers: list[int] = field(default_factory=list)
    """How many containers ran according to Docker, of each sample."""
    calls: int = 0
    errors: list[BaseException] = field(default_factory=list)
    _failures: list[tuple[str, int]] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def missed(self) -> list[str]:
        """Tasks that did not answer a call although they were seen healthy after it."""
        return [
            arn
            for arn, seen in self._failures
            # The sample after `seen` others may have been taken before the call.
            if any(arn in sample for sample in self.healthy[seen + 1 :])
        ]

    @contextmanager
    def watching(self) -> Iterator["Watch"]:
        """Look in the background for as long as the block lasts."""
        self.healthy.append(self._healthy())
        lookers = [
            threading.Thread(target=self._repeat, args=(look, pause_s))
            for look, pause_s in (
                (self._look_at_tasks, SAMPLE_EVERY_S),
                (self._look_at_docker, SAMPLE_EVERY_S),
                (self._call, 0.0),
            )
        ]
        for each in lookers:
            each.start()
        try:
            yield self
        finally:
            self._over.set()
            for each in lookers:
                each.join()
        assert not self.errors, self.errors

    def _repeat(self, look: Callable[[], None], pause_s: float) -> None:
        try:
            while not self._over.wait(pause_s):
                look()
        except BaseException as error:
            self.errors.append(error)

    def _look_at_tasks(self) -> None:
        self.healthy.append(self._healthy())

    def _look_at_docker(self) -> None:
        label = f"com.amazonaws.ecs.task-definition-family={self.family}"
        self.containers.append(len(running_containers(label)))

    def _call(self) -> None:
        for arn, address in self.healthy[-1].items():
            self.calls += 1
            if not answers(address):
                self._failures.append((arn, len(self.healthy)))

    def _healthy(self) -> dict[str, str]:
        """One answer of DescribeTasks that has every task there is: no moment but one."""
        ecs = self.homeport.ecs
        while True:
            self._known |= set(ecs.list_tasks(serviceName=self.service)["taskArns"])
            tasks = ecs.describe_tasks(tasks=sorted(self._known))["tasks"]
            if set(ecs.list_tasks(serviceName=self.service)["taskArns"]) <= self._known:
                return {each["taskArn"]: address_of(each) for each in tasks if is_healthy(each)}


def is_healthy(task: dict[str, Any]) -> bool:
    """Whether a task serves, and is to go on."""
    return (task["lastStatus"], task["desiredStatus"], task["healthStatus"]) == (
        "RUNNING",
        "RUNNING",
        "HEALTHY",
    )


def address_of(task: dict[str, Any]) -> str:
    """The private address of a task."""
    (attachment,) = task["attachments"]
    details = {each["name"]: each["value"] for each in attachment["details"]}
    return details["privateIPv4Address"]


def answers(address: str) -> bool:
    """Whether a task answers a client on its own address."""
    try:
        with urllib.request.urlopen(
            f"http://{address}:8080/index.html", timeout=CALL_S
        ) as response:
            return bool(response.read() == b"here\n")
    except (urllib.error.URLError, OSError, http.client.HTTPException):
        return False


def running_containers(label: str) -> list[dict[str, Any]]:
    """What Docker's own API lists of a label; its CLI would take a processor from the test."""
    filters = quote(json.dumps({"label": [label], "status": ["running"]}))
    engine = _Engine("docker")
    try:
        engine.request("GET", f"/containers/json?filters={filters}")
        found: list[dict[str, Any]] = json.loads(engine.getresponse().read())
        return found
    finally:
        engine.close()


class _Engine(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(urlsplit(os.environ["DOCKER_HOST"]).path)
