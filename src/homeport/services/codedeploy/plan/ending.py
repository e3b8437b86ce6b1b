"""How a deployment ends that does not go on: rolled back, or brought to rest on one side.  Pure.

No deployment ends half-shifted: whatever fails, all traffic is on one side that can answer, and
the record says which.
"""

from collections.abc import Callable
from typing import Final, cast

from msgspec.structs import replace

from homeport.services.codedeploy.plan import events, shifting, sides
from homeport.services.codedeploy.plan.moves import (
    End,
    ForgetHook,
    MakePrimary,
    Move,
    RollBack,
    SetWeights,
)
from homeport.services.codedeploy.records.deployments import Deployment, Failure, Side, Status
from homeport.services.codedeploy.records.sights import Sight

SETTLING_S: Final = 300.0
"""So long the data plane may take to go by the last weights; seconds of ECS time."""


def end(deployment: Deployment, reason: End, *, now: float) -> Move:
    """Do not go on: roll back where that is wished for and possible, else settle."""
    forgotten = tuple(
        ForgetHook(invocation_id=event.invocation_id)
        for event in deployment.events
        if event.status == "InProgress" and event.invocation_id is not None
    )
    over = replace(
        events.cut_short(deployment, now, reason.message),
        failure=Failure(code=reason.code, message=reason.message),
        updated_at=now,
    )
    status = cast("Status", reason.status)
    if _is_to_roll_back(deployment, reason):
        obstacle = _obstacle(deployment)
        if obstacle is None:
            ended = replace(over, status=status, completed_at=now)
            return Move(deployment=ended, orders=(*forgotten, RollBack(event=reason.event)))
        over = replace(over, rollback_message=obstacle)
    settling = replace(over.progress, is_settling=True, ends_as=status)
    return Move(deployment=replace(over, progress=settling), orders=forgotten)


def settle(
    deployment: Deployment, sight: Sight, *, now: float, span: Callable[[float], float]
) -> Move:
    """Bring all traffic to one side, unless it is there, and end once the data plane has it."""
    rules = shifting.of_pair(deployment, sight.production)
    side = _side_to_rest_on(deployment, sight)
    if side is None or not rules:
        return Move(deployment=given_up(deployment, _nothing_to_shift(deployment), now=now))
    is_there = shifting.whole_side(rules) == side.target_group.arn
    wanted = shifting.only(side.target_group.arn)
    orders = () if is_there else shifting.orders(rules, wanted)
    orders += _test_orders(deployment, sight, side)
    progress = deployment.progress
    until = progress.settles_until
    if until is None or now < until:
        until = now + span(SETTLING_S) if until is None else until
        if orders or not shifting.are_live(rules):
            waiting = replace(deployment, progress=replace(progress, settles_until=until))
            return Move(deployment=waiting, orders=orders, again_at=until)
        said = f"All production traffic is on {sides.name_of(deployment, side)}."
    else:
        said = f"The load balancer has not confirmed yet that {_all_on(deployment, side)}."
    primary = () if side.status == "PRIMARY" else (MakePrimary(task_set_arn=side.task_set_arn),)
    return Move(deployment=given_up(deployment, said, now=now), orders=primary)


def given_up(deployment: Deployment, said: str | None, *, now: float) -> Deployment:
    """The deployment is over as it was to be, with this said of its traffic."""
    failure = deployment.failure
    if said is not None and failure is not None:
        failure = replace(failure, message=f"{failure.message} {said}")
    messages = deployment.status_messages if said is None else (*deployment.status_messages, said)
    return replace(
        deployment,
        status=deployment.progress.ends_as or "Failed",
        completed_at=now,
        updated_at=now,
        failure=failure,
        status_messages=messages,
    )


def _side_to_rest_on(deployment: Deployment, sight: Sight) -> Side | None:
    """Where all traffic is already, if it can stay there; else where it belongs."""
    rules = shifting.of_pair(deployment, sight.production)
    found = shifting.whole_side(rules)
    both = (deployment.progress.original, deployment.progress.replacement)
    for side in both:
        if side is not None and side.target_group.arn == found and sides.serves(side):
            return side
    return sides.resting(deployment)


def _test_orders(deployment: Deployment, sight: Sight, side: Side) -> tuple[SetWeights, ...]:
    """Test traffic stays where it is, unless nobody is there."""
    rules = shifting.of_pair(deployment, sight.test)
    both = (deployment.progress.original, deployment.progress.replacement)
    usable = {each.target_group.arn for each in both if each is not None and sides.is_usable(each)}
    if not rules or shifting.whole_side(rules) in usable:
        return ()
    return shifting.orders(rules, shifting.only(side.target_group.arn))


def _nothing_to_shift(deployment: Deployment) -> str | None:
    if deployment.progress.original is None:
        return None  # Nothing had begun.
    if sides.resting(deployment) is None:
        return "Neither of the two task sets exists any more: no traffic can be shifted."
    return "No listener forwards to the two target groups any more: no traffic can be shifted."


def _all_on(deployment: Deployment, side: Side) -> str:
    return f"all production traffic is on {sides.name_of(deployment, side)}"


def _is_to_roll_back(deployment: Deployment, reason: End) -> bool:
    if deployment.is_rollback:
        return False
    if reason.event == "DEPLOYMENT_STOP_ON_REQUEST":
        return deployment.wishes.stop_rolls_back
    return deployment.auto_rollback.is_on(reason.event)


def _obstacle(deployment: Deployment) -> str | None:
    """Why the deployment cannot be rolled back, if it cannot."""
    progress = deployment.progress
    if progress.replacement is None:
        return "There is nothing to roll back: no replacement task set was created."
    if progress.is_terminated or not sides.is_usable(progress.original):
        return "The deployment cannot be rolled back: the original task set was terminated."
    return None
