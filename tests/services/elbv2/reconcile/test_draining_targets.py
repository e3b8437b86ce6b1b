"""Deregistered targets go when their delay is over, and not before."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.contracts.targets import NewTarget, TargetAt
from homeport.runtime import Again, Reconciler
from homeport.services.elbv2 import wiring
from homeport.services.elbv2.facade.targets import ElbTargets
from homeport.store import Store

Ask = Callable[..., Any]
FIRST = TargetAt(target_id="172.31.0.10", port=80)
SECOND = TargetAt(target_id="172.31.0.11", port=80)


@pytest.fixture
def used(ask: Ask, balancer: Any, group: Any, store: Store) -> str:
    """A target group in use with two targets."""
    arn = str(group("web"))
    ask(
        "CreateListener",
        LoadBalancerArn=balancer("front")["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )
    new = tuple(NewTarget(at=at, address=at.target_id, zone="us-east-1a") for at in (FIRST, SECOND))
    store.write(lambda tx: ElbTargets().register(tx, arn, new, now=0.0))
    return arn


@pytest.fixture
def loop(store: Store, tick: Any) -> Callable[[str], Again | None]:
    """One pass of the reconciler."""
    reconciler = draining_targets()
    assert reconciler.watches == ("target group",)
    return lambda key: store.write(lambda tx: reconciler.reconcile(tx, key, tick()))


def draining_targets() -> Reconciler:
    (service,) = wiring.services()
    return next(each for each in service.reconcilers if each.name == "draining targets")


def left(store: Store, arn: str) -> dict[TargetAt, str]:
    found = store.read(lambda tx: ElbTargets().health(tx, arn, (FIRST, SECOND)))
    return {at: health.state for at, health in found.items()}


def test_a_target_goes_when_its_delay_is_over(
    store: Store, clock: Any, used: str, loop: Any, heard: list[tuple[str, str]]
) -> None:
    assert loop(used) is None
    began = clock.now()
    store.write(lambda tx: ElbTargets().deregister(tx, used, (FIRST,), now=began))
    assert loop(used) == Again(after_s=300.0)
    clock.turn(100.0)
    store.write(lambda tx: ElbTargets().deregister(tx, used, (SECOND,), now=clock.now()))
    assert loop(used) == Again(after_s=200.0)
    assert left(store, used) == {FIRST: "draining", SECOND: "draining"}
    clock.turn(200.0)
    heard.clear()
    assert loop(used) == Again(after_s=100.0)
    assert left(store, used) == {SECOND: "draining"}
    assert set(heard) == {("target group", used), ("target health", used)}
    clock.turn(100.0)
    assert loop(used) is None
    assert left(store, used) == {}


def test_the_delay_is_the_groups_and_follows_the_time_scale(
    store: Store, clock: Any, used: str, ask: Ask, loop: Any
) -> None:
    store.write(lambda tx: ElbTargets().deregister(tx, used, (FIRST,), now=clock.now()))
    clock.time_scale = 60.0
    assert loop(used) == Again(after_s=5.0)
    ask(
        "ModifyTargetGroupAttributes",
        TargetGroupArn=used,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "60"}],
    )
    assert loop(used) == Again(after_s=1.0)


def test_a_target_that_returned_stays(store: Store, clock: Any, used: str, loop: Any) -> None:
    store.write(lambda tx: ElbTargets().deregister(tx, used, (FIRST,), now=clock.now()))
    back = NewTarget(at=FIRST, address=FIRST.target_id, zone="us-east-1a")
    store.write(lambda tx: ElbTargets().register(tx, used, (back,), now=clock.now()))
    clock.turn(1000.0)
    assert loop(used) is None
    assert left(store, used) == {FIRST: "initial", SECOND: "initial"}


def test_a_sweep_finds_groups_with_draining_targets(
    store: Store, clock: Any, used: str, group: Any, loop: Any
) -> None:
    reconciler = draining_targets()
    group("lone")
    assert list(store.read(reconciler.sweep)) == []
    store.write(lambda tx: ElbTargets().deregister(tx, used, (FIRST,), now=clock.now()))
    assert list(store.read(reconciler.sweep)) == [used]
    assert loop("arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/gone/1") is None
