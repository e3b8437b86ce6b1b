"""Nodes that are not heard of any more: given up after a while, and welcome when they come back."""

from collections.abc import Callable

import pytest

from conftest import TurnedClock
from fleet_recorder import hello_of
from homeport.runtime import Again, Tick
from homeport.services.ecs.reconcile import lost_nodes
from homeport.services.ecs.reconcile.lost_nodes import LOST_AFTER_MIN_S, LOST_AFTER_S
from ring.driver import ACCOUNT, REGION, Plane
from ring.simulated_node import SimulatedNode
from task_definition_documents import container, document, fargate

TickFactory = Callable[[], Tick]


@pytest.fixture
def node(plane: Plane) -> SimulatedNode:
    plane.ask("RegisterTaskDefinition", **document(container(memory=64, cpu=128)))
    return SimulatedNode(plane)


def started(plane: Plane, node: SimulatedNode) -> str:
    """A task that runs on the node."""
    answer = plane.ask("RunTask", taskDefinition="web")
    [task] = answer["tasks"]
    node.pull()
    node.run(task["taskArn"])
    return task["taskArn"]


def shown(plane: Plane, arn: str) -> dict[str, object]:
    [task] = plane.ask("DescribeTasks", tasks=[arn])["tasks"]
    return task


def instance(plane: Plane, node: SimulatedNode) -> dict[str, object]:
    [found] = plane.ask("DescribeContainerInstances", containerInstances=[node.arn])[
        "containerInstances"
    ]
    return found


