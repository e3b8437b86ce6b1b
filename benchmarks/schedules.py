"""10,000 schedules that fire each minute, without Docker: how late their tasks start.

Then 10,000 that fire once a day: what they cost while nothing is due.  A control plane as shipped
and nodes that speak the agents' own protocol, whose tasks end at once: what is measured is the
control plane and the store.
"""

import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config
from idle import cpu_s
from lean import Lean, Server

from ring import Plane

SCHEDULES = int(os.environ.get("BENCH_SCHEDULES", "10000"))
NODES = int(os.environ.get("BENCH_NODES", "50"))
WINDOW_S = 60.0
IDLE_S = 60.0
MAKERS = 4
ASKED_FOR_EACH = 10
"""Of so many schedules the runs of one are read: to read all would take minutes."""
ROLE = "arn:aws:iam::000000000000:role/scheduler"
CLUSTER = "arn:aws:ecs:us-east-1:000000000000:cluster/default"
OWN_API = "Homeport_20260101"


def make(server: Server, expression: str, definition: str, *, over_s: float) -> None:
    """Create the schedules, evenly over so many seconds, as their minutes are in a real account."""
    clients = threading.local()
    begin = time.perf_counter()

    def create(number: int) -> None:
        if not hasattr(clients, "scheduler"):
            clients.scheduler = boto3.session.Session().client(
                "scheduler",
                endpoint_url=server.endpoint,
                aws_access_key_id=server.access_key_id,
                aws_secret_access_key=server.secret_access_key,
                region_name=server.region,
                config=Config(retries={"total_max_attempts": 1}),
            )
        time.sleep(max(0.0, begin + over_s * number / SCHEDULES - time.perf_counter()))
        clients.scheduler.create_schedule(
            Name=f"j{number}",
            ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": CLUSTER,
                "RoleArn": ROLE,
                "EcsParameters": {"TaskDefinitionArn": definition},
            },
        )

    with ThreadPoolExecutor(MAKERS) as makers:
        list(makers.map(create, range(SCHEDULES)))


def lateness(lean: Lean, begin: float, end: float) -> list[float]:
    """Seconds from each firing's due time in (begin, end] until its task was RUNNING."""
    late = []
    for number in range(0, SCHEDULES, ASKED_FOR_EACH):
        request: dict[str, object] = {"job": f"j{number}", "maxResults": 5}
        prepared = lean.server.prepare("ListJobRuns", request, target=OWN_API, service="homeport")
        for run in json.loads(lean.send(prepared))["runs"]:
            if begin < run["dueAt"] <= end:
                late.append(run["startedAt"] - run["dueAt"] if "startedAt" in run else float("inf"))
    return late


def each_minute() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as state:
        plane = Plane(state)
        nodes = plane.nodes(0, NODES, ends=True)
        try:
            while plane.registered() < NODES:
                time.sleep(0.1)
            definition = registered(plane)
            # Over two minutes: each fires as soon as it is made, beside the making of others.
            make(plane.lean.server, "rate(1 minute)", definition, over_s=120.0)
            time.sleep(10.0)
            begin, before = time.time(), cpu_s(plane.process.pid)
            time.sleep(WINDOW_S)
            end, after = time.time(), cpu_s(plane.process.pid)
            time.sleep(5.0)
            found = sorted(lateness(Lean(plane.lean.server), begin, end))
        finally:
            for each in (nodes, plane.process):
                each.kill()
                each.wait()
    return {
        "schedules": SCHEDULES,
        "firings_read": len(found),
        "firings_expected": round(SCHEDULES / ASKED_FOR_EACH * WINDOW_S / 60.0),
        "never_started": found.count(float("inf")),
        "late_median_s": round(statistics.median(found), 3),
        "late_p99_s": round(found[int(len(found) * 0.99)], 3),
        "late_max_s": round(found[-1], 3),
        "control_plane_cores": round((after - before) / WINDOW_S, 2),
    }


def once_a_day() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as state:
        plane = Plane(state)
        try:
            definition = registered(plane)
            idle = share(plane.process)
            # In half a day: nothing is due while it is measured.
            daily = f"cron(0 {(time.gmtime().tm_hour + 12) % 24} * * ? *)"
            make(plane.lean.server, daily, definition, over_s=0.0)
            with_schedules = share(plane.process)
        finally:
            plane.process.kill()
            plane.process.wait()
    return {
        "percent_of_a_core": round(with_schedules, 2),
        "percent_without_schedules": round(idle, 2),
    }


def share(process: subprocess.Popen[str]) -> float:
    """Per cent of a core that a process takes while nothing is asked of it."""
    time.sleep(3.0)
    before = cpu_s(process.pid)
    time.sleep(IDLE_S)
    return (cpu_s(process.pid) - before) / IDLE_S * 100


def registered(plane: Plane) -> str:
    container = {"name": "main", "image": "sample:latest", "memory": 6, "cpu": 10}
    answer: Any = plane.lean.call(
        "RegisterTaskDefinition", {"family": "job", "containerDefinitions": [container]}
    )
    arn: str = answer["taskDefinition"]["taskDefinitionArn"]
    return arn


def main() -> None:
    print(json.dumps({"each_minute": each_minute(), "once_a_day": once_a_day()}))


if __name__ == "__main__":
    main()
