"""The planner against the reference: the same copies on the same instances, in the same order."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.services.ecs.plan.placement import (
    A_FEW,
    Candidate,
    Demand,
    Refusal,
    Rules,
    a_few,
    is_left_to_chance,
    once_placed,
    place,
    refusal,
)
from homeport.services.ecs.records.instances import Resources
from services.ecs.plan import reference_placement as reference
from services.ecs.plan.fleets import Case, cases, drawn, machine, rules


@settings(max_examples=400, deadline=None)
@given(cases)
def test_the_planner_answers_what_the_reference_answers(case: Case) -> None:
    call = (case.demand, case.candidates, case.count, case.rules)
    assert place(*call) == reference.place(*call)


def test_it_does_so_on_fleets_by_the_hundred() -> None:
    placed = 0
    for seed in range(400):
        case = drawn(seed)
        call = (case.demand, case.candidates, case.count, case.rules)
        ours = place(*call)
        assert ours == reference.place(*call), seed
        placed += len(ours.chosen)
    assert placed > 2_000  # Else the fleets would be too poor to say anything.


@settings(deadline=None)
@given(cases)
def test_the_planner_refuses_what_the_reference_refuses(case: Case) -> None:
    for each in case.candidates:
        ours = refusal(case.demand, each, case.rules)
        assert ours == reference.refusal(case.demand, each, case.rules)


@settings(deadline=None)
@given(cases)
def test_what_is_placed_fits_and_what_is_not_has_a_reason(case: Case) -> None:
    placed = place(case.demand, case.candidates, case.count, case.rules)
    after = once_placed(case.demand, case.candidates, placed.chosen)
    copies = Counter(placed.chosen)
    for each in after:
        if copies[each.arn]:
            assert each.remaining.cpu >= 0
            assert each.remaining.memory_mib >= 0
            assert len(set(each.remaining.ports)) >= len(set(case.demand.ports))
            assert each.connected
            assert each.member
            assert copies[each.arn] == 1 or not (case.rules.distinct or case.demand.ports)
    if len(placed.chosen) == case.count:
        assert placed.refusals == ()
    else:
        assert placed.refusals == tuple(
            Refusal(arn=each.arn, reason=str(refusal(case.demand, each, case.rules)))
            for each in after
        )
        assert "None" not in {each.reason for each in placed.refusals}


@settings(deadline=None)
@given(cases)
def test_the_order_in_which_instances_are_listed_changes_nothing(case: Case) -> None:
    distinct = tuple({each.arn: each for each in case.candidates}.values())
    forward = place(case.demand, distinct, case.count, case.rules)
    backward = place(case.demand, distinct[::-1], case.count, case.rules)
    assert forward.chosen == backward.chosen
    assert sorted(forward.refusals, key=str) == sorted(backward.refusals, key=str)


@settings(deadline=None)
@given(cases)
def test_fewer_copies_go_where_the_first_of_many_went(case: Case) -> None:
    many = place(case.demand, case.candidates, case.count, case.rules)
    few = place(case.demand, case.candidates, case.count // 2, case.rules)
    assert few.chosen == many.chosen[: case.count // 2]


@pytest.mark.parametrize("order", [rules(salt="x"), rules(("random", None), salt="x")])
def test_chance_gives_every_instance_its_share_and_remembers_nothing(order: Rules) -> None:
    fleet = [machine(name, remaining=Resources(cpu=0, memory_mib=0)) for name in "abc"]
    chosen = place(Demand(), fleet, 9_000, order).chosen
    shares = Counter(chosen)
    assert all(2_800 < shares[name] < 3_200 for name in "abc")
    # Where the copy before went says nothing about where the next one goes.
    followers = Counter(pairwise(chosen))
    assert all(900 < followers[left, right] < 1_100 for left in "abc" for right in "abc")


def test_chance_is_random_among_the_instances_that_are_left() -> None:
    fleet = [
        machine(name, remaining=Resources(cpu=cpu, memory_mib=0))
        for name, cpu in (("a", 50), ("b", 9_000), ("c", 9_000))
    ]
    chosen = place(Demand(cpu=1), fleet, 6_000, rules(salt="y")).chosen
    shares = Counter(chosen)
    assert shares["a"] == 50
    assert 2_800 < shares["b"] < 3_150


def test_a_strategy_after_random_has_nothing_left_to_decide() -> None:
    fleet = [machine(name, remaining=Resources(cpu=9, memory_mib=9)) for name in "abcdef"]
    only = place(Demand(cpu=1), fleet, 12, rules(("random", None), salt="z"))
    more = place(Demand(cpu=1), fleet, 12, rules(("random", None), ("binpack", "cpu"), salt="z"))
    assert only == more
    assert len(set(only.chosen)) > 2


@given(st.sets(st.text(min_size=1), max_size=40).map(sorted), st.text())
def test_a_few_are_some_of_all_and_the_same_for_the_same_salt(arns: list[str], salt: str) -> None:
    few = a_few(arns, salt)
    assert set(few) <= set(arns)
    assert len(few) == len(set(few)) == min(A_FEW, len(arns))
    assert a_few(arns, salt) == few


def test_a_task_among_a_few_and_then_among_all_goes_to_any_that_can_take_it() -> None:
    """Three of nine can take it: each gets its third, as it does among all at once."""
    fleet: dict[str, Candidate] = {
        name: machine(name, remaining=Resources(cpu=cpu, memory_mib=0))
        for name, cpu in zip("abcdefghi", (9, 0, 0, 9, 0, 0, 9, 0, 0), strict=True)
    }
    shares: Counter[str] = Counter()
    for number in range(6_000):
        order = rules(salt=str(number))
        few = [fleet[name] for name in sorted(a_few(list(fleet), order.salt))]
        found = place(Demand(cpu=1), few, 1, order).chosen
        shares.update(found or place(Demand(cpu=1), list(fleet.values()), 1, order).chosen)
    assert all(1_850 < shares[name] < 2_150 for name in "adg"), shares


@pytest.mark.parametrize(
    ("order", "left"),
    [
        (rules(), True),
        (rules(("random", None)), True),
        (rules(("spread", "instanceId")), False),
        (rules(("random", None), ("binpack", "cpu")), False),
    ],
)
def test_chance_alone_decides_without_another_strategy(order: Rules, left: bool) -> None:
    assert is_left_to_chance(order.strategies) is left
