"""What a plan orders is carried out here.  Part of a deployment's pass."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, assert_never

from msgspec.structs import replace

from homeport.contracts.hooks import Invocation
from homeport.kernel.errors import AwsError
from homeport.runtime import Tick
from homeport.services.codedeploy.plan import (
    deployment_ids,
    ending,
    events,
    guards,
    hooks,
    rollback,
    sides,
    task_set_requests,
)
from homeport.services.codedeploy.plan.moves import (
    AskHook,
    CreateReplacement,
    DeleteTaskSet,
    End,
    ForgetHook,
    MakePrimary,
    Move,
    Order,
    RollBack,
    SetWeights,
)
from homeport.services.codedeploy.queries import deployments
from homeport.services.codedeploy.reconcile.asking import ask_ecs
from homeport.services.codedeploy.reconcile.observing import service_shown, task_set_sight
from homeport.services.codedeploy.records.deployments import Deployment
from homeport.services.codedeploy.records.group_options import RollbackEvent, TargetGroup
from homeport.store import Tx

_NO_SERVICE: Final = (
    "ClusterNotFoundException",
    "ServiceNotActiveException",
    "ServiceNotFoundException",
)


class OrderFailed(Exception):
    """An order could not be carried out; `reason` is what the deployment ends for."""

    def __init__(self, reason: End) -> None:
        super().__init__(reason.message)
        self.reason = reason


def carry_out(tx: Tx, tick: Tick, before: Deployment, move: Move) -> Deployment:
    """Carry out all of the move or nothing of it; answers how the deployment is after that."""
    try:
        with tx.apart():
            after = move.deployment
            for order in move.orders:
                after = _obey(tx, tick, after, order)
            return after
    except OrderFailed as failure:
        if before.progress.is_settling:
            said = f"Not all could be brought to rest: {failure.reason.message}"
            return ending.given_up(before, said, now=tick.now)
        return carry_out(
            tx, tick, before, ending.end(_at(before, move), failure.reason, now=tick.now)
        )


def _at(before: Deployment, move: Move) -> Deployment:
    """The deployment in the event whose order failed."""
    is_under_way = any(event.status == "InProgress" for event in before.events)
    return before if is_under_way or move.deployment.is_over else move.deployment


def _obey(tx: Tx, tick: Tick, deployment: Deployment, order: Order) -> Deployment:
    match order:
        case CreateReplacement(target_group=group):
            return _create(tx, tick, deployment, group)
        case SetWeights():
            if not tick.peers.traffic.set_weights(tx, order.rule_arn, order.weights, now=tick.now):
                raise OrderFailed(_not_set(order))
        case MakePrimary(task_set_arn=arn):
            with _of_ecs():
                names = _names(deployment) | {"primaryTaskSet": arn}
                ask_ecs(tx, tick, deployment, "UpdateServicePrimaryTaskSet", names)
        case DeleteTaskSet(task_set_arn=arn):
            _delete(tx, tick, deployment, arn)
        case AskHook():
            return _ask(tx, tick, deployment, order)
        case ForgetHook(invocation_id=invocation_id):
            tick.peers.hooks.forget(tx, invocation_id, now=tick.now, ids=tick.ids)
        case RollBack(event=event):
            return _roll_back(tx, tick, deployment, event)
        case _:
            assert_never(order)
    return deployment


def _create(tx: Tx, tick: Tick, deployment: Deployment, group: TargetGroup) -> Deployment:
    progress = deployment.progress
    arn = "" if progress.original is None else progress.original.task_set_arn
    shown = service_shown(tx, tick, deployment) or {}
    found = [each for each in shown.get("taskSets", ()) if each["taskSetArn"] == arn]
    original = found[0] if found else {}
    request = task_set_requests.create_request(deployment, group, original)
    with _of_ecs():
        made = ask_ecs(tx, tick, deployment, "CreateTaskSet", request)["taskSet"]
    side = sides.side_of(task_set_sight(made), group)
    return replace(deployment, progress=replace(progress, replacement=side), updated_at=tick.now)


def _delete(tx: Tx, tick: Tick, deployment: Deployment, arn: str) -> None:
    names = _names(deployment) | {"taskSet": arn, "force": True}
    try:
        with _of_ecs():
            ask_ecs(tx, tick, deployment, "DeleteTaskSet", names)
    except OrderFailed as failure:
        cause = failure.__cause__
        if not isinstance(cause, AwsError) or cause.code != "TaskSetNotFoundException":
            raise


def _ask(tx: Tx, tick: Tick, deployment: Deployment, order: AskHook) -> Deployment:
    execution_id = tick.ids.uuid()
    wanted = Invocation(
        account=deployment.account,
        region=deployment.region,
        function=order.function,
        payload=hooks.payload(deployment.id, execution_id),
        wake=("deployment", deployment.id),
    )
    invocation_id = tick.peers.hooks.invoke(tx, wanted, now=tick.now, ids=tick.ids)
    event = events.event_of(deployment, order.event)
    asked = replace(event, execution_id=execution_id, invocation_id=invocation_id)
    return events.with_event(deployment, asked)


def _roll_back(tx: Tx, tick: Tick, deployment: Deployment, event: RollbackEvent) -> Deployment:
    rollback_id = deployment_ids.fresh(tick.ids)
    undoing = rollback.rollback_of(deployment, event, rollback_id=rollback_id, now=tick.now)
    deployments.insert_deployment(tx, undoing)
    return rollback.undone_by(deployment, rollback_id)


def _not_set(order: SetWeights) -> End:
    groups = ", ".join(arn for arn, _ in order.weights)
    why = (
        "The ELB could not be updated due to the following error: the rule "
        f"{order.rule_arn} cannot forward to {groups}: one of them does not exist any more."
    )
    return guards.failed("ELASTIC_LOAD_BALANCING_INVALID", why)


def _names(deployment: Deployment) -> dict[str, object]:
    return {"cluster": deployment.cluster, "service": deployment.service}


@contextmanager
def _of_ecs() -> Iterator[None]:
    """What ECS refuses is a failed order, in CodeDeploy's words."""
    try:
        yield
    except AwsError as error:
        code = "INVALID_ECS_SERVICE" if error.code in _NO_SERVICE else "ECS_UPDATE_ERROR"
        why = (
            f"The ECS service cannot be updated due to an unexpected error: {error.message} "
            f"(Service: AmazonECS; Status Code: {error.status}; Error Code: {error.code})"
        )
        raise OrderFailed(guards.failed(code, why)) from error
