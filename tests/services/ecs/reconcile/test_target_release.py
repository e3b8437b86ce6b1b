"""Who ends a task takes it out of service in the same transaction, whatever its service does."""

from collections.abc import Callable

import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.runtime import Tick
from homeport.services.ecs.queries import targets
from homeport.services.ecs.reconcile import stopping
from homeport.services.ecs.reconcile import targets as wakes
from homeport.store import Store
from ring.driver import Plane
from ring.simulated_node import SimulatedNode
from ring.traffic import Traffic
from service_asking import on_fargate
from task_definition_documents import container, fargate

NewTick = Callable[[], Tick]


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    definition = fargate(container(portMappings=[{"containerPort": 80}]), family="fargate")
    plane.ask("RegisterTaskDefinition", **definition)
    return plane


@pytest.fixture
def traffic(store: Store, clock: TurnedClock, peers: Peers) -> Traffic:
    return Traffic(store, clock, peers)


@pytest.fixture
def node(plane: Plane, traffic: Traffic) -> SimulatedNode:
    """It runs the one task of a service."""
    node = SimulatedNode(plane)
    balancer = {
        "targetGroupArn": traffic.group(plane, "ip", 0),
        "containerName": "web",
        "containerPort": 80,
    }
    wanted = {"serviceName": "web", "desiredCount": 1, "loadBalancers": [balancer]}
    plane.ask("CreateService", **(on_fargate(plane) | wanted))
    plane.drain()
    node.pull()
    [arn] = node.tasks
    node.run(arn)
    return node


def test_an_address_is_freed_only_once_nothing_is_sent_there(
    plane: Plane, traffic: Traffic, node: SimulatedNode, tick: NewTick
) -> None:
    [arn] = node.tasks
    assert len(plane.store.read(traffic.registered)) == 1
    node.exit(arn, 1)
    while node.tasks[arn].phase != "REMOVED":
        node.deliver()
        node.pull()
        node.step(arn)
    node.deliver()
    plane.write(lambda tx: stopping.reconcile(tx, arn, tick()), ("stopping", arn))
    task = plane.ask("DescribeTasks", tasks=[arn])["tasks"][0]
    assert task["lastStatus"] == "STOPPED"
    assert plane.store.read(traffic.registered) == set()
    assert plane.store.read(lambda tx: targets.held_by_task(tx, arn)) == ()
    shown = plane.ask("DescribeServices", services=["web"])["services"][0]
    assert "deregistered 1 targets in" in shown["events"][0]["message"]


def test_what_a_reset_leaves_behind_is_let_go(
    plane: Plane, traffic: Traffic, node: SimulatedNode, tick: NewTick
) -> None:
    [arn] = node.tasks
    group = traffic.groups["ip", 0]
    plane.store.write(lambda tx: plane.peers.fleet.discard_all(tx, now=plane.clock.now()))
    assert plane.store.read(wakes.sweep) == (group,)
    plane.write(lambda tx: wakes.reconcile(tx, group, tick()), ("service targets", group))
    assert plane.store.read(traffic.registered) == set()
    assert plane.store.read(wakes.sweep) == ()
    assert plane.store.read(lambda tx: targets.held_by_task(tx, arn)) == ()


def test_a_shutdown_waits_for_no_connection(
    plane: Plane, traffic: Traffic, node: SimulatedNode
) -> None:
    fleet, now = plane.peers.fleet, plane.clock.now()
    plane.store.write(lambda tx: fleet.stop_all(tx, reason="down", stopped_by="me", now=now))
    assert [each.desired for each in node.pull()] == ["STOPPED"]
    plane.drain()
    assert plane.store.read(traffic.registered) == set()
