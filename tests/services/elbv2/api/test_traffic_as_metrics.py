"""What the data plane counts is kept as metrics that alarms can look at."""

from typing import Any

import pytest

from homeport.contracts.routing_table import TrafficFigures
from homeport.store import Store
from target_world import Ask, Group, World, new


@pytest.fixture
def world(store: Store, ask: Ask, balancer: Any, group: Group, issued: Any) -> World:
    return World(store, ask, balancer, group, issued)


def test_figures_and_hosts_become_metrics(world: World, metric: Any) -> None:
    world.register(new())
    world.see("healthy")
    at = 1_700_000_040.0
    seen = (
        TrafficFigures(
            load_balancer_arn=world.front,
            group_arn=world.group,
            began_at=at,
            requests=3,
            codes=(("2XX", 3),),
        ),
        TrafficFigures(load_balancer_arn=world.front, group_arn="", began_at=at),
    )
    world.store.write(lambda tx: world.routing.saw_traffic(tx, seen, now=at + 60))
    by_load_balancer = {"LoadBalancer": world.front.partition(":loadbalancer/")[2]}
    by_group = by_load_balancer | {"TargetGroup": world.group.rpartition(":")[2]}
    assert metric("RequestCount", by_load_balancer) == [3.0]
    assert metric("RequestCount", by_group) == [3.0]
    assert metric("HTTPCode_Target_2XX_Count", by_group) == [3.0]
    assert metric("HTTPCode_Target_5XX_Count", by_group) == []
    assert metric("HealthyHostCount", by_group) == [1.0]
    assert metric("UnHealthyHostCount", by_group) == [0.0]
    world.see("unhealthy")
    later = (
        TrafficFigures(load_balancer_arn=world.front, group_arn=world.group, began_at=at + 60),
    )
    world.store.write(lambda tx: world.routing.saw_traffic(tx, later, now=at + 120))
    assert metric("HealthyHostCount", by_group) == [1.0, 0.0]
    assert metric("UnHealthyHostCount", by_group) == [0.0, 1.0]
    assert metric("RequestCount", by_group) == [3.0]


def test_figures_of_what_is_gone_are_kept_without_hosts(world: World, metric: Any) -> None:
    gone = world.group + "0"
    seen = (
        TrafficFigures(
            load_balancer_arn=world.front, group_arn=gone, began_at=1_700_000_040.0, requests=1
        ),
    )
    world.store.write(lambda tx: world.routing.saw_traffic(tx, seen, now=1_700_000_100.0))
    named = {
        "LoadBalancer": world.front.partition(":loadbalancer/")[2],
        "TargetGroup": gone.rpartition(":")[2],
    }
    assert metric("RequestCount", named) == [1.0]
    assert metric("HealthyHostCount", named) == []


@pytest.fixture
def metric(store: Store, call: Any) -> Any:
    """`metric("RequestCount", {"LoadBalancer": …})` is its sums by minute."""
    from homeport.services.cloudwatch import wiring

    (service,) = wiring.services()
    handler = service.operations["GetMetricStatistics"].handler

    def read(name: str, dimensions: dict[str, str]) -> list[float]:
        request = {
            "Namespace": "AWS/ApplicationELB",
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            "StartTime": 1_700_000_000.0,
            "EndTime": 1_700_000_400.0,
            "Period": 60,
            "Statistics": ["Sum"],
        }
        found = store.read(lambda tx: handler(tx, call(), request))["Datapoints"]
        return [each["Sum"] for each in sorted(found, key=lambda each: each["Timestamp"])]

    return read
