"""What a message may be: characters, sizes, attributes, and what its kind of queue takes.  Pure."""

import re
from collections.abc import Sequence
from typing import Final

from homeport.services.sqs.errors import (
    InvalidMessageContents,
    InvalidParameterValue,
    missing,
    value_refused,
)
from homeport.services.sqs.plan.attributes import DELAY_MAX_S
from homeport.services.sqs.plan.digests import of_content
from homeport.services.sqs.records.messages import Attribute
from homeport.services.sqs.records.queues import Queue

ATTRIBUTES_MAX: Final = 10
NAME_CHARS_MAX: Final = 256
TYPE_CHARS_MAX: Final = 256
TOKEN_CHARS_MAX: Final = 128
TRACE_HEADER: Final = "AWSTraceHeader"

_ALLOWED: Final = "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")
_RESERVED: Final = ("aws.", "amazon.")
_TYPES: Final = ("Binary", "Number", "String")
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_TOKEN: Final = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")
_WRONG_TYPE: Final = "The request include parameter that is not valid for this queue type."
_NO_DEDUPLICATION: Final = (
    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
    "provided explicitly"
)


def check(queue: Queue, text: str, attributes: Sequence[Attribute]) -> None:
    """Refuse a message that the queue cannot take, whatever its order."""
    if not text:
        raise missing("MessageBody")
    _check_characters(text, "message body")
    check_attributes(attributes)
    if size_of(text, attributes) > queue.body.message_bytes_max:
        raise InvalidParameterValue(
            "One or more parameters are invalid. Reason: Message must be shorter than "
            f"{queue.body.message_bytes_max} bytes."
        )


def size_of(text: str, attributes: Sequence[Attribute]) -> int:
    """What counts against the limit: the body, and names, types and values of attributes."""
    size = len(text.encode())
    for each in attributes:
        value = each.data if each.data is not None else (each.text or "").encode()
        size += len(each.name.encode()) + len(each.data_type.encode()) + len(value)
    return size


def delay_of(queue: Queue, asked: int | None) -> int:
    """By how many seconds a message is delayed; a FIFO queue has one delay for all."""
    if asked is None:
        return queue.body.delay_s
    if not 0 <= asked <= DELAY_MAX_S:
        raise value_refused(
            asked, "DelaySeconds", f"DelaySeconds must be >= 0 and <= {DELAY_MAX_S}."
        )
    if queue.body.fifo:
        if asked:
            raise value_refused(asked, "DelaySeconds", _WRONG_TYPE)
        return queue.body.delay_s
    return asked


def group_of(queue: Queue, asked: str | None) -> str:
    """The message group: a FIFO queue's messages must have one, others may."""
    if not asked:
        if queue.body.fifo:
            raise missing("MessageGroupId")
        return ""
    _check_token(asked, "MessageGroupId")
    return asked


def deduplication_of(queue: Queue, asked: str | None, text: str) -> str:
    """By what a FIFO queue knows a message that comes twice; empty where nothing is known."""
    if not queue.body.fifo:
        if asked:
            raise value_refused(asked[:200], "MessageDeduplicationId", _WRONG_TYPE)
        return ""
    if asked:
        _check_token(asked, "MessageDeduplicationId")
        return asked
    if not queue.body.content_based_deduplication:
        raise InvalidParameterValue(_NO_DEDUPLICATION)
    return of_content(text)


def scope_of(queue: Queue, group: str) -> str:
    """Among which messages a deduplication id is one: the group's, or all of the queue's."""
    return group if queue.body.deduplication_scope == "messageGroup" else ""


def attempt_of(queue: Queue, asked: str | None) -> str:
    """By what a ReceiveMessage of a FIFO queue is known when it is tried again; else empty."""
    if not asked:
        return ""
    if not queue.body.fifo:
        raise value_refused(asked[:200], "ReceiveRequestAttemptId", _WRONG_TYPE)
    _check_token(asked, "ReceiveRequestAttemptId")
    return asked


