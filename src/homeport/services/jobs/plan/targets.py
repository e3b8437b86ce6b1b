"""Which operation a target is, and what it is asked for.  Pure: the same firing asks the same."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec.structs import replace

from homeport.contracts.wanted_firings import Target, Wanted
from homeport.kernel import arn as arns
from homeport.kernel.ids import named_uuid
from homeport.services.jobs.plan.asks import Ask, BadTarget
from homeport.services.jobs.plan.ecs_targets import run_members, started_by, with_token
from homeport.services.jobs.plan.payloads import (
    ANYTHING,
    object_of,
    payload_of,
    with_words,
)
from homeport.services.jobs.plan.universal import PREFIX, universal
from homeport.services.jobs.records.firings import Firing

SERVED: Final = (
    "a cluster of ECS, a queue of SQS, an event bus of EventBridge, a log group of CloudWatch "
    "Logs, and arn:aws:scheduler:::aws-sdk:SERVICE:operation for what Homeport serves"
)

_EVENTS: Final = "arn:aws:events:"
_SOME_EVENT: Final = '{"source":"a","detail-type":"a","detail":{}}'

Build = Callable[[Firing, arns.Arn, Mapping[str, Any], int, float], tuple[Ask, ...]]


def asks_of(firing: Firing, *, attempt: int, now: float) -> tuple[Ask, ...]:
    """What the target is asked for, one after the other; the last one's answer counts.

    Raises `BadTarget` for one that can never be invoked here.
    """
    target = firing.wanted.target
    arn, build = _kind(target.arn)
    parameters = object_of(target.parameters or "{}", what="The parameters of the target")
    return build(firing, arn, parameters, attempt, now)


def first_ask(target: Target, payload: str, *, region: str) -> Ask:
    """The last thing that a target would be asked for by a firing, to see whether it can be.

    Only a schedule says what events it puts on a bus; a rule hands on those that it was told of.
    """
    is_bus = target.arn.startswith(_EVENTS)
    kind: Literal["schedule", "rule"] = "schedule"
    if is_bus and "EventBridgeParameters" not in target.parameters:
        kind, payload = "rule", _SOME_EVENT
    some = Firing(
        id="0" * 36,
        wanted=Wanted(
            account=_account(target.arn),
            region=region,
            source=f"arn:aws:scheduler:{region}::schedule/default/a",
            source_kind=kind,
            group="default",
            name="a",
            token="a",
            due_at=0.0,
            scheduled_for=0.0,
            target=target,
            payload=with_words(payload, ANYTHING),
        ),
        lane="",
        created_at=0.0,
    )
    return asks_of(some, attempt=1, now=0.0)[-1]


def queue_url(queue: arns.Arn) -> str:
    """A URL by which SQS knows the queue: it heeds its path alone."""
    return f"https://sqs.{queue.region}.amazonaws.com/{queue.account}/{queue.resource}"


def principal_of(firing: Firing, *, without_role: str) -> str:
    """Who asks: the target's role, assumed for this source; `without_role` when it has none."""
    role = firing.wanted.target.role_arn
    try:
        arn = arns.parse(role)
    except arns.BadArn:
        return without_role
    name = arn.resource.rpartition("/")[2]
    session = firing.wanted.name[:64] or firing.id
    return f"arn:aws:sts::{arn.account}:assumed-role/{name}/{session}"


def _kind(text: str) -> tuple[arns.Arn, Build]:
    try:
        arn = arns.parse(text)
    except arns.BadArn:
        raise BadTarget(f"The target's ARN {text!r} is none.") from None
    match arn.service, arn.resource.partition("/")[0].partition(":")[0]:
        case "ecs", "cluster" if arn.rest:
            return arn, _run_task
        case "sqs", _:
            return arn, _send_message
        case "events", "event-bus" if arn.rest:
            return arn, _put_events
        case "logs", "log-group":
            return arn, _put_log_events
        case "scheduler", "aws-sdk" if arn.resource.startswith(PREFIX):
            return arn, _universal
    raise BadTarget(f"Homeport cannot invoke {text!r}. Targets are {SERVED}.")


def _account(text: str) -> str:
    """Of the target's account nothing but itself is known yet."""
    try:
        return arns.parse(text).account
    except arns.BadArn:
        return ""


