"""Messages on their way in."""

from collections.abc import Mapping

from homeport.runtime import Call, operation
from homeport.services.sqs.api import lookups
from homeport.services.sqs.errors import InvalidParameterValue, SqsError
from homeport.services.sqs.plan import batches, contents, digests, names, senders
from homeport.services.sqs.plan.deduplication import REMEMBERED_S
from homeport.services.sqs.queries import fifo, messages
from homeport.services.sqs.records.messages import (
    Attribute,
    Content,
    Duplicate,
    NewMessage,
    shown_sequence,
)
from homeport.services.sqs.records.queues import Queue
from homeport.shapes import sqs as shapes
from homeport.store import Tx

Wanted = shapes.SendMessageRequest | shapes.SendMessageBatchRequestEntry


@operation("SendMessage")
def send_message(
    tx: Tx, call: Call, request: shapes.SendMessageRequest
) -> shapes.SendMessageResult:
    """Keep a message until somebody deletes it, or it is too old."""
    queue = _queue(tx, call, request["QueueUrl"])
    answer = _send(tx, call, queue, request)
    tx.changed(lookups.QUEUE, queue.arn)
    return answer


@operation("SendMessageBatch")
def send_message_batch(
    tx: Tx, call: Call, request: shapes.SendMessageBatchRequest
) -> shapes.SendMessageBatchResult:
    """Up to ten messages, in their order; each is kept or refused by itself."""
    queue = _queue(tx, call, request["QueueUrl"])
    entries = request["Entries"]
    batches.check_ids([each["Id"] for each in entries], "SendMessageBatchRequestEntry")
    batches.check_size(sum(_size(each) for each in entries))
    sent: list[shapes.SendMessageBatchResultEntry] = []
    failed: list[shapes.BatchResultErrorEntry] = []
    for each in entries:
        try:
            answer = _send(tx, call, queue, each)
        except SqsError as error:
            failed.append(failed_entry(each["Id"], error))
        else:
            sent.append({"Id": each["Id"], **answer})  # type: ignore[typeddict-item]
    if sent:
        tx.changed(lookups.QUEUE, queue.arn)
    return {"Successful": sent, "Failed": failed}


def _queue(tx: Tx, call: Call, url: str) -> Queue:
    """The queue; what goes to a FIFO queue goes there in turn."""
    if names.is_fifo(url):
        messages.take_turn(tx)
    return lookups.find(tx, call, url)


def failed_entry(entry_id: str, error: SqsError) -> shapes.BatchResultErrorEntry:
    """An entry of a batch that was refused."""
    return {
        "Id": entry_id,
        "SenderFault": error.status < 500,
        "Code": error.shown_code,
        "Message": error.message,
    }


def _send(tx: Tx, call: Call, queue: Queue, wanted: Wanted) -> shapes.SendMessageResult:
    text = wanted["MessageBody"]
    attributes = attributes_of(wanted.get("MessageAttributes", {}))
    system = attributes_of(wanted.get("MessageSystemAttributes", {}))
    contents.check(queue, text, attributes)
    contents.check_system(system)
    delay_s = contents.delay_of(queue, wanted.get("DelaySeconds"))
    group = contents.group_of(queue, wanted.get("MessageGroupId"))
    known_by = contents.deduplication_of(queue, wanted.get("MessageDeduplicationId"), text)
    content = Content(
        message_id=call.ids.uuid(),
        text=text,
        sender=senders.sender_id(call.principal, call.account),
        attributes=attributes,
        trace_header=system[0].text or "" if system else "",
        deduplication_id=known_by,
    )
    message = NewMessage(
        group_id=group,
        sent_at=call.now,
        visible_at=call.now + call.clock.span(delay_s),
        content=content,
    )
    if queue.body.fifo:
        kept = _sent_once(tx, call, queue, message)
    else:
        row = messages.insert_message(tx, queue.id, message)
        kept = Duplicate(message_id=content.message_id, sequence=row)
    answer: shapes.SendMessageResult = {
        "MD5OfMessageBody": digests.of_text(text),
        "MessageId": kept.message_id,
    }
    if attributes:
        answer["MD5OfMessageAttributes"] = digests.of_attributes(attributes) or ""
    if system:
        answer["MD5OfMessageSystemAttributes"] = digests.of_attributes(system) or ""
    if queue.body.fifo:
        answer["SequenceNumber"] = shown_sequence(kept.sequence)
    return answer


def _sent_once(tx: Tx, call: Call, queue: Queue, message: NewMessage) -> Duplicate:
    """The message, or the one that was sent before with the same deduplication id."""
    scope = contents.scope_of(queue, message.group_id)
    known_by = message.content.deduplication_id
    since = call.now - call.clock.span(REMEMBERED_S)
    before = fifo.sent_before(tx, queue.id, scope, known_by, since=since)
    if before is not None:
        return before
    row = messages.insert_message(tx, queue.id, message)
    first = Duplicate(message_id=message.content.message_id, sequence=row)
    fifo.remember_sent(tx, queue.id, scope, known_by, first=first, now=call.now)
    return first


def attributes_of(
    given: Mapping[str, shapes.MessageAttributeValue]
    | Mapping[str, shapes.MessageSystemAttributeValue],
) -> tuple[Attribute, ...]:
    """Attributes as they are kept, in the order of their names."""
    found = []
    for name, value in sorted(given.items()):
        if value.get("StringListValues") or value.get("BinaryListValues"):
            raise InvalidParameterValue(
                f"Message attribute list values in attribute '{name[:200]}' are not supported."
            )
        found.append(
            Attribute(
                name=name,
                data_type=value["DataType"],
                text=value.get("StringValue"),
                data=value.get("BinaryValue"),
            )
        )
    return tuple(found)


def _size(wanted: Wanted) -> int:
    return contents.size_of(
        wanted["MessageBody"], attributes_of(wanted.get("MessageAttributes", {}))
    )