def _check_token(token: str, parameter: str) -> None:
    if not _TOKEN.fullmatch(token):
        raise value_refused(
            token[:200],
            parameter,
            f"{parameter} can only include alphanumeric and punctuation characters. 1 to "
            f"{TOKEN_CHARS_MAX} in length.",
        )


def _check_characters(text: str, where: str) -> None:
    found = _FORBIDDEN.search(text)
    if found is not None:
        raise InvalidMessageContents(
            f"Invalid binary character '#x{ord(found.group()):X}' was found in the {where}, the "
            f"set of allowed characters is {_ALLOWED}"
        )


def check_attributes(attributes: Sequence[Attribute]) -> None:
    """Refuse message attributes that are none."""
    if len(attributes) > ATTRIBUTES_MAX:
        raise InvalidParameterValue(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum "
            f"[{ATTRIBUTES_MAX}]."
        )
    for each in attributes:
        _check_name(each.name)
        _check_value(each)


def check_system(attributes: Sequence[Attribute]) -> None:
    """Refuse system attributes but the one that there is: a trace header, which is text."""
    for each in attributes:
        if each.name != TRACE_HEADER:
            raise InvalidParameterValue(
                f"Message system attribute name '{each.name[:200]}' is invalid."
            )
        if each.data_type != "String" or not each.text or each.data is not None:
            raise InvalidParameterValue(
                f"The message system attribute '{TRACE_HEADER}' must be a non-empty value of type "
                "String."
            )
        _check_characters(each.text, f"message system attribute '{TRACE_HEADER}'")


def _check_name(name: str) -> None:
    if not name:
        raise InvalidParameterValue("Message (user) attribute name can not be empty.")
    if len(name) > NAME_CHARS_MAX:
        raise InvalidParameterValue(
            f"Length of message (user) attribute name must be less than {NAME_CHARS_MAX} bytes."
        )
    if name.lower().startswith(_RESERVED):
        raise InvalidParameterValue(
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These "
            "strings are reserved for internal use."
        )
    if not _NAME.fullmatch(name) or name.startswith(".") or name.endswith(".") or ".." in name:
        raise InvalidParameterValue(
            "The message (user) attribute name can contain only A-Z, a-z, 0-9, underscores (_), "
            "hyphens (-), and periods (.), and no period first, last or after another: "
            f"{name[:200]!r}."
        )


def _check_value(each: Attribute) -> None:
    which = f"The message (user) attribute '{each.name}'"
    if not each.data_type:
        raise InvalidParameterValue(f"{which} must contain a non-empty message attribute type.")
    kind = each.data_type.partition(".")[0]
    if kind not in _TYPES:
        raise InvalidParameterValue(
            f"The type of message (user) attribute '{each.name}' is invalid. You must use only the "
            f"following supported type prefixes: {', '.join(_TYPES)}."
        )
    if len(each.data_type) > TYPE_CHARS_MAX:
        raise InvalidParameterValue(
            f"The length of the type of message (user) attribute '{each.name}' must be less than "
            f"{TYPE_CHARS_MAX} bytes."
        )
    _check_characters(each.data_type, f"type of message (user) attribute '{each.name}'")
    value = each.data if kind == "Binary" else each.text
    other = each.text if kind == "Binary" else each.data
    if not value or other is not None:
        raise InvalidParameterValue(
            f"{which} must contain a non-empty message attribute value for message attribute type "
            f"({kind})."
        )
    if each.text is not None:
        _check_characters(each.text, f"value of message (user) attribute '{each.name}'")
    if kind == "Number" and not _NUMBER.fullmatch(each.text or ""):
        raise InvalidParameterValue(
            f"Can't cast the value of message (user) attribute '{each.name}' to a number."
        )


def chosen(attributes: Sequence[Attribute], names: Sequence[str]) -> tuple[Attribute, ...]:
    """The attributes that a receiver asks for: by name, by ``prefix.*``, or all of them."""
    if "All" in names or ".*" in names:
        return tuple(attributes)
    prefixes = tuple(each[:-1] for each in names if each.endswith(".*"))
    return tuple(
        each
        for each in attributes
        if each.name in names or (prefixes and each.name.startswith(prefixes))
    )
