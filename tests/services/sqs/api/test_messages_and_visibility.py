"""Messages: delays, visibility, receipts, retention and dead letters, at a clock that is turned."""

import json
from typing import Any

import pytest

from conftest import ACCOUNT, REGION, TurnedClock
from homeport.runtime import NotYet
from homeport.services.sqs import errors
from homeport.services.sqs.api import lookups
from queue_asking import Queues, bodies, url


def redrive(name: str, most: int) -> str:
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": most})


def test_a_message_is_hidden_until_its_timeout_is_over(queues: Queues, clock: TurnedClock) -> None:
    queue = queues.create("q")
    queues.send(queue, "a")
    [first] = queues.receive(queue)
    assert queues.counts(queue) == (0, 0, 1)
    clock.turn(29.9)
    assert queues.receive(queue) == []
    clock.turn(0.1)
    assert queues.counts(queue) == (1, 0, 0)
    [second] = queues.receive(queue)
    assert second["MessageId"] == first["MessageId"]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]


def test_timeouts_are_shortened_by_the_time_scale(queues: Queues, clock: TurnedClock) -> None:
    clock.time_scale = 60
    queue = queues.create("q", VisibilityTimeout="60", DelaySeconds="120")
    queues.send(queue, "a")
    clock.turn(1.9)
    assert queues.receive(queue) == []
    clock.turn(0.1)
    assert bodies(queues.receive(queue)) == ["a"]
    clock.turn(0.9)
    assert queues.receive(queue) == []
    clock.turn(0.1)
    assert bodies(queues.receive(queue)) == ["a"]


def test_the_timeout_of_a_request_counts_for_it_alone(queues: Queues, clock: TurnedClock) -> None:
    queue = queues.create("q")
    queues.send(queue, "a")
    queues.receive(queue, VisibilityTimeout=5)
    clock.turn(5)
    queues.receive(queue)
    clock.turn(5)
    assert queues.receive(queue) == []
    queues.send(queue, "b")
    assert bodies(queues.receive(queue, VisibilityTimeout=0)) == ["b"]
    assert bodies(queues.receive(queue)) == ["b"]


def test_messages_are_delayed_by_the_queue_or_by_themselves(
    queues: Queues, clock: TurnedClock
) -> None:
    queue = queues.create("q", DelaySeconds="10")
    queues.send(queue, "slow")
    queues.send(queue, "fast", DelaySeconds=0)
    queues.send(queue, "slowest", DelaySeconds=900)
    assert queues.counts(queue) == (1, 2, 0)
    assert bodies(queues.receive(queue)) == ["fast"]
    clock.turn(10)
    assert bodies(queues.receive(queue)) == ["slow"]
    clock.turn(890)
    assert bodies(queues.receive(queue, count=1)) != []
    assert "slowest" in bodies(queues.receive(queue))


def test_what_is_deleted_never_comes_again(queues: Queues, clock: TurnedClock) -> None:
    queue = queues.create("q")
    queues.send(queue, "a")
    [message] = queues.receive(queue)
    queues.delete(queue, message)
    queues.delete(queue, message)
    clock.turn(10_000)
    assert queues.receive(queue) == []
    assert queues.counts(queue) == (0, 0, 0)


def test_an_old_receipt_does_not_take_the_message_from_its_later_receiver(
    queues: Queues, clock: TurnedClock
) -> None:
    queue = queues.create("q")
    queues.send(queue, "a")
    [old] = queues.receive(queue)
    clock.turn(30)
    [new] = queues.receive(queue)
    queues.delete(queue, old)
    with pytest.raises(errors.InvalidParameterValue, match="Message does not exist"):
        change(queues, queue, old, 10)
    assert queues.counts(queue) == (0, 0, 1)
    queues.delete(queue, new)
    assert queues.counts(queue) == (0, 0, 0)


def test_a_receipt_outlives_its_timeout_until_somebody_else_receives(
    queues: Queues, clock: TurnedClock
) -> None:
    queue = queues.create("q")
    queues.send(queue, "a")
    [message] = queues.receive(queue)
    clock.turn(31)
    queues.delete(queue, message)
    assert queues.counts(queue) == (0, 0, 0)


def change(queues: Queues, queue: str, message: Any, seconds: int) -> None:
    queues.ask(
        "ChangeMessageVisibility",
        QueueUrl=queue,
        ReceiptHandle=message["ReceiptHandle"],
        VisibilityTimeout=seconds,
    )


def test_visibility_is_changed_from_now_on(queues: Queues, clock: TurnedClock) -> None:
    queue = queues.create("q")
    queues.send(queue, "a")
    [message] = queues.receive(queue)
    clock.turn(20)
    change(queues, queue, message, 20)
    clock.turn(19)
    assert queues.receive(queue) == []
    change(queues, queue, message, 0)
    [again] = queues.receive(queue)
    clock.turn(30)
    with pytest.raises(errors.MessageNotInflight):
        change(queues, queue, again, 10)


