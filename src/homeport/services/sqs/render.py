"""Messages as clients see them.  Nothing is looked up here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from homeport.services.sqs.records.messages import Attribute, Message
from homeport.shapes import sqs as shapes

System = Callable[[Message], str | None]


def message(
    found: Message,
    *,
    handle: str,
    body_digest: str,
    attributes: Sequence[Attribute],
    attributes_digest: str | None,
    system_names: Sequence[str],
) -> shapes.Message:
    """A message that was received, with the attributes that were asked for."""
    shown: shapes.Message = {
        "MessageId": found.content.message_id,
        "ReceiptHandle": handle,
        "MD5OfBody": body_digest,
        "Body": found.content.text,
    }
    system = system_attributes(found, system_names)
    if system:
        shown["Attributes"] = system
    if attributes_digest is not None:
        shown["MD5OfMessageAttributes"] = attributes_digest
        shown["MessageAttributes"] = {each.name: _attribute(each) for each in attributes}
    return shown


def system_attributes(found: Message, names: Sequence[str]) -> dict[str, str]:
    """What SQS itself knows of a message, as far as it is asked for and there is any."""
    wanted = SYSTEM if "All" in names else [name for name in names if name in SYSTEM]
    values = {name: SYSTEM[name](found) for name in wanted}
    return {name: value for name, value in values.items() if value}


def _attribute(each: Attribute) -> shapes.MessageAttributeValue:
    if each.data is not None:
        return {"DataType": each.data_type, "BinaryValue": each.data}
    return {"DataType": each.data_type, "StringValue": each.text or ""}


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1_000))


def _sequence(found: Message) -> str | None:
    return found.sequence_number if found.content.deduplication_id else None


SYSTEM: Final[Mapping[str, System]] = {
    "AWSTraceHeader": lambda found: found.content.trace_header,
    "ApproximateFirstReceiveTimestamp": lambda found: _milliseconds(found.first_received_at),
    "ApproximateReceiveCount": lambda found: str(found.received_before + found.receive_count),
    "DeadLetterQueueSourceArn": lambda found: found.came_from,
    "MessageDeduplicationId": lambda found: found.content.deduplication_id,
    "MessageGroupId": lambda found: found.group_id,
    "SenderId": lambda found: found.content.sender,
    "SentTimestamp": lambda found: _milliseconds(found.sent_at),
    "SequenceNumber": _sequence,
}
