"""What CreateService and UpdateService ask for, as pure decisions; the texts are tested in api."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan.clusters import new_cluster
from homeport.services.ecs.plan.service.capacity_requests import Capacity
from homeport.services.ecs.plan.service.deployment_requests import configured
from homeport.services.ecs.plan.service.drafts import (
    ASKED,
    Target,
    counted,
    deleted_service,
    is_as_asked,
    new_service,
    reconfigured,
    revision_of,
    target_of,
    updated_service,
)
from homeport.services.ecs.plan.service.placement_requests import obstacle_to_rebalancing
from homeport.services.ecs.plan.task_definition import drafted
from homeport.services.ecs.records.clusters import StrategyItem
from homeport.services.ecs.records.run_request import (
    AwsVpcConfiguration,
    NetworkConfiguration,
    PlacementConstraint,
    PlacementStrategy,
)
from homeport.services.ecs.records.service_requests import (
    AskedDeployments,
    CreateRequest,
    UpdateRequest,
)
from homeport.services.ecs.records.services import (
    Breaker,
    CircuitBreaker,
    DeploymentConfiguration,
    Rollout,
    Service,
    ServiceDeployment,
)
from task_definition_documents import container, document

CLUSTER = new_cluster(account="000000000000", region="us-east-1", name="default")
EC2 = Capacity(launch_type="EC2")
ON = CircuitBreaker(enable=True, rollback=True)
OFF = CircuitBreaker(enable=False)

IDENTITY = {
    "arn",
    "account",
    "region",
    "cluster_arn",
    "cluster_name",
    "name",
    "created_at",
    "created_by",
}
DECIDED = {
    "status",
    "rollouts",
    "deployment_arn",
    "completed_revision_arn",
    "steady",
    "steady_told_at",
    "leaving",
    "waiting",
    "failed_placement",
}


def service(**changes: Any) -> Service:
    request = CreateRequest(service_name="web", task_definition="web:1", desired_count=2)
    made = new_service(request, CLUSTER, EC2, created_by="root", now=1.0)
    rollout = Rollout(
        id="ecs-svc/1",
        revision_arn="revision",
        definition_arn="web:1",
        desired_count=2,
        created_at=1.0,
        updated_at=1.0,
    )
    return replace(made, rollouts=(rollout,), **changes)


def update(**members: Any) -> UpdateRequest:
    return UpdateRequest(service="web", **members)


def deployment(**changes: Any) -> ServiceDeployment:
    members: dict[str, Any] = {
        "arn": "deployment",
        "account": "a",
        "region": "r",
        "cluster_arn": "c",
        "service_arn": "s",
        "target_revision_arn": "revision",
        "status": "IN_PROGRESS",
        "deployment_configuration": DeploymentConfiguration(),
        "created_at": 1.0,
        "updated_at": 1.0,
    }
    return ServiceDeployment(**(members | changes))


# --- percentages --------------------------------------------------------------------------------

percentages = st.none() | st.integers(-5, 405)


@given(minimum=percentages, maximum=percentages, daemon=st.booleans(), changed=st.booleans())
def test_percentages_that_pass_leave_room_to_deploy(
    minimum: int | None, maximum: int | None, *, daemon: bool, changed: bool
) -> None:
    scheduling = "DAEMON" if daemon else "REPLICA"
    own = DeploymentConfiguration(
        minimum_healthy_percent=40, maximum_percent=100 if daemon else 130
    )
    before = own if changed else None
    base = (40, own.maximum_percent) if changed else (0, 100) if daemon else (100, 200)
    low = base[0] if minimum is None else minimum
    high = base[1] if maximum is None else maximum
    possible = 0 <= low <= 100 <= high and (low, high) != (100, 100) and (high == 100 or not daemon)
    asked = AskedDeployments(minimum_healthy_percent=minimum, maximum_percent=maximum)
    if not possible:
        with pytest.raises(InvalidParameterException):
            configured(asked, before, scheduling)
        return
    after = configured(asked, before, scheduling)
    assert (after.minimum_healthy_percent, after.maximum_percent) == (low, high)


def test_a_breaker_that_is_not_mentioned_stays() -> None:
    before = DeploymentConfiguration(deployment_circuit_breaker=ON)
    asked = AskedDeployments(maximum_percent=150)
    assert configured(asked, before, "REPLICA").deployment_circuit_breaker == ON
    off = AskedDeployments(deployment_circuit_breaker=OFF)
    assert configured(off, before, "REPLICA").deployment_circuit_breaker == OFF


# --- Availability Zone rebalancing --------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"scheduling_strategy": "DAEMON"}, "DAEMON"),
        ({"deployment_configuration": DeploymentConfiguration(maximum_percent=100)}, "100 %"),
        ({"deployment_configuration": DeploymentConfiguration(maximum_percent=101)}, None),
        ({"placement_strategy": (PlacementStrategy(type="random"),)}, "spread"),
        (
            {
                "placement_strategy": (
                    PlacementStrategy(type="spread", field="attribute:ecs.availability-zone"),
                    PlacementStrategy(type="binpack", field="cpu"),
                )
            },
            None,
        ),
        (
            {"placement_strategy": (PlacementStrategy(type="spread", field="instanceId"),)},
            "spread",
        ),
        (
            {
                "placement_constraints": (
                    PlacementConstraint(
                        type="memberOf", expression="attribute:ecs.availability-zone == a"
                    ),
                )
            },
            "constraint",
        ),
        ({"placement_constraints": (PlacementConstraint(type="distinctInstance"),)}, None),
    ],
)
def test_rebalancing_is_for_replicas_with_room_that_spread_over_zones(
    changes: dict[str, Any], why: str | None
) -> None:
    obstacle = obstacle_to_rebalancing(service(**changes))
    assert obstacle is None if why is None else why in (obstacle or "")


# --- a service and what is asked of it ----------------------------------------------------------


def test_every_field_of_a_service_is_asked_for_decided_or_its_identity() -> None:
    names = {each.name for each in msgspec.structs.fields(Service)}
    assert names == set(ASKED) | IDENTITY | DECIDED
    assert len(names) == len(ASKED) + len(IDENTITY) + len(DECIDED)


CHANGES: dict[str, tuple[str, Any]] = {
    "desired_count": ("desired_count", 9),
    "placement_constraints": (
        "placement_constraints",
        (PlacementConstraint(type="distinctInstance"),),
    ),
    "placement_strategy": ("placement_strategy", (PlacementStrategy(type="random"),)),
    "health_check_grace_period_seconds": ("health_check_grace_s", 30),
    "enable_ecs_managed_tags": ("enable_ecs_managed_tags", True),
    "propagate_tags": ("propagate_tags", "SERVICE"),
}


@given(st.sets(st.sampled_from(sorted(CHANGES))))
def test_an_update_changes_what_it_names_and_nothing_else(names: set[str]) -> None:
    before = service()
    request = update(**{name: CHANGES[name][1] for name in names})
    after = updated_service(before, request, EC2, now=2.0)
    changed = {CHANGES[name][0] for name in names}
    for each in msgspec.structs.fields(Service):
        if each.name in changed:
            assert getattr(after, each.name) != getattr(before, each.name)
        elif each.name != "rollouts":
            assert getattr(after, each.name) == getattr(before, each.name)
    if "desired_count" in names:
        assert after.rollouts == (replace(before.rollouts[0], desired_count=9, updated_at=2.0),)
    else:
        assert after.rollouts == before.rollouts


def test_what_an_update_can_switch_off_is_switched_off() -> None:
    before = service(
        health_check_grace_s=5,
        enable_ecs_managed_tags=True,
        zone_rebalancing=True,
        placement_constraints=(PlacementConstraint(type="distinctInstance"),),
    )
    request = update(
        desired_count=0,
        health_check_grace_period_seconds=0,
        enable_ecs_managed_tags=False,
        availability_zone_rebalancing="DISABLED",
        placement_constraints=(),
    )
    after = updated_service(before, request, EC2, now=2.0)
    assert after.desired_count == after.health_check_grace_s == 0
    assert not after.enable_ecs_managed_tags
    assert not after.zone_rebalancing
    assert after.placement_constraints == ()


def test_the_same_count_again_touches_no_rollout() -> None:
    before = service()
    assert counted(before, 2, now=9.0) == before


def test_only_the_primary_rollout_has_the_new_count() -> None:
    old = replace(service().rollouts[0], id="ecs-svc/0", status="ACTIVE")
    before = service()
    before = replace(before, rollouts=(*before.rollouts, old))
    assert [each.desired_count for each in counted(before, 7, now=9.0).rollouts] == [7, 2]


def test_a_deleted_service_wants_no_tasks() -> None:
    before = service()
    after = deleted_service(before, now=9.0)
    assert (after.status, after.desired_count) == ("DRAINING", 0)
    assert [(each.desired_count, each.updated_at) for each in after.rollouts] == [(0, 9.0)]
    assert deleted_service(replace(after, status="ACTIVE"), now=99.0) == after


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("definition_arn", "web:2"),
        ("launch_type", "FARGATE"),
        ("capacity_provider_strategy", (StrategyItem(capacity_provider="FARGATE", weight=1),)),
        ("platform_version", "1.4.0"),
        (
            "network_configuration",
            NetworkConfiguration(awsvpc_configuration=AwsVpcConfiguration(subnets=("s",))),
        ),
    ],
)
def test_a_service_of_another_target_is_not_as_asked(field: str, value: Any) -> None:
    target = Target(definition_arn="web:1", launch_type="EC2")
    draft = drafted(document(container()))
    revision = revision_of(target, service(), draft, number="1" * 19, now=1.0)
    assert target_of(revision) == target
    assert is_as_asked(service(), revision, service(), target)
    assert not is_as_asked(service(), revision, service(), replace(target, **{field: value}))


# --- a deployment that is under way -------------------------------------------------------------


def configuration(breaker: CircuitBreaker | None, minimum: int = 100) -> DeploymentConfiguration:
    return DeploymentConfiguration(
        deployment_circuit_breaker=breaker, minimum_healthy_percent=minimum
    )


@pytest.mark.parametrize(
    ("was", "becomes", "expected"),
    [
        (None, ON, Breaker(status="MONITORING", failure_count=0, threshold=5)),
        (OFF, ON, Breaker(status="MONITORING", failure_count=0, threshold=5)),
        (ON, OFF, Breaker(status="DISABLED", failure_count=0, threshold=5)),
        (ON, ON, Breaker(status="MONITORING", failure_count=2, threshold=3)),
    ],
)
def test_a_breaker_is_switched_while_a_deployment_is_under_way(
    was: CircuitBreaker | None, becomes: CircuitBreaker, expected: Breaker
) -> None:
    status = "MONITORING" if was == ON else "DISABLED"
    before = deployment(
        deployment_configuration=configuration(was),
        breaker=Breaker(status=status, failure_count=2 if was == ON else 0, threshold=3),
    )
    after = reconfigured(before, configuration(becomes, 50), 10, now=9.0)
    assert after.breaker == expected
    assert after.deployment_configuration == configuration(becomes, 50)
    assert after.updated_at == 9.0


def test_the_breaker_of_a_rollback_rests() -> None:
    at_rest = Breaker(status="TRIGGERED", failure_count=3, threshold=3)
    before = deployment(status="ROLLBACK_IN_PROGRESS", breaker=at_rest)
    after = reconfigured(before, configuration(OFF), 10, now=9.0)
    assert after.breaker == at_rest
    assert after.deployment_configuration == configuration(OFF)


@pytest.mark.parametrize("status", ["SUCCESSFUL", "STOPPED", "ROLLBACK_FAILED"])
def test_a_deployment_that_is_over_stays_as_it_was(status: str) -> None:
    before = deployment(status=status)
    assert reconfigured(before, configuration(ON), 10, now=9.0) is before


def test_the_same_configuration_changes_nothing() -> None:
    before = deployment()
    assert reconfigured(before, DeploymentConfiguration(), 10, now=9.0) is before
