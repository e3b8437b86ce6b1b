"""A service called web, and `homeport` commands about it, as the end-to-end tests run them."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from e2e_harness import BIN, Homeport, wait_until

TAGS = [{"key": "team", "value": "a"}]
BREAKER = {
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    "minimumHealthyPercent": 50,
    "maximumPercent": 200,
}
CHECK = {"command": ["CMD", "true"], "interval": 5, "timeout": 60}
MISSING = "registry.invalid/none:1"


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return f"exit code {self.code}\n{self.out}\n{self.err}"


def said(homeport: Homeport, *words: str) -> Said:
    """What a `homeport` command on the running Homeport says."""
    done = subprocess.run(
        [str(BIN / "homeport"), words[0], "--state-dir", str(homeport.state_dir), *words[1:]],
        capture_output=True,
        text=True,
        timeout=180,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def create(homeport: Homeport, count: int = 2, **members: Any) -> dict[str, Any]:
    """A service with a health check that runs steadily."""
    container = {"name": "main", "image": "good:1", "healthCheck": CHECK}
    homeport.register("web", [container | members.pop("container", {})], tags=TAGS)
    homeport.ecs.create_service(
        serviceName="web",
        taskDefinition="web",
        desiredCount=count,
        deploymentConfiguration=BREAKER,
        **members,
    )
    return steady(homeport)


def steady(homeport: Homeport) -> dict[str, Any]:
    """The service once its deployment has completed: the stock waiter asks for no health."""
    wait_until(lambda: is_completed(service(homeport)), 90, lambda: str(service(homeport)))
    return service(homeport)


def is_completed(found: dict[str, Any]) -> bool:
    """Whether one deployment is left, and nothing is missing of it."""
    return [each["rolloutState"] for each in found["deployments"]] == ["COMPLETED"] and (
        found["runningCount"] == found["desiredCount"]
    )


def service(homeport: Homeport) -> dict[str, Any]:
    found: dict[str, Any] = homeport.ecs.describe_services(services=["web"], include=["TAGS"])[
        "services"
    ][0]
    return found


def running(homeport: Homeport) -> dict[str, str]:
    """The image of each running task of the service."""
    arns = homeport.ecs.list_tasks(serviceName="web", desiredStatus="RUNNING")["taskArns"]
    tasks = homeport.ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
    return {each["taskArn"]: each["containers"][0]["image"] for each in tasks}


def tags(homeport: Homeport) -> dict[str, str]:
    return {each["key"]: each["value"] for each in service(homeport).get("tags", [])}


class Watching:
    """A `homeport` command that goes on while the test does something."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: list[str] = []
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def until(self, words: str, timeout: float = 60) -> None:
        """Wait until it has said something."""
        wait_until(lambda: any(words in line for line in self._lines), timeout, self._said)

    def end(self) -> Said:
        """How it ended."""
        giving_up = threading.Timer(120, self.process.kill)
        giving_up.start()
        self._reading.join()
        giving_up.cancel()
        assert self.process.stderr is not None
        err = self.process.stderr.read()
        return Said(self.process.wait(), self._said(), err)

    def _said(self) -> str:
        return "".join(self._lines)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append(line)


@contextmanager
def watching(homeport: Homeport, *words: str) -> Iterator[Watching]:
    """A command beside the test; it does not outlive it."""
    with subprocess.Popen(
        [str(BIN / "homeport"), words[0], "--state-dir", str(homeport.state_dir), *words[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        watch = Watching(process)
        try:
            yield watch
        finally:
            process.kill()
            watch.end()