def test_a_node_that_stays_away_is_terminated_with_its_tasks(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    arn = started(plane, node)
    node.goodbye()
    plane.drain()
    clock.turn(LOST_AFTER_S - 1)
    plane.drain()
    assert shown(plane, arn)["lastStatus"] == "RUNNING"
    assert plane.next_due() == clock.now() + 1
    clock.turn(1)
    plane.drain()
    task = shown(plane, arn)
    ec2_id = instance(plane, node)["ec2InstanceId"]
    assert (task["lastStatus"], task["desiredStatus"]) == ("STOPPED", "STOPPED")
    assert task["stopCode"] == "TerminationNotice"
    assert task["stoppedReason"] == f"Host EC2 (instance {ec2_id}) terminated."
    assert instance(plane, node)["status"] == "INACTIVE"
    assert plane.ask("ListContainerInstances")["containerInstanceArns"] == []
    told = plane.ask("ExplainTask", task=arn)["explanation"]
    assert told["stoppedBy"] == "its node, which was not heard of any more"


def test_a_node_that_comes_back_in_time_has_lost_nothing(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    arn = started(plane, node)
    for _ in range(3):
        node.goodbye()
        plane.drain()
        clock.turn(LOST_AFTER_S - 1)
        node.hello()
        plane.drain()
        clock.turn(1)
    plane.sweep()
    assert shown(plane, arn)["lastStatus"] == "RUNNING"
    assert instance(plane, node)["status"] == "ACTIVE"


def test_a_node_that_comes_back_too_late_registers_anew_and_removes_the_old_tasks(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    arn = started(plane, node)
    node.goodbye()
    clock.turn(LOST_AFTER_S)
    plane.sweep()
    version = shown(plane, arn)["version"]
    clock.turn(5)
    node.hello()
    assert instance(plane, node)["status"] == "ACTIVE"
    assert instance(plane, node)["registeredAt"] == clock.now()
    assert node.tasks[arn].desired == "REMOVED"
    node.settle()
    assert node.tasks == {}
    assert shown(plane, arn)["version"] == version


def test_fargate_tasks_end_with_it_and_give_back_their_address(
    plane: Plane, clock: TurnedClock
) -> None:
    plane.ask("RegisterTaskDefinition", **fargate(container()))
    node = SimulatedNode(plane)
    networks = plane.peers.networks
    [subnet, *_] = plane.store.read(lambda tx: networks.default_subnets(tx, ACCOUNT, REGION))
    network = {"awsvpcConfiguration": {"subnets": [subnet.subnet_id]}}
    [task] = plane.ask(
        "RunTask", taskDefinition="web", launchType="FARGATE", networkConfiguration=network
    )["tasks"]
    plane.drain()
    node.pull()
    node.run(task["taskArn"])
    node.goodbye()
    clock.turn(LOST_AFTER_S)
    plane.sweep()
    ended = shown(plane, task["taskArn"])
    assert (ended["lastStatus"], ended["stopCode"]) == ("STOPPED", "TerminationNotice")
    assert ended["attachments"][0]["status"] == "DELETED"  # type: ignore[index]
    assert plane.ask("DescribeNetworkInterfaces")["NetworkInterfaces"] == []


def test_a_task_that_was_being_stopped_keeps_its_reason(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    arn = started(plane, node)
    plane.ask("StopTask", task=arn, reason="enough")
    node.goodbye()
    clock.turn(LOST_AFTER_S)
    plane.sweep()
    task = shown(plane, arn)
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")


def passed(plane: Plane, node: SimulatedNode, tick: Tick, lost_after_s: float) -> Again | None:
    reconcile = lost_nodes.reconciling(lost_after_s)
    return plane.store.write(lambda tx: reconcile(tx, node.arn, tick))


def test_a_control_plane_that_has_just_woken_up_gives_them_their_time_anew(
    plane: Plane, node: SimulatedNode, clock: TurnedClock, tick: TickFactory
) -> None:
    node.goodbye()
    clock.turn(8 * 3600.0)
    woken = Tick(
        now=clock.now(),
        ids=plane.ids,
        clock=clock,
        peers=plane.peers,
        awake_since=clock.now() - 10,
    )
    assert passed(plane, node, woken, 300.0) == Again(after_s=290.0)
    assert instance(plane, node)["status"] == "ACTIVE"
    assert passed(plane, node, tick(), 300.0) is None
    assert instance(plane, node)["status"] == "INACTIVE"


@pytest.mark.parametrize(
    ("scale", "lost_after_s", "patience_s"),
    [(1.0, 300.0, 300.0), (10.0, 300.0, 30.0), (600.0, 300.0, LOST_AFTER_MIN_S), (1.0, 2.0, 2.0)],
)
def test_time_may_be_made_to_pass_faster_but_an_agent_needs_its_time(
    plane: Plane,
    node: SimulatedNode,
    clock: TurnedClock,
    tick: TickFactory,
    *,
    scale: float,
    lost_after_s: float,
    patience_s: float,
) -> None:
    clock.time_scale = scale
    node.goodbye()
    assert passed(plane, node, tick(), lost_after_s) == Again(after_s=patience_s)


def test_the_goodbye_of_an_older_link_changes_nothing(plane: Plane, node: SimulatedNode) -> None:
    arn, before = started(plane, node), node.joined
    node.hello()
    fleet, now = plane.peers.fleet, plane.clock.now()
    plane.store.write(lambda tx: fleet.goodbye(tx, before, now=now))
    assert instance(plane, node)["agentConnected"] is True
    assert shown(plane, arn)["connectivity"] == "CONNECTED"
    node.goodbye()
    assert instance(plane, node)["agentConnected"] is False


def test_the_nodes_of_a_control_plane_that_is_gone_are_disconnected_and_no_others(
    plane: Plane, node: SimulatedNode
) -> None:
    other = SimulatedNode(plane, 2)
    fleet, now = plane.peers.fleet, plane.clock.now()

    said = hello_of(f"{other.number:032x}")
    plane.store.write(lambda tx: fleet.hello(tx, said, now=now, ids=plane.ids, plane="b"))
    plane.store.write(lambda tx: fleet.disconnect_plane(tx, "b", now=now))
    assert instance(plane, other)["agentConnected"] is False
    assert instance(plane, node)["agentConnected"] is True


def test_sessions_go_on_over_a_loss(plane: Plane, node: SimulatedNode, clock: TurnedClock) -> None:
    before = node.joined
    node.goodbye()
    clock.turn(LOST_AFTER_S)
    plane.sweep()
    node.hello()
    assert node.joined.instance_arn == before.instance_arn
    assert node.joined.session > before.session
