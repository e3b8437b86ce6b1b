"""Placement: who is passed over and why, and whom the strategies choose."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan.placement import (
    Candidate,
    Demand,
    Refusal,
    Rules,
    check_constraints,
    check_strategies,
    place,
    refusal,
)
from homeport.services.ecs.records.instances import Resources
from homeport.services.ecs.records.run_request import PlacementConstraint, PlacementStrategy
from services.ecs.plan.fleets import machine, rules


@pytest.mark.parametrize(
    ("demand", "changes", "why"),
    [
        (Demand(cpu=1024, memory_mib=1024), {}, None),
        (Demand(cpu=1025), {}, "RESOURCE:CPU"),
        (Demand(memory_mib=1025), {}, "RESOURCE:MEMORY"),
        (Demand(ports=(80, 22)), {}, "RESOURCE:PORTS"),
        (Demand(ports_udp=(53,)), {}, "RESOURCE:PORTS"),
        (Demand(ports=(53,), ports_udp=(22,)), {}, None),
        (Demand(gpus=1), {}, "RESOURCE:GPU"),
        (Demand(gpus=2), {"attributes": {"ecs.gpu-count": "2"}}, None),
        (Demand(gpus=3), {"attributes": {"ecs.gpu-count": "2"}}, "RESOURCE:GPU"),
        (Demand(gpus=1), {"attributes": {"ecs.gpu-count": "many"}}, "RESOURCE:GPU"),
        (Demand(attributes=(("task-eni", None),)), {}, None),
        (Demand(attributes=(("efs", None),)), {}, "ATTRIBUTE"),
        (Demand(attributes=(("ecs.availability-zone", "us-east-1b"),)), {}, "ATTRIBUTE"),
        (Demand(), {"connected": False}, "AGENT"),
        (Demand(), {"member": False}, "MemberOf placement constraint unsatisfied."),
    ],
)
def test_an_instance_is_passed_over_for_a_reason(
    demand: Demand, changes: dict[str, Any], why: str | None
) -> None:
    assert refusal(demand, machine(**changes), Rules()) == why


def test_distinct_instances_take_one_task_of_a_group_each() -> None:
    placed = place(Demand(), [machine("a", group_tasks=1), machine("b")], 2, rules(distinct=True))
    why = "DistinctInstance placement constraint unsatisfied."
    assert placed.chosen == ("b",)
    assert placed.refusals == (Refusal(arn="a", reason=why), Refusal(arn="b", reason=why))


def test_copies_fill_an_instance_up_and_the_rest_are_refused_once_each() -> None:
    placed = place(Demand(cpu=400), [machine("a"), machine("b")], 10, Rules())
    assert sorted(placed.chosen) == ["a", "a", "b", "b"]
    assert [each.reason for each in placed.refusals] == ["RESOURCE:CPU", "RESOURCE:CPU"]


def test_a_static_port_is_taken_by_the_copy_before() -> None:
    placed = place(Demand(ports=(80,)), [machine("a"), machine("b")], 3, Rules())
    assert sorted(placed.chosen) == ["a", "b"]
    assert {each.reason for each in placed.refusals} == {"RESOURCE:PORTS"}


def test_binpack_takes_the_fullest_that_still_fits() -> None:
    fuller = Resources(cpu=300, memory_mib=800)
    emptier = Resources(cpu=900, memory_mib=200)
    machines = [machine("cpu", remaining=fuller), machine("memory", remaining=emptier)]
    demand = Demand(cpu=100, memory_mib=100)
    by_cpu = place(demand, machines, 4, rules(("binpack", "cpu")))
    assert by_cpu.chosen == ("cpu", "cpu", "cpu", "memory")
    by_memory = place(demand, machines, 3, rules(("binpack", "MEMORY")))
    assert by_memory.chosen == ("memory", "memory", "cpu")


def test_spread_counts_the_tasks_of_the_group() -> None:
    machines = [machine("a", group_tasks=2), machine("b", group_tasks=1), machine("c")]
    placed = place(Demand(), machines, 3, rules(("spread", "instanceId")))
    assert placed.chosen[0] == "c"
    assert sorted(placed.chosen[1:]) == ["b", "c"]


def test_spread_by_an_attribute_counts_by_its_value_and_then_packs() -> None:
    def zone(arn: str, name: str, cpu: int, tasks: int = 0) -> Candidate:
        left = Resources(cpu=cpu, memory_mib=1024)
        return machine(
            arn, attributes={"ecs.availability-zone": name}, remaining=left, group_tasks=tasks
        )

    machines = [zone("a1", "a", 1000, 1), zone("a2", "a", 500), zone("b1", "b", 900)]
    order = rules(("spread", "attribute:ecs.availability-zone"), ("binpack", "cpu"))
    assert place(Demand(cpu=10), machines, 3, order).chosen == ("b1", "a2", "b1")


@given(st.text(max_size=8), st.integers(1, 10))
def test_chance_depends_on_the_salt_alone(salt: str, count: int) -> None:
    machines = [machine("a"), machine("b"), machine("c")]
    first = place(Demand(cpu=1), machines, count, rules(salt=salt))
    again = place(Demand(cpu=1), list(reversed(machines)), count, rules(salt=salt))
    assert first == again
    assert len(first.chosen) == count


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=6),
    st.integers(1, 300),
    st.integers(1, 300),
    st.sampled_from((rules(), rules(("binpack", "cpu")), rules(("spread", "instanceId")))),
)
def test_no_instance_is_ever_given_more_than_it_has(
    sizes: list[tuple[int, int]], cpu: int, memory: int, order: Rules
) -> None:
    machines = [
        machine(str(number), remaining=Resources(cpu=has_cpu, memory_mib=has_memory))
        for number, (has_cpu, has_memory) in enumerate(sizes)
    ]
    placed = place(Demand(cpu=cpu, memory_mib=memory), machines, 10, order)
    for number, (has_cpu, has_memory) in enumerate(sizes):
        copies = placed.chosen.count(str(number))
        assert copies * cpu <= has_cpu
        assert copies * memory <= has_memory
    assert bool(placed.refusals) == (len(placed.chosen) < 10)


@pytest.mark.parametrize(
    ("constraint", "text"),
    [
        (("distinctInstance", "x"), "distinctInstance expression should not be specified"),
        (("memberOf", None), "memberOf expression should be specified"),
        (("other", None), "constraint type should be one of [distinctInstance,memberOf]"),
        (("memberOf", "x" * 2001), "memberOf expression longer than 2000."),
    ],
)
def test_a_bad_constraint_is_refused(constraint: tuple[str, str | None], text: str) -> None:
    kind, expression = constraint
    with pytest.raises(InvalidParameterException) as refused:
        check_constraints([PlacementConstraint(type=kind, expression=expression)])
    assert refused.value.message == text


@pytest.mark.parametrize(
    ("strategy", "text"),
    [
        (("random", "cpu"), "random field should not be specified"),
        (("binpack", "disk"), "binpack field 'disk' is invalid"),
        (("binpack", None), "binpack field '' is invalid"),
        (("spread", "zone"), "spread field 'zone' is invalid"),
        (("other", None), "strategy type should be one of [random,spread,binpack]"),
    ],
)
def test_a_bad_strategy_is_refused(strategy: tuple[str, str | None], text: str) -> None:
    with pytest.raises(InvalidParameterException) as refused:
        check_strategies([PlacementStrategy(type=strategy[0], field=strategy[1])])
    assert refused.value.message == text


def test_there_may_be_ten_constraints_and_five_strategies() -> None:
    distinct = PlacementConstraint(type="distinctInstance")
    anything = PlacementStrategy(type="random")
    check_constraints([distinct] * 10)
    check_strategies([anything] * 5)
    with pytest.raises(InvalidParameterException):
        check_constraints([distinct] * 11)
    with pytest.raises(InvalidParameterException) as refused:
        check_strategies([anything] * 6)
    assert refused.value.message == "Maximum number of strategies is 5"
