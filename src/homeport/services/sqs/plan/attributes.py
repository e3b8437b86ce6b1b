"""Attributes of queues: what may be set, and how all of them are shown.  Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from homeport.services.sqs.errors import (
    InvalidAttributeName,
    InvalidAttributeValue,
    QueueNameExists,
)
from homeport.services.sqs.plan import redrive
from homeport.services.sqs.records.messages import Counts
from homeport.services.sqs.records.queues import BYTES_MAX, Queue, QueueBody

HOUR_S: Final = 3_600
DAY_S: Final = 86_400
VISIBILITY_MAX_S: Final = 12 * HOUR_S
DELAY_MAX_S: Final = 900
WAIT_MAX_S: Final = 20
BYTES_MIN: Final = 1_024

_NUMBERS: Final[Mapping[str, tuple[str, int, int]]] = {
    "DelaySeconds": ("delay_s", 0, DELAY_MAX_S),
    "KmsDataKeyReusePeriodSeconds": ("data_key_reuse_s", 60, DAY_S),
    "MaximumMessageSize": ("message_bytes_max", BYTES_MIN, BYTES_MAX),
    "MessageRetentionPeriod": ("retention_s", 60, 14 * DAY_S),
    "ReceiveMessageWaitTimeSeconds": ("receive_wait_s", 0, WAIT_MAX_S),
    "VisibilityTimeout": ("visibility_timeout_s", 0, VISIBILITY_MAX_S),
}
_FLAGS: Final = {
    "ContentBasedDeduplication": "content_based_deduplication",
    "SqsManagedSseEnabled": "managed_encryption",
}
_CHOICES: Final = {
    "DeduplicationScope": ("deduplication_scope", ("queue", "messageGroup")),
    "FifoThroughputLimit": ("throughput_limit", ("perQueue", "perMessageGroupId")),
}
_DOCUMENTS: Final = {
    "Policy": "policy",
    "RedriveAllowPolicy": "redrive_allow_policy",
    "RedrivePolicy": "redrive_policy",
}
_FIFO_ONLY: Final = frozenset(
    {"ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"}
)
_NO_KMS: Final = (
    "Homeport has no KMS: messages cannot be encrypted with a key of it. Leave out KmsMasterKeyId."
)


def with_attributes(body: QueueBody, given: Mapping[str, str]) -> QueueBody:
    """The queue with these attributes; raises when one of them is none, or cannot be."""
    changes: dict[str, Any] = {}
    for name, text in given.items():
        if name == "FifoQueue":
            if (text.lower() == "true") != body.fifo:
                raise InvalidAttributeValue("Invalid value for the parameter FifoQueue.")
        elif name == "KmsMasterKeyId":
            if text:
                raise InvalidAttributeValue(_NO_KMS)
        else:
            field, value = _parsed(name, text, fifo=body.fifo)
            changes[field] = value
    after = msgspec.structs.replace(body, **changes)
    if (
        after.throughput_limit == "perMessageGroupId"
        and after.deduplication_scope != "messageGroup"
    ):
        raise InvalidAttributeValue(
            "The perMessageGroupId value for FifoThroughputLimit is allowed only when the value "
            "for DeduplicationScope is messageGroup."
        )
    return after


def _parsed(name: str, text: str, *, fifo: bool) -> tuple[str, Any]:
    """The field of an attribute and its value."""
    wrong = InvalidAttributeValue(f"Invalid value for the parameter {name}.")
    if name in _FIFO_ONLY and not fifo:
        raise InvalidAttributeName(f"Unknown Attribute {name}.")
    if name in _NUMBERS:
        field, least, most = _NUMBERS[name]
        if not (text.isascii() and text.isdigit() and len(text) <= 10):
            raise wrong
        if not least <= int(text) <= most:
            raise wrong
        return field, int(text)
    if name in _FLAGS:
        if text.lower() not in {"true", "false"}:
            raise wrong
        return _FLAGS[name], text.lower() == "true"
    if name in _CHOICES:
        field, choices = _CHOICES[name]
        if text not in choices:
            raise wrong
        return field, text
    if name in _DOCUMENTS:
        if text:
            _CHECKS[name](text)
        return _DOCUMENTS[name], text
    raise InvalidAttributeName(f"Unknown Attribute {name[:200]}.")


def _check_policy(text: str) -> None:
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise InvalidAttributeValue("Invalid value for the parameter Policy.")


_CHECKS: Final[Mapping[str, Callable[[str], object]]] = {
    "Policy": _check_policy,
    "RedriveAllowPolicy": redrive.check_allow_policy,
    "RedrivePolicy": redrive.redrive_of,
}


def check_same(before: Queue, given: Mapping[str, str]) -> None:
    """Refuse to make a queue that is there already with other attributes."""
    wanted = with_attributes(before.body, given)
    have, want = _settings(before.body), _settings(wanted)
    for name in given:
        if not _alike(have.get(name, ""), want.get(name, "")):
            raise QueueNameExists(
                "A queue already exists with the same name and a different value for attribute "
                f"{name}"
            )


def _alike(one: str, other: str) -> bool:
    """Whether two values say the same: documents may differ in their spaces."""
    if one == other:
        return True
    if not (one.startswith("{") and other.startswith("{")):
        return False
    return bool(msgspec.json.decode(one) == msgspec.json.decode(other))


def shown(queue: Queue, names: Sequence[str], counts: Counts) -> dict[str, str]:
    """The attributes that are asked for, as GetQueueAttributes answers them."""
    body = queue.body
    every = {
        "QueueArn": queue.arn,
        "ApproximateNumberOfMessages": str(counts.visible),
        "ApproximateNumberOfMessagesDelayed": str(counts.delayed),
        "ApproximateNumberOfMessagesNotVisible": str(counts.in_flight),
        "CreatedTimestamp": str(int(body.created_at)),
        "LastModifiedTimestamp": str(int(body.modified_at)),
        **_settings(body),
    }
    for name in names:
        if name not in KNOWN:
            raise InvalidAttributeName(f"Unknown Attribute {name[:200]}.")
    return every if "All" in names else {name: every[name] for name in names if name in every}


def _settings(body: QueueBody) -> dict[str, str]:
    """What can be set; what was not set and has no default is left out."""
    found: dict[str, str] = {}
    for name, (field, _, _) in _NUMBERS.items():
        value = getattr(body, field)
        if value is not None:
            found[name] = str(value)
    for name, field in _DOCUMENTS.items():
        if getattr(body, field):
            found[name] = getattr(body, field)
    found["SqsManagedSseEnabled"] = _flag(body.managed_encryption)
    if body.fifo:
        found["FifoQueue"] = "true"
        found["ContentBasedDeduplication"] = _flag(body.content_based_deduplication)
        for name, (field, _) in _CHOICES.items():
            found[name] = getattr(body, field)
    return found


def _flag(value: bool) -> str:
    return "true" if value else "false"


KNOWN: Final = frozenset(
    {
        "All",
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
        "CreatedTimestamp",
        "FifoQueue",
        "KmsMasterKeyId",
        "LastModifiedTimestamp",
        "QueueArn",
        *_NUMBERS,
        *_FLAGS,
        *_CHOICES,
        *_DOCUMENTS,
    }
)
"""Every attribute that a queue may have, and the word for all of them."""
