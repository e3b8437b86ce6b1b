"""The stock aws CLI from the first command to the last, logs, and credentials inside tasks."""

import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from e2e_harness import BIN, AwsCliError, Homeport, docker, wait_until

CONTAINER = """[{"name": "main", "image": "sample:latest", "memory": 64, "stopTimeout": 2,
  "command": ["sh", "-c", "while true; do echo tick $(date +%s); sleep 1; done"],
  "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/demo/GROUP",
    "awslogs-create-group": "true", "awslogs-region": "us-east-1",
    "awslogs-stream-prefix": "demo"}}}]"""
FARGATE = (
    "--requires-compatibilities",
    "FARGATE",
    "--network-mode",
    "awsvpc",
    "--cpu",
    "256",
    "--memory",
    "512",
    "--execution-role-arn",
    "arn:aws:iam::000000000000:role/ecsTaskExecutionRole",
)


@pytest.mark.parametrize("kind", ["EC2", "FARGATE"])
def test_register_run_wait_describe_tail_and_stop(homeport: Homeport, kind: str) -> None:
    family = f"cli-{kind.lower()}"
    group = f"/demo/{kind}"
    homeport.aws(
        "ecs",
        "register-task-definition",
        "--family",
        family,
        "--container-definitions",
        CONTAINER.replace("GROUP", kind),
        *(FARGATE if kind == "FARGATE" else ()),
    )
    place: tuple[str, ...] = ()
    if kind == "FARGATE":
        subnet = homeport.aws("ec2", "describe-subnets")["Subnets"][0]["SubnetId"]
        network = f"awsvpcConfiguration={{subnets=[{subnet}]}}"
        place = ("--launch-type", "FARGATE", "--network-configuration", network)
    run = homeport.aws("ecs", "run-task", "--task-definition", family, *place)
    arn = run["tasks"][0]["taskArn"]
    homeport.aws_text("ecs", "wait", "tasks-running", "--tasks", arn)

    assert arn in homeport.aws("ecs", "list-tasks")["taskArns"]
    assert follow(homeport, group, "tick") <= 10.0

    homeport.aws("ecs", "stop-task", "--task", arn)
    homeport.aws_text("ecs", "wait", "tasks-stopped", "--tasks", arn)
    task = homeport.aws("ecs", "describe-tasks", "--tasks", arn)["tasks"][0]
    assert task["stopCode"] == "UserInitiated"
    stream = f"demo/main/{arn.rsplit('/', 1)[1]}"
    lines = homeport.aws(
        "logs", "get-log-events", "--log-group-name", group, "--log-stream-name", stream
    )
    assert lines["events"][0]["message"].startswith("tick ")


def follow(homeport: Homeport, group: str, word: str) -> float:
    """Least age in seconds of a line when `aws logs tail --follow` shows it (12 s of looking)."""
    with subprocess.Popen(
        [*homeport.aws2(), "logs", "tail", group, "--follow", "--format", "short"],
        stdout=subprocess.PIPE,
        text=True,
        env=homeport.environment_of_others() | {"PYTHONUNBUFFERED": "1"},
    ) as tail:
        assert tail.stdout is not None
        giving_up = threading.Timer(40, tail.terminate)
        giving_up.start()
        seen = [f"{os.times().elapsed} {line}" for line in itertools.islice(tail.stdout, 12)]
        giving_up.cancel()
        tail.terminate()
    assert len(seen) == 12, seen
    assert all(word in line for line in seen)
    return youngest_s(seen)


def youngest_s(seen: list[str]) -> float:
    import time

    drift = time.time() - os.times().elapsed
    return min(float(line.split()[0]) + drift - float(line.split()[-1]) for line in seen)


def test_a_task_calls_sts_with_the_credentials_of_its_role(homeport: Homeport) -> None:
    """The stock aws CLI inside the container: this machine's Python, mounted read-only."""
    role = "arn:aws:iam::000000000000:role/app"
    homes = {sys.prefix, sys.base_prefix, "/usr", "/lib", "/lib64", str(Path(BIN).resolve())}
    paths = [path for path in sorted(homes) if Path(path).exists()]
    definition = homeport.register(
        "identity",
        [
            {
                "name": "main",
                "memory": 256,
                "command": ["sh", "-c", f"{BIN}/aws sts get-caller-identity --output text"],
                "environment": [
                    {
                        "name": "AWS_ENDPOINT_URL",
                        "value": homeport.environment()["AWS_ENDPOINT_URL"],
                    }
                ],
                "mountPoints": [
                    {"sourceVolume": f"v{n}", "containerPath": path, "readOnly": True}
                    for n, path in enumerate(paths)
                ],
            }
        ],
        volumes=[{"name": f"v{n}", "host": {"sourcePath": path}} for n, path in enumerate(paths)],
        networkMode="host",
        taskRoleArn=role,
    )
    arn = homeport.run_task(definition)["taskArn"]
    stopped = homeport.until_status(arn, "STOPPED")
    page = homeport.run("why", arn)
    assert stopped["containers"][0]["exitCode"] == 0, page
    assert f"assumed-role/app/{arn.rsplit('/', 1)[1]}" in page


def test_errors_of_the_cli_are_amazons(homeport: Homeport) -> None:
    with pytest.raises(AwsCliError, match=r"ClusterNotFoundException.*Cluster not found"):
        homeport.aws("ecs", "list-tasks", "--cluster", "nowhere")
    with pytest.raises(AwsCliError, match=r"ClientException.*TaskDefinition not found"):
        homeport.aws("ecs", "run-task", "--task-definition", "nothing")


def test_status_shows_the_machine(homeport: Homeport) -> None:
    shown = homeport.run("status")
    assert "connected" in shown
    assert docker("version", "--format", "{{.Server.Version}}") in shown
    wait_until(lambda: "0 pending" in homeport.run("status"), 20)
