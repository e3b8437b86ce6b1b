"""Standalone tasks round the whole ring: asked for, placed, assigned, reported, shown."""

import pytest

from homeport.link.messages import ContainerReport, TaskReport
from ring.driver import Plane
from ring.simulated_node import SimulatedNode
from task_definition_documents import container, document


@pytest.fixture
def node(plane: Plane) -> SimulatedNode:
    plane.ask("RegisterTaskDefinition", **document(container(memory=64, cpu=128)))
    return SimulatedNode(plane)


def started(plane: Plane, count: int = 1) -> list[str]:
    answer = plane.ask("RunTask", taskDefinition="web", count=count)
    assert answer["failures"] == []
    return [task["taskArn"] for task in answer["tasks"]]


def shown(plane: Plane, arn: str) -> dict[str, object]:
    [task] = plane.ask("DescribeTasks", tasks=[arn])["tasks"]
    return task


def test_a_bridge_task_is_pending_at_once_and_running_when_its_node_says_so(
    plane: Plane, node: SimulatedNode
) -> None:
    [arn] = started(plane)
    assert shown(plane, arn)["lastStatus"] == "PENDING"
    [assignment] = node.pull()
    assert (assignment.task_arn, assignment.desired) == (arn, "RUNNING")
    node.run(arn)
    task = shown(plane, arn)
    assert task["lastStatus"] == "RUNNING"
    assert task["connectivity"] == "CONNECTED"
    assert task["startedAt"] == plane.clock.now()


def test_a_stopped_task_ends_at_its_nodes_pace_and_leaves_nothing(
    plane: Plane, node: SimulatedNode
) -> None:
    [arn] = started(plane)
    node.pull()
    node.run(arn)
    answer = plane.ask("StopTask", task=arn, reason="enough")["task"]
    assert (answer["desiredStatus"], answer["lastStatus"]) == ("STOPPED", "RUNNING")
    node.pull()
    node.step(arn)
    node.deliver()
    assert shown(plane, arn)["lastStatus"] == "RUNNING"  # A bridge task is never STOPPING.
    node.step(arn)
    node.deliver()
    task = shown(plane, arn)
    assert task["lastStatus"] == "STOPPED"
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")
    node.settle()
    assert node.tasks == {}
    assert shown(plane, arn)["version"] == task["version"]


def test_an_essential_exit_stops_the_task_with_its_exit_code(
    plane: Plane, node: SimulatedNode
) -> None:
    [arn] = started(plane)
    node.pull()
    node.run(arn)
    node.exit(arn, 3)
    node.deliver()
    task = shown(plane, arn)
    assert (task["desiredStatus"], task["stopCode"]) == ("STOPPED", "EssentialContainerExited")
    node.settle()
    task = shown(plane, arn)
    assert task["lastStatus"] == "STOPPED"
    assert task["stoppedReason"] == "Essential container in task exited"
    assert task["containers"][0]["exitCode"] == 3  # type: ignore[index]


def test_a_task_that_cannot_start_says_why_where_ecs_says_it(
    plane: Plane, node: SimulatedNode
) -> None:
    [arn] = started(plane)
    node.pull()
    node.fail(arn, "CannotPullContainerError: no such image")
    node.settle()
    task = shown(plane, arn)
    assert (task["stopCode"], task["stoppedReason"]) == (
        "TaskFailedToStart",
        "Task failed to start",
    )
    container_shown = task["containers"][0]  # type: ignore[index]
    assert container_shown["reason"] == "CannotPullContainerError: no such image"
    assert "exitCode" not in container_shown
    assert "startedAt" not in task


def test_resources_are_free_again_once_a_task_is_stopped(plane: Plane, node: SimulatedNode) -> None:
    arns = started(plane, 3)

    def left() -> int:
        [machine] = plane.ask("DescribeContainerInstances", containerInstances=[node.arn])[
            "containerInstances"
        ]
        return next(
            each["integerValue"] for each in machine["remainingResources"] if each["name"] == "CPU"
        )

    assert left() == 4096 - 3 * 128
    for arn in arns:
        plane.ask("StopTask", task=arn)
    node.settle()
    assert left() == 4096


def test_a_stopped_task_takes_nothing_though_its_node_still_has_its_remains(
    plane: Plane, node: SimulatedNode
) -> None:
    [arn] = started(plane)
    node.pull()
    node.run(arn)
    node.exit(arn)
    node.pull()
    while node.tasks[arn].phase != "STOPPED":
        node.step(arn)
    node.deliver()
    assert shown(plane, arn)["lastStatus"] == "STOPPED"
    assert (
        plane.store.read(lambda tx: plane.peers.fleet.remaining(tx, until=plane.clock.now())) == 1
    )
    [machine] = plane.ask("DescribeContainerInstances", containerInstances=[node.arn])[
        "containerInstances"
    ]
    assert machine["remainingResources"] == machine["registeredResources"]


