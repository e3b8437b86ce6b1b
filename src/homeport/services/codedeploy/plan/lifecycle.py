"""The next step of a deployment, from Created to its end.  Pure.

A lifecycle event at which no function stands has succeeded in the moment in which it is its turn:
that is how CodeDeploy shows it.  Without a test listener `AllowTestTraffic` is skipped.

While the replacement starts, the production listener forwards to both target groups, with nothing
for the replacement's: its targets are health-checked before they get traffic.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from msgspec.structs import replace

from homeport.kernel import traffic_shift
from homeport.services.codedeploy.plan import (
    ending,
    events,
    guards,
    hooks,
    rollback,
    shifting,
    sides,
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
)
from homeport.services.codedeploy.records.deployments import Deployment, Progress
from homeport.services.codedeploy.records.sights import Sight

Span: TypeAlias = Callable[[float], float]
"""Real seconds that stand for seconds of ECS time."""

INSTALL_S: Final = 3600.0
"""So long the replacement may take to become steady."""
UNSTEADY_S: Final = 300.0
"""So long it may take to become steady again while traffic is shifted to it."""
TRAFFIC_S: Final = 600.0
"""So long the data plane may take to go by weights."""
MINUTE_S: Final = 60.0

NOT_STEADY: Final = (
    "The deployment timed out while waiting for the replacement task set to become healthy. This "
    "time out period is 60 minutes."
)
NOT_TAKEN: Final = "The load balancer did not confirm in time that it forwards by the new weights."
NOT_STEADY_AGAIN: Final = (
    "The replacement task set was not steady for 5 minutes while traffic was shifted to it."
)
NOT_CONTINUED: Final = (
    "The deployment was stopped because traffic rerouting was not started within the wait time."
)


def next_move(deployment: Deployment, sight: Sight, *, now: float, span: Span) -> Move:
    """What to do now.  A move that changes nothing and orders nothing waits."""
    if deployment.is_over:
        return Move(deployment=deployment)
    seen = sides.with_sight(deployment, sight, now)
    if seen.status == "Created":
        seen = replace(seen, status="InProgress", started_at=now, updated_at=now)
    if seen.progress.is_settling:
        return ending.settle(seen, sight, now=now, span=span)
    if seen.is_rollback:
        return rollback.next_move(seen, sight, now=now, span=span)
    reason = guards.reason_to_end(seen, sight)
    if reason is not None:
        return ending.end(seen, reason, now=now)
    return _next_event(_with_original(seen, sight), sight, now, span)


def _with_original(deployment: Deployment, sight: Sight) -> Deployment:
    """The deployment with its original side: what is primary when it begins."""
    primary = None if sight.service is None else sight.service.primary
    if deployment.progress.original is not None or primary is None:
        return deployment
    group = sides.group_of(deployment, primary)
    if group is None:
        return deployment
    return _with(deployment, original=sides.side_of(primary, group))


def _next_event(deployment: Deployment, sight: Sight, now: float, span: Span) -> Move:
    event = events.current(deployment)
    if event is None:
        return _after_traffic(deployment, sight, now, span)
    if event.name == "BeforeAllowTraffic" and event.status == "Pending":
        waiting = _ready_wait(deployment, now, span)
        if waiting is not None:
            return waiting
    if event.name == "AllowTestTraffic" and deployment.balancing.test_listener is None:
        return Move(deployment=replace(events.skipped(deployment, event.name), updated_at=now))
    if event.status == "Pending":
        deployment = replace(events.begun(deployment, event.name, now), updated_at=now)
    match event.name:
        case "Install":
            return _install(deployment, sight, now, span)
        case "AllowTestTraffic":
            return _allow_test_traffic(deployment, sight, now, span)
        case "AllowTraffic":
            return _allow_traffic(deployment, sight, now, span)
        case name:
            return _hook(deployment, name, sight, now, span)


def _ready_wait(deployment: Deployment, now: float, span: Span) -> Move | None:
    """Wait until a client lets the traffic be shifted, where the group asks for that."""
    options = deployment.blue_green
    if options.on_ready_timeout != "STOP_DEPLOYMENT":
        return None
    if deployment.wishes.shift:
        if deployment.status != "Ready":
            return None
        return Move(deployment=replace(deployment, status="InProgress", updated_at=now))
    since = deployment.progress.ready_since
    if since is None:
        ready = replace(_with(deployment, ready_since=now), status="Ready", updated_at=now)
        return Move(deployment=ready, again_at=now + span(options.ready_wait_minutes * MINUTE_S))
    until = since + span(options.ready_wait_minutes * MINUTE_S)
    if now < until:
        return Move(deployment=deployment, again_at=until)
    late = End(status="Stopped", code="TIMEOUT", message=NOT_CONTINUED, event="DEPLOYMENT_FAILURE")
    return ending.end(deployment, late, now=now)


def _hook(deployment: Deployment, name: str, sight: Sight, now: float, span: Span) -> Move:
    function = deployment.app_spec.function_at(name)
    if function is None:
        return Move(deployment=_ended(deployment, name, now))
    event = events.event_of(deployment, name)
    due = _since(event.started_at, now) + span(hooks.TIMEOUT_S)
    invocation_id = event.invocation_id
    if invocation_id is None:
        ask = AskHook(event=name, function=function)
        return Move(deployment=deployment, orders=(ask,), again_at=due)
    verdict = hooks.judge(event, function, sight.hook, is_late=now >= due)
    if verdict is None:
        return Move(deployment=deployment, again_at=due)
    if verdict.status == "Failed":
        event = replace(event, diagnostics=verdict.diagnostics)
        why = f"The lifecycle event hook {name} failed: {verdict.diagnostics.message}"
        reason = guards.failed("HOOK_EXECUTION_FAILURE", why)
        return ending.end(events.with_event(deployment, event), reason, now=now)
    over = events.ended(deployment, name, "Succeeded", now=now, diagnostics=verdict.diagnostics)
    is_running = sight.hook is not None and sight.hook.status == "RUNNING"
    # One that has called back may finish what it does; nobody waits for it.
    forgotten = () if is_running else (ForgetHook(invocation_id=invocation_id),)
    return Move(deployment=replace(over, updated_at=now), orders=forgotten)


def _install(deployment: Deployment, sight: Sight, now: float, span: Span) -> Move:
    original, replacement = deployment.progress.original, deployment.progress.replacement
    if original is None:
        return ending.end(deployment, _without_sides(), now=now)
    until = _since(events.event_of(deployment, "Install").started_at, now) + span(INSTALL_S)
    if replacement is None:
        group = sides.other_group(deployment, original.target_group)
        production = shifting.of_pair(deployment, sight.production)
        both = shifting.split(original.target_group.arn, group.arn, 0)
        orders: tuple[Order, ...] = (
            *_leftovers(sight, group.arn),
            *shifting.orders(production, both),
            CreateReplacement(target_group=group),
        )
        return Move(deployment=deployment, orders=orders, again_at=until)
    if replacement.is_steady:
        return Move(deployment=_ended(deployment, "Install", now))
    if now >= until:
        return ending.end(deployment, guards.failed("TIMEOUT", NOT_STEADY), now=now)
    return Move(deployment=deployment, again_at=until)


def _leftovers(sight: Sight, group: str) -> tuple[DeleteTaskSet, ...]:
    """Task sets that earlier deployments have left behind the replacement's target group.

    Traffic that is shifted there would reach their tasks, too.
    """
    task_sets = () if sight.service is None else sight.service.task_sets
    return tuple(
        DeleteTaskSet(task_set_arn=each.arn)
        for each in task_sets
        if each.target_group_arn == group and each.is_usable
    )


def _allow_test_traffic(deployment: Deployment, sight: Sight, now: float, span: Span) -> Move:
    name = "AllowTestTraffic"
    replacement = deployment.progress.replacement
    if replacement is None:
        return ending.end(deployment, _without_sides(), now=now)
    until = _since(events.event_of(deployment, name).started_at, now) + span(TRAFFIC_S)
    rules = shifting.of_pair(deployment, sight.test)
    orders = shifting.orders(rules, shifting.only(replacement.target_group.arn))
    if orders:
        return Move(deployment=deployment, orders=orders, again_at=until)
    if shifting.are_live(rules):
        return Move(deployment=_ended(deployment, name, now))
    if now >= until:
        return ending.end(deployment, guards.failed("TIMEOUT", NOT_TAKEN), now=now)
    return Move(deployment=deployment, again_at=until)


def _allow_traffic(deployment: Deployment, sight: Sight, now: float, span: Span) -> Move:
    original, replacement = deployment.progress.original, deployment.progress.replacement
    if original is None or replacement is None:
        return ending.end(deployment, _without_sides(), now=now)
    deployment = _with(deployment, unsteady_since=_unsteady_since(deployment.progress, now))
    unsteady_until = _after(deployment.progress.unsteady_since, span(UNSTEADY_S))
    if unsteady_until is not None and now >= unsteady_until:
        return ending.end(deployment, guards.failed("TIMEOUT", NOT_STEADY_AGAIN), now=now)
    due = _step_due(deployment, now, span)
    if due is not None and due <= now and unsteady_until is None:
        share = traffic_shift.next_share(deployment.shift, deployment.progress.tenths)
        deployment = _with(deployment, tenths=share, set_at=now, stepped_at=None)
        due = None
    progress = deployment.progress
    rules = shifting.of_pair(deployment, sight.production)
    wanted = shifting.split(
        original.target_group.arn, replacement.target_group.arn, progress.tenths
    )
    orders = shifting.orders(rules, wanted)
    if orders or not shifting.are_live(rules):
        since = _missing_since(progress, now)
        until = since + span(TRAFFIC_S)
        if now >= until:
            return ending.end(deployment, guards.failed("TIMEOUT", NOT_TAKEN), now=now)
        deployment = _with(deployment, set_at=since)
        return Move(deployment=deployment, orders=orders, again_at=_first(until, unsteady_until))
    if progress.tenths >= traffic_shift.WHOLE:
        over = _ended(deployment, "AllowTraffic", now)
        over = _with(over, stepped_at=now, unsteady_since=None)
        return Move(deployment=over, orders=(MakePrimary(task_set_arn=replacement.task_set_arn),))
    if progress.tenths > 0 and progress.set_at != progress.stepped_at:
        stepped_at = now if progress.stepped_at is None else progress.stepped_at
        return Move(deployment=_with(deployment, set_at=stepped_at, stepped_at=stepped_at))
    # While it is not steady no step is due, however long ago the last one was.
    return Move(deployment=deployment, again_at=due if unsteady_until is None else unsteady_until)


def _step_due(deployment: Deployment, now: float, span: Span) -> float | None:
    """When the next share is due; None while the last one is not in force, or was the whole."""
    progress = deployment.progress
    if progress.tenths > 0 and progress.stepped_at is None:
        return None
    interval = span(deployment.shift.interval_s)
    since = _since(progress.stepped_at, now)
    left = traffic_shift.due_in(
        deployment.shift, progress.tenths, since=since, now=now, span=interval
    )
    return None if left is None else now + left


def _missing_since(progress: Progress, now: float) -> float:
    """Since when the share that was decided is not in force: from then on it is due.

    `set_at` says so; once the share was in force it is the same as `stepped_at`, until somebody
    else changes the weights, or the data plane begins anew.
    """
    if progress.set_at is None or progress.set_at == progress.stepped_at:
        return now
    return progress.set_at


def _unsteady_since(progress: Progress, now: float) -> float | None:
    if progress.replacement is not None and progress.replacement.is_steady:
        return None
    return now if progress.unsteady_since is None else progress.unsteady_since


def _after_traffic(deployment: Deployment, sight: Sight, now: float, span: Span) -> Move:
    """All traffic is on the replacement: end the original side, at once or after its wait."""
    original, replacement = deployment.progress.original, deployment.progress.replacement
    if original is None or replacement is None:
        return ending.end(deployment, _without_sides(), now=now)
    options = deployment.blue_green
    ends = options.terminate == "TERMINATE" and sides.is_usable(original)
    if ends:
        since = deployment.progress.terminating_since
        if since is None:
            since = now
            deployment = replace(_with(deployment, terminating_since=now), updated_at=now)
        until = since + span(options.termination_wait_minutes * MINUTE_S)
        if now < until and not deployment.wishes.terminate:
            return Move(deployment=deployment, again_at=until)
    rules = (
        *shifting.of_pair(deployment, sight.production),
        *shifting.of_pair(deployment, sight.test),
    )
    orders: tuple[Order, ...] = shifting.orders(rules, shifting.only(replacement.target_group.arn))
    if ends:
        orders = (*orders, DeleteTaskSet(task_set_arn=original.task_set_arn))
    over = replace(
        _with(deployment, is_terminated=ends), status="Succeeded", completed_at=now, updated_at=now
    )
    return Move(deployment=over, orders=orders)


def _without_sides() -> End:
    return guards.failed("INVALID_ECS_SERVICE", guards.NO_PRIMARY)


def _ended(deployment: Deployment, name: str, now: float) -> Deployment:
    return replace(events.ended(deployment, name, "Succeeded", now=now), updated_at=now)


def _with(deployment: Deployment, **changes: object) -> Deployment:
    return replace(deployment, progress=replace(deployment.progress, **changes))


def _since(known: float | None, now: float) -> float:
    return now if known is None else known


def _after(since: float | None, seconds: float) -> float | None:
    return None if since is None else since + seconds


def _first(*times: float | None) -> float | None:
    known = [each for each in times if each is not None]
    return min(known) if known else None
