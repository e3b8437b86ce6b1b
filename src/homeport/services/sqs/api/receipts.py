"""What is done with a message that was received: delete it, or hide it for another time."""

from collections.abc import Callable

from homeport.runtime import Call, operation
from homeport.services.sqs.api import lookups
from homeport.services.sqs.api.sending import failed_entry
from homeport.services.sqs.errors import MessageNotInflight, SqsError, missing, value_refused
from homeport.services.sqs.plan import batches, receipts, waits
from homeport.services.sqs.plan.attributes import VISIBILITY_MAX_S
from homeport.services.sqs.queries import messages
from homeport.services.sqs.records.queues import Queue
from homeport.shapes import sqs as shapes
from homeport.store import Tx

_EXPIRED = "The receipt handle has expired."
_GONE = "Message does not exist or is not available for visibility timeout change."


@operation("DeleteMessage")
def delete_message(
    tx: Tx, call: Call, request: shapes.DeleteMessageRequest
) -> shapes.DeleteMessageResponse:
    """Remove a message; one that is gone already does not matter."""
    messages.take_turn(tx)
    queue = lookups.find(tx, call, request["QueueUrl"])
    _delete(tx, call, queue, request["ReceiptHandle"])
    return {}


@operation("DeleteMessageBatch")
def delete_message_batch(
    tx: Tx, call: Call, request: shapes.DeleteMessageBatchRequest
) -> shapes.DeleteMessageBatchResult:
    """Remove up to ten messages; each succeeds or fails by itself."""
    messages.take_turn(tx)
    queue = lookups.find(tx, call, request["QueueUrl"])
    entries = request["Entries"]
    ids = [each["Id"] for each in entries]
    batches.check_ids(ids, "DeleteMessageBatchRequestEntry")
    done, failed = _each(ids, lambda at: _delete(tx, call, queue, entries[at]["ReceiptHandle"]))
    return {"Successful": [{"Id": each} for each in done], "Failed": failed}


@operation("ChangeMessageVisibility")
def change_message_visibility(
    tx: Tx, call: Call, request: shapes.ChangeMessageVisibilityRequest
) -> shapes.ChangeMessageVisibilityResponse:
    """Hide a message for so long from now on; 0 shows it to everybody."""
    messages.take_turn(tx)
    queue = lookups.find(tx, call, request["QueueUrl"])
    _hide(tx, call, queue, request["ReceiptHandle"], request["VisibilityTimeout"])
    return {}


@operation("ChangeMessageVisibilityBatch")
def change_message_visibility_batch(
    tx: Tx, call: Call, request: shapes.ChangeMessageVisibilityBatchRequest
) -> shapes.ChangeMessageVisibilityBatchResult:
    """Hide up to ten messages; each succeeds or fails by itself."""
    messages.take_turn(tx)
    queue = lookups.find(tx, call, request["QueueUrl"])
    entries = request["Entries"]
    ids = [each["Id"] for each in entries]
    batches.check_ids(ids, "ChangeMessageVisibilityBatchRequestEntry")
    done, failed = _each(
        ids,
        lambda at: _hide(
            tx, call, queue, entries[at]["ReceiptHandle"], entries[at].get("VisibilityTimeout")
        ),
    )
    return {"Successful": [{"Id": each} for each in done], "Failed": failed}


def _each(
    ids: list[str], do: Callable[[int], None]
) -> tuple[list[str], list[shapes.BatchResultErrorEntry]]:
    done: list[str] = []
    failed: list[shapes.BatchResultErrorEntry] = []
    for at, each in enumerate(ids):
        try:
            do(at)
        except SqsError as error:
            failed.append(failed_entry(each, error))
        else:
            done.append(each)
    return done, failed


def _delete(tx: Tx, call: Call, queue: Queue, handle: str) -> None:
    receipt = receipts.receipt_of(handle, queue.name)
    message = messages.find_message(tx, queue.id, receipt.message)
    if message is None:
        return
    if queue.body.fifo and (message.receipt != receipt.token or message.visible_at <= call.now):
        # Its group may be with somebody else: to delete it now would break the order.
        raise value_refused(handle, "ReceiptHandle", _EXPIRED)
    if message.receipt != receipt.token:
        return  # Received once more since then: it is the later receiver's.
    messages.delete_message(tx, message.id)
    if queue.body.fifo:
        tx.changed(lookups.QUEUE, queue.arn)  # Its group gives the next.


def _hide(tx: Tx, call: Call, queue: Queue, handle: str, asked: int | None) -> None:
    if asked is None:
        raise missing("VisibilityTimeout")
    seconds = waits.visibility_s(asked, 0)
    receipt = receipts.receipt_of(handle, queue.name)
    message = messages.find_message(tx, queue.id, receipt.message)
    if message is None or message.receipt != receipt.token:
        raise value_refused(handle, "ReceiptHandle", _GONE)
    if message.visible_at <= call.now:
        raise MessageNotInflight
    until = call.now + call.clock.span(seconds)
    if until > message.received_at + call.clock.span(VISIBILITY_MAX_S):
        raise value_refused(
            asked,
            "VisibilityTimeout",
            "Total VisibilityTimeout for the message is beyond the limit "
            f"[{VISIBILITY_MAX_S} seconds]",
        )
    messages.hide(tx, message.id, until=until)
    tx.changed(lookups.QUEUE, queue.arn)