def test_a_node_that_comes_back_is_told_everything_it_must_know(
    plane: Plane, node: SimulatedNode
) -> None:
    kept, ended = started(plane, 2)
    node.pull()
    node.run(kept)
    node.run(ended)
    node.goodbye()
    assert shown(plane, kept)["connectivity"] == "DISCONNECTED"
    plane.ask("StopTask", task=ended)
    before = shown(plane, kept)
    node.hello()
    assert shown(plane, kept)["connectivity"] == "CONNECTED"
    assert node.tasks[ended].desired == "STOPPED"
    node.settle()
    assert shown(plane, ended)["lastStatus"] == "STOPPED"
    assert shown(plane, kept)["startedAt"] == before["startedAt"]
    assert set(node.tasks) == {kept}


def test_a_disconnected_node_gets_no_tasks(plane: Plane, node: SimulatedNode) -> None:
    node.goodbye()
    answer = plane.ask("RunTask", taskDefinition="web")
    assert answer == {"tasks": [], "failures": [{"arn": node.arn, "reason": "AGENT"}]}


def test_a_node_that_reports_a_task_nobody_knows_is_told_to_remove_it(
    plane: Plane, node: SimulatedNode
) -> None:
    stranger = f"{node.arn.replace('container-instance', 'task')}"
    running = TaskReport(
        task_arn=stranger,
        sequence=1,
        phase="RUNNING",
        containers=(ContainerReport(name="web", status="RUNNING"),),
    )
    node.deliver(running)
    node.deliver(running)
    [assignment] = node.pull()
    assert (assignment.task_arn, assignment.desired) == (stranger, "REMOVED")
    assert assignment.spec is not None
    node.settle()
    assert node.tasks == {}


def test_a_node_that_says_hello_needs_no_word_about_strangers(
    plane: Plane, node: SimulatedNode
) -> None:
    """It has just been told everything that it should run."""
    stranger = node.arn.replace("container-instance", "task")
    node.deliver(TaskReport(task_arn=stranger, sequence=1, phase="RUNNING"))
    node.hello()
    assert node.tasks == {}
    assert node.pull() == ()


def test_a_node_that_still_speaks_of_a_forgotten_task_is_told_once_more(
    plane: Plane, node: SimulatedNode
) -> None:
    [arn] = started(plane)
    plane.ask("StopTask", task=arn)
    node.settle()
    late = TaskReport(task_arn=arn, sequence=10_000, phase="REMOVED")
    node.deliver(late)
    [assignment] = node.pull()
    assert (assignment.task_arn, assignment.desired) == (arn, "FORGOTTEN")
    node.deliver(late)
    assert node.pull() == ()


def test_forced_deregistration_ends_the_tasks_and_the_node_removes_them(
    plane: Plane, node: SimulatedNode
) -> None:
    [arn] = started(plane)
    node.pull()
    node.run(arn)
    plane.ask("DeregisterContainerInstance", containerInstance=node.arn, force=True)
    plane.drain()
    task = shown(plane, arn)
    assert task["lastStatus"] == "STOPPED"
    assert task["stoppedReason"] == "Container instance deregistration forced by user"
    [assignment] = node.pull()
    assert assignment.desired == "REMOVED"
    node.settle()
    assert node.tasks == {}


def test_a_restart_is_just_a_sweep(plane: Plane, node: SimulatedNode) -> None:
    [arn] = started(plane)
    plane.ask("StopTask", task=arn)
    plane.lose_wakes()
    plane.sweep()
    node.settle()
    assert shown(plane, arn)["lastStatus"] == "STOPPED"
    assert node.tasks == {}


def test_why_tells_what_the_node_and_the_control_plane_did(
    plane: Plane, node: SimulatedNode
) -> None:
    [arn] = started(plane)
    node.pull()
    node.run(arn)
    node.exit(arn, 7)
    node.settle()
    told = plane.ask("ExplainTask", task=arn)["explanation"]
    assert told["stoppedBy"] == "container web, which exited with code 7"
    lines = [entry["what"] for entry in told["timeline"]]
    assert lines[0] == "asked for by arn:aws:iam::000000000000:root"
    assert {"RUNNING", "task is RUNNING", "task is STOPPED"} <= set(lines)
    assert told["containers"][0]["exitCode"] == 7


def test_discarding_everything_leaves_nothing_on_the_node(
    plane: Plane, node: SimulatedNode
) -> None:
    fleet = plane.peers.fleet
    started(plane, 3)
    node.pull()
    now = plane.clock.now()
    assert plane.store.read(lambda tx: fleet.remaining(tx, until=plane.clock.now())) == 3
    plane.store.write(lambda tx: fleet.discard_all(tx, now=now))
    node.settle()
    assert plane.store.read(lambda tx: fleet.remaining(tx, until=plane.clock.now())) == 0
    assert node.tasks == {}
