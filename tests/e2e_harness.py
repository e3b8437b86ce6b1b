"""A real Homeport on a real Docker Engine, as users start it, and the stock clients for it."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

BIN = Path(sys.executable).parent
READY_S = 60
TASK_S = 90


@dataclass
class Homeport:
    """One `homeport up` process on its own state directory and port."""

    state_dir: Path
    options: tuple[str, ...] = ()
    command: str = "up"
    """``server``: a control plane alone."""
    process: subprocess.Popen[str] | None = None
    log: list[str] = field(default_factory=list)
    agents: dict[str, "Agent"] = field(default_factory=dict)
    _clients: dict[str, Any] = field(default_factory=dict)
    _environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> "Homeport":
        """Start it and wait until it says that it is ready."""
        where = ("--state-dir", str(self.state_dir), "--port", self._port())
        self.process = started(self.command, *where, *self.options, log=self.log)
        return self

    def agent(
        self,
        name: str,
        *,
        cpu: int | None = None,
        memory: int | None = None,
        attributes: Mapping[str, str | None] | None = None,
        cluster: str = "default",
        options: Sequence[str] = (),
    ) -> "Agent":
        """Have another agent join as the container instance `name`; answers once it has.

        The same name again starts it anew with what it is told then.  `down` ends it too.
        """
        words = ["--name", name, "--cluster", cluster, "--state-dir", str(self.state_dir)]
        words += ["--cpu", str(cpu)] if cpu is not None else []
        words += ["--memory", str(memory)] if memory is not None else []
        if attributes:
            named = [
                key if value is None else f"{key}={value}" for key, value in attributes.items()
            ]
            words += ["--attributes", ",".join(named)]
        self.agents[name] = Agent(name, (*words, *options)).start()
        return self.agents[name]

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def down(self, *, stop_tasks: bool = True) -> None:
        """Take it down as a user does."""
        if self.process is not None and self.process.poll() is None:
            self.run("down", *(["--stop-tasks"] if stop_tasks else []))
            self.process.wait(60)
        for each in self.agents.values():
            each.stop()

    def run(self, *words: str) -> str:
        """Output of a `homeport` command on this state directory."""
        return subprocess.run(
            [str(BIN / "homeport"), *words, "--state-dir", str(self.state_dir)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def environment(self) -> dict[str, str]:
        """What `eval "$(homeport env)"` gives a shell; keys and port outlive a restart."""
        if not self._environment:
            lines = self.run("env").splitlines()
            pairs = (line.removeprefix("export ").split("=", 1) for line in lines)
            self._environment = dict(pairs)
        return self._environment

    def aws(self, *words: str) -> Any:
        """Parsed answer of the stock aws CLI."""
        shown = self.aws_text(*words, "--output", "json")
        return json.loads(shown) if shown.strip() else None

    def aws_text(self, *words: str) -> str:
        """Output of the stock aws CLI; its error text is in the exception."""
        # Version 1 sends `aws sqs` to Amazon, whatever AWS_ENDPOINT_URL says.
        where = ["--endpoint-url", self.environment()["AWS_ENDPOINT_URL"]]
        done = subprocess.run(
            [str(BIN / "aws"), *words, *(where if words[0] == "sqs" else [])],
            capture_output=True,
            text=True,
            env=os.environ | self.environment() | {"AWS_PAGER": ""},
        )
        if done.returncode:
            raise AwsCliError(done.stderr.strip())
        return done.stdout

    def environment_of_others(self) -> dict[str, str]:
        """For programs of other Pythons, such as Debian's aws CLI: nothing of this process's own.

        The aws CLI of our virtual environment, once imported, names the folder of its data.
        """
        ours = ("PYTHONPATH", "AWS_DATA_PATH")
        return {name: each for name, each in os.environ.items() if name not in ours} | (
            self.environment()
        )

    def aws2(self) -> list[str]:
        """Version 2 of the aws CLI, which alone has `logs tail`: Debian's, told the endpoint."""
        path = subprocess.run(
            ["scripts/aws2"],
            check=True,
            capture_output=True,
            text=True,
            env=self.environment_of_others(),
        ).stdout.strip()
        return [path, "--endpoint-url", self.environment()["AWS_ENDPOINT_URL"]]

    def client(self, service: str) -> Any:
        """A boto3 client."""
        if service not in self._clients:
            env = self.environment()
            self._clients[service] = boto3.client(
                service,
                endpoint_url=env["AWS_ENDPOINT_URL"],
                aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
                region_name=env["AWS_DEFAULT_REGION"],
                config=Config(retries={"total_max_attempts": 1}),
            )
        return self._clients[service]

    @property
    def ecs(self) -> Any:
        """The boto3 client of ECS."""
        return self.client("ecs")

    def register(self, family: str, containers: Sequence[dict[str, Any]], **members: Any) -> str:
        """ARN of a new task definition; containers get an image and memory if they name none."""
        filled = [
            {"image": "sample:latest", "memory": 64, "stopTimeout": 2} | each for each in containers
        ]
        answer = self.ecs.register_task_definition(
            family=family, containerDefinitions=filled, **members
        )
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn

    def run_task(self, definition: str, **members: Any) -> dict[str, Any]:
        """The one task that RunTask starts."""
        answer = self.ecs.run_task(taskDefinition=definition, **members)
        assert answer["failures"] == [], answer["failures"]
        task: dict[str, Any] = answer["tasks"][0]
        return task

    def network(self) -> dict[str, Any]:
        """A networkConfiguration in the default VPC."""
        subnets = self.client("ec2").describe_subnets()["Subnets"]
        return {"awsvpcConfiguration": {"subnets": [subnets[0]["SubnetId"]]}}

    def task(self, arn: str) -> dict[str, Any]:
        """What DescribeTasks says now."""
        task: dict[str, Any] = self.ecs.describe_tasks(tasks=[arn])["tasks"][0]
        return task

    def until(
        self, arn: str, wanted: Callable[[dict[str, Any]], bool], timeout: float = TASK_S
    ) -> dict[str, Any]:
        """The task once `wanted` holds of it."""
        seen: list[dict[str, Any]] = []

        def look() -> bool:
            seen[:] = [self.task(arn)]
            return wanted(seen[0])

        wait_until(look, timeout, lambda: f"task never got there: {seen}")
        return seen[0]

    def until_status(self, arn: str, status: str, timeout: float = TASK_S) -> dict[str, Any]:
        """The task once its lastStatus is `status`; a task that stopped instead fails at once."""
        task = self.until(arn, lambda task: task["lastStatus"] in (status, "STOPPED"), timeout)
        assert task["lastStatus"] == status, task
        return task

    def _port(self) -> str:
        """A restart keeps the port: containers and clients hold on to it."""
        file = self.state_dir / "running.json"
        if not file.exists():
            return "0"
        return json.loads(file.read_text())["endpoint"].rsplit(":", 1)[1]


