"""How deployments fail, and how they are turned back by the circuit breaker and by a user."""

import pytest
from msgspec.structs import replace

from homeport.services.ecs.plan.service.breaker import counted
from homeport.services.ecs.plan.service.deploying import (
    UNDER_WAY,
    ask_rollback,
    cannot_roll_back,
    complete,
    fail,
    roll_back,
    stop,
    without_empty,
)
from homeport.services.ecs.records.services import (
    Breaker,
    Rollback,
    Throttle,
)
from homeport.services.ecs.records.task_states import WentBackwards
from services.ecs.plan.deployments import (
    WATCHED,
    WHY,
    begun,
    deployed,
    entries,
    failing,
    revision,
    rollout_id,
    service,
    tripped,
)

# --- failing ---------------------------------------------------------------------------------


def test_a_failed_deployment_turns_back_to_a_rollout_that_still_has_tasks() -> None:
    before = failing()
    done = fail(before.service, before.deployment, revision(1), has_health_check=True, now=40.0)
    assert entries(done.service) == [
        (rollout_id(1), "PRIMARY", "IN_PROGRESS"),
        (rollout_id(2), "ACTIVE", "FAILED"),
    ]
    back, failed = done.service.rollouts
    turning = f"ECS deployment circuit breaker: rolling back to deploymentId {rollout_id(1)}."
    assert back.rollout_state_reason == turning
    assert (back.created_at, back.updated_at) == (10.0, 40.0)
    assert (back.has_run, back.has_health_check, back.desired_count) == (False, True, 4)
    assert failed.rollout_state_reason == "ECS deployment circuit breaker: tasks failed to start."
    assert failed.updated_at == 40.0
    why = "Service deployment rolled back because the circuit breaker threshold was exceeded."
    assert done.deployment == replace(
        before.deployment,
        status="ROLLBACK_IN_PROGRESS",
        status_reason=why,
        breaker=Breaker(status="TRIGGERED", failure_count=3, threshold=3),
        rollback=Rollback(reason=why, started_at=40.0, revision_arn=revision(1).arn),
        updated_at=40.0,
    )
    assert done.messages == (
        f"(service web) (deployment {rollout_id(2)}) deployment failed: tasks failed to start.",
        f"(service web) rolling back to deployment {rollout_id(1)}.",
    )
    assert done.changes == (
        (
            "SERVICE_DEPLOYMENT_FAILED",
            rollout_id(2),
            "ECS deployment circuit breaker: task failed to start.",
        ),
        ("SERVICE_DEPLOYMENT_IN_PROGRESS", rollout_id(1), turning),
    )


def test_a_failed_deployment_turns_back_to_a_rollout_that_is_gone() -> None:
    before = failing()
    alone = without_empty(before.service, {rollout_id(2): 1})
    assert entries(alone) == [(rollout_id(2), "PRIMARY", "IN_PROGRESS")]
    done = fail(alone, before.deployment, revision(1), has_health_check=False, now=40.0)
    assert entries(done.service) == [
        (rollout_id(1), "PRIMARY", "IN_PROGRESS"),
        (rollout_id(2), "ACTIVE", "FAILED"),
    ]
    assert done.service.rollouts[0].created_at == 40.0
    assert done.service.rollouts[0].revision_arn == revision(1).arn
    assert done.service.rollouts[0].definition_arn == revision(1).definition_arn


def test_what_a_rollout_suffered_before_is_forgotten_when_it_comes_back() -> None:
    before = failing()
    new, old = before.service.rollouts
    worn = replace(
        old,
        failed_tasks=9,
        has_run=True,
        has_digests=True,
        throttle=Throttle(rounds=7, since=1.0, not_before=999.0),
    )
    done = fail(
        replace(before.service, rollouts=(new, worn)),
        before.deployment,
        revision(1),
        has_health_check=False,
        now=40.0,
    )
    back = done.service.rollouts[0]
    assert (back.failed_tasks, back.has_run, back.throttle) == (0, False, Throttle())
    assert back.has_digests


def test_others_stay_newest_first_behind_a_rollout_that_comes_back() -> None:
    before = deployed()
    second = begun(before.service, 2, before.deployment, now=30.0)
    third = begun(second.service, 3, second.deployment, now=40.0)
    done = fail(
        third.service, tripped(third.deployment), revision(1), has_health_check=False, now=50.0
    )
    assert [each.id for each in done.service.rollouts] == [rollout_id(n) for n in (1, 3, 2)]


def test_a_rollback_that_reaches_its_revision_has_succeeded() -> None:
    before = failing()
    turned = fail(before.service, before.deployment, revision(1), has_health_check=False, now=40.0)
    done = complete(turned.service, turned.deployment, now=50.0)
    assert done.deployment == replace(
        turned.deployment, status="ROLLBACK_SUCCESSFUL", finished_at=50.0, updated_at=50.0
    )
    assert entries(done.service)[0] == (rollout_id(1), "PRIMARY", "COMPLETED")
    assert done.service.completed_revision_arn == revision(1).arn
    assert done.messages == (f"(service web) (deployment {rollout_id(1)}) deployment completed.",)