def test_nobody_holds_a_message_for_more_than_twelve_hours(
    queues: Queues, clock: TurnedClock
) -> None:
    queue = queues.create("q")
    queues.send(queue, "a")
    [message] = queues.receive(queue)
    change(queues, queue, message, 43_200)
    clock.turn(1)
    with pytest.raises(errors.InvalidParameterValue, match=r"beyond the limit \[43200 seconds\]"):
        change(queues, queue, message, 43_200)
    change(queues, queue, message, 43_199)


def test_a_handle_that_is_none_is_refused(queues: Queues) -> None:
    queue, other = queues.create("q"), queues.create("other")
    queues.send(other, "a")
    [message] = queues.receive(other)
    for handle in ("", "x", "MToxOng6", message["ReceiptHandle"]):
        with pytest.raises(errors.ReceiptHandleIsInvalid):
            queues.ask("DeleteMessage", QueueUrl=queue, ReceiptHandle=handle)


def test_messages_are_gone_when_they_are_too_old(queues: Queues, clock: TurnedClock) -> None:
    queue = queues.create("q", MessageRetentionPeriod="60")
    queues.send(queue, "a")
    clock.turn(30)
    queues.send(queue, "b")
    clock.turn(30)
    assert queues.counts(queue) == (1, 0, 0)
    assert bodies(queues.receive(queue)) == ["b"]
    clock.turn(30)
    assert queues.receive(queue) == []


def test_what_is_received_too_often_goes_to_the_dead_letter_queue(
    queues: Queues, clock: TurnedClock
) -> None:
    dead = queues.create("dead")
    queue = queues.create("q", RedrivePolicy=redrive("dead", 2))
    sent = queues.send(queue, "a")
    queues.send(queue, "b")
    for _ in range(2):
        assert len(queues.receive(queue)) == 2
        clock.turn(30)
    assert queues.counts(queue) == (2, 0, 0)
    assert queues.counts(dead) == (0, 0, 0)
    assert queues.receive(queue, 1) == []
    assert queues.counts(queue) == (0, 0, 0)
    found = queues.receive(dead, AttributeNames=["All"])
    assert bodies(found) == ["a", "b"]
    shown = found[0]["Attributes"]
    assert found[0]["MessageId"] == sent["MessageId"]
    assert shown["DeadLetterQueueSourceArn"] == f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
    assert shown["ApproximateReceiveCount"] == "3"
    assert shown["SentTimestamp"] == "1700000000000"
    assert shown["ApproximateFirstReceiveTimestamp"] == "1700000000000"


def test_fresh_messages_are_received_beside_dead_ones(queues: Queues, clock: TurnedClock) -> None:
    queues.create("dead")
    queue = queues.create("q", RedrivePolicy=redrive("dead", 1))
    for number in range(15):
        queues.send(queue, f"old {number}")
    while queues.receive(queue):
        pass
    clock.turn(30)
    queues.send(queue, "new")
    assert bodies(queues.receive(queue, 1)) == ["new"]
    assert queues.counts(url("dead")) == (15, 0, 0)


def test_dead_letters_stay_where_their_queue_is_gone(queues: Queues, clock: TurnedClock) -> None:
    dead = queues.create("dead")
    queue = queues.create("q", RedrivePolicy=redrive("dead", 1))
    queues.send(queue, "a")
    queues.ask("DeleteQueue", QueueUrl=dead)
    for _ in range(3):
        assert bodies(queues.receive(queue)) == ["a"]
        clock.turn(30)


def test_who_waits_is_told_until_when_and_for_what(queues: Queues, clock: TurnedClock) -> None:
    queue = queues.create("q")
    queues.send(queue, "a", DelaySeconds=7)
    answer = queues.ask("ReceiveMessage", QueueUrl=queue, WaitTimeSeconds=20)
    assert isinstance(answer, NotYet)
    assert answer.of.kind == lookups.QUEUE
    assert answer.until == clock.now() + 20
    assert answer.again_at == clock.now() + 7
    clock.time_scale = 10
    answer = queues.ask("ReceiveMessage", QueueUrl=queue, WaitTimeSeconds=20)
    assert answer.until == clock.now() + 20, "a client's patience is real"
    queues.ask(
        "SetQueueAttributes", QueueUrl=queue, Attributes={"ReceiveMessageWaitTimeSeconds": "1"}
    )
    assert queues.ask("ReceiveMessage", QueueUrl=queue).until == clock.now() + 1


def test_the_wait_is_counted_from_the_first_time(queues: Queues, clock: TurnedClock) -> None:
    queue = queues.create("q")
    call = queues.call
    queues.call = lambda: call(first_asked_at=clock.now() - 15)
    answer = queues.ask("ReceiveMessage", QueueUrl=queue, WaitTimeSeconds=20)
    assert answer.until == clock.now() + 5


