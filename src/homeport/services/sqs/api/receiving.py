"""Messages on their way out.  To receive is to hide: two receivers never get the same."""

from collections.abc import Sequence
from typing import Final

import msgspec

from homeport.runtime import Call, NotYet, operation
from homeport.services.sqs import render
from homeport.services.sqs.api import lookups
from homeport.services.sqs.errors import OverLimit
from homeport.services.sqs.plan import contents, deduplication, digests, receipts, redrive, waits
from homeport.services.sqs.queries import fifo, messages, queues
from homeport.services.sqs.records.messages import Message, Received
from homeport.services.sqs.records.queues import Queue, named_by
from homeport.shapes import sqs as shapes
from homeport.store import Change, Tx

IN_FLIGHT_MAX: Final = 120_000
LOOKS_MAX: Final = 20
"""How often one receive looks on after it found dead letters alone."""
RECEIPT_DIGITS: Final = 32


@operation("ReceiveMessage")
def receive_message(
    tx: Tx, call: Call, request: shapes.ReceiveMessageRequest
) -> shapes.ReceiveMessageResult | NotYet:
    """Up to ten messages, hidden from others for their visibility timeout.

    Who waits gets an answer when there is one.  It waits in real seconds, whatever the time scale:
    its own patience is the client's, and a shorter wait would only have it ask more often.
    """
    messages.take_turn(tx)
    queue = lookups.find(tx, call, request["QueueUrl"])
    count = waits.count(request.get("MaxNumberOfMessages"))
    hidden_s = waits.visibility_s(request.get("VisibilityTimeout"), queue.body.visibility_timeout_s)
    wait_s = waits.wait_s(request.get("WaitTimeSeconds"), queue.body.receive_wait_s)
    attempt = contents.attempt_of(queue, request.get("ReceiveRequestAttemptId"))
    until = call.now + call.clock.span(hidden_s)
    found = _again(tx, call, queue, attempt, until) if attempt else ()
    if not found:
        found = _received(tx, call, queue, count=count, until=until)
    if attempt and found:
        _remember(tx, call, queue, attempt, found)
    if found:
        return {"Messages": [_shown(queue, each, request) for each in found]}
    if not wait_s:
        return {}
    return NotYet(
        answer={},
        of=Change(lookups.QUEUE, queue.arn),
        until=call.since + wait_s,
        again_at=messages.next_visible(tx, queue.id, now=call.now),
    )


def _received(tx: Tx, call: Call, queue: Queue, *, count: int, until: float) -> tuple[Message, ...]:
    """Up to `count` messages, taken; those that were received too often are dead letters."""
    taken = messages.in_flight(tx, queue.id, now=call.now)
    if taken >= IN_FLIGHT_MAX:
        if queue.body.fifo:
            return ()  # AWS says nothing of it there.
        raise OverLimit(f"Too many messages of {queue.name} are in flight: {taken}.")
    target = _dead_letter_queue(tx, queue)
    most = redrive.receives_max(queue) if target is not None else None
    received: list[Message] = []
    for _ in range(LOOKS_MAX):
        looked_at = messages.receivable(
            tx,
            queue.id,
            in_order=queue.body.fifo,
            now=call.now,
            since=lookups.kept_since(call, queue),
            count=waits.BATCH_MAX if most is not None else count,
        )
        sound, dead = redrive.parted(looked_at, most)
        if target is not None and dead:
            _bury(tx, call, queue, target, dead)
        received = [_taken(call, each, until) for each in sound[:count]]
        if received or not dead:
            break
    else:
        tx.changed(lookups.QUEUE, queue.arn)  # There may be more: whoever waits looks again.
    messages.receive(tx, received)
    return tuple(received)


def _taken(call: Call, message: Message, until: float) -> Message:
    return msgspec.structs.replace(
        message,
        visible_at=until,
        receipt=call.ids.hex(RECEIPT_DIGITS),
        received_at=call.now,
        first_received_at=message.first_received_at or call.now,
        receive_count=message.receive_count + 1,
    )


def _dead_letter_queue(tx: Tx, queue: Queue) -> Queue | None:
    """Where the queue's dead letters go; None when that queue is gone: then they stay."""
    named = named_by(queue.dead_letter_arn) if queue.dead_letter_arn else None
    if named is None:
        return None
    return queues.find_queue(tx, named.account, named.region, named.name)


def _bury(tx: Tx, call: Call, queue: Queue, target: Queue, dead: Sequence[Message]) -> None:
    """Move messages to the dead-letter queue; only in a FIFO queue they are sent anew by that."""
    if queue.body.fifo:
        dead = [msgspec.structs.replace(each, sent_at=call.now) for each in dead]
    messages.move(tx, dead, target=target.id, source=queue.arn, now=call.now)
    tx.changed(lookups.QUEUE, target.arn)


def _again(tx: Tx, call: Call, queue: Queue, attempt: str, until: float) -> tuple[Message, ...]:
    """What the same attempt received before, hidden anew."""
    since = call.now - call.clock.span(deduplication.REMEMBERED_S)
    before = fifo.received_before(tx, queue.id, attempt, since=since)
    if before is None:
        return ()
    there = {
        each: message
        for each in before.message_ids
        if (message := messages.find_message(tx, queue.id, each)) is not None
    }
    found = deduplication.still_theirs(before, there, now=call.now)
    for each in found:
        messages.hide(tx, each.id, until=until)
    return tuple(msgspec.structs.replace(each, visible_at=until) for each in found)


def _remember(tx: Tx, call: Call, queue: Queue, attempt: str, found: Sequence[Message]) -> None:
    received = Received(
        message_ids=tuple(each.id for each in found),
        receipts=tuple(each.receipt for each in found),
        visible_at=tuple(each.visible_at for each in found),
    )
    fifo.remember_received(tx, queue.id, attempt, found=received, now=call.now)


def _shown(queue: Queue, message: Message, request: shapes.ReceiveMessageRequest) -> shapes.Message:
    chosen = contents.chosen(message.content.attributes, request.get("MessageAttributeNames", []))
    return render.message(
        message,
        handle=receipts.handle_of(message.id, message.receipt, queue.name),
        body_digest=digests.of_text(message.content.text),
        attributes=chosen,
        attributes_digest=digests.of_attributes(chosen),
        system_names=[
            *request.get("AttributeNames", []),
            *request.get("MessageSystemAttributeNames", []),
        ],
    )
