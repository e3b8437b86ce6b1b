"""Messages: what was sent, and how they stand."""

from typing import Final

from msgspec import Struct

SEQUENCE_BASE: Final = 18_850_000_000_000_000_000
SEQUENCE_STEP: Final = 256


class Attribute(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An attribute of a message, the user's or the system's."""

    name: str
    data_type: str
    text: str | None = None
    data: bytes | None = None
    """Instead of `text` for binary types."""


class Content(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of a message never changes."""

    message_id: str
    text: str
    sender: str
    attributes: tuple[Attribute, ...] = ()
    trace_header: str = ""
    deduplication_id: str = ""


class NewMessage(Struct, frozen=True, kw_only=True):
    """A message that is sent."""

    group_id: str
    sent_at: float
    visible_at: float
    content: Content


class Message(Struct, frozen=True, kw_only=True):
    """A message in a queue."""

    id: int
    queue_id: int
    group_id: str
    sent_at: float
    visible_at: float
    """Until then it is delayed, or in flight when it has a receipt."""
    receipt: str
    received_at: float
    first_received_at: float
    receive_count: int
    """From this queue."""
    received_before: int
    """From others, whose dead-letter queue this is."""
    came_from: str
    """ARN of the queue that it was moved from."""
    content: Content

    @property
    def sequence_number(self) -> str:
        """Its place in the order of a FIFO queue, as SQS shows it."""
        return shown_sequence(self.id)


class Received(Struct, frozen=True, kw_only=True):
    """What one ReceiveMessage found, for the same to be asked again."""

    message_ids: tuple[int, ...]
    receipts: tuple[str, ...]
    visible_at: tuple[float, ...]


class Duplicate(Struct, frozen=True, kw_only=True):
    """What was sent before with the same deduplication id."""

    message_id: str
    sequence: int


class Counts(Struct, frozen=True, kw_only=True):
    """How many messages a queue has."""

    visible: int
    delayed: int
    in_flight: int


def shown_sequence(sequence: int) -> str:
    """A sequence number as SQS shows it: 20 digits."""
    return str(SEQUENCE_BASE + sequence * SEQUENCE_STEP)
