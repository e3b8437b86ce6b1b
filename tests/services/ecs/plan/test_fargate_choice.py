"""Where Fargate tasks go: zones kept even, subnets in turn, the least busy node."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.ecs.plan.fargate import FargateNode, Zone, choose

NODES = (FargateNode(arn="n1", busy=0), FargateNode(arn="n2", busy=0))


def zone(name: str, tasks: int = 0, subnets: int = 1) -> Zone:
    ids = tuple(f"subnet-{name}{number}" for number in range(subnets))
    return Zone(name=name, subnets=ids, tasks=tasks)


@pytest.mark.parametrize(
    ("before", "count", "after"),
    [
        # The guide to services: zone a has one task, b and c none: b and c are next.
        ({"a": 1, "b": 0, "c": 0}, 2, {"a": 1, "b": 1, "c": 1}),
        ({"a": 0, "b": 0, "c": 0}, 9, {"a": 3, "b": 3, "c": 3}),
        ({"a": 5, "b": 0, "c": 2}, 4, {"a": 5, "b": 3, "c": 3}),
        ({"a": 9, "b": 0}, 3, {"a": 9, "b": 3}),
        ({"a": 0}, 3, {"a": 3}),
        ({"a": 0, "b": 0}, 0, {"a": 0, "b": 0}),
    ],
)
def test_zones_are_kept_even(before: dict[str, int], count: int, after: dict[str, int]) -> None:
    for salt in "abcde":
        spots = choose(NODES, [zone(*each) for each in before.items()], count, salt=salt)
        assert len(spots) == count
        assert dict(Counter(before) + Counter(each.zone for each in spots)) == {
            name: tasks for name, tasks in after.items() if tasks
        }


def test_the_subnets_of_a_zone_take_turns() -> None:
    zones = [zone("a", subnets=3), zone("b", subnets=2)]
    spots = choose(NODES, zones, 12, salt="s")
    in_a = [each.subnet_id for each in spots if each.zone == "a"]
    in_b = [each.subnet_id for each in spots if each.zone == "b"]
    assert Counter(in_a) == {"subnet-a0": 2, "subnet-a1": 2, "subnet-a2": 2}
    assert in_a[:3] == in_a[3:]
    assert Counter(in_b) == {"subnet-b0": 3, "subnet-b1": 3}


def test_tasks_started_one_by_one_use_every_zone_and_subnet() -> None:
    zones = [zone("a", subnets=2), zone("b", subnets=2)]
    seen = {choose(NODES, zones, 1, salt=str(salt))[0].subnet_id for salt in range(40)}
    assert seen == {"subnet-a0", "subnet-a1", "subnet-b0", "subnet-b1"}
    nodes = {choose(NODES, zones, 1, salt=str(salt))[0].node_arn for salt in range(40)}
    assert nodes == {"n1", "n2"}


def test_the_least_busy_able_node_is_next() -> None:
    nodes = [
        FargateNode(arn="busy", busy=4),
        FargateNode(arn="free", busy=1),
        FargateNode(arn="other", busy=0, able=False),
    ]
    spots = choose(nodes, [zone("a")], 6, salt="s")
    assert [each.node_arn for each in spots[:3]] == ["free"] * 3
    assert Counter(each.node_arn for each in spots[3:]) in (
        {"free": 2, "busy": 1},
        {"free": 1, "busy": 2},
    )


def test_without_an_able_node_or_a_subnet_there_is_no_spot() -> None:
    assert choose((), [zone("a")], 2, salt="s") == ()
    assert choose([FargateNode(arn="n", busy=0, able=False)], [zone("a")], 2, salt="s") == ()
    assert choose(NODES, (), 2, salt="s") == ()
    assert choose(NODES, [zone("a", subnets=0)], 2, salt="s") == ()
    assert {
        each.zone for each in choose(NODES, [zone("a", subnets=0), zone("b")], 3, salt="s")
    } == {"b"}


@given(
    busy=st.dictionaries(st.text("mn", min_size=1, max_size=3), st.integers(0, 5), min_size=1),
    tasks=st.dictionaries(st.sampled_from("abcd"), st.integers(0, 5), min_size=1),
    count=st.integers(0, 30),
    salt=st.text(max_size=3),
)
def test_each_copy_goes_where_there_is_least(
    busy: dict[str, int], tasks: dict[str, int], count: int, salt: str
) -> None:
    nodes = [FargateNode(arn=arn, busy=number) for arn, number in busy.items()]
    zones = [zone(name, number, subnets=2) for name, number in tasks.items()]
    spots = choose(nodes, zones, count, salt=salt)
    assert spots == choose(nodes[::-1], zones[::-1], count, salt=salt)
    assert len(spots) == count
    for spot in spots:
        assert busy[spot.node_arn] == min(busy.values())
        assert tasks[spot.zone] == min(tasks.values())
        assert spot.subnet_id.startswith(f"subnet-{spot.zone}")
        busy[spot.node_arn] += 1
        tasks[spot.zone] += 1