@dataclass
class Agent:
    """One `homeport agent` process beside a Homeport."""

    name: str
    words: tuple[str, ...]
    process: subprocess.Popen[str] | None = None
    log: list[str] = field(default_factory=list)

    def start(self) -> "Agent":
        """Start it and wait until the control plane has let it in."""
        self.process = started("agent", *self.words, log=self.log)
        return self

    @property
    def arn(self) -> str:
        """Its container instance."""
        return [line for line in self.log if line.startswith("ready")][-1].split()[1]

    def stop(self) -> None:
        """End it as a user does; its tasks go on."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(30)


def started(*words: str, log: list[str]) -> subprocess.Popen[str]:
    """A `homeport` command in the foreground that has said `ready`; its lines go into `log`."""
    process = subprocess.Popen(
        [str(BIN / "homeport"), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    ready = threading.Event()
    threading.Thread(target=_read, args=(process, log, ready), daemon=True).start()
    if not ready.wait(READY_S) or process.poll() is not None:
        raise AssertionError(f"homeport {words[0]} did not become ready:\n" + "".join(log))
    return process


def _read(process: subprocess.Popen[str], log: list[str], ready: threading.Event) -> None:
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            log.append(line)
            if line.startswith("ready"):
                ready.set()
    ready.set()


class AwsCliError(Exception):
    """The aws CLI ended with an error; its text is the message."""


def wait_until(
    holds: Callable[[], bool], timeout: float, explain: Callable[[], str] = lambda: "never held"
) -> None:
    """Ask again and again, a little apart, as a user's waiter does."""
    pause = threading.Event()
    tries = int(timeout / 0.05)
    for _ in range(tries):
        if holds():
            return
        pause.wait(0.05)
    raise AssertionError(explain())


def docker(*words: str) -> str:
    """Output of the docker CLI on the private Engine."""
    return subprocess.run(
        ["docker", *words], check=True, capture_output=True, text=True
    ).stdout.strip()


def inspect(container: str) -> dict[str, Any]:
    """What the Engine says of a container."""
    found: dict[str, Any] = json.loads(docker("inspect", container))[0]
    return found


def dump(homeport: Homeport) -> str:
    """The end of its log, for a failing test."""
    return "".join(homeport.log[-60:])
