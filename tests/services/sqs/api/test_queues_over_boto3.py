"""Stock boto3 over a real gateway: every operation, long polling, and a store opened again."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from conftest import create_tables
from homeport.services.sqs import wiring
from homeport.store import Store
from homeport.store.sqlite import SqliteStore
from root_asking import served


@pytest.fixture
def sqs(store: Store) -> Iterator[Callable[[], Any]]:
    """Makes clients: a boto3 client waits for one answer after the other."""
    with served(store, wiring.services()) as client:
        yield lambda: client("sqs")


def test_every_operation_answers_what_boto3_understands(sqs: Callable[[], Any]) -> None:
    client = sqs()
    dead = client.create_queue(QueueName="dead")["QueueUrl"]
    queue = client.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    assert client.get_queue_url(QueueName="q")["QueueUrl"] == queue
    assert client.list_queues()["QueueUrls"] == [dead, queue]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    policy = f'{{"deadLetterTargetArn": "{arn["QueueArn"]}", "maxReceiveCount": 5}}'
    client.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy})
    found = client.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert (found["RedrivePolicy"], found["VisibilityTimeout"]) == (policy, "60")
    assert client.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [queue]
    client.tag_queue(QueueUrl=queue, Tags={"a": "1", "b": "2"})
    client.untag_queue(QueueUrl=queue, TagKeys=["a"])
    assert client.list_queue_tags(QueueUrl=queue)["Tags"] == {"b": "2"}
    client.add_permission(
        QueueUrl=queue, Label="l", AWSAccountIds=["111122223333"], Actions=["SendMessage"]
    )
    client.remove_permission(QueueUrl=queue, Label="l")
    attributes = {
        "n": {"DataType": "Number", "StringValue": "1"},
        "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988"}}
    sent = client.send_message(
        QueueUrl=queue,
        MessageBody="one <&> ü",
        MessageAttributes=attributes,
        MessageSystemAttributes=trace,
    )
    entries = [{"Id": "2", "MessageBody": "two"}, {"Id": "3", "MessageBody": "three"}]
    answer = client.send_message_batch(QueueUrl=queue, Entries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["2", "3"]
    one, two, three = client.receive_message(
        QueueUrl=queue,
        MaxNumberOfMessages=10,
        MessageSystemAttributeNames=["All"],
        MessageAttributeNames=["All"],
    )["Messages"]
    assert (one["Body"], one["MessageAttributes"]) == ("one <&> ü", attributes)
    assert one["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert one["Attributes"]["AWSTraceHeader"] == "Root=1-5759e988"
    assert abs(int(one["Attributes"]["SentTimestamp"]) / 1000 - time.time()) < 60
    client.change_message_visibility(
        QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"], VisibilityTimeout=0
    )
    [again] = client.receive_message(QueueUrl=queue)["Messages"]
    client.delete_message(QueueUrl=queue, ReceiptHandle=again["ReceiptHandle"])
    both = [{"Id": each["Body"], "ReceiptHandle": each["ReceiptHandle"]} for each in (two, three)]
    hidden = [{**each, "VisibilityTimeout": 90} for each in both]
    answer = client.change_message_visibility_batch(QueueUrl=queue, Entries=hidden)
    assert [each["Id"] for each in answer["Successful"]] == ["two", "three"]
    answer = client.delete_message_batch(QueueUrl=queue, Entries=both)
    assert [each["Id"] for each in answer["Successful"]] == ["two", "three"]
    client.purge_queue(QueueUrl=queue)
    client.delete_queue(QueueUrl=queue)
    assert client.list_queues(QueueNamePrefix="q").get("QueueUrls") is None


def refusal(ask: Callable[..., Any], **request: Any) -> tuple[str, str, int, str]:
    """Class, code, status and message of an answer that must be a refusal."""
    with pytest.raises(ClientError) as raised:
        ask(**request)
    response = raised.value.response
    return (
        type(raised.value).__name__,
        response["Error"]["Code"],
        response["ResponseMetadata"]["HTTPStatusCode"],
        response["Error"]["Message"],
    )


def test_errors_have_the_codes_that_clients_look_for(sqs: Callable[[], Any]) -> None:
    client = sqs()
    queue = client.create_queue(QueueName="q")["QueueUrl"]
    prefix = "AWS.SimpleQueueService"
    assert refusal(client.get_queue_url, QueueName="no") == (
        "QueueDoesNotExist",
        f"{prefix}.NonExistentQueue",
        400,
        "The specified queue does not exist.",
    )
    other = {"QueueName": "q", "Attributes": {"DelaySeconds": "1"}}
    assert refusal(client.create_queue, **other)[:3] == (
        "QueueNameExists",
        "QueueAlreadyExists",
        400,
    )
    wrong = {"QueueUrl": queue, "MaxNumberOfMessages": 11}
    sentence = (
        "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10,"
        " if provided."
    )
    found = refusal(client.receive_message, **wrong)
    assert found[1:] == ("InvalidParameterValue", 400, sentence)
    empty = {"QueueUrl": queue, "MessageBody": ""}
    assert refusal(client.send_message, **empty)[1] == "MissingParameter"
    no_handle = {"QueueUrl": queue, "ReceiptHandle": "x"}
    assert refusal(client.delete_message, **no_handle)[1] == "ReceiptHandleIsInvalid"
    no_entries = {"QueueUrl": queue, "Entries": []}
    assert refusal(client.delete_message_batch, **no_entries)[:2] == (
        "EmptyBatchRequest",
        f"{prefix}.EmptyBatchRequest",
    )
    moved = refusal(client.start_message_move_task, SourceArn="arn:aws:sqs:a:b:c")
    assert moved[0] == "UnsupportedOperation"
    assert "no message move tasks" in moved[3]
    client.purge_queue(QueueUrl=queue)
    again = refusal(client.purge_queue, QueueUrl=queue)
    assert again[:3] == ("PurgeQueueInProgress", f"{prefix}.PurgeQueueInProgress", 403)


class Receiver(threading.Thread):
    """Waits for a message with a client of its own."""

    def __init__(self, client: Any, queue: str) -> None:
        super().__init__(name="receiver")
        self.client, self.queue = client, queue
        self.bodies: list[str] = []
        self.code = ""
        self.took_s = -1.0
        self.start()

    def run(self) -> None:
        begun = time.monotonic()
        try:
            answer = self.client.receive_message(QueueUrl=self.queue, WaitTimeSeconds=20)
            self.bodies = [each["Body"] for each in answer.get("Messages", ())]
        except ClientError as error:
            self.code = error.response["Error"]["Code"]
        self.took_s = time.monotonic() - begun


def until(holds: Callable[[], bool]) -> None:
    """Wait for what must come."""
    waited = threading.Event()
    for _ in range(1_000):
        if holds():
            return
        waited.wait(0.01)
    raise AssertionError("it did not come")


def test_who_waits_gets_what_another_client_sends(sqs: Callable[[], Any], store: Store) -> None:
    client = sqs()
    queue = client.create_queue(QueueName="q")["QueueUrl"]
    before = len(store.feed._listeners)
    receivers = [Receiver(sqs(), queue) for _ in range(3)]
    until(lambda: len(store.feed._listeners) > before)
    for body in ("a", "b", "c"):
        client.send_message(QueueUrl=queue, MessageBody=body)
    for each in receivers:
        each.join(15)
    assert sorted(body for each in receivers for body in each.bodies) == ["a", "b", "c"]
    assert all(0 <= each.took_s < 15 for each in receivers)
    until(lambda: len(store.feed._listeners) == before)


def test_who_waits_gets_what_becomes_visible(sqs: Callable[[], Any]) -> None:
    client = sqs()
    queue = client.create_queue(QueueName="q")["QueueUrl"]
    client.send_message(QueueUrl=queue, MessageBody="late", DelaySeconds=2)
    receiver = Receiver(sqs(), queue)
    receiver.join(15)
    assert receiver.bodies == ["late"]
    assert 1 < receiver.took_s < 10
    held = client.receive_message(QueueUrl=queue)
    assert "Messages" not in held


def test_who_waits_in_vain_gets_nothing_when_the_time_is_over(sqs: Callable[[], Any]) -> None:
    client = sqs()
    queue = client.create_queue(QueueName="q", Attributes={"ReceiveMessageWaitTimeSeconds": "1"})
    begun = time.monotonic()
    assert "Messages" not in client.receive_message(QueueUrl=queue["QueueUrl"])
    assert 0.9 < time.monotonic() - begun < 10


def test_who_waits_for_a_queue_that_is_deleted_is_told(
    sqs: Callable[[], Any], store: Store
) -> None:
    client = sqs()
    queue = client.create_queue(QueueName="q")["QueueUrl"]
    before = len(store.feed._listeners)
    receiver = Receiver(sqs(), queue)
    until(lambda: len(store.feed._listeners) > before)
    client.delete_queue(QueueUrl=queue)
    receiver.join(15)
    assert receiver.code == "AWS.SimpleQueueService.NonExistentQueue"


def test_nothing_is_lost_when_the_control_plane_starts_again(tmp_path: Path) -> None:
    def opened() -> SqliteStore:
        return SqliteStore(tmp_path / "state.db")

    first = opened()
    first.write(create_tables)
    with served(first, wiring.services()) as client:
        sqs = client("sqs")
        sqs.create_queue(QueueName="q")
        queue = sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        path = queue.split("/", 3)[3]
        for body in ("a", "b"):
            sqs.send_message(
                QueueUrl=queue, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=body
            )
        [held] = sqs.receive_message(QueueUrl=queue)["Messages"]
    first.close()
    second = opened()
    with served(second, wiring.services()) as client:
        sqs = client("sqs")
        queue = f"http://elsewhere/{path}"
        more = {"MessageGroupId": "g", "MessageDeduplicationId": "a"}
        sqs.send_message(QueueUrl=queue, MessageBody="a again", **more)
        assert "Messages" not in sqs.receive_message(QueueUrl=queue)
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=held["ReceiptHandle"])
        [found] = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
        assert found["Body"] == "b"
        assert len(sqs.list_queues()["QueueUrls"]) == 2
    second.close()
