"""The whole ring without Docker: `ring_500_nodes_10k_tasks`, then 50 of the nodes vanish.

A control plane as shipped and 500 links that speak the agents' own protocol; what they say to run
runs at once, so what is measured is the control plane and the store.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from api import BIN, HERE, free_port, wait_for_ready
from idle import cpu_s
from lean import Lean, Server

NODES = int(os.environ.get("BENCH_NODES", "500"))
TASKS = int(os.environ.get("BENCH_TASKS", "10000"))
SERVICES = 20
VANISHING = NODES // 10
LOST_AFTER_S = 2
LOOK_EVERY_S = 0.1
DESCRIBED_AT_ONCE = 10


class Plane:
    """A control plane and how it is asked."""

    def __init__(self, state: str) -> None:
        port = free_port()
        words = ["server", "--state-dir", state, "--port", str(port)]
        self.process = subprocess.Popen(
            [str(BIN / "homeport"), *words, "--node-lost-after", str(LOST_AFTER_S)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        wait_for_ready(self.process.stdout)
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        keys = json.loads((Path(state) / "credentials.json").read_text())
        endpoint = f"http://127.0.0.1:{port}"
        self.lean = Lean(Server(endpoint, keys["access_key_id"], keys["secret_access_key"]))
        self.url = f"ws://127.0.0.1:{port}/_homeport/agent"
        self.token = (Path(state) / "node-token").read_text()

    def nodes(self, first: int, count: int, *, ends: bool = False) -> subprocess.Popen[bytes]:
        """A process of nodes; `ends`: their tasks end by themselves as soon as they run."""
        words = [self.url, self.token, str(first), str(count), *(["ends"] if ends else [])]
        return subprocess.Popen([sys.executable, str(HERE / "ring_nodes.py"), *words])

    def registered(self) -> int:
        """How many container instances there are."""
        clusters: Any = self.lean.call("DescribeClusters", {})["clusters"]
        return int(clusters[0]["registeredContainerInstancesCount"])

    def running(self) -> int:
        """How many tasks of the services are RUNNING."""
        names = [f"s{number}" for number in range(SERVICES)]
        found = 0
        for first in range(0, SERVICES, DESCRIBED_AT_ONCE):
            some = names[first : first + DESCRIBED_AT_ONCE]
            answer: Any = self.lean.call("DescribeServices", {"services": some})
            found += sum(each["runningCount"] for each in answer["services"])
        return found

    def peak_mb(self) -> int:
        """The most memory that it ever held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(each for each in status.splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) // 1000


def launch(plane: Plane) -> float:
    """Seconds from the first CreateService until every task is RUNNING."""
    container = {"name": "main", "image": "sample:latest", "memory": 6, "cpu": 10}
    plane.lean.call(
        "RegisterTaskDefinition", {"family": "ring", "containerDefinitions": [container]}
    )
    begin = time.perf_counter()
    for number in range(SERVICES):
        asked = {"serviceName": f"s{number}", "taskDefinition": "ring"}
        plane.lean.call("CreateService", asked | {"desiredCount": TASKS // SERVICES})
    while plane.running() < TASKS:
        time.sleep(LOOK_EVERY_S)
    return time.perf_counter() - begin


def replace(plane: Plane, vanishing: subprocess.Popen[bytes]) -> tuple[float, float]:
    """Seconds until the lost nodes are given up, and from there until every task is replaced."""
    begin = time.perf_counter()
    vanishing.kill()
    vanishing.wait()
    while plane.running() == TASKS:
        time.sleep(LOOK_EVERY_S)
    noticed = time.perf_counter()
    while plane.registered() > NODES - VANISHING or plane.running() < TASKS:
        time.sleep(LOOK_EVERY_S)
    return noticed - begin, time.perf_counter() - noticed


def main() -> None:
    with tempfile.TemporaryDirectory() as state:
        plane = Plane(state)
        staying = plane.nodes(0, NODES - VANISHING)
        vanishing = plane.nodes(NODES - VANISHING, VANISHING)
        try:
            while plane.registered() < NODES:
                time.sleep(LOOK_EVERY_S)
            before = cpu_s(plane.process.pid)
            took = launch(plane)
            cpu = cpu_s(plane.process.pid) - before
            noticed, replaced = replace(plane, vanishing)
            peak = plane.peak_mb()
        finally:
            for each in (staying, vanishing, plane.process):
                each.kill()
                each.wait()
    figures = {
        "nodes": NODES,
        "tasks": TASKS,
        "tasks_a_second": round(TASKS / took),
        "all_running_s": round(took, 1),
        "control_plane_cpu_s": round(cpu, 1),
        "control_plane_peak_mb": peak,
        "vanished_nodes": VANISHING,
        "given_up_after_s": round(noticed, 1),
        "replaced_s": round(replaced, 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
