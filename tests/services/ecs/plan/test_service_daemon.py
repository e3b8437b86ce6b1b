"""DAEMON services: worked situations, and whole lives in a cluster that means no good."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon_world import CASES, Case, check, live_through
from homeport.services.ecs.plan.service import daemon
from homeport.services.ecs.plan.service.daemon import DaemonSituation, plan_daemon
from homeport.services.ecs.plan.service.rolling import STARTS_MAX
from service_members import NEW


@pytest.mark.parametrize("case", CASES, ids=[f"{case.says}: {case.tasks}" for case in CASES])
def test_a_situation_that_was_worked_out_by_hand(case: Case) -> None:
    check(daemon, case)


def test_one_plan_starts_so_many_at_most() -> None:
    instances = tuple(f"i-{number:04}" for number in range(STARTS_MAX + 50))
    plan = plan_daemon(DaemonSituation(instances=instances, primary=NEW, members=()))
    assert plan.start_on == instances[:STARTS_MAX]


@given(seed=st.integers(0, 2**32), trouble=st.integers(0, 60))
@settings(max_examples=200, deadline=None)
def test_whatever_happens_no_instance_has_two_and_each_ends_with_one(
    seed: int, trouble: int
) -> None:
    live_through(daemon, seed, trouble)