def test_everybody_who_waits_hears_of_a_message(queues: Queues) -> None:
    queue = queues.create("q")
    heard: list[str] = []
    stop = queues.store.feed.listen(
        lambda changes: heard.extend(each.key for each in changes if each.kind == "queue")
    )
    queues.send(queue, "a")
    [message] = queues.receive(queue)
    change(queues, queue, message, 0)
    queues.ask("DeleteQueue", QueueUrl=queue)
    stop()
    assert heard == [f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"] * 3


def test_attributes_are_answered_as_they_are_asked_for(queues: Queues) -> None:
    queue = queues.create("q")
    attributes = {
        "a.one": {"DataType": "String", "StringValue": "1"},
        "a.two": {"DataType": "Number.int", "StringValue": "2"},
        "b": {"DataType": "Binary", "BinaryValue": b"\x00"},
    }
    sent = queues.send(queue, "x", MessageAttributes=attributes)
    expected = {"a.*": {"a.one", "a.two"}, "All": set(attributes), "b": {"b"}, "c": set()}
    digests = {}
    for name, names in expected.items():
        [found] = queues.receive(queue, MessageAttributeNames=[name], VisibilityTimeout=0)
        assert set(found.get("MessageAttributes", {})) == names
        digests[name] = found.get("MD5OfMessageAttributes")
    assert digests["All"] == sent["MD5OfMessageAttributes"]
    assert digests["c"] is None
    assert len(set(digests.values())) == 4
    [found] = queues.receive(queue, MessageSystemAttributeNames=["SenderId"])
    assert found["Attributes"] == {"SenderId": ACCOUNT}


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"MaxNumberOfMessages": 0}, "between 1 and 10"),
        ({"WaitTimeSeconds": 21}, ">= 0 and <= 20"),
        ({"VisibilityTimeout": 43_201}, "between 0 and 43200"),
        ({"ReceiveRequestAttemptId": "x"}, "not valid for this queue type"),
    ],
)
def test_a_receive_that_makes_no_sense_is_refused(
    queues: Queues, request_: dict[str, Any], sentence: str
) -> None:
    queue = queues.create("q")
    with pytest.raises(errors.InvalidParameterValue, match=sentence):
        queues.ask("ReceiveMessage", QueueUrl=queue, **request_)


def test_there_is_an_end_to_what_is_in_flight(
    queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeport.services.sqs.api.receiving.IN_FLIGHT_MAX", 2)
    queue = queues.create("q")
    for each in "abc":
        queues.send(queue, each)
    assert len(queues.receive(queue, 2)) == 2
    with pytest.raises(errors.OverLimit):
        queues.receive(queue)


def test_batches_succeed_and_fail_one_by_one(queues: Queues, clock: TurnedClock) -> None:
    queue = queues.create("q")
    answer = queues.ask(
        "SendMessageBatch",
        QueueUrl=queue,
        Entries=[
            {"Id": "a", "MessageBody": "one"},
            {"Id": "b", "MessageBody": "two", "DelaySeconds": 901},
            {"Id": "c", "MessageBody": "three"},
        ],
    )
    assert [each["Id"] for each in answer["Successful"]] == ["a", "c"]
    [failed] = answer["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == (
        "b",
        "InvalidParameterValue",
        True,
    )
    one, three = queues.receive(queue)
    clock.turn(30)
    [again] = queues.receive(queue, 1)
    assert again["Body"] == "one"
    handles = {"x": one, "y": three, "z": again}
    entries = [
        {"Id": each, "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 60}
        for each, message in handles.items()
    ]
    answer = queues.ask("ChangeMessageVisibilityBatch", QueueUrl=queue, Entries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["z"]
    codes = {each["Id"]: each["Code"] for each in answer["Failed"]}
    assert codes == {
        "x": "InvalidParameterValue",
        "y": "AWS.SimpleQueueService.MessageNotInflight",
    }
    entries = [{"Id": "z", "ReceiptHandle": again["ReceiptHandle"]}]
    entries.append({"Id": "w", "ReceiptHandle": "nothing"})
    answer = queues.ask("DeleteMessageBatch", QueueUrl=queue, Entries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["z"]
    assert [each["Code"] for each in answer["Failed"]] == ["ReceiptHandleIsInvalid"]


@pytest.mark.parametrize(
    ("ids", "error"),
    [
        ([], errors.EmptyBatchRequest),
        ([str(number) for number in range(11)], errors.TooManyEntriesInBatchRequest),
        (["a", "a"], errors.BatchEntryIdsNotDistinct),
        (["a b"], errors.InvalidBatchEntryId),
        (["a" * 81], errors.InvalidBatchEntryId),
    ],
)
@pytest.mark.parametrize(
    "operation", ["SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"]
)
def test_a_batch_that_is_none_is_refused_whole(
    queues: Queues, operation: str, ids: list[str], error: type[errors.SqsError]
) -> None:
    queue = queues.create("q")
    entries = [{"Id": each, "MessageBody": "x", "ReceiptHandle": "x"} for each in ids]
    with pytest.raises(error):
        queues.ask(operation, QueueUrl=queue, Entries=entries)
    assert queues.counts(queue) == (0, 0, 0)


def test_a_batch_is_no_longer_than_one_message_may_be(queues: Queues) -> None:
    queue = queues.create("q")
    entries = [{"Id": str(number), "MessageBody": "x" * 600_000} for number in range(2)]
    with pytest.raises(errors.BatchRequestTooLong):
        queues.ask("SendMessageBatch", QueueUrl=queue, Entries=entries)
