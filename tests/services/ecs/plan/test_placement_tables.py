"""Placement by numbers, worked by hand from what AWS's documentation says.

Each table names the page that has the rule.  `chosen` are the instances of the copies in order; one
of several that chance decides between is written as a set.
"""

import pytest

from homeport.services.ecs.plan.placement import (
    SERVICE_DEFAULT,
    Candidate,
    Demand,
    Refusal,
    Rules,
    place,
)
from homeport.services.ecs.records.instances import Resources
from services.ecs.plan.fleets import ZONE, in_zone, machine, rules

SPREAD_ZONES = ("spread", f"attribute:{ZONE}")
SPREAD_INSTANCES = ("spread", "instanceId")
PACK_MEMORY = ("binpack", "memory")
PACK_CPU = ("binpack", "cpu")

TASK = Demand(cpu=100, memory_mib=256)


def zones(*sizes: tuple[str, int, int]) -> list[Candidate]:
    """Instances called by zone and number (``a1``), with memory left and tasks of the group."""
    return [in_zone(arn, arn[0], tasks, memory=memory) for arn, memory, tasks in sizes]


def follows(chosen: tuple[str, ...], expected: tuple[str | set[str], ...]) -> bool:
    return len(chosen) == len(expected) and all(
        arn in each if isinstance(each, set) else arn == each
        for arn, each in zip(chosen, expected, strict=True)
    )


# --- API reference, PlacementStrategy: "a task is placed on the instance with the least amount of
#     remaining memory but still enough to run the task"


@pytest.mark.parametrize(
    ("left", "count", "expected"),
    [
        ((2048, 4096, 6144), 1, ("0",)),  # The least that remains.
        ((255, 4096, 6144), 1, ("1",)),  # Less still, and not enough.
        ((256, 257, 6144), 3, ("0", "1", "2")),  # Exactly enough is enough, once.
        ((600, 512, 6144), 5, ("1", "1", "0", "0", "2")),  # Filled before the next is begun.
        ((6144, 4096, 2048), 9, ("2",) * 8 + ("1",)),  # 8 * 256 = 2048
    ],
)
def test_binpack_by_memory(left: tuple[int, ...], count: int, expected: tuple[str, ...]) -> None:
    fleet = [
        machine(str(each), remaining=Resources(cpu=10_000, memory_mib=memory))
        for each, memory in enumerate(left)
    ]
    assert place(TASK, fleet, count, rules(PACK_MEMORY)).chosen == expected


def test_binpack_by_cpu_looks_at_nothing_else() -> None:
    fleet = [
        machine("much", remaining=Resources(cpu=400, memory_mib=300)),
        machine("little", remaining=Resources(cpu=300, memory_mib=9_000)),
    ]
    assert place(TASK, fleet, 4, rules(PACK_CPU)).chosen == ("little", "little", "little", "much")


# --- Developer guide, "Amazon ECS services", how the service scheduler places: valid instances are
#     sorted by the fewest tasks of this service in the same zone ("if zone A has one running
#     service task and zones B and C each have zero, valid container instances in either zone B or
#     C are considered optimal"), then those with the fewest tasks of this service are favoured.


@pytest.mark.parametrize(
    ("fleet", "expected"),
    [
        (zones(("a1", 900, 1), ("b1", 900, 0), ("c1", 900, 0)), ({"b1", "c1"},)),
        (
            # Both zones get one, then all three are even.
            zones(("a1", 2048, 1), ("b1", 2048, 0), ("c1", 2048, 0)),
            ({"b1", "c1"}, {"b1", "c1"}, {"a1", "b1", "c1"}),
        ),
        (
            # Zone a has two tasks on two instances, zone b two on one: b's other one is empty.
            zones(("a1", 900, 1), ("a2", 900, 1), ("b1", 900, 2), ("b2", 900, 0), ("c1", 900, 5)),
            ({"b2"},),
        ),
        # No instance of the best zone is valid: the next best zone it is.
        (zones(("a1", 900, 1), ("b1", 100, 0), ("c1", 900, 2)), ("a1",)),
        # What runs on instances that are full counts for their zone.
        (zones(("a1", 900, 0), ("a2", 100, 3), ("b1", 900, 2)), ("b1", "a1")),
    ],
)
def test_the_default_of_services(
    fleet: list[Candidate], expected: tuple[str | set[str], ...]
) -> None:
    for salt in "abcdefgh":
        order = Rules(strategies=SERVICE_DEFAULT, salt=salt)
        chosen = place(TASK, fleet, len(expected), order).chosen
        assert follows(chosen, expected), chosen


def test_zones_get_all_that_they_are_offered() -> None:
    """Equal zones, unequal instances: 10 copies are 4, 3 and 3, whoever is first."""
    fleet = zones(("a1", 9_000, 0), ("b1", 9_000, 0), ("b2", 9_000, 0), ("c1", 9_000, 0))
    for salt in "abcdefgh":
        chosen = place(Demand(), fleet, 10, Rules(strategies=SERVICE_DEFAULT, salt=salt)).chosen
        by_zone = sorted(sum(arn[0] == zone for arn in chosen) for zone in "abc")
        assert by_zone == [3, 3, 4]
        assert abs(chosen.count("b1") - chosen.count("b2")) <= 1


# --- Developer guide, "Example Amazon ECS task placement strategies": its six examples


