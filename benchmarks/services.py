"""Services beside `docker run -d`, in one run on one Engine (run it inside scripts/lab).

`replacement_beyond_docker_run_s`: from `docker kill` of a service's container until DescribeTasks
shows its replacement RUNNING, less what `docker run -d` takes.  `twenty_tasks_rate`: CreateService
of 20 FARGATE tasks until the service is steady, as a rate over that of 8 parallel `docker run -d`.
`delete_*`: DeleteService --force of it, whose containers do not heed SIGTERM.
"""

import itertools
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from typing import Any

from api import subnet_of
from lean import Lean
from tasks import COMMAND, POLL_MANY_S, POLL_S, one_docker_run, start, twenty_docker_runs

ROUNDS = 15
MANY_ROUNDS = 5
COUNT = 20
STOP_TIMEOUT_S = 2
QUIET_S = 3.0
FAMILY = "com.amazonaws.ecs.task-definition-family"
GIVE_UP_AFTER_S = 120.0
CRASHED_WITHIN_S = 11.0


def until(holds: Callable[[], Any], poll_s: float) -> Any:
    """What `holds` answers once that is something."""
    deadline = time.monotonic() + GIVE_UP_AFTER_S
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise RuntimeError("it never came to that")
        time.sleep(poll_s)
    return found


def containers(family: str, *options: str) -> list[str]:
    listed = subprocess.run(
        ["docker", "ps", "-q", *options, "--filter", f"label={FAMILY}={family}"],
        check=True,
        capture_output=True,
        text=True,
    )
    return listed.stdout.split()


def rest() -> None:
    """Wait until nothing is made or removed any more: holders are made ready behind the scenes."""
    before, since = list[str](), time.monotonic()
    while time.monotonic() - since < QUIET_S:
        listed = subprocess.run(["docker", "ps", "-aq"], check=True, capture_output=True, text=True)
        if (now := listed.stdout.split()) != before:
            before, since = now, time.monotonic()
        time.sleep(POLL_MANY_S)


def service(lean: Lean, name: str) -> dict[str, Any]:
    found: Any = lean.call("DescribeServices", {"services": [name]})["services"]
    only: dict[str, Any] = found[0]
    return only


def is_steady(lean: Lean, name: str) -> bool:
    (deployment, *others) = service(lean, name)["deployments"]
    return not others and deployment["rolloutState"] == "COMPLETED"


def replacement(lean: Lean, victim: str) -> float:
    """Kill a container of the service `kept`; how long until a task more than before is RUNNING."""
    before: Any = lean.call("ListTasks", {"serviceName": "kept"})["taskArns"]
    begin = time.perf_counter()
    subprocess.run(["docker", "kill", victim], check=True, capture_output=True)

    def replaced() -> bool:
        arns: Any = lean.call("ListTasks", {"serviceName": "kept"})["taskArns"]
        fresh = [arn for arn in arns if arn not in before]
        tasks: Any = lean.call("DescribeTasks", {"tasks": fresh})["tasks"] if fresh else []
        return any(task["lastStatus"] == "RUNNING" for task in tasks)

    until(replaced, POLL_S)
    return time.perf_counter() - begin


def twenty_and_none(lean: Lean, name: str, network: object) -> tuple[float, float, float]:
    """Until 20 tasks are steady; how soon DeleteService answers; until nothing of it is left."""
    asked: dict[str, object] = {
        "serviceName": name,
        "taskDefinition": "fleet",
        "desiredCount": COUNT,
        "launchType": "FARGATE",
        "networkConfiguration": network,
    }
    begin = time.perf_counter()
    lean.call("CreateService", asked)
    until(lambda: is_steady(lean, name), POLL_MANY_S)
    steady_s = time.perf_counter() - begin

    deleting = lean.server.prepare("DeleteService", {"service": name, "force": True})
    begin = time.perf_counter()
    lean.send(deleting)
    answer_s = time.perf_counter() - begin
    until(lambda: service(lean, name)["status"] == "INACTIVE", POLL_MANY_S)
    until(lambda: not containers("fleet", "-a"), POLL_MANY_S)
    return steady_s, answer_s, time.perf_counter() - begin


def both_at_rest(lean: Lean, name: str, network: object) -> tuple[float, float, float, float]:
    """One round of each, with nothing else going on."""
    rest()
    docker_s = twenty_docker_runs()
    rest()
    return docker_s, *twenty_and_none(lean, name, network)


def set_the_stage(lean: Lean) -> object:
    """Both definitions, and the service whose containers are killed; answers a network."""
    container: dict[str, object] = {
        "name": "main",
        "image": "sample:latest",
        "memory": 64,
        "command": COMMAND,
        "stopTimeout": STOP_TIMEOUT_S,
    }
    lean.call("RegisterTaskDefinition", {"family": "kept", "containerDefinitions": [container]})
    fargate = {
        "family": "fleet",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [container],
    }
    lean.call("RegisterTaskDefinition", fargate)
    asked = {"serviceName": "kept", "taskDefinition": "kept", "desiredCount": ROUNDS + 1}
    lean.call("CreateService", asked)
    until(lambda: is_steady(lean, "kept"), POLL_S)
    # What ends sooner has crashed, and crash after crash is replaced later and later.
    time.sleep(CRASHED_WITHIN_S)
    return {"awsvpcConfiguration": {"subnets": [subnet_of(lean.server)]}}


def main() -> None:
    with tempfile.TemporaryDirectory() as state:
        process, server = start(state)
        lean = Lean(server)
        network = set_the_stage(lean)
        names = (f"fleet-{number}" for number in itertools.count())
        first, *victims = containers("kept")
        replacement(lean, first)
        one_docker_run()
        # Interleaved: whatever else the machine does falls on both alike.
        rounds = [(one_docker_run(), replacement(lean, each)) for each in victims]
        docker_s, replacement_s = (statistics.median(each) for each in zip(*rounds, strict=True))
        lean.call("DeleteService", {"service": "kept", "force": True})
        until(lambda: not containers("kept", "-a"), POLL_S)
        many = [both_at_rest(lean, next(names), network) for _ in range(MANY_ROUNDS)]
        docker_20_s, steady_s, answer_s, gone_s = (
            statistics.median(each) for each in zip(*many, strict=True)
        )
        process.terminate()
        process.wait()
    print(
        json.dumps(
            {
                "docker_run_s": round(docker_s, 3),
                "replacement_beyond_docker_run_s": round(replacement_s - docker_s, 3),
                "twenty_tasks_rate": round(docker_20_s / steady_s, 2),
                "delete_answer_ms": round(answer_s * 1e3, 1),
                "delete_gone_beyond_stop_timeout_s": round(gone_s - STOP_TIMEOUT_S, 2),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
