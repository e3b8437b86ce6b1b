"""Registering and draining targets: who is new, who returns, who is gone when."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from homeport.services.elbv2.plan import draining as plan
from homeport.services.elbv2.plan.load_balancer_states import state_of
from homeport.services.elbv2.records.target_groups import ListenerProblems, Observed, Target
from mutants import Mutant, mutated


def target(number: int, *, since: float | None = None, at: float = 0.0) -> Target:
    return Target(
        group_arn="arn:group",
        target_id=f"10.0.0.{number}",
        port=80,
        address=f"10.0.0.{number}",
        zone="a",
        registered_at=at,
        draining_since=since,
        observed=Observed(state="healthy", at=at),
    )


def key(each: Target) -> tuple[str, int]:
    return each.target_id, each.port


def check_register(plan: Any) -> None:
    stays, drains = target(1), replace(target(2, since=5.0), is_free=True)
    wanted = [replace(target(number, at=9.0), observed=Observed()) for number in (1, 2, 3, 3)]
    step = plan.register(wanted, {key(stays): stays, key(drains): drains})
    assert [each.target_id for each in step.new] == ["10.0.0.3"]
    (back,) = step.returning
    assert (back.target_id, back.draining_since, back.is_free) == ("10.0.0.2", None, False)
    assert back.registered_at == 9.0
    assert back.observed == wanted[1].observed


def test_only_what_is_not_there_is_new_and_only_what_drains_returns() -> None:
    check_register(plan)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "healthy"),
        ({"is_free": True}, "initial"),
        ({"address": "10.0.0.7"}, "initial"),
        ({"zone": "b"}, "initial"),
    ],
)
def test_a_target_that_was_not_free_returns_as_it_was_seen(
    changes: dict[str, Any], state: str
) -> None:
    before = replace(target(1, since=5.0), **changes)
    wanted = replace(target(1, at=9.0), observed=Observed())
    (back,) = plan.register([wanted], {key(before): before}).returning
    assert back.observed.state == state


def check_deregister(plan: Any) -> None:
    (begun,) = plan.deregister([target(1)], is_used=True, now=7.0).draining
    assert begun == replace(target(1), draining_since=7.0)
    again = plan.deregister([begun], is_used=True, now=8.0)
    assert (again.gone, again.draining) == ((), ())


def test_a_target_drains_from_the_moment_that_it_is_deregistered_first() -> None:
    check_deregister(plan)


def test_where_nobody_is_connected_a_target_is_gone_at_once() -> None:
    both = (target(1), target(2, since=5.0))
    assert plan.deregister(both, is_used=False, now=7.0) == plan.Leaving(gone=both)


EXPIRING = [(100.0, 0, 10.0), (109.5, 0, 0.5), (110.0, 1, 5.0), (115.0, 2, None), (999.0, 2, None)]


def check_expire(plan: Any) -> None:
    draining = [target(1, since=80.0), target(2, since=85.0)]
    for now, gone, next_s in EXPIRING:
        leaving = plan.expire(draining, delay_s=30.0, now=now)
        assert (len(leaving.gone), leaving.next_s) == (gone, next_s)


def test_targets_are_gone_when_their_delay_is_over() -> None:
    check_expire(plan)


@given(
    st.lists(st.floats(0, 1000), max_size=20),
    st.floats(0, 3600),
    st.floats(0, 5000),
)
def test_waiting_as_long_as_told_lets_the_next_target_go(
    begun: list[float], delay_s: float, now: float
) -> None:
    draining = [target(number, since=since) for number, since in enumerate(begun)]
    leaving = plan.expire(draining, delay_s=delay_s, now=now)
    assert {each.target_id for each in leaving.gone} <= {each.target_id for each in draining}
    left = [each for each in draining if each not in leaving.gone]
    assert (leaving.next_s is None) == (not left)
    if leaving.next_s is not None:
        assert leaving.next_s > 0
        later = plan.expire(left, delay_s=delay_s, now=now + leaving.next_s + 0.001)
        assert later.gone


def test_only_a_draining_target_can_be_free() -> None:
    assert plan.freed(target(1)) == target(1)
    free = plan.freed(target(1, since=5.0))
    assert free.is_free
    assert free.observed == Observed()
    assert plan.freed(free) is free


@pytest.mark.parametrize(
    "mutant",
    [
        Mutant(plan, "if left_s > 0:", "if left_s >= 0:"),
        Mutant(plan, "+ delay_s - now", "- now"),
        Mutant(plan, "min(left, default=None)", "max(left, default=None)"),
        Mutant(plan, "if not is_used:", "if is_used:"),
        Mutant(plan, "if before.is_free or is_elsewhere:", "if is_elsewhere:"),
        Mutant(plan, "elif before.draining_since is not None:", "else:"),
        Mutant(plan, " if each.draining_since is None", ""),
        Mutant(plan, "if target.draining_since is None or target.is_free:", "if target.is_free:"),
    ],
    ids=lambda mutant: mutant.old,
)
def test_mutants_of_the_plan_are_noticed(mutant: Mutant) -> None:
    planner = mutated(plan, mutant)

    def all_hold() -> bool:
        try:
            check_register(planner)
            check_deregister(planner)
            check_expire(planner)
            assert planner.freed(target(1)) == target(1)
        except (AssertionError, ValueError):  # Too many targets, or too few.
            return False
        return True

    assert not all_hold()


OPEN = ListenerProblems(listener_arn="one")
SHUT = ListenerProblems(listener_arn="two", problems=("Port 80 of 127.0.0.1 is taken.",))


@pytest.mark.parametrize(
    ("before", "listeners", "seen", "state", "reason"),
    [
        ("provisioning", [], [], "active", ""),
        ("provisioning", ["one"], [], "provisioning", ""),
        ("provisioning", ["one"], [OPEN], "active", ""),
        ("provisioning", ["one", "three"], [OPEN], "provisioning", ""),
        ("active", ["one", "three"], [OPEN], "active", ""),
        ("active", ["one", "two"], [OPEN, SHUT], "active_impaired", SHUT.problems[0]),
        ("active", ["two"], [SHUT], "failed", SHUT.problems[0]),
        ("provisioning", ["two"], [OPEN, SHUT], "failed", SHUT.problems[0]),
        ("failed", ["one"], [OPEN, SHUT], "active", ""),
        ("failed", ["three"], [SHUT], "provisioning", ""),
        ("failed", [], [SHUT], "active", ""),
    ],
)
def test_a_load_balancer_is_active_once_all_its_listeners_are_open(
    before: str, listeners: list[str], seen: list[ListenerProblems], state: str, reason: str
) -> None:
    known = {each.listener_arn: each for each in seen}
    assert state_of(before, listeners, known) == (state, reason)  # type: ignore[arg-type]
