"""The API beside moto_server, in one run: `api_1k_tasks` and `describe_one_among_10k_tasks`."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import boto3
from lean import Figures, Lean, Server, measure

BIN = Path(sys.executable).parent
HERE = Path(__file__).parent
CALLS = int(os.environ.get("BENCH_CALLS", "1000"))
CONTAINER = {
    "name": "main",
    "image": "sample:latest",
    "memory": 6,
    "portMappings": [{"containerPort": 80}],
    "environment": [{"name": f"NAME_{n}", "value": f"value {n}"} for n in range(5)],
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def moto() -> Iterator[Server]:
    """moto_server as its users start it."""
    port = free_port()
    process = subprocess.Popen(
        [str(BIN / "moto_server"), "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(port)
    yield Server(f"http://127.0.0.1:{port}", "AKIDMOTO", "secret")
    process.kill()
    process.wait()


@contextmanager
def homeport() -> Iterator[Server]:
    """A control plane as shipped, and a node that says that everything runs."""
    with tempfile.TemporaryDirectory() as state:
        port = free_port()
        process = subprocess.Popen(
            [str(BIN / "homeport"), "server", "--state-dir", state, "--port", str(port)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        wait_for_ready(process.stdout)
        threading.Thread(target=process.stdout.read, daemon=True).start()
        keys = json.loads((Path(state) / "credentials.json").read_text())
        token = (Path(state) / "node-token").read_text()
        url = f"ws://127.0.0.1:{port}/_homeport/agent"
        node = subprocess.Popen(
            [sys.executable, str(HERE / "simulated_node.py"), url, token, "0" * 12, "us-east-1"]
        )
        server = Server(
            f"http://127.0.0.1:{port}", keys["access_key_id"], keys["secret_access_key"]
        )
        lean = Lean(server)
        while not lean.call("ListContainerInstances", {})["containerInstanceArns"]:
            time.sleep(0.05)
        yield server
        node.kill()
        node.wait()
        process.terminate()
        process.wait()


def wait_for_ready(output: IO[str]) -> None:
    """Read the output of `homeport` until it says that it is ready."""
    for line in output:
        if line.startswith("ready"):
            return
    raise RuntimeError("homeport ended before it was ready")


def wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def client(server: Server, service: str) -> Any:
    """A boto3 client, for setting the stage."""
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        region_name=server.region,
    )


def subnet_of(server: Server) -> str:
    """A subnet of the default VPC."""
    subnet: str = client(server, "ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    return subnet


def give_an_instance(server: Server) -> None:
    """moto runs tasks on container instances that were registered by hand."""
    instances = client(server, "ec2").run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)
    document = json.dumps({"instanceId": instances["Instances"][0]["InstanceId"]})
    client(server, "ecs").register_container_instance(instanceIdentityDocument=document)


def prepare(server: Server, tasks: int) -> list[str]:
    """A definition and `tasks` running tasks; their ARNs."""
    lean = Lean(server)
    lean.call("RegisterTaskDefinition", {"family": "web", "containerDefinitions": [CONTAINER]})
    run: dict[str, object] = {"taskDefinition": "web", "launchType": "EC2", "count": 10}
    arns: list[str] = []
    while len(arns) < tasks:
        answer = lean.call("RunTask", run)
        arns += [task["taskArn"] for task in answer["tasks"]]  # type: ignore[attr-defined]
    return arns


def operations(arns: list[str]) -> dict[str, tuple[str, dict[str, object], int]]:
    return {
        "DescribeTasks of 1": ("DescribeTasks", {"tasks": arns[500:501]}, CALLS),
        "DescribeTasks of 100": ("DescribeTasks", {"tasks": arns[400:500]}, CALLS // 4),
        "ListTasks": ("ListTasks", {}, CALLS),
        "DescribeTaskDefinition": ("DescribeTaskDefinition", {"taskDefinition": "web"}, CALLS),
        "RegisterTaskDefinition": (
            "RegisterTaskDefinition",
            {"family": "other", "containerDefinitions": [CONTAINER]},
            CALLS,
        ),
    }


def figures(server: Server, arns: list[str]) -> dict[str, Figures]:
    lean = Lean(server)
    return {
        name: measure(lean, server.prepare(operation, request), calls)
        for name, (operation, request, calls) in operations(arns).items()
    }


def main() -> None:
    with ExitStack() as stack:
        ours = stack.enter_context(homeport())
        theirs = stack.enter_context(moto())
        our_tasks = prepare(ours, 1_000)
        our = figures(ours, our_tasks)
        Lean(theirs).call("CreateCluster", {"clusterName": "default"})
        give_an_instance(theirs)
        their = figures(theirs, prepare(theirs, 1_000))
        result: dict[str, object] = {
            name: {
                "homeport_p50_ms": round(our[name].p50_ms, 3),
                "moto_p50_ms": round(their[name].p50_ms, 3),
                "p50_ratio": round(their[name].p50_ms / our[name].p50_ms, 1),
                "rate_ratio": round(our[name].per_second / their[name].per_second, 1),
            }
            for name in our
        }
        prepare(ours, 9_000)
        many = measure(
            Lean(ours), ours.prepare("DescribeTasks", {"tasks": our_tasks[500:501]}), CALLS
        )
        result["DescribeTasks of 1 among 10,000 / among 1,000"] = round(
            many.p50_ms / our["DescribeTasks of 1"].p50_ms, 2
        )
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
