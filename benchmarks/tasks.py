"""Starting tasks beside `docker run -d`, in one run on one Engine (run it inside scripts/lab).

`one_task_bridge`, `one_task_awsvpc`: RunTask until DescribeTasks shows RUNNING, over `docker run
-d` of the same container.  `twenty_tasks`: rate of 20 at once over 8 parallel `docker run -d`.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from api import subnet_of, wait_for_ready
from lean import Lean, Server

BIN = Path(sys.executable).parent
ROUNDS = 15
MANY_ROUNDS = 5
POLL_S = 0.01
POLL_MANY_S = 0.05
"""Apart enough that asking about 20 tasks takes little of the processors that start them."""
COMMAND = ["sleep", "900"]


def start(state: str) -> tuple[subprocess.Popen[str], Server]:
    process = subprocess.Popen(
        [str(BIN / "homeport"), "up", "--state-dir", state, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    wait_for_ready(process.stdout)
    threading.Thread(target=process.stdout.read, daemon=True).start()
    running = json.loads((Path(state) / "running.json").read_text())
    keys = json.loads((Path(state) / "credentials.json").read_text())
    server = Server(running["endpoint"], keys["access_key_id"], keys["secret_access_key"])
    return process, server


def docker_run(_: int = 0) -> str:
    done = subprocess.run(
        ["docker", "run", "-d", "sample:latest", *COMMAND],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def remove(containers: list[str]) -> None:
    subprocess.run(["docker", "rm", "-f", *containers], check=True, capture_output=True)


def until(lean: Lean, arns: list[str], status: str, poll_s: float = POLL_S) -> None:
    asking = lean.server.prepare("DescribeTasks", {"tasks": arns})
    while True:
        tasks = json.loads(lean.send(asking))["tasks"]
        if all(task["lastStatus"] == status for task in tasks):
            return
        stopped = [task for task in tasks if task["lastStatus"] == "STOPPED"]
        if stopped and status != "STOPPED":
            raise RuntimeError(f"a task stopped: {stopped[0].get('stoppedReason')}")
        time.sleep(poll_s)


def stop(lean: Lean, arns: list[str]) -> None:
    for arn in arns:
        lean.call("StopTask", {"task": arn})
    until(lean, arns, "STOPPED")


def one(lean: Lean, request: dict[str, object]) -> float:
    begin = time.perf_counter()
    arn = lean.call("RunTask", request)["tasks"][0]["taskArn"]  # type: ignore[index]
    until(lean, [arn], "RUNNING")
    took = time.perf_counter() - begin
    stop(lean, [arn])
    return took


def one_docker_run() -> float:
    begin = time.perf_counter()
    container = docker_run()
    took = time.perf_counter() - begin
    remove([container])
    return took


def twenty(lean: Lean, request: dict[str, object]) -> float:
    begin = time.perf_counter()
    arns = [
        task["taskArn"]
        for _ in range(2)
        for task in lean.call("RunTask", request | {"count": 10})["tasks"]  # type: ignore[attr-defined]
    ]
    until(lean, arns, "RUNNING", POLL_MANY_S)
    took = time.perf_counter() - begin
    stop(lean, arns)
    return took


def twenty_docker_runs() -> float:
    with ThreadPoolExecutor(8) as pool:
        begin = time.perf_counter()
        containers = list(pool.map(docker_run, range(20)))
        took = time.perf_counter() - begin
    remove(containers)
    return took


def requests(lean: Lean) -> tuple[dict[str, object], dict[str, object]]:
    container = {"name": "main", "image": "sample:latest", "memory": 64, "command": COMMAND}
    container["stopTimeout"] = 2
    lean.call("RegisterTaskDefinition", {"family": "bridge", "containerDefinitions": [container]})
    vpc = {"family": "vpc", "networkMode": "awsvpc", "containerDefinitions": [container]}
    lean.call("RegisterTaskDefinition", vpc)
    network = {"awsvpcConfiguration": {"subnets": [subnet_of(lean.server)]}}
    return {"taskDefinition": "bridge"}, {"taskDefinition": "vpc", "networkConfiguration": network}


def main() -> None:
    with tempfile.TemporaryDirectory() as state:
        process, server = start(state)
        lean = Lean(server)
        bridge, awsvpc = requests(lean)
        for warm in (bridge, awsvpc):
            one(lean, warm)
        one_docker_run()
        # Interleaved: whatever else the machine does falls on all three alike.
        rounds = [(one_docker_run(), one(lean, bridge), one(lean, awsvpc)) for _ in range(ROUNDS)]
        docker_s, bridge_s, awsvpc_s = (
            statistics.median(each) for each in zip(*rounds, strict=True)
        )
        many = [(twenty_docker_runs(), twenty(lean, bridge)) for _ in range(MANY_ROUNDS)]
        docker_20_s, twenty_s = (statistics.median(each) for each in zip(*many, strict=True))
        process.terminate()
        process.wait()
    print(
        json.dumps(
            {
                "docker_run_s": round(docker_s, 3),
                "one_task_bridge": round(bridge_s / docker_s, 2),
                "one_task_awsvpc": round(awsvpc_s / docker_s, 2),
                "twenty_tasks_rate": round(docker_20_s / twenty_s, 2),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
