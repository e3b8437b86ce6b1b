"""Dead-letter queues: who may have which, and which messages go there.  Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from homeport.services.sqs.errors import InvalidAttributeValue, InvalidParameterValue, value_refused
from homeport.services.sqs.records.messages import Message
from homeport.services.sqs.records.queues import Queue

RECEIVES_DEFAULT: Final = 10
RECEIVES_MAX: Final = 1_000
SOURCES_MAX: Final = 10
PERMISSIONS: Final = ("allowAll", "denyAll", "byQueue")


def redrive_of(policy: str) -> tuple[str, int]:
    """The dead-letter queue's ARN and the most receives that a RedrivePolicy names."""
    document = _map(policy)
    if document is None:
        raise _refused(policy, "Redrive policy is not a valid JSON map.")
    arn = document.get("deadLetterTargetArn")
    if not isinstance(arn, str) or not arn:
        raise _refused(
            policy,
            "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.",
        )
    count = document.get("maxReceiveCount", RECEIVES_DEFAULT)
    whole = _whole(count)
    if whole is None or not 1 <= whole <= RECEIVES_MAX:
        raise _refused(
            policy,
            f"Invalid value for maxReceiveCount: {str(count)[:40]}, valid values are from 1 to "
            f"{RECEIVES_MAX} both inclusive.",
        )
    return arn, whole


def receives_max(queue: Queue) -> int | None:
    """How often a message may be received from the queue; None: as often as it is asked for."""
    return redrive_of(queue.body.redrive_policy)[1] if queue.dead_letter_arn else None


def check_target(policy: str, source: str, *, fifo: bool, target: Queue | None) -> None:
    """Refuse a dead-letter queue that the queue with the ARN `source` cannot have."""
    if target is None:
        raise _refused(policy, "Dead letter target does not exist.")
    if target.body.fifo != fifo:
        raise _refused(policy, "Dead-letter queue must be same type of queue as the source.")
    if not admits(target.body.redrive_allow_policy, source):
        raise _refused(
            policy,
            "The dead-letter queue's RedriveAllowPolicy does not allow this queue as a source.",
        )


def check_allow_policy(policy: str) -> None:
    """Refuse a RedriveAllowPolicy that is none."""
    document = _map(policy)
    permission = None if document is None else document.get("redrivePermission")
    sources = None if document is None else document.get("sourceQueueArns")
    sound = permission in PERMISSIONS and (sources is not None) == (permission == "byQueue")
    if sources is not None:
        sound = (
            sound
            and isinstance(sources, list)
            and 1 <= len(sources) <= SOURCES_MAX
            and all(isinstance(each, str) for each in sources)
        )
    if not sound:
        raise InvalidAttributeValue("Invalid value for the parameter RedriveAllowPolicy.")


def admits(allow_policy: str, source: str) -> bool:
    """Whether a queue with this RedriveAllowPolicy takes dead letters of the queue `source`."""
    document = _map(allow_policy) if allow_policy else None
    if document is None:
        return True
    match document.get("redrivePermission"):
        case "denyAll":
            return False
        case "byQueue":
            return source in document.get("sourceQueueArns", ())
        case _:
            return True


def parted(
    found: Sequence[Message], most: int | None
) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """Those that may be received once more, and those that were received too often."""
    if most is None:
        return tuple(found), ()
    kept = tuple(each for each in found if each.receive_count < most)
    dead = tuple(each for each in found if each.receive_count >= most)
    return kept, dead


def _map(text: str) -> Mapping[str, Any] | None:
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        return int(value)
    return None


def _refused(policy: str, reason: str) -> InvalidParameterValue:
    return value_refused(policy[:1_000], "RedrivePolicy", reason)
