"""What EventBridge hears of targets: each state that they are shown in, and no state twice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bus_recorder import RecordedBus
from homeport.contracts.peers import Peers
from homeport.contracts.targets import TargetAt
from homeport.runtime import Reconciler, Tick
from homeport.services.elbv2 import wiring
from homeport.store import Store
from target_world import AT, World, new

OTHER = TargetAt(target_id="172.31.0.11", port=8080)


@pytest.fixture
def world(store: Store, ask: Any, balancer: Any, group: Any, issued: Any) -> World:
    return World(store, ask, balancer, group, issued)


@pytest.fixture
def bus(peers: Peers) -> RecordedBus:
    return RecordedBus(peers.bus)


def health_events() -> Reconciler:
    (service,) = wiring.services()
    return next(each for each in service.reconcilers if each.name == "health events")


@pytest.fixture
def news(
    store: Store, tick: Callable[[], Tick], peers: Peers, bus: RecordedBus, heard: Any
) -> Callable[[], list[tuple[str, str, str]]]:
    """(target, state before, state) of each event, once every announcement is heeded."""
    reconciler = health_events()
    heard.clear()

    def told() -> list[tuple[str, str, str]]:
        keys = list(dict.fromkeys(key for kind, key in heard if kind in reconciler.watches))
        heard.clear()
        bus.put_so_far.clear()
        now = replace(tick(), peers=replace(peers, bus=bus))
        for key in keys:
            store.write(lambda tx, each=key: reconciler.reconcile(tx, each, now))
        return [
            (
                each.detail["target"]["id"],
                each.detail.get("previousState", ""),
                each.detail["state"],
            )
            for each in bus.put_so_far
        ]

    return told


def test_a_target_is_told_of_in_each_state_of_its_life(world: World, news: Any) -> None:
    world.register(new())
    assert news() == [(AT.target_id, "", "initial")]
    world.see("initial")
    assert news() == []  # Another reason for the same state.
    world.see("healthy")
    assert news() == [(AT.target_id, "initial", "healthy")]
    world.see("unhealthy", reason="Target.Timeout")
    assert news() == [(AT.target_id, "healthy", "unhealthy")]
    world.see("healthy")
    assert news() == [(AT.target_id, "unhealthy", "healthy")]
    world.deregister(AT)
    assert news() == [(AT.target_id, "healthy", "draining")]
    world.drained(AT)
    assert news() == []


def test_the_event_names_the_group_the_load_balancers_and_the_reason(
    world: World, news: Any, bus: RecordedBus, clock: Any
) -> None:
    world.register(new())
    news()
    world.see("unhealthy", reason="Target.Timeout", description="Request timed out")
    clock.turn(1)
    news()
    (event,) = bus.put_so_far
    assert event.source == "homeport.elasticloadbalancing"
    assert event.detail_type == "ELB Target Health State Change"
    assert event.resources == (world.group, world.front)
    assert (event.account, event.region, event.at) == ("000000000000", "us-east-1", clock.now())
    assert event.detail == {
        "targetGroupName": "web",
        "target": {"id": AT.target_id, "port": AT.port},
        "state": "unhealthy",
        "previousState": "initial",
        "reason": "Target.Timeout",
        "description": "Request timed out",
    }


def test_a_target_that_is_gone_is_told_as_not_registered(
    world: World, news: Any, bus: RecordedBus, ask: Any, clock: Any, store: Store, tick: Any
) -> None:
    world.register(new(), new(OTHER))
    world.see("healthy")
    news()
    world.deregister(AT, now=clock.now())
    news()
    clock.turn(300)
    (service,) = wiring.services()
    [remover] = [each for each in service.reconcilers if each.name == "draining targets"]
    store.write(lambda tx: remover.reconcile(tx, world.group, tick()))
    assert news() == [(AT.target_id, "draining", "unused")]
    assert bus.put_so_far[0].detail["reason"] == "Target.NotRegistered"
    world.register(new())
    assert news() == [(AT.target_id, "", "initial")]


def test_without_a_listener_targets_are_unused(world: World, news: Any, ask: Any) -> None:
    world.register(new())
    news()
    ask("DeleteListener", ListenerArn=world.listener)
    assert news() == [(AT.target_id, "initial", "unused")]
    world.forward(world.front, world.group, port=81)
    assert news() == [(AT.target_id, "unused", "initial")]


def test_with_its_group_goes_what_was_told_of_its_targets(
    world: World, news: Any, ask: Any, store: Store
) -> None:
    world.register(new())
    ask("DeleteListener", ListenerArn=world.listener)
    news()
    ask("DeleteTargetGroup", TargetGroupArn=world.group)
    assert news() == []
    assert store.read(lambda tx: tuple(health_events().sweep(tx))) == ()


def test_a_start_looks_at_every_group_and_tells_only_what_is_new(
    world: World, news: Any, bus: RecordedBus, store: Store, tick: Any, peers: Peers
) -> None:
    world.register(new())
    news()
    world.see("healthy")  # And the control plane is gone before it is told.
    bus.put_so_far.clear()
    reconciler = health_events()
    now = replace(tick(), peers=replace(peers, bus=bus))
    for _ in range(2):
        for key in store.read(lambda tx: tuple(reconciler.sweep(tx))):
            store.write(lambda tx, each=key: reconciler.reconcile(tx, each, now))
    assert [each.detail["state"] for each in bus.put_so_far] == ["healthy"]
