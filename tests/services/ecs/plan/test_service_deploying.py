"""How deployments begin, supersede each other and complete."""

import botocore.session
import pytest
from msgspec.structs import replace

from homeport.services.ecs.plan.service.deploying import (
    FOLLOWERS,
    UNDER_WAY,
    complete,
    rollout_of,
    without_empty,
)
from homeport.services.ecs.records.services import (
    Breaker,
    DeploymentConfiguration,
    ServiceDeployment,
    Throttle,
)
from homeport.services.ecs.records.task_states import WentBackwards
from services.ecs.plan.deployments import (
    ECS,
    GUARDED,
    MAY_FOLLOW,
    OVER,
    begun,
    deployed,
    deployment_arn,
    entries,
    revision,
    rollout_id,
    service,
)


def test_the_table_knows_every_status_of_the_model_and_says_what_ends() -> None:
    model = botocore.session.get_session().get_service_model("ecs")
    assert sorted(FOLLOWERS) == sorted(model.shape_for("ServiceDeploymentStatus").enum)
    assert {(a, b) for a, after in FOLLOWERS.items() for b in after} == MAY_FOLLOW
    assert set(FOLLOWERS) - OVER == UNDER_WAY


# --- beginning -------------------------------------------------------------------------------


def test_the_first_deployment_has_no_source() -> None:
    done = begun(service(steady=True, failed_placement="no place"), 1)
    assert done.deployment == ServiceDeployment(
        arn=deployment_arn(1),
        account="000000000000",
        region="us-east-1",
        cluster_arn=f"{ECS}:cluster/default",
        service_arn=f"{ECS}:service/default/web",
        target_revision_arn=revision(1).arn,
        source_revision_arns=(),
        status="IN_PROGRESS",
        deployment_configuration=GUARDED,
        breaker=Breaker(status="MONITORING", failure_count=0, threshold=3),
        created_at=10.0,
        started_at=10.0,
        updated_at=10.0,
    )
    assert (done.superseded, done.messages) == (None, ())
    assert entries(done.service) == [(rollout_id(1), "PRIMARY", "IN_PROGRESS")]
    assert not done.service.steady
    assert done.service.failed_placement is None
    assert done.service.deployment_arn == deployment_arn(1)


def test_a_rollout_begins_with_everything_of_its_revision() -> None:
    primary = begun(service(), 7).service.rollouts[0]
    assert primary.revision_arn == revision(7).arn
    assert primary.definition_arn == revision(7).definition_arn
    assert primary.desired_count == 4
    assert primary.rollout_state_reason == f"ECS deployment {rollout_id(7)} in progress."
    assert (primary.failed_tasks, primary.has_run) == (0, False)
    assert primary.throttle == Throttle()
    assert (primary.created_at, primary.updated_at) == (10.0, 10.0)
    assert rollout_of(revision(7), has_health_check=True, now=1.0).has_health_check


def test_a_beginning_is_told_to_eventbridge_only() -> None:
    assert begun(service(), 1).changes == (
        (
            "SERVICE_DEPLOYMENT_IN_PROGRESS",
            rollout_id(1),
            f"ECS deployment {rollout_id(1)} in progress.",
        ),
    )


def test_the_next_deployment_starts_from_what_there_was() -> None:
    before = deployed()
    done = begun(before.service, 2, before.deployment, now=30.0)
    assert done.deployment.source_revision_arns == (revision(1).arn,)
    assert done.superseded is None
    assert entries(done.service) == [
        (rollout_id(2), "PRIMARY", "IN_PROGRESS"),
        (rollout_id(1), "ACTIVE", "COMPLETED"),
    ]
    assert done.service.rollouts[1].updated_at == 30.0
    assert done.service.completed_revision_arn == revision(1).arn


def test_three_deployments_in_a_row_each_supersede_the_one_before() -> None:
    last = deployed()
    for number in (2, 3, 4):
        before = last
        last = begun(before.service, number, before.deployment, now=10.0 * number)
        assert (last.superseded is None) == (number == 2)
        if last.superseded is not None:
            assert last.superseded.arn == deployment_arn(number - 1)
            assert last.superseded.status == "STOPPED"
            assert last.superseded.stopped_at == 10.0 * number
            assert last.superseded.finished_at == 10.0 * number
            assert last.superseded.updated_at == 10.0 * number
            assert deployment_arn(number) in str(last.superseded.status_reason)
            assert last.superseded.breaker.status == "MONITORING_COMPLETE"
    assert entries(last.service) == [
        (rollout_id(4), "PRIMARY", "IN_PROGRESS"),
        (rollout_id(3), "ACTIVE", "IN_PROGRESS"),
        (rollout_id(2), "ACTIVE", "IN_PROGRESS"),
        (rollout_id(1), "ACTIVE", "COMPLETED"),
    ]
    assert last.deployment.source_revision_arns == tuple(revision(n).arn for n in (3, 2, 1))
    assert last.service.completed_revision_arn == revision(1).arn


@pytest.mark.parametrize("status", sorted(FOLLOWERS))
def test_only_a_deployment_that_is_under_way_is_superseded(status: str) -> None:
    before = begun(service(), 1)
    old = replace(before.deployment, status=status)
    superseded = begun(before.service, 2, old).superseded
    assert (superseded is None) == (status in OVER)


def test_a_revision_is_begun_once() -> None:
    before = deployed()
    with pytest.raises(WentBackwards):
        begun(before.service, 1, before.deployment)


# --- completing ------------------------------------------------------------------------------


def test_a_deployment_that_completes_is_what_a_rollback_leads_to() -> None:
    first = begun(service(), 1)
    done = complete(first.service, first.deployment, now=20.0)
    reason = f"ECS deployment {rollout_id(1)} completed."
    assert done.deployment == replace(
        first.deployment,
        status="SUCCESSFUL",
        breaker=Breaker(status="MONITORING_COMPLETE", threshold=3),
        finished_at=20.0,
        updated_at=20.0,
    )
    primary = done.service.rollouts[0]
    assert (primary.rollout_state, primary.rollout_state_reason) == ("COMPLETED", reason)
    assert primary.updated_at == 20.0
    assert done.service.completed_revision_arn == revision(1).arn
    assert done.messages == (f"(service web) (deployment {rollout_id(1)}) deployment completed.",)
    assert done.changes == (("SERVICE_DEPLOYMENT_COMPLETED", rollout_id(1), reason),)


def test_a_breaker_that_is_off_stays_off() -> None:
    done = deployed(deployment_configuration=DeploymentConfiguration())
    assert done.deployment.breaker.status == "DISABLED"


@pytest.mark.parametrize("status", sorted(OVER | {"STOP_REQUESTED", "ROLLBACK_REQUESTED"}))
def test_only_what_is_being_deployed_can_complete(status: str) -> None:
    first = begun(service(), 1)
    with pytest.raises(WentBackwards):
        complete(first.service, replace(first.deployment, status=status), now=20.0)


# --- the entries of deployments[] -------------------------------------------------------------


def test_the_primary_stays_and_the_others_go_with_their_last_task() -> None:
    before = deployed()
    second = begun(before.service, 2, before.deployment, now=30.0)
    third = begun(second.service, 3, second.deployment, now=40.0).service
    left = without_empty(third, {rollout_id(3): 0, rollout_id(2): 0, rollout_id(1): 2})
    assert [each.id for each in left.rollouts] == [rollout_id(3), rollout_id(1)]
    assert [each.id for each in without_empty(third, {}).rollouts] == [rollout_id(3)]
    assert without_empty(left, {rollout_id(1): 1}) is left
