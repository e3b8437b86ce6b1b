"""What a dead-letter queue is told of a firing that was given up.  Pure."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from homeport.kernel import arn as arns
from homeport.services.jobs.plan.asks import Ask, BadTarget
from homeport.services.jobs.plan.payloads import time_text
from homeport.services.jobs.plan.targets import asks_of, queue_url
from homeport.services.jobs.records.firings import Exhausted, Firing

BODY_BYTES_MAX: Final = 256 * 1024 - 8 * 1024
"""A message has 256 KiB with its attributes."""
MESSAGE_CHARS_MAX: Final = 1_024


def dead_letter(
    firing: Firing, *, code: str, message: str, exhausted: Exhausted, now: float
) -> Ask:
    """The message that is sent; raises `BadTarget` when the queue's ARN is none."""
    queue = firing.wanted.dead_letter_arn
    try:
        arn = arns.parse(queue)
    except arns.BadArn:
        arn = None
    if arn is None or arn.service != "sqs":
        raise BadTarget(f"The dead-letter queue {queue!r} is no queue of SQS.")
    body = _body(firing, now=now)
    cut = body.encode()[:BODY_BYTES_MAX].decode(errors="ignore")
    said = {
        "TARGET_ARN": firing.wanted.target.arn,
        "ERROR_CODE": code,
        "ERROR_MESSAGE": message[:MESSAGE_CHARS_MAX],
        "RETRY_ATTEMPTS": str(max(0, firing.attempts_made - 1)),
        **({"EXHAUSTED_RETRY_CONDITION": exhausted} if exhausted else {}),
        **_of_source(firing, is_cut=cut != body),
    }
    members = {
        "QueueUrl": queue_url(arn),
        "MessageBody": cut,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value}
            for name, value in said.items()
            if value
        },
    }
    return Ask(service="sqs", operation="SendMessage", region=arn.region, members=members)


def _of_source(firing: Firing, *, is_cut: bool) -> dict[str, str]:
    wanted = firing.wanted
    if wanted.source_kind == "rule":
        return {"RULE_ARN": wanted.source}
    return {
        "SCHEDULE_ARN": wanted.source,
        "EXECUTION_ID": firing.id,
        "SCHEDULED_TIME": time_text(wanted.scheduled_for),
        "IS_PAYLOAD_TRUNCATED": str(is_cut).lower(),
    }


def _body(firing: Firing, *, now: float) -> str:
    """Of a rule the event, of a schedule the request that its target was to be asked for."""
    if firing.wanted.source_kind == "rule":
        return firing.wanted.payload or "{}"
    try:
        ask = asks_of(firing, attempt=max(1, firing.attempts_made), now=now)[-1]
    except BadTarget:
        return firing.wanted.payload or "{}"
    return msgspec.json.encode(_capital(ask.members)).decode()


def _capital(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name[:1].upper() + name[1:]: value for name, value in members.items()}
