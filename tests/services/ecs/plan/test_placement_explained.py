"""What `homeport why` shows of instances that cannot take a task, and whom ECS's event names."""

import pytest
from hypothesis import given, settings

from homeport.services.ecs.plan.placement import (
    Candidate,
    Demand,
    Refusal,
    Rules,
    once_placed,
    place,
    refusal,
)
from homeport.services.ecs.plan.placement_explained import Explanation, closest, explain
from homeport.services.ecs.records.instances import Resources
from services.ecs.plan.fleets import Case, cases, machine

LEFT = Resources(cpu=100, memory_mib=1, ports=(22, 80), ports_udp=(53,))


def explained(demand: Demand, of: Candidate, rules: Rules | None = None) -> Explanation:
    (only,) = explain(demand, [of], rules or Rules())
    return only


@pytest.mark.parametrize(
    ("demand", "changes", "reason", "sentence"),
    [
        (
            Demand(),
            {"connected": False},
            "AGENT",
            "Its agent, or its Docker Engine, is not connected.",
        ),
        (Demand(cpu=256), {}, "RESOURCE:CPU", "The task needs 256 CPU units; 100 are free."),
        (Demand(memory_mib=2), {}, "RESOURCE:MEMORY", "The task needs 2 MiB of memory; 1 is free."),
        (
            Demand(memory_mib=2),
            {"remaining": Resources(cpu=9, memory_mib=-5)},
            "RESOURCE:MEMORY",
            "The task needs 2 MiB of memory; none is free.",
        ),
        (
            Demand(ports=(443, 80)),
            {},
            "RESOURCE:PORTS",
            "Of the host ports that the task needs, 80/tcp is taken.",
        ),
        (
            Demand(ports=(80,), ports_udp=(54, 53)),
            {},
            "RESOURCE:PORTS",
            "Of the host ports that the task needs, 80/tcp, 53/udp are taken.",
        ),
        (Demand(gpus=1), {}, "RESOURCE:GPU", "The task needs 1 GPU; the instance has 0."),
        (
            Demand(gpus=3),
            {"attributes": {"ecs.gpu-count": "2"}},
            "RESOURCE:GPU",
            "The task needs 3 GPUs; the instance has 2.",
        ),
        (
            Demand(attributes=(("efs", None), ("disk", "ssd"), ("arch", "arm64"))),
            {"attributes": {"arch": "x86_64"}},
            "ATTRIBUTE",
            (
                "It has no attribute efs. It has no attribute disk (the task requires ssd). "
                "Its attribute arch is x86_64; the task requires arm64."
            ),
        ),
        (
            Demand(attributes=(("arch", "arm64"),)),
            {"attributes": {"arch": None}},
            "ATTRIBUTE",
            "Its attribute arch is empty; the task requires arm64.",
        ),
        (
            Demand(),
            {"member": False},
            "MemberOf placement constraint unsatisfied.",
            "It does not satisfy every expression, as memberOf demands.",
        ),
    ],
)
def test_what_an_instance_lacks_is_a_word_and_a_sentence(
    demand: Demand, changes: dict[str, object], reason: str, sentence: str
) -> None:
    shown = explained(demand, machine("a", **({"remaining": LEFT} | changes)))
    assert [(each.reason, each.sentence) for each in shown.lacks] == [(reason, sentence)]


@pytest.mark.parametrize(("tasks", "worded"), [(1, "1 task"), (2, "2 tasks")])
def test_distinct_instance_says_how_many_tasks_there_are(tasks: int, worded: str) -> None:
    shown = explained(Demand(), machine("a", group_tasks=tasks), Rules(distinct=True))
    assert [each.sentence for each in shown.lacks] == [
        f"It has {worded} of the group already; distinctInstance allows one."
    ]
    assert shown.group_tasks == tasks


def test_everything_that_is_lacking_is_named_in_the_order_of_the_filters() -> None:
    demand = Demand(cpu=200, memory_mib=300, ports=(80,), gpus=1, attributes=(("efs", None),))
    bad = machine("bad", connected=False, remaining=LEFT, group_tasks=1, member=False)
    good = machine("good", attributes={"ecs.gpu-count": "1", "efs": None})
    failed = {"bad": ["attribute:stack == prod", "agentVersion > 2"]}
    shown = explain(demand, [bad, good], Rules(distinct=True), failed)
    assert shown[1].lacks == ()
    assert [each.reason for each in shown[0].lacks] == [
        "AGENT",
        "RESOURCE:CPU",
        "RESOURCE:MEMORY",
        "RESOURCE:PORTS",
        "RESOURCE:GPU",
        "ATTRIBUTE",
        "MemberOf placement constraint unsatisfied.",
        "DistinctInstance placement constraint unsatisfied.",
    ]
    assert shown[0].lacks[6].sentence == (
        "It does not satisfy 'attribute:stack == prod' and 'agentVersion > 2', as memberOf demands."
    )


