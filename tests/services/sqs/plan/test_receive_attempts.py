"""A ReceiveMessage of a FIFO queue that is tried again: the same, or nothing of it."""

import pytest
from msgspec.structs import replace

from homeport.services.sqs.plan.deduplication import still_theirs
from homeport.services.sqs.records.messages import Content, Message, Received

NOW = 100.0
FIRST = Message(
    id=1,
    queue_id=1,
    group_id="g",
    sent_at=0.0,
    visible_at=130.0,
    receipt="r1",
    received_at=NOW,
    first_received_at=NOW,
    receive_count=1,
    received_before=0,
    came_from="",
    content=Content(message_id="m", text="x", sender="s"),
)
SECOND = replace(FIRST, id=2, receipt="r2")
BEFORE = Received(message_ids=(1, 2), receipts=("r1", "r2"), visible_at=(130.0, 130.0))


def test_what_nobody_touched_is_received_again() -> None:
    assert still_theirs(BEFORE, {1: FIRST, 2: SECOND}, now=NOW) == (FIRST, SECOND)
    assert still_theirs(BEFORE, {1: FIRST, 2: SECOND}, now=129.9) == (FIRST, SECOND)


@pytest.mark.parametrize(
    "there",
    [
        {},
        {1: FIRST},
        {1: FIRST, 2: replace(SECOND, receipt="r3")},
        {1: FIRST, 2: replace(SECOND, visible_at=131.0)},
        {1: replace(FIRST, visible_at=129.0), 2: SECOND},
    ],
)
def test_nothing_is_when_one_is_deleted_hidden_anew_or_anothers(there: dict[int, Message]) -> None:
    assert still_theirs(BEFORE, there, now=NOW) == ()


def test_nothing_is_when_the_time_is_over() -> None:
    assert still_theirs(BEFORE, {1: FIRST, 2: SECOND}, now=130.0) == ()
