"""How a target is: every state with its reason and description, and how one follows another."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from homeport.services.elbv2.plan import draining as draining_plan
from homeport.services.elbv2.plan import target_health as plan
from homeport.services.elbv2.plan.health_checks import new_health_check
from homeport.services.elbv2.records.load_balancers import LoadBalancer, Zone
from homeport.services.elbv2.records.target_groups import (
    Health,
    Observed,
    Target,
    TargetGroup,
)
from mutants import Mutant, mutated

GROUP = TargetGroup(
    arn="arn:group",
    account="1",
    region="us-east-1",
    name="web",
    target_type="ip",
    protocol="HTTP",
    version="HTTP1",
    port=80,
    vpc_id="vpc-1",
    health=new_health_check({}, "HTTP", "HTTP1", "ip"),
    created_at=0.0,
)
UNCHECKED = replace(GROUP, health=replace(GROUP.health, enabled=False))
TARGET = Target(
    group_arn=GROUP.arn,
    target_id="10.0.0.9",
    port=80,
    address="10.0.0.9",
    zone="a",
    registered_at=0.0,
)
USED = plan.Usage(is_used=True, zones=frozenset({"a", "b"}), own_addresses=frozenset({"10.0.0.4"}))
UNUSED = plan.Usage(is_used=False)


def seen(state: Any, reason: str = "", description: str = "") -> Target:
    observed = Observed(state=state, reason=reason, description=description, at=1.0)
    return replace(TARGET, observed=observed)


HEALTHY = seen("healthy")
DRAINS = replace(HEALTHY, draining_since=5.0)


CASES = [
    (TARGET, USED, GROUP, "initial", "Elb.RegistrationInProgress"),
    (seen("initial", plan.CHECKING), USED, GROUP, "initial", "Elb.InitialHealthChecking"),
    (HEALTHY, USED, GROUP, "healthy", ""),
    (seen("unhealthy"), USED, GROUP, "unhealthy", "Target.FailedHealthChecks"),
    (seen("unhealthy", "Target.Timeout"), USED, GROUP, "unhealthy", "Target.Timeout"),
    (HEALTHY, UNUSED, GROUP, "unused", "Target.NotInUse"),
    (replace(HEALTHY, zone="c"), USED, GROUP, "unused", "Target.NotInUse"),
    (replace(HEALTHY, zone="all"), USED, GROUP, "healthy", ""),
    (replace(HEALTHY, address="10.0.0.4"), USED, GROUP, "unused", "Target.IpUnusable"),
    (HEALTHY, USED, UNCHECKED, "unavailable", "Target.HealthCheckDisabled"),
    (HEALTHY, UNUSED, UNCHECKED, "unused", "Target.NotInUse"),
    (DRAINS, USED, GROUP, "draining", "Target.DeregistrationInProgress"),
    (DRAINS, UNUSED, GROUP, "draining", "Target.DeregistrationInProgress"),
    (replace(DRAINS, zone="c"), USED, UNCHECKED, "draining", "Target.DeregistrationInProgress"),
]


@pytest.mark.parametrize(("target", "usage", "group", "state", "reason"), CASES)
def test_a_target_is_shown_as_elb_does(
    target: Target, usage: plan.Usage, group: TargetGroup, state: str, reason: str
) -> None:
    shown = plan.health_of(target, group, usage)
    assert (shown.state, shown.reason) == (state, reason)
    assert bool(shown.description) == (state != "healthy")


@pytest.mark.parametrize(
    ("target", "usage", "text"),
    [
        (TARGET, USED, "Target registration is in progress"),
        (seen("initial", plan.CHECKING), USED, "Initial health checks in progress"),
        (seen("unhealthy"), USED, "Health checks failed"),
        (seen("unhealthy", "Target.Timeout"), USED, "Request timed out"),
        (
            seen("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with: [503]"),
            USED,
            "Health checks failed with: [503]",
        ),
        (
            HEALTHY,
            UNUSED,
            "Target group is not configured to receive traffic from the load balancer",
        ),
        (
            replace(HEALTHY, zone="c"),
            USED,
            "Target is in an Availability Zone that is not enabled for the load balancer",
        ),
        (DRAINS, USED, "Target deregistration is in progress"),
    ],
)
def test_the_descriptions_are_elbs(target: Target, usage: plan.Usage, text: str) -> None:
    assert plan.health_of(target, GROUP, usage).description == text


def test_what_is_used_follows_from_the_load_balancers() -> None:
    front = LoadBalancer(
        arn="arn:lb",
        account="1",
        region="us-east-1",
        name="front",
        kind="application",
        scheme="internal",
        dns_name="",
        vpc_id="vpc-1",
        ip_address_type="ipv4",
        zones=tuple(
            Zone(name=name, subnet_id="subnet", interface_id="eni", address=address)
            for name, address in (("a", "10.0.0.4"), ("b", "10.0.1.4"))
        ),
        security_groups=(),
        created_at=0.0,
    )
    assert plan.usage_of([]) == UNUSED
    assert plan.usage_of([front]) == plan.Usage(
        is_used=True,
        zones=frozenset({"a", "b"}),
        own_addresses=frozenset({"10.0.0.4", "10.0.1.4"}),
    )


@pytest.mark.parametrize(
    ("target", "usage", "expected"),
    [
        (TARGET, USED, True),
        (DRAINS, USED, True),
        (replace(DRAINS, is_free=True), USED, False),
        (TARGET, UNUSED, False),
        (replace(TARGET, zone="c"), USED, False),
        (replace(TARGET, zone="all"), USED, True),
        (replace(TARGET, address="10.0.0.4"), USED, False),
    ],
)
def test_load_balancers_have_to_do_with_some_targets(
    target: Target, usage: plan.Usage, expected: bool
) -> None:
    assert plan.is_routed_to(target, usage) is expected


sightings = st.tuples(
    st.sampled_from(["initial", "healthy", "unhealthy"]),
    st.sampled_from(["", "Target.Timeout", "Target.ResponseCodeMismatch"]),
    st.sampled_from(["", "Request timed out", "Health checks failed with these codes: [503]"]),
)
steps = st.lists(
    st.one_of(
        sightings.map(lambda seen: ("see", seen)),
        st.sampled_from([("register", None), ("deregister", None), ("free", None)]),
    ),
    max_size=30,
)


def live(history: list[Any], planner: Any = plan) -> list[tuple[str, Target, Health]]:
    """What is done to a target, each with what it is and how it is shown afterwards."""
    target = TARGET
    shown = []
    for number, (kind, what) in enumerate(history):
        now = float(number)
        if kind == "see":
            state, reason, description = what
            target = planner.observed(
                target, state=state, reason=reason, description=description, at=now
            )
        elif kind == "register":
            known = {(target.target_id, target.port): target}
            target = (*draining_plan.register([TARGET], known).returning, target)[0]
        elif kind == "deregister":
            begun = draining_plan.deregister([target], is_used=True, now=now).draining
            target = (*begun, target)[0]
        else:
            target = draining_plan.freed(target)
        shown.append((kind, target, planner.health_of(target, GROUP, USED)))
    return shown


def check_history(history: list[Any], planner: Any = plan) -> None:
    before, last_seen = "initial", "initial"
    for (kind, target, health), (_, what) in zip(live(history, planner), history, strict=True):
        was_free = target.is_free and kind != "free"
        if kind == "see" and not was_free:
            last_seen = what[0]
        if target.is_free:
            last_seen = "initial"
        if kind == "deregister" or (before == "draining" and kind != "register"):
            assert health.state == "draining"
        else:
            assert health.state == last_seen
        if health.state == "healthy":
            assert (health.reason, health.description) == ("", "")
        else:
            assert health.reason
            assert health.description
        before = health.state


@given(steps)
def test_a_draining_target_is_healthy_again_only_by_being_registered(history: list[Any]) -> None:
    check_history(history)


@given(sightings)
def test_seeing_the_same_again_is_no_news(sighting: tuple[Any, str, str]) -> None:
    state, reason, description = sighting
    once = plan.observed(TARGET, state=state, reason=reason, description=description, at=1.0)
    again = plan.observed(once, state=state, reason=reason, description=description, at=2.0)
    assert again is once


@pytest.mark.parametrize(
    "mutant",
    [
        Mutant(
            plan,
            "    if target.is_free:\n        return target\n",
            "",
        ),
        Mutant(
            plan,
            'is not None:\n        return told("draining", DRAINING)\n',
            'is None:\n        return told("draining", DRAINING)\n',
        ),
        Mutant(plan, '        reason, description = "", ""\n', "        pass\n"),
        Mutant(plan, "if not usage.is_used:", "if usage.is_used:"),
        Mutant(plan, "target.zone not in usage.zones", "target.zone in usage.zones"),
        Mutant(plan, "if target.address in usage.own_addresses:", "if False:"),
        Mutant(plan, "if not group.health.enabled:", "if False:"),
    ],
    ids=lambda mutant: mutant.old.strip()[:40],
)
def test_mutants_of_the_plan_are_noticed(mutant: Mutant) -> None:
    planner = mutated(plan, mutant)
    history = [
        ("see", ("healthy", "Target.Timeout", "Request timed out")),
        ("deregister", None),
        ("see", ("healthy", "", "")),
        ("register", None),
        ("see", ("unhealthy", "", "")),
    ]

    def all_hold() -> bool:
        try:
            for target, usage, group, state, reason in CASES:
                shown = planner.health_of(target, group, usage)
                assert (shown.state, shown.reason) == (state, reason)
            free = replace(DRAINS, is_free=True)
            seen = planner.observed(free, state="unhealthy", reason="", description="", at=9.0)
            assert seen == free
            told = planner.observed(
                TARGET, state="healthy", reason="Target.Timeout", description="late", at=9.0
            )
            assert (told.observed.reason, told.observed.description) == ("", "")
            check_history(history, planner)
        except AssertionError:
            return False
        return True

    assert not all_hold()