def test_a_failed_first_deployment_has_nothing_to_turn_back_to() -> None:
    first = begun(service(steady=True), 1)
    done = fail(first.service, tripped(first.deployment), None, has_health_check=False, now=40.0)
    assert entries(done.service) == [(rollout_id(1), "PRIMARY", "FAILED")]
    assert done.deployment.status == "ROLLBACK_FAILED"
    assert done.deployment.status_reason == "No rollback candidate was found to run the rollback."
    assert (done.deployment.finished_at, done.deployment.stopped_at) == (40.0, None)
    assert done.deployment.breaker.status == "TRIGGERED"
    assert done.deployment.rollback is None
    assert done.service.completed_revision_arn is None
    assert len(done.messages) == len(done.changes) == 1


def test_without_the_rollback_option_a_failed_deployment_is_stopped() -> None:
    before = failing(deployment_configuration=WATCHED)
    steady = replace(before.service, steady=True)
    done = fail(steady, before.deployment, None, has_health_check=False, now=40.0)
    assert entries(done.service) == [
        (rollout_id(2), "PRIMARY", "FAILED"),
        (rollout_id(1), "ACTIVE", "COMPLETED"),
    ]
    assert done.deployment.status == "STOPPED"
    assert (done.deployment.stopped_at, done.deployment.finished_at) == (40.0, 40.0)
    assert "circuit breaker" in str(done.deployment.status_reason)
    assert not done.service.steady


def test_a_service_recovers_from_a_failure_by_its_next_deployment() -> None:
    before = failing(deployment_configuration=WATCHED)
    failed = fail(before.service, before.deployment, None, has_health_check=False, now=40.0)
    done = begun(failed.service, 3, failed.deployment, now=50.0)
    assert done.superseded is None
    assert entries(done.service) == [
        (rollout_id(3), "PRIMARY", "IN_PROGRESS"),
        (rollout_id(2), "ACTIVE", "FAILED"),
        (rollout_id(1), "ACTIVE", "COMPLETED"),
    ]
    assert done.deployment.breaker.failure_count == 0


# --- StopServiceDeployment -------------------------------------------------------------------


def test_a_user_turns_a_deployment_back_without_the_breaker() -> None:
    before = deployed()
    second = begun(before.service, 2, before.deployment, now=30.0)
    asked = ask_rollback(second.deployment, now=35.0)
    assert (asked.status, asked.updated_at) == ("ROLLBACK_REQUESTED", 35.0)
    assert "rolled back by user" in str(asked.status_reason)
    done = roll_back(
        second.service, asked, revision(1), reason=WHY, has_health_check=False, now=40.0
    )
    assert entries(done.service) == [
        (rollout_id(1), "PRIMARY", "IN_PROGRESS"),
        (rollout_id(2), "ACTIVE", "IN_PROGRESS"),
    ]
    reason = f"ECS deployment {rollout_id(1)} in progress."
    assert done.service.rollouts[0].rollout_state_reason == reason
    assert done.changes == (("SERVICE_DEPLOYMENT_IN_PROGRESS", rollout_id(1), reason),)
    assert done.messages == (f"(service web) rolling back to deployment {rollout_id(1)}.",)
    assert done.deployment.rollback == Rollback(
        reason=WHY, started_at=40.0, revision_arn=revision(1).arn
    )
    assert done.deployment.status_reason == WHY


def test_the_breaker_is_at_rest_while_a_rollback_runs() -> None:
    before = deployed()
    second = begun(before.service, 2, before.deployment, now=30.0)
    done = roll_back(
        second.service, second.deployment, revision(1), reason=WHY, has_health_check=False, now=40.0
    )
    assert done.deployment.breaker.status == "MONITORING_COMPLETE"
    assert counted(done.deployment.breaker, 100, 4) == done.deployment.breaker


@pytest.mark.parametrize("status", ["STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"])
def test_a_deployment_that_ends_already_goes_on_as_it_does(status: str) -> None:
    ending = replace(begun(service(), 1).deployment, status=status)
    assert ask_rollback(ending, now=50.0) is ending


@pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "SUCCESSFUL", "STOPPED"])
def test_there_is_no_rollback_of_a_rollback_nor_of_what_is_over(status: str) -> None:
    before = failing()
    ending = replace(before.deployment, status=status)
    with pytest.raises(WentBackwards):
        roll_back(before.service, ending, revision(1), reason=WHY, has_health_check=False, now=40.0)


def test_a_rollback_without_a_candidate_has_failed() -> None:
    asked = ask_rollback(begun(service(), 1).deployment, now=30.0)
    over = cannot_roll_back(asked, now=40.0)
    assert (over.status, over.finished_at) == ("ROLLBACK_FAILED", 40.0)
    assert over.status_reason == "No rollback candidate was found to run the rollback."


@pytest.mark.parametrize("status", sorted(UNDER_WAY))
def test_whatever_is_under_way_can_be_stopped(status: str) -> None:
    going = replace(begun(service(), 1).deployment, status=status)
    over = stop(going, reason=WHY, now=40.0)
    assert (over.status, over.status_reason, over.stopped_at) == ("STOPPED", WHY, 40.0)