def test_evenly_across_zones() -> None:
    fleet = zones(("a1", 9_000, 0), ("a2", 9_000, 0), ("a3", 9_000, 0), ("b1", 9_000, 0))
    for salt in "abcdefgh":
        chosen = place(Demand(), fleet, 6, rules(SPREAD_ZONES, salt=salt)).chosen
        assert sum(arn.startswith("a") for arn in chosen) == 3  # Three instances, half the tasks.


def test_evenly_across_instances() -> None:
    fleet = zones(("a1", 9_000, 0), ("a2", 9_000, 0), ("a3", 9_000, 0), ("b1", 9_000, 0))
    chosen = place(Demand(), fleet, 8, rules(SPREAD_INSTANCES)).chosen
    assert sorted(chosen) == sorted(["a1", "a2", "a3", "b1"] * 2)
    assert set(chosen[:4]) == {"a1", "a2", "a3", "b1"}


def test_evenly_across_zones_then_instances() -> None:
    fleet = zones(("a1", 9_000, 0), ("a2", 9_000, 0), ("b1", 9_000, 0), ("b2", 9_000, 0))
    for salt in "abcdefgh":
        chosen = place(Demand(), fleet, 8, rules(SPREAD_ZONES, SPREAD_INSTANCES, salt=salt)).chosen
        for at in range(0, 8, 4):
            assert set(chosen[at : at + 4]) == {"a1", "a2", "b1", "b2"}


def test_evenly_across_zones_then_packed_by_memory() -> None:
    """Zones take turns; in each, the instance with the least left is filled first."""
    fleet = zones(("a1", 1_024, 0), ("a2", 512, 0), ("b1", 300, 1), ("b2", 2_048, 0))
    chosen = place(TASK, fleet, 7, rules(SPREAD_ZONES, PACK_MEMORY)).chosen
    # a: 0 tasks, b: 1.  a2 (512) is fuller than a1; b1 (300) holds one more, then b2.
    assert chosen[0] == "a2"
    assert [arn for arn in chosen if arn[0] == "a"] == ["a2", "a2", "a1", "a1"]
    assert [arn for arn in chosen if arn[0] == "b"] == ["b1", "b2", "b2"]


def test_evenly_across_instances_then_packed_by_memory() -> None:
    fleet = zones(("a1", 1_024, 0), ("a2", 768, 0), ("a3", 2_048, 1))
    chosen = place(TASK, fleet, 6, rules(SPREAD_INSTANCES, PACK_MEMORY)).chosen
    # The empty ones first, the fuller before the emptier; then all have one: 512, 768, 2048 left.
    assert chosen == ("a2", "a1", "a2", "a1", "a3", "a2")


def test_randomly() -> None:
    fleet = zones(("a1", 9_000, 0), ("a2", 9_000, 7), ("b1", 300, 0))
    seen = {
        place(TASK, fleet, 1, rules(("random", None), salt=str(each))).chosen for each in range(30)
    }
    assert seen == {("a1",), ("a2",), ("b1",)}


# --- strategies in turn, over more than one attribute


def test_two_attributes_in_either_order() -> None:
    def on_rack(arn: str, tasks: int, **changes: bool) -> Candidate:
        attributes = {ZONE: arn[0], "rack": arn[1]}
        return machine(arn, attributes=attributes, group_tasks=tasks, **changes)

    # Zone a has 1 task and b 6; rack 1 has 1 and 2 has 6; the best of both can take none.
    fleet = [
        on_rack("a1", 0, connected=False),
        on_rack("a2", 1),
        on_rack("b1", 1),
        on_rack("b2", 5),
    ]
    rack = ("spread", "attribute:rack")
    assert place(Demand(), fleet, 5, rules(SPREAD_ZONES, rack)).chosen == ("a2",) * 5
    assert place(Demand(), fleet, 5, rules(rack, SPREAD_ZONES)).chosen == ("b1",) * 5


def test_instances_without_the_attribute_are_one_more_value() -> None:
    fleet = [in_zone("a1", "a", 1), in_zone("b1", "b", 2), machine("none", attributes={})]
    assert place(Demand(), fleet, 4, rules(SPREAD_ZONES)).chosen[0] == "none"
    assert set(place(Demand(), fleet, 2, rules(SPREAD_ZONES)).chosen) <= {"none", "a1"}


def test_a_strategy_that_packs_comes_before_one_that_spreads() -> None:
    fleet = zones(("a1", 1_024, 0), ("a2", 768, 9), ("b1", 2_048, 0))
    chosen = place(TASK, fleet, 4, rules(PACK_MEMORY, SPREAD_ZONES)).chosen
    assert chosen == ("a2", "a2", "a2", "a1")


# --- Developer guide, "task placement constraints": distinctInstance, and that a constraint binds
#     where a strategy only prefers


def test_distinct_instances_and_what_is_refused() -> None:
    fleet = zones(("a1", 1_024, 0), ("a2", 100, 0), ("b1", 1_024, 1))
    placed = place(TASK, fleet, 3, rules(SPREAD_ZONES, distinct=True))
    assert placed.chosen == ("a1",)
    assert placed.refusals == (
        Refusal(arn="a1", reason="DistinctInstance placement constraint unsatisfied."),
        Refusal(arn="a2", reason="RESOURCE:MEMORY"),
        Refusal(arn="b1", reason="DistinctInstance placement constraint unsatisfied."),
    )


def test_a_zone_that_is_excluded_by_a_constraint_gets_nothing() -> None:
    fleet = [in_zone("a1", "a", 5), machine("b1", attributes={ZONE: "b"}, member=False)]
    assert place(TASK, fleet, 2, rules(SPREAD_ZONES)).chosen == ("a1", "a1")
