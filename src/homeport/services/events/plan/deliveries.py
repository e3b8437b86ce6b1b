"""What is to be delivered when a rule matched an event, or when its schedule fired.  Pure."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from homeport.contracts.wanted_firings import Target as Invoked
from homeport.contracts.wanted_firings import Wanted
from homeport.kernel import arn as arns
from homeport.kernel.ids import named_uuid
from homeport.services.events.plan.envelopes import envelope, moment, scheduled
from homeport.services.events.plan.input_transformer import target_input
from homeport.services.events.plan.names import bus_of_arn
from homeport.services.events.plan.patterns import BadPattern, RuleIndex
from homeport.services.events.plan.rule_requests import compiled
from homeport.services.events.plan.target_requests import made_of
from homeport.services.events.records.rules import MAX_AGE_S, RETRIES_MAX, Due, Rule, Target

NO_THIRD_BUS: Final = (
    "EventBridge can't route events received from a sender event bus to a third event bus."
)


@lru_cache(maxsize=64)
def index_of(rules: tuple[tuple[str, str], ...]) -> RuleIndex:
    """Rules by ARN, with the texts of their patterns, ready to be asked of events."""
    known = []
    for arn, text in rules:
        try:
            known.append((arn, compiled(text)))
        except BadPattern:
            continue  # An older Homeport took it: it matches nothing, and holds nobody up.
    return RuleIndex(known)


class Delivery(Struct, frozen=True, kw_only=True):
    """A firing of a rule for one of its targets."""

    wanted: Wanted
    problem: str = ""
    """Why the target is given nothing; empty when it is."""


class Occasion(Struct, frozen=True, kw_only=True):
    """Why a rule fires."""

    event: Mapping[str, Any]
    scheduled_for: float
    """The event's own time."""
    due_at: float
    """In real seconds since the epoch."""
    forwarded: bool = False
    """Whether the event came from another bus."""
    by_hand: bool = False


def delivery(occasion: Occasion, rule: Rule, target: Target, *, now: float) -> Delivery:
    """What one target of a rule that fires is to be given, or why it is given nothing."""
    text, problem = "", ""
    if occasion.forwarded and bus_of_arn(target.arn) is not None:
        problem = NO_THIRD_BUS
    else:
        try:
            text = payload(occasion.event, rule, target, now=now)
        except ValueError as error:
            problem = str(error) or "The input of the target cannot be made of the event."
    return Delivery(wanted=wanted(rule, target, occasion, payload=text), problem=problem)


def payload(event: Mapping[str, Any], rule: Rule, target: Target, *, now: float) -> str:
    """What the target is given for the event; ValueError when its template makes nothing of it.

    A task is given nothing of an event unless the target says what.
    """
    says_what = (target.input, target.input_path, target.transformer) != (None, None, None)
    if not says_what and arns.parse(target.arn).service == "ecs":
        return ""
    return target_input(
        event,
        input=target.input,
        input_path=target.input_path,
        transformer=made_of(target.transformer),
        rule_arn=rule.arn,
        rule_name=rule.name,
        ingested_at=moment(now),
    )


def wanted(rule: Rule, target: Target, occasion: Occasion, *, payload: str) -> Wanted:
    """The firing of a rule for one of its targets."""
    return Wanted(
        account=rule.place.account,
        region=rule.place.region,
        source=rule.arn,
        source_kind="rule",
        group=rule.place.bus,
        name=rule.name,
        target_id=target.id,
        token=str(occasion.event["id"]),
        due_at=occasion.due_at,
        scheduled_for=occasion.scheduled_for,
        target=invoked(target),
        payload=payload,
        max_age_s=float(MAX_AGE_S if target.max_age_s is None else target.max_age_s),
        max_retries=RETRIES_MAX if target.retries_max is None else target.retries_max,
        dead_letter_arn=target.dead_letter_arn or "",
        tags=rule.tags,
        by_hand=occasion.by_hand,
    )


def invoked(target: Target) -> Invoked:
    """A target as firings know it."""
    return Invoked(arn=target.arn, role_arn=target.role_arn or "", parameters=target.parameters)


def sample(rule: Rule, target: Target, *, now: float) -> str:
    """Something that the target may be given: its constant input, or a whole event.

    What a path or a template makes of an event shows when there is one.
    """
    if target.input is not None:
        return target.input
    plain = replace(target, input_path=None, transformer=None)
    return payload(by_hand(rule, event_id=rule.arn, now=now).event, rule, plain, now=now)


def on_schedule(rule: Rule, due: Due) -> Occasion:
    """That a rule's schedule fires: the same firing is always the same event."""
    event_id = named_uuid(f"{rule.arn} {rule.created_at} {due.reading}")
    happening = scheduled(rule.arn, reading=due.reading)
    return Occasion(
        event=envelope(happening, rule.place, event_id=event_id),
        scheduled_for=due.reading,
        due_at=due.at,
    )


def by_hand(rule: Rule, *, event_id: str, now: float) -> Occasion:
    """That somebody has a rule's schedule fire now."""
    return Occasion(
        event=envelope(scheduled(rule.arn, reading=now), rule.place, event_id=event_id),
        scheduled_for=now,
        due_at=now,
        by_hand=True,
    )