def test_what_was_needed_stands_beside_what_was_free() -> None:
    demand = Demand(
        cpu=200,
        memory_mib=300,
        ports=(80, 443),
        ports_udp=(54,),
        gpus=1,
        attributes=(("efs", None), ("disk", "ssd")),
    )
    shown = explained(demand, machine("a", remaining=LEFT))
    assert (shown.cpu_needed, shown.cpu_free) == (200, 100)
    assert (shown.memory_needed_mib, shown.memory_free_mib) == (300, 1)
    assert shown.ports_needed == ("80/tcp", "443/tcp", "54/udp")
    assert shown.ports_taken == ("80/tcp",)
    assert (shown.gpus_needed, shown.gpus) == (1, 0)
    assert shown.attributes_lacking == ("efs", "disk=ssd")
    assert shown.connected


@settings(deadline=None)
@given(cases)
def test_the_first_thing_lacking_is_what_ecs_answers(case: Case) -> None:
    for each, shown in zip(
        case.candidates, explain(case.demand, case.candidates, case.rules), strict=True
    ):
        reasons = [lack.reason for lack in shown.lacks]
        assert (reasons or [None])[0] == refusal(case.demand, each, case.rules)
        assert len(set(reasons)) == len(reasons)
        assert all(lack.sentence.endswith(".") for lack in shown.lacks)


# --- the closest --------------------------------------------------------------------------------


def closest_of(demand: Demand, *fleet: Candidate, rules: Rules | None = None) -> Refusal:
    placed = place(demand, fleet, 1, rules or Rules())
    assert len(placed.refusals) == len(fleet)
    return closest(placed.refusals, fleet, demand)


def left(arn: str, cpu: int, memory: int, *ports: int) -> Candidate:
    return machine(arn, remaining=Resources(cpu=cpu, memory_mib=memory, ports=ports))


def test_the_closest_is_the_one_that_failed_last() -> None:
    demand = Demand(cpu=100, memory_mib=100, ports=(80,))
    fleet = [
        machine("gone", connected=False),
        left("no-cpu", 99, 900),
        left("no-memory", 900, 0),
        left("no-port", 900, 900, 80),
    ]
    assert closest_of(demand, *fleet) == Refusal(arn="no-port", reason="RESOURCE:PORTS")
    assert closest_of(demand, *fleet[:3]) == Refusal(arn="no-memory", reason="RESOURCE:MEMORY")
    assert closest_of(demand, *fleet[:2]) == Refusal(arn="no-cpu", reason="RESOURCE:CPU")
    assert closest_of(demand, *fleet[:1]) == Refusal(arn="gone", reason="AGENT")


@pytest.mark.parametrize(
    ("demand", "fleet"),
    [
        (Demand(cpu=100), [left("a", 10, 900), left("best", 90, 10), left("c", 20, 900)]),
        (Demand(memory_mib=100), [left("a", 999, 10), left("best", 10, 90), left("c", 9, 20)]),
        (Demand(ports=(80, 81)), [left("a", 9, 9, 80, 81), left("best", 1, 1, 81)]),
        (Demand(gpus=9), [machine("a"), machine("best", attributes={"ecs.gpu-count": "8"})]),
        (
            Demand(attributes=(("x", "1"), ("y", None))),
            [machine("a", attributes={"x": "2"}), machine("best", attributes={"x": "1"})],
        ),
        (Demand(), [machine("best", connected=False), machine("c", connected=False)]),
    ],
)
def test_among_those_the_one_that_is_short_of_the_least(
    demand: Demand, fleet: list[Candidate]
) -> None:
    assert closest_of(demand, *fleet).arn == "best"
    assert closest_of(demand, *reversed(fleet)).arn == "best"


def test_the_closest_is_found_among_instances_as_the_copies_before_left_them() -> None:
    demand = Demand(memory_mib=100)
    fleet = [left("a", 9, 290), left("b", 9, 180)]
    placed = place(demand, fleet, 9, Rules())
    assert len(placed.chosen) == 3
    after = once_placed(demand, fleet, placed.chosen)
    assert [each.remaining.memory_mib for each in after] == [90, 80]
    assert closest(placed.refusals, after, demand).arn == "a"


@settings(deadline=None)
@given(cases)
def test_no_refusal_is_closer_than_the_closest(case: Case) -> None:
    placed = place(case.demand, case.candidates, case.count, case.rules)
    after = once_placed(case.demand, case.candidates, placed.chosen)
    if placed.refusals:
        best = closest(placed.refusals, after, case.demand)
        assert best in placed.refusals
        assert best == closest(placed.refusals[::-1], after[::-1], case.demand)
