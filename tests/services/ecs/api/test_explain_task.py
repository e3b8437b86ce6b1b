"""ExplainTask: nothing is cut, and the last lines come from where the log went."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from msgspec.structs import replace as with_members

from conftest import CountedIds, TurnedClock
from ecs_tasks import HOME, refused, run
from homeport.contracts.logs import LogLine
from homeport.contracts.peers import Peers
from homeport.link.messages import ContainerReport, TaskReport
from homeport.services.ecs.errors import InvalidParameterException
from homeport.store import ReadTx, Store
from ring.driver import Plane
from ring.simulated_node import SimulatedNode
from task_definition_documents import AWSLOGS, container, document


@dataclass
class KeptLines:
    """Logs with one stream."""

    group: str
    stream: str
    lines: tuple[str, ...]

    def tail(
        self, tx: ReadTx, account: str, region: str, group: str, stream: str, limit: int
    ) -> tuple[LogLine, ...]:
        if (group, stream) != (self.group, self.stream):
            return ()
        return tuple(LogLine(0, line) for line in self.lines[-limit:])


@pytest.fixture
def logs() -> KeptLines:
    return KeptLines("/ecs/web", "", ("one", "last words"))


@pytest.fixture
def plane(
    store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers, logs: KeptLines
) -> Plane:
    return Plane(store, clock=clock, ids=ids, peers=replace(peers, logs=logs))


def explained(plane: Plane, task: str, **request: Any) -> dict[str, Any]:
    told: dict[str, Any] = plane.ask("ExplainTask", task=task, **request)["explanation"]
    return told


def test_the_last_lines_are_those_of_the_awslogs_stream(plane: Plane, logs: KeptLines) -> None:
    plane.ask("RegisterTaskDefinition", **document(container(logConfiguration=AWSLOGS)))
    SimulatedNode(plane)
    [task] = run(plane)
    task_id = task["taskArn"].rpartition("/")[2]
    logs.stream = f"ecs/web/{task_id}"
    [web] = explained(plane, task_id)["containers"]
    assert (web["logGroup"], web["logStream"]) == ("/ecs/web", logs.stream)
    assert web["lastLines"] == ["one", "last words"]


def test_without_awslogs_the_last_lines_are_those_the_node_read(plane: Plane) -> None:
    plane.ask("RegisterTaskDefinition", **document(container()))
    node = SimulatedNode(plane)
    [task] = run(plane)
    node.pull()
    whole = "CannotStartContainerError: " + "x" * 5000
    ended = ContainerReport(
        name="web",
        status="STOPPED",
        exit_code=137,
        started_at=plane.clock.now(),
        reason=whole,
        oom_killed=True,
        oom_evidence="the kernel said so",
        last_lines=("bye",),
    )
    node.deliver(
        TaskReport(task_arn=task["taskArn"], sequence=1000, phase="STOPPED", containers=(ended,))
    )
    told = explained(plane, task["taskArn"])
    [web] = told["containers"]
    assert web["reason"] == whole
    assert web["lastLines"] == ["bye"]
    assert (web["oomKilled"], web["oomEvidence"]) == (True, "the kernel said so")
    assert told["node"] == node.arn
    [shown] = plane.ask("DescribeTasks", tasks=[task["taskArn"]])["tasks"]
    assert shown["containers"][0]["reason"] == whole[:1024]


def test_a_task_is_found_by_its_arn_in_any_cluster(plane: Plane) -> None:
    plane.ask("RegisterTaskDefinition", **document(container()))
    plane.ask("CreateCluster", clusterName="blue")
    SimulatedNode(plane).hello(cluster="blue")
    [task] = run(plane, cluster="blue")
    assert explained(plane, task["taskArn"])["clusterArn"] == f"{HOME}:cluster/blue"
    assert explained(plane, task["taskArn"].rpartition("/")[2], cluster="blue")


def test_a_stuck_task_says_what_is_in_its_way(plane: Plane) -> None:
    plane.ask("RegisterTaskDefinition", **document(container()))
    node = SimulatedNode(plane)
    [task] = run(plane)

    def last() -> str:
        line: str = explained(plane, task["taskArn"])["timeline"][-1]["what"]
        return line

    assert last().startswith("asked for by")
    node.hello(docker_version="")
    assert last() == "right now the Docker Engine of its node does not answer"
    node.goodbye()
    assert last().startswith("right now its node is not connected")


@pytest.mark.parametrize("reference", ["f" * 32, f"{HOME}:task/default/{'f' * 32}", "arn:x"])
def test_an_unknown_task_cannot_be_explained(plane: Plane, reference: str) -> None:
    text = refused(plane, "ExplainTask", InvalidParameterException, task=reference)
    assert text == "The referenced task was not found."


def test_health_is_told_of_containers_that_are_checked(plane: Plane) -> None:
    check = {"command": ["CMD", "true"]}
    asked = document(container(healthCheck=check), container("side", essential=False))
    plane.ask("RegisterTaskDefinition", **asked)
    node = SimulatedNode(plane)
    [task] = run(plane)
    node.pull()
    arn = task["taskArn"]
    node.run(arn)
    sick = with_members(node.tasks[arn].containers["web"], health="UNHEALTHY", health_output="no")
    side = node.tasks[arn].containers["side"]
    node.deliver(TaskReport(task_arn=arn, sequence=1000, phase="RUNNING", containers=(sick, side)))
    web, other = explained(plane, arn)["containers"]
    assert (web["health"], web["healthOutput"]) == ("UNHEALTHY", "no")
    assert "health" not in other
    [shown] = plane.ask("DescribeTasks", tasks=[arn])["tasks"]
    assert shown["healthStatus"] == "UNHEALTHY"
    assert [each["healthStatus"] for each in shown["containers"]] == ["UNHEALTHY", "UNKNOWN"]
