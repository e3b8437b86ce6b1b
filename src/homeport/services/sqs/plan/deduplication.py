"""For how long a FIFO queue knows what comes twice.  Pure."""

from collections.abc import Mapping
from typing import Final

from homeport.services.sqs.records.messages import Message, Received

REMEMBERED_S: Final = 300
"""Five minutes: ids of messages, and of receives."""


def still_theirs(
    before: Received, there: Mapping[int, Message], *, now: float
) -> tuple[Message, ...]:
    """What a ReceiveMessage that is tried again answers again.

    Empty when one of its messages is deleted, has another visibility, or is anybody's by now.
    """
    found = []
    parts = zip(before.message_ids, before.receipts, before.visible_at, strict=True)
    for message_id, receipt, visible_at in parts:
        message = there.get(message_id)
        if message is None or message.receipt != receipt or message.visible_at != visible_at:
            return ()
        if message.visible_at <= now:
            return ()
        found.append(message)
    return tuple(found)
