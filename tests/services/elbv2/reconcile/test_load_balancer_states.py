"""A load balancer's state follows its listeners, also when they come and go."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.contracts.routing_table import ListenerSighting
from homeport.runtime import Reconciler
from homeport.services.elbv2 import wiring
from homeport.store import Store
from target_world import Ask, Group, World

Heard = list[tuple[str, str]]
TAKEN = "Port 81 of 127.0.0.1 is taken."


@pytest.fixture
def world(store: Store, ask: Ask, balancer: Any, group: Group, issued: Any) -> World:
    return World(store, ask, balancer, group, issued)


def states() -> Reconciler:
    (service,) = wiring.services()
    return next(each for each in service.reconcilers if each.name == "load balancer states")


@pytest.fixture
def loop(store: Store, tick: Any) -> Callable[[str], None]:
    """One pass of the reconciler."""
    reconciler = states()
    assert reconciler.watches == ("load balancer",)

    def run(key: str) -> None:
        assert store.write(lambda tx: reconciler.reconcile(tx, key, tick())) is None

    return run


def test_a_load_balancer_without_listeners_is_active(
    world: World, balancer: Any, loop: Any, heard: Heard
) -> None:
    bare = str(balancer("bare")["LoadBalancerArn"])
    assert world.state(bare) == {"Code": "provisioning"}
    heard.clear()
    loop(bare)
    assert world.state(bare) == {"Code": "active"}
    assert heard == [("load balancer state", bare)]
    heard.clear()
    world.forward(bare, world.make_group("bare"), port=80)
    heard.clear()
    loop(bare)
    assert world.state(bare) == {"Code": "active"}
    assert heard == []


def test_one_with_a_listener_waits_until_that_was_seen(world: World, loop: Any) -> None:
    loop(world.front)
    assert world.state(world.front) == {"Code": "provisioning"}
    world.look(ListenerSighting(listener_arn=world.listener))
    loop(world.front)
    assert world.state(world.front) == {"Code": "active"}


def test_a_listener_that_is_gone_troubles_nobody(world: World, loop: Any) -> None:
    second = world.forward(world.front, world.group, port=81)
    world.look(
        ListenerSighting(listener_arn=world.listener),
        ListenerSighting(listener_arn=second, problems=(TAKEN,)),
    )
    loop(world.front)
    assert world.state(world.front) == {"Code": "active_impaired", "Reason": TAKEN}
    world.ask("DeleteListener", ListenerArn=second)
    loop(world.front)
    assert world.state(world.front) == {"Code": "active"}


def test_every_load_balancer_is_swept(world: World, balancer: Any, loop: Any) -> None:
    bare = str(balancer("bare")["LoadBalancerArn"])
    assert sorted(world.store.read(states().sweep)) == sorted([bare, world.front])
    loop(bare.replace("bare", "gone"))
