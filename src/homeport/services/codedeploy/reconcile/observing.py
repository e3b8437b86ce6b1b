"""What one pass sees of the world around a deployment.  Part of a deployment's pass."""

from typing import Any

from homeport.kernel.errors import AwsError
from homeport.runtime import Tick
from homeport.services.codedeploy.plan import events
from homeport.services.codedeploy.reconcile.asking import ask_ecs
from homeport.services.codedeploy.records.deployments import Deployment
from homeport.services.codedeploy.records.sights import (
    HookSight,
    RuleSight,
    ServiceSight,
    Sight,
    TaskSetSight,
)
from homeport.store import Tx


def observe(tx: Tx, tick: Tick, deployment: Deployment) -> Sight:
    """The service with its task sets, the listeners, the alarms, and the hook under way."""
    balancing = deployment.balancing
    names = deployment.alarms.watched
    states = (
        tick.peers.alarms.states(tx, deployment.account, deployment.region, names) if names else {}
    )
    return Sight(
        service=_service(tx, tick, deployment),
        production=_rules(tx, tick, deployment, balancing.production_listener),
        test=_rules(tx, tick, deployment, balancing.test_listener),
        alarms=tuple(sorted(states.items())),
        hook=_hook(tx, tick, deployment),
    )


def service_shown(tx: Tx, tick: Tick, deployment: Deployment) -> dict[str, Any] | None:
    """The service with its task sets, as DescribeServices shows it; None when there is none."""
    names = {"cluster": deployment.cluster, "services": [deployment.service]}
    try:
        found = ask_ecs(tx, tick, deployment, "DescribeServices", names)["services"]
    except AwsError as error:
        if error.code == "ClusterNotFoundException":
            return None
        raise
    return found[0] if found and found[0]["status"] != "INACTIVE" else None


def _service(tx: Tx, tick: Tick, deployment: Deployment) -> ServiceSight | None:
    shown = service_shown(tx, tick, deployment)
    if shown is None:
        return None
    return ServiceSight(
        status=shown["status"],
        controller=shown.get("deploymentController", {}).get("type", "ECS"),
        task_sets=tuple(task_set_sight(each) for each in shown.get("taskSets", ())),
    )


def task_set_sight(shown: dict[str, Any]) -> TaskSetSight:
    """What there is to see in a task set as ECS shows it."""
    balancers = shown.get("loadBalancers") or [{}]
    return TaskSetSight(
        arn=shown["taskSetArn"],
        id=shown["id"],
        status=shown["status"],
        is_steady=shown["stabilityStatus"] == "STEADY_STATE",
        desired=shown["computedDesiredCount"],
        pending=shown["pendingCount"],
        running=shown["runningCount"],
        target_group_arn=balancers[0].get("targetGroupArn"),
        external_id=shown.get("externalId", ""),
    )


def _rules(
    tx: Tx, tick: Tick, deployment: Deployment, listener: str | None
) -> tuple[RuleSight, ...]:
    if listener is None:
        return ()
    found = tick.peers.traffic.forwards(tx, deployment.account, deployment.region, listener)
    return tuple(
        RuleSight(
            arn=each.arn,
            listener_arn=each.listener_arn,
            kind=each.kind,
            groups=each.groups,
            is_live=each.is_live,
            load_balancer_arn=each.load_balancer_arn,
        )
        for each in found
    )


def _hook(tx: Tx, tick: Tick, deployment: Deployment) -> HookSight | None:
    event = events.current(deployment)
    if event is None or event.invocation_id is None:
        return None
    answer = tick.peers.hooks.answer(tx, event.invocation_id)
    if answer is None:
        return HookSight(status="UNKNOWN")
    return HookSight(
        status=answer.status,
        body=answer.body,
        is_task=answer.is_task,
        diagnostic=answer.diagnostic,
    )