def _run_task(
    firing: Firing, arn: arns.Arn, parameters: Mapping[str, Any], attempt: int, now: float
) -> tuple[Ask, ...]:
    wanted = firing.wanted
    payload = payload_of(firing, attempt) if wanted.payload else ""
    members = run_members(str(arn), parameters.get("EcsParameters"), payload)
    members["startedBy"] = started_by(wanted.source_kind, wanted.name)
    ask = Ask(service="ecs", operation="RunTask", region=arn.region, members=members)
    return (with_token(ask, run_token(firing, 1)),)


def run_token(firing: Firing, run: int) -> str:
    """The client token by which the tasks of one run are asked for: once, whatever happens."""
    return f"{firing.id}-{run}"


def _send_message(
    firing: Firing, arn: arns.Arn, parameters: Mapping[str, Any], attempt: int, now: float
) -> tuple[Ask, ...]:
    members = {"QueueUrl": queue_url(arn), "MessageBody": payload_of(firing, attempt)}
    group = (parameters.get("SqsParameters") or {}).get("MessageGroupId")
    if arn.resource.endswith(".fifo") and not group:
        raise BadTarget("SqsParameters with a MessageGroupId are required for a FIFO queue.")
    if group:
        members |= {"MessageGroupId": group, "MessageDeduplicationId": firing.id}
    return (Ask(service="sqs", operation="SendMessage", region=arn.region, members=members),)


def _put_events(
    firing: Firing, arn: arns.Arn, parameters: Mapping[str, Any], attempt: int, now: float
) -> tuple[Ask, ...]:
    ask = Ask(service="events", operation="PutEvents", region=arn.region, members={})
    if firing.wanted.source_kind == "rule":
        event = _forwarded(firing.wanted.payload)
        return (replace(ask, members={"EventBusName": str(arn)}, forwarded=event),)
    said = parameters.get("EventBridgeParameters") or {}
    if not said.get("DetailType") or not said.get("Source"):
        raise BadTarget(
            "EventBridgeParameters with a DetailType and a Source are required for an event bus."
        )
    detail = payload_of(firing, attempt) if firing.wanted.payload else "{}"
    object_of(detail, what="The input of an event bus")
    entry = {
        "Source": said["Source"],
        "DetailType": said["DetailType"],
        "Detail": detail,
        "Time": now,
        "EventBusName": str(arn),
    }
    return (replace(ask, members={"Entries": [entry]}),)


def _forwarded(event: str) -> str:
    """An event that can be sent on to another bus as it is."""
    said = object_of(event, what="The event")
    missing = [name for name in ("source", "detail-type", "detail") if name not in said]
    if missing:
        raise BadTarget(f"An event bus takes whole events: this one has no {missing[0]}.")
    return event


def _put_log_events(
    firing: Firing, arn: arns.Arn, parameters: Mapping[str, Any], attempt: int, now: float
) -> tuple[Ask, ...]:
    group = arn.resource.removeprefix("log-group:").removesuffix(":*")
    stream = named_uuid(firing.lane)
    names = {"logGroupName": group, "logStreamName": stream}
    payload = payload_of(firing, attempt)
    event = _log_event(payload) or {"timestamp": int(now * 1000), "message": payload}
    return (
        Ask(
            service="logs",
            operation="CreateLogStream",
            region=arn.region,
            members=names,
            forgives=("ResourceAlreadyExistsException",),
        ),
        Ask(
            service="logs",
            operation="PutLogEvents",
            region=arn.region,
            members={**names, "logEvents": [event]},
        ),
    )


def _log_event(payload: str) -> dict[str, Any] | None:
    """A payload that is a log event by itself, as an input transformer makes one."""
    try:
        said = object_of(payload, what="The event")
    except BadTarget:
        return None
    if set(said) != {"timestamp", "message"} or not isinstance(said["timestamp"], int):
        return None
    message = said["message"]
    text = message if isinstance(message, str) else msgspec.json.encode(message).decode()
    return {"timestamp": said["timestamp"], "message": text}


def _universal(
    firing: Firing, arn: arns.Arn, parameters: Mapping[str, Any], attempt: int, now: float
) -> tuple[Ask, ...]:
    named = universal(arn.resource)
    wanted = firing.wanted
    payload = payload_of(firing, attempt) if wanted.payload else "{}"
    return (
        Ask(
            service=named.service,
            operation=named.operation,
            region=wanted.region,
            members=object_of(payload, what="The input of the target"),
            strict=True,
        ),
    )
