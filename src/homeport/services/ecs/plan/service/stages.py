"""The stages of a deployment with two sides, and the way back.  Pure.

One call is one step; the caller does what the new state asks for (weights, hooks, tasks), looks
again, and calls again.  Whatever happens, it ends with all traffic on one side, and every stage is
left in time: what is observed within `LIMIT_S`, hooks when they time out, waits when they are over.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from homeport.kernel.ids import Ids
from homeport.kernel.traffic_shift import WHOLE, Shift, next_share
from homeport.services.ecs.plan.service import hooks
from homeport.services.ecs.records.shifting import HookRun, Shifting
from homeport.services.ecs.records.strategies import LifecycleHook

LIMIT_S: Final = 86_400.0
"""How long something that has to be observed is waited for."""

FORWARD: Final = (
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
    "BAKE_TIME",
    "CLEAN_UP",
)
"""The stages in order."""

_ONLY_HOOKS: Final = (
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "POST_TEST_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
)


class Rules(Struct, frozen=True, kw_only=True):
    """What the deployment goes by; spans are real seconds."""

    shift: Shift = Shift()
    hooks: tuple[LifecycleHook, ...] = ()
    step_s: float = 0.0
    bake_s: float = 0.0
    limit_s: float = LIMIT_S
    span: Callable[[float], float] = float
    """Real seconds that stand for so many of ECS."""


class Sight(Struct, frozen=True, kw_only=True):
    """What is seen of the two sides and of the traffic."""

    now: float
    green_up: bool = False
    """The new side has as many healthy tasks as are desired."""
    green_serves: bool = False
    """It has a healthy task, or none is desired."""
    green_gone: bool = False
    blue_up: bool = False
    blue_serves: bool = False
    blue_gone: bool = False
    others_gone: bool = True
    """No task is left that is of neither side."""
    production_live: bool = True
    """New requests go by the share of production that is set."""
    test_live: bool = True
    trouble: str = ""
    """Why the deployment has to turn back: a `statusReason`."""


def begin(shifting: Shifting, rules: Rules, *, ids: Ids, now: float, reconciles: bool) -> Shifting:
    """The deployment in its first stage."""
    stage = "RECONCILE_SERVICE" if reconciles else "PRE_SCALE_UP"
    return _entered(shifting, stage, rules, ids=ids, now=now)


def advance(shifting: Shifting, sight: Sight, rules: Rules, *, ids: Ids) -> Shifting:
    """The deployment one step further; the same when there is something to wait for."""
    if shifting.end:
        return shifting
    known = _with_overdue(shifting, sight.now)
    why = hooks.failure(_current(known))
    if known.is_back:
        if why and not known.trouble:
            known = replace(known, trouble=why)
        return _further_back(known, sight, rules, ids=ids)
    why = sight.trouble or why or _too_late(known, sight, rules)
    if why and not (known.stage == "CLEAN_UP" and not sight.trouble):
        return turned_back(known, sight, rules, why=why, ids=ids)
    return _further(known, sight, rules, ids=ids)


def turned_back(shifting: Shifting, sight: Sight, rules: Rules, *, why: str, ids: Ids) -> Shifting:
    """The deployment on its way back; over at once where there is no old side to go back to.

    Then a share that was set stays: it is all of the traffic, or none.
    """
    now = sight.now
    over = replace(shifting, hooks=hooks.closed(shifting.hooks, now=now), reason=why)
    if shifting.rolls:
        return replace(over, end="ROLLING", moved_at=now)
    if shifting.blue_revision_arn is None:
        return replace(over, end="FAILED", moved_at=now)
    back = replace(over, is_back=True, is_waiting_to_step=False, taken_at=None)
    if shifting.production:
        return _waiting(back, "PRODUCTION_TRAFFIC_SHIFT", now)
    return _back_from_production(back, rules, ids=ids, now=now)


def next_look(shifting: Shifting, rules: Rules) -> float | None:
    """When time alone changes something; None when nothing is waited for."""
    if shifting.end:
        return None
    times = [_observed_since(shifting) + rules.limit_s]
    if shifting.stage == "BAKE_TIME":
        times.append(shifting.since + rules.bake_s)
    if _steps(shifting) and shifting.taken_at is not None:
        times.append(shifting.taken_at + rules.step_s)
    asked = hooks.next_time(_current(shifting))
    return min(times) if asked is None else min(*times, asked)


def wants_green(shifting: Shifting) -> bool:
    """Whether the new side should have its tasks now."""
    if shifting.end:
        return shifting.end != "ROLLBACK_SUCCESSFUL" and shifting.production != 0
    if shifting.is_back:
        return shifting.stage != "CLEAN_UP"
    return FORWARD.index(shifting.stage) >= FORWARD.index("SCALE_UP")


def wants_blue(shifting: Shifting) -> bool:
    """Whether the old side should have its tasks now."""
    return shifting.is_back or shifting.stage != "CLEAN_UP"


def running_hooks(shifting: Shifting) -> tuple[HookRun, ...]:
    """The hooks that the stage waits for."""
    return tuple(each for each in _current(shifting) if each.status in hooks.OPEN)


def _further(shifting: Shifting, sight: Sight, rules: Rules, *, ids: Ids) -> Shifting:
    stage, now = shifting.stage, sight.now
    if running_hooks(shifting):
        return shifting
    if stage in _ONLY_HOOKS:
        return _next(shifting, rules, ids=ids, now=now)
    match stage:
        case "RECONCILE_SERVICE":
            return _reconciled(shifting, sight, rules, ids=ids)
        case "SCALE_UP":
            return _next(shifting, rules, ids=ids, now=now) if sight.green_up else shifting
        case "TEST_TRAFFIC_SHIFT":
            return _next(shifting, rules, ids=ids, now=now) if sight.test_live else shifting
        case "PRODUCTION_TRAFFIC_SHIFT":
            return _stepped(shifting, sight, rules, ids=ids)
        case "BAKE_TIME":
            is_over = now >= shifting.since + rules.bake_s
            return _next(shifting, rules, ids=ids, now=now) if is_over else shifting
        case _:  # CLEAN_UP
            is_over = sight.blue_gone and sight.others_gone
            if is_over or _is_late(shifting, rules, now):
                return replace(shifting, end="SUCCESSFUL", moved_at=now)
            return shifting


def _reconciled(shifting: Shifting, sight: Sight, rules: Rules, *, ids: Ids) -> Shifting:
    """All traffic is on the old side, which is whole, and nothing is left of what was between."""
    has_blue = shifting.blue_revision_arn is not None
    live = sight.production_live and sight.test_live
    if has_blue and not (live and sight.blue_up and sight.others_gone):
        return shifting
    if shifting.rolls:
        return replace(shifting, end="ROLLING", moved_at=sight.now)
    return _next(shifting, rules, ids=ids, now=sight.now)


def _stepped(shifting: Shifting, sight: Sight, rules: Rules, *, ids: Ids) -> Shifting:
    now = sight.now
    if shifting.is_waiting_to_step:
        if not sight.green_up:
            return shifting
        share = next_share(_shift(shifting, rules), shifting.production or 0)
        made = replace(shifting, production=share, is_waiting_to_step=False, taken_at=None)
        return _hooked(made, "PRODUCTION_TRAFFIC_SHIFT", rules, ids=ids, now=now)
    if shifting.taken_at is None:
        if not sight.production_live:
            return shifting
        return replace(shifting, taken_at=now, moved_at=now)
    if shifting.production == WHOLE:
        return _next(shifting, rules, ids=ids, now=now)
    if now < shifting.taken_at + rules.step_s:
        return shifting
    waits = replace(shifting, is_waiting_to_step=True, taken_at=None)
    return _hooked(waits, "PRE_PRODUCTION_TRAFFIC_SHIFT", rules, ids=ids, now=now)


def _further_back(shifting: Shifting, sight: Sight, rules: Rules, *, ids: Ids) -> Shifting:
    now, is_late = sight.now, _is_late(shifting, rules, sight.now)
    if shifting.stage == "PRODUCTION_TRAFFIC_SHIFT" and shifting.is_waiting_to_step:
        if sight.blue_serves or not sight.green_serves:
            made = replace(shifting, production=0, is_waiting_to_step=False)
            return _hooked(made, "PRODUCTION_TRAFFIC_SHIFT", rules, ids=ids, now=now)
        if is_late:
            why = "the old side has no healthy task: all traffic is on the new side"
            return _rollback_failed(replace(shifting, production=WHOLE), why, now)
        return shifting
    if running_hooks(shifting):
        return shifting
    match shifting.stage:
        case "PRODUCTION_TRAFFIC_SHIFT":
            if sight.production_live:
                return _back_from_production(shifting, rules, ids=ids, now=now)
        case "TEST_TRAFFIC_SHIFT":
            if sight.test_live:
                return _cleaning(shifting, now)
        case _:  # CLEAN_UP
            if (sight.green_gone and sight.others_gone) or is_late:
                end = "ROLLBACK_FAILED" if shifting.trouble else "ROLLBACK_SUCCESSFUL"
                return replace(shifting, end=end, moved_at=now)
            return shifting
    if is_late:
        why = "the data plane did not take it: all traffic is set to the old side"
        return _rollback_failed(replace(shifting, test=shifting.test and 0), why, now)
    return shifting


def _back_from_production(shifting: Shifting, rules: Rules, *, ids: Ids, now: float) -> Shifting:
    if not shifting.test:
        return _cleaning(shifting, now)
    made = replace(_waiting(shifting, "TEST_TRAFFIC_SHIFT", now), test=0, is_waiting_to_step=False)
    return _hooked(made, "TEST_TRAFFIC_SHIFT", rules, ids=ids, now=now)


def _cleaning(shifting: Shifting, now: float) -> Shifting:
    return replace(
        shifting, stage="CLEAN_UP", since=now, moved_at=now, is_waiting_to_step=False,
        turn=shifting.turn + 1,
    )  # fmt: skip


def _waiting(shifting: Shifting, stage: str, now: float) -> Shifting:
    return replace(
        shifting, stage=stage, since=now, moved_at=now, is_waiting_to_step=True,
        turn=shifting.turn + 1,
    )  # fmt: skip


def _rollback_failed(shifting: Shifting, why: str, now: float) -> Shifting:
    return replace(shifting, end="ROLLBACK_FAILED", trouble=why, moved_at=now)


def _next(shifting: Shifting, rules: Rules, *, ids: Ids, now: float) -> Shifting:
    stage = FORWARD[FORWARD.index(shifting.stage) + 1]
    return _entered(shifting, stage, rules, ids=ids, now=now)


def _entered(shifting: Shifting, stage: str, rules: Rules, *, ids: Ids, now: float) -> Shifting:
    entered = replace(shifting, stage=stage, since=now)
    has_blue = shifting.blue_revision_arn is not None
    match stage:
        case "RECONCILE_SERVICE" if has_blue:
            entered = replace(entered, production=0, test=0)
        case "TEST_TRAFFIC_SHIFT":
            entered = replace(entered, test=WHOLE)
        case "PRODUCTION_TRAFFIC_SHIFT":
            waits = replace(entered, is_waiting_to_step=True)
            return _hooked(waits, "PRE_PRODUCTION_TRAFFIC_SHIFT", rules, ids=ids, now=now)
    return _hooked(entered, stage, rules, ids=ids, now=now)


def _hooked(shifting: Shifting, stage: str, rules: Rules, *, ids: Ids, now: float) -> Shifting:
    """The hooks of this place begun."""
    turn = shifting.turn + 1
    runs = hooks.begun(rules.hooks, stage, turn=turn, ids=ids, now=now, span=rules.span)
    return replace(
        shifting, turn=turn, moved_at=now, hooks=hooks.kept((*shifting.hooks, *runs), turn)
    )


def _with_overdue(shifting: Shifting, now: float) -> Shifting:
    runs = tuple(hooks.overdue(each, now=now) for each in shifting.hooks)
    return shifting if runs == shifting.hooks else replace(shifting, hooks=runs)


def _current(shifting: Shifting) -> tuple[HookRun, ...]:
    return tuple(each for each in shifting.hooks if each.turn == shifting.turn)


def _shift(shifting: Shifting, rules: Rules) -> Shift:
    """Where there is no old side there is nothing to share with."""
    return Shift() if shifting.blue_revision_arn is None else rules.shift


def _steps(shifting: Shifting) -> bool:
    is_shifting = shifting.stage == "PRODUCTION_TRAFFIC_SHIFT" and not shifting.is_back
    return is_shifting and not shifting.is_waiting_to_step


def _observed_since(shifting: Shifting) -> float:
    """Since when nothing but what is observed has been waited for."""
    ends = [each.ended_at for each in _current(shifting) if each.ended_at is not None]
    return max([shifting.moved_at, *ends])


def _is_late(shifting: Shifting, rules: Rules, now: float) -> bool:
    return not running_hooks(shifting) and now >= _observed_since(shifting) + rules.limit_s


def _too_late(shifting: Shifting, sight: Sight, rules: Rules) -> str:
    """Why the deployment turns back when something was waited for too long."""
    is_timed = shifting.stage in ("BAKE_TIME", "CLEAN_UP") or (
        _steps(shifting) and shifting.taken_at is not None
    )
    if is_timed or not _is_late(shifting, rules, sight.now):
        return ""
    return f"Service deployment rolled back because {shifting.stage} lifecycle stage timed out."
