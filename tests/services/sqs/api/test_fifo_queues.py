"""FIFO queues: groups in order, duplicates once, receives that are tried again."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import ACCOUNT, REGION, TurnedClock
from homeport.services.sqs import errors
from queue_asking import Queues, bodies

NUMBERS = count()


@contextmanager
def fifo(queues: Queues, **attributes: str) -> Iterator[str]:
    """A FIFO queue of its own for each example."""
    yield queues.create(f"q{next(NUMBERS)}.fifo", FifoQueue="true", **attributes)


def test_a_group_gives_nothing_more_while_one_of_its_messages_is_out(
    queues: Queues, clock: TurnedClock
) -> None:
    with fifo(queues, ContentBasedDeduplication="true") as queue:
        for body in ("a1", "a2", "b1"):
            queues.send(queue, body, MessageGroupId=body[0])
        [first] = queues.receive(queue, 1)
        assert first["Body"] == "a1"
        assert bodies(queues.receive(queue)) == ["b1"]
        assert queues.receive(queue) == []
        queues.delete(queue, first)
        assert bodies(queues.receive(queue)) == ["a2"]
        clock.turn(30)
        assert bodies(queues.receive(queue)) == ["a2", "b1"]


def test_a_later_message_that_is_out_holds_its_group_too(queues: Queues) -> None:
    with fifo(queues, ContentBasedDeduplication="true") as queue:
        for body in "abc":
            queues.send(queue, body, MessageGroupId="g")
        first, _ = queues.receive(queue, 2)
        queues.ask(
            "ChangeMessageVisibility",
            QueueUrl=queue,
            ReceiptHandle=first["ReceiptHandle"],
            VisibilityTimeout=0,
        )
        assert queues.receive(queue) == []


def test_a_delayed_message_is_not_overtaken(queues: Queues, clock: TurnedClock) -> None:
    with fifo(queues, ContentBasedDeduplication="true", DelaySeconds="10") as queue:
        queues.send(queue, "a", MessageGroupId="g")
        queues.ask("SetQueueAttributes", QueueUrl=queue, Attributes={"DelaySeconds": "0"})
        queues.send(queue, "b", MessageGroupId="g")
        queues.send(queue, "c", MessageGroupId="h")
        assert bodies(queues.receive(queue)) == ["c"]
        clock.turn(10)
        assert bodies(queues.receive(queue)) == ["a", "b"]


Step = tuple[str, int]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(0, 2)),
        st.tuples(st.just("receive"), st.integers(1, 4)),
        st.tuples(st.just("delete"), st.integers(0, 9)),
        st.tuples(st.just("turn"), st.integers(1, 40)),
        st.tuples(st.just("show"), st.integers(0, 9)),
    ),
    max_size=30,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_whatever_happens_each_group_comes_in_its_order_and_to_one_at_a_time(
    queues: Queues, clock: TurnedClock, steps: list[Step]
) -> None:
    """A model beside the queue: what is there by group, and until when it is out."""
    with fifo(queues) as queue:
        there: dict[str, list[str]] = defaultdict(list)
        out: dict[str, tuple[float, str]] = {}
        for number, (step, value) in enumerate(steps):
            held = [body for body, (until, _) in out.items() if until > clock.now()]
            match step:
                case "send":
                    body, group = f"{value}:{number}", f"g{value}"
                    queues.send(queue, body, MessageGroupId=group, MessageDeduplicationId=body)
                    there[group].append(body)
                case "receive":
                    open_groups = {
                        group: list(waiting)
                        for group, waiting in there.items()
                        if waiting and not set(waiting) & set(held)
                    }
                    found = queues.receive(queue, value)
                    free = sum(map(len, open_groups.values()))
                    assert len(found) == min(value, free)
                    for message in found:
                        group = f"g{message['Body'][0]}"
                        assert message["Body"] == open_groups[group].pop(0)
                        out[message["Body"]] = (clock.now() + 30, message["ReceiptHandle"])
                case "delete" if held:
                    body = held[value % len(held)]
                    queues.ask("DeleteMessage", QueueUrl=queue, ReceiptHandle=out.pop(body)[1])
                    there[f"g{body[0]}"].remove(body)
                case "show" if held:
                    body = held[value % len(held)]
                    handle = out[body][1]
                    queues.ask(
                        "ChangeMessageVisibility",
                        QueueUrl=queue,
                        ReceiptHandle=handle,
                        VisibilityTimeout=value,
                    )
                    out[body] = (clock.now() + value, handle)
                case "turn":
                    clock.turn(value)
        expected = sum(map(len, there.values()))
        visible, delayed, hidden = queues.counts(queue)
        assert (visible + hidden, delayed) == (expected, 0)


def test_a_duplicate_is_accepted_and_not_delivered(queues: Queues, clock: TurnedClock) -> None:
    with fifo(queues) as queue:
        more = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}
        first = queues.send(queue, "a", **more)
        [message] = queues.receive(queue)
        queues.delete(queue, message)
        clock.turn(299)
        second = queues.send(queue, "b", **more)
        assert second["MessageId"] == first["MessageId"]
        assert second["SequenceNumber"] == first["SequenceNumber"]
        assert second["MD5OfMessageBody"] != first["MD5OfMessageBody"], "of what was sent"
        assert queues.receive(queue) == []
        clock.turn(1)
        assert queues.send(queue, "c", **more)["MessageId"] != first["MessageId"]
        assert bodies(queues.receive(queue)) == ["c"]


def test_a_body_can_be_its_own_deduplication_id(queues: Queues) -> None:
    with fifo(queues, ContentBasedDeduplication="true") as queue:
        queues.send(queue, "a", MessageGroupId="g")
        queues.send(queue, "a", MessageGroupId="h")
        queues.send(queue, "a", MessageGroupId="g", MessageDeduplicationId="other")
        [first, second] = queues.receive(queue, AttributeNames=["All"])
        hashed = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
        assert first["Attributes"]["MessageDeduplicationId"] == hashed
        assert second["Attributes"]["MessageDeduplicationId"] == "other"
        assert {each["Attributes"]["MessageGroupId"] for each in (first, second)} == {"g"}
        assert int(second["Attributes"]["SequenceNumber"]) > int(
            first["Attributes"]["SequenceNumber"]
        )


def test_deduplication_goes_by_group_where_the_queue_says_so(queues: Queues) -> None:
    with fifo(queues, DeduplicationScope="messageGroup") as queue:
        for group in ("g", "h", "g"):
            queues.send(queue, group, MessageGroupId=group, MessageDeduplicationId="d")
        assert sorted(bodies(queues.receive(queue))) == ["g", "h"]


def test_ids_are_known_after_a_purge_too(queues: Queues) -> None:
    with fifo(queues) as queue:
        more = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}
        queues.send(queue, "a", **more)
        queues.ask("PurgeQueue", QueueUrl=queue)
        queues.send(queue, "b", **more)
        assert queues.counts(queue) == (0, 0, 0)


def test_a_receive_that_is_tried_again_gets_the_same(queues: Queues, clock: TurnedClock) -> None:
    with fifo(queues, ContentBasedDeduplication="true") as queue:
        for body in "abc":
            queues.send(queue, body, MessageGroupId=body)
        first = queues.receive(queue, 2, ReceiveRequestAttemptId="t")
        clock.turn(29)
        again = queues.receive(queue, 2, ReceiveRequestAttemptId="t")
        assert again == first
        clock.turn(29)
        queues.delete(queue, first[0])
        assert bodies(queues.receive(queue, ReceiveRequestAttemptId="t")) == ["c"]


def test_an_attempt_is_over_with_its_timeout(queues: Queues, clock: TurnedClock) -> None:
    with fifo(queues, ContentBasedDeduplication="true") as queue:
        queues.send(queue, "a", MessageGroupId="g")
        [first] = queues.receive(queue, ReceiveRequestAttemptId="t")
        clock.turn(30)
        [second] = queues.receive(queue, ReceiveRequestAttemptId="t")
        assert second["ReceiptHandle"] != first["ReceiptHandle"]


def test_an_expired_receipt_deletes_nothing(queues: Queues, clock: TurnedClock) -> None:
    with fifo(queues, ContentBasedDeduplication="true") as queue:
        queues.send(queue, "a", MessageGroupId="g")
        [message] = queues.receive(queue)
        clock.turn(30)
        with pytest.raises(errors.InvalidParameterValue, match="receipt handle has expired"):
            queues.delete(queue, message)
        assert queues.counts(queue) == (1, 0, 0)


def test_dead_letters_keep_their_order_and_free_their_group(
    queues: Queues, clock: TurnedClock
) -> None:
    with (
        fifo(queues, ContentBasedDeduplication="true") as dead,
        fifo(queues, ContentBasedDeduplication="true") as queue,
    ):
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{dead.rpartition('/')[2]}"
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
        queues.ask("SetQueueAttributes", QueueUrl=queue, Attributes={"RedrivePolicy": policy})
        for body in ("bad 1", "bad 2", "good"):
            queues.send(queue, body, MessageGroupId="g")
        assert bodies(queues.receive(queue, 2)) == ["bad 1", "bad 2"]
        clock.turn(30)
        assert bodies(queues.receive(queue)) == ["good"]
        found = queues.receive(dead, AttributeNames=["All"])
        assert bodies(found) == ["bad 1", "bad 2"]
        assert found[0]["Attributes"]["SentTimestamp"] == "1700000030000"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({}, "must contain the parameter MessageGroupId"),
        ({"MessageGroupId": "g"}, "ContentBasedDeduplication enabled or"),
        ({"MessageGroupId": "g" * 129, "MessageDeduplicationId": "d"}, "MessageGroupId can only"),
        ({"MessageGroupId": "g", "MessageDeduplicationId": "ü"}, "MessageDeduplicationId can only"),
        (
            {"MessageGroupId": "g", "MessageDeduplicationId": "d", "DelaySeconds": 1},
            "not valid for this queue type",
        ),
    ],
)
def test_a_message_that_has_no_place_in_the_order_is_refused(
    queues: Queues, more: dict[str, object], sentence: str
) -> None:
    with fifo(queues) as queue, pytest.raises(errors.SqsError, match=sentence):
        queues.send(queue, "a", **more)


def test_only_fifo_queues_know_duplicates(queues: Queues) -> None:
    queue = queues.create("standard")
    with pytest.raises(errors.InvalidParameterValue, match="not valid for this queue type"):
        queues.send(queue, "a", MessageDeduplicationId="d")
    queues.send(queue, "a", MessageGroupId="tenant")
    [found] = queues.receive(queue, AttributeNames=["MessageGroupId"])
    assert found["Attributes"] == {"MessageGroupId": "tenant"}
