"""Queues: names, attributes, addresses, tags, permissions, purge and deletion."""

import json
from typing import Any

import pytest

from conftest import ACCOUNT, REGION, TurnedClock
from homeport.services.sqs import errors
from homeport.services.sqs.reconcile import remains, retention
from queue_asking import Queues, bodies, url

ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}"
DEFAULTS = {
    "QueueArn": f"{ARN}:q",
    "ApproximateNumberOfMessages": "0",
    "ApproximateNumberOfMessagesDelayed": "0",
    "ApproximateNumberOfMessagesNotVisible": "0",
    "CreatedTimestamp": "1700000000",
    "LastModifiedTimestamp": "1700000000",
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}
FIFO_DEFAULTS = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}


def test_every_attribute_has_its_default(queues: Queues) -> None:
    assert queues.attributes(queues.create("q")) == DEFAULTS
    fifo = queues.create("q.fifo", FifoQueue="true")
    assert queues.attributes(fifo) == DEFAULTS | FIFO_DEFAULTS | {"QueueArn": f"{ARN}:q.fifo"}
    assert queues.attributes(fifo, "VisibilityTimeout", "Policy") == {"VisibilityTimeout": "30"}
    assert queues.ask("GetQueueAttributes", QueueUrl=fifo) == {}


def test_attributes_are_answered_as_they_were_set(queues: Queues, clock: TurnedClock) -> None:
    queues.create("dead")
    policy = '{"Version": "2012-10-17",  "Statement": []}'
    redrive = f'{{"maxReceiveCount":"4", "deadLetterTargetArn":"{ARN}:dead"}}'
    given = {
        "DelaySeconds": "900",
        "KmsDataKeyReusePeriodSeconds": "60",
        "MaximumMessageSize": "1024",
        "MessageRetentionPeriod": "1209600",
        "Policy": policy,
        "ReceiveMessageWaitTimeSeconds": "20",
        "RedriveAllowPolicy": '{"redrivePermission": "denyAll"}',
        "RedrivePolicy": redrive,
        "SqsManagedSseEnabled": "false",
        "VisibilityTimeout": "43200",
    }
    queue = queues.create("q")
    clock.turn(5)
    queues.ask("SetQueueAttributes", QueueUrl=queue, Attributes=given)
    assert queues.attributes(queue) == DEFAULTS | given | {"LastModifiedTimestamp": "1700000005"}
    cleared = {"Policy": "", "RedrivePolicy": ""}
    queues.ask("SetQueueAttributes", QueueUrl=queue, Attributes=cleared)
    assert not {"Policy", "RedrivePolicy"} & set(queues.attributes(queue))


@pytest.mark.parametrize(
    ("attributes", "error"),
    [
        ({"VisibilityTimeout": "43201"}, errors.InvalidAttributeValue),
        ({"VisibilityTimeout": "-1"}, errors.InvalidAttributeValue),
        ({"VisibilityTimeout": ""}, errors.InvalidAttributeValue),
        ({"VisibilityTimeout": "1.0"}, errors.InvalidAttributeValue),
        ({"VisibilityTimeout": "٣"}, errors.InvalidAttributeValue),
        ({"DelaySeconds": "901"}, errors.InvalidAttributeValue),
        ({"MaximumMessageSize": "1023"}, errors.InvalidAttributeValue),
        ({"MaximumMessageSize": "1048577"}, errors.InvalidAttributeValue),
        ({"MessageRetentionPeriod": "59"}, errors.InvalidAttributeValue),
        ({"ReceiveMessageWaitTimeSeconds": "21"}, errors.InvalidAttributeValue),
        ({"SqsManagedSseEnabled": "yes"}, errors.InvalidAttributeValue),
        ({"Policy": "{"}, errors.InvalidAttributeValue),
        ({"Policy": "[]"}, errors.InvalidAttributeValue),
        ({"KmsMasterKeyId": "alias/aws/sqs"}, errors.InvalidAttributeValue),
        ({"RedriveAllowPolicy": '{"redrivePermission": "byQueue"}'}, errors.InvalidAttributeValue),
        ({"RedrivePolicy": "x"}, errors.InvalidParameterValue),
        ({"RedrivePolicy": "{}"}, errors.InvalidParameterValue),
        ({"RedrivePolicy": f'{{"deadLetterTargetArn":"{ARN}:no"}}'}, errors.InvalidParameterValue),
        (
            {"RedrivePolicy": f'{{"deadLetterTargetArn":"{ARN}:q","maxReceiveCount":0}}'},
            errors.InvalidParameterValue,
        ),
        (
            {"RedrivePolicy": f'{{"deadLetterTargetArn":"{ARN}:q","maxReceiveCount":1001}}'},
            errors.InvalidParameterValue,
        ),
        ({"ContentBasedDeduplication": "true"}, errors.InvalidAttributeName),
        ({"FifoThroughputLimit": "perQueue"}, errors.InvalidAttributeName),
        ({"Fifo": "true"}, errors.InvalidAttributeName),
        ({"QueueArn": "arn"}, errors.InvalidAttributeName),
        ({}, errors.MissingParameter),
    ],
)
def test_what_no_attribute_can_be_changes_nothing(
    queues: Queues, attributes: dict[str, str], error: type[errors.SqsError]
) -> None:
    queue = queues.create("q")
    with pytest.raises(error):
        queues.ask("SetQueueAttributes", QueueUrl=queue, Attributes=attributes)
    assert queues.attributes(queue) == DEFAULTS


def test_groups_have_their_own_throughput_only_with_their_own_ids(queues: Queues) -> None:
    queue = queues.create("q.fifo", FifoQueue="true")
    limit = {"FifoThroughputLimit": "perMessageGroupId"}
    with pytest.raises(errors.InvalidAttributeValue, match="DeduplicationScope is messageGroup"):
        queues.ask("SetQueueAttributes", QueueUrl=queue, Attributes=limit)
    both = limit | {"DeduplicationScope": "messageGroup"}
    queues.ask("SetQueueAttributes", QueueUrl=queue, Attributes=both)
    assert queues.attributes(queue, *both) == both


@pytest.mark.parametrize("name", ["", "a b", "ü", "a" * 81, "a.fifo", "a.b", ".fifo", "a/b"])
def test_names_are_letters_digits_hyphens_and_underscores(queues: Queues, name: str) -> None:
    with pytest.raises(errors.InvalidParameterValue, match="1 to 80 in length"):
        queues.create(name)


@pytest.mark.parametrize("name", ["a", "a.fifo.fifo", ".fifo", "a" * 76 + ".fifo"])
def test_the_name_of_a_fifo_queue_says_so(queues: Queues, name: str) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=r"must end with \.fifo suffix"):
        queues.create(name, FifoQueue="true")
    with pytest.raises(errors.InvalidAttributeName, match="FifoQueue"):
        queues.create("a", FifoQueue="false")


def test_the_same_queue_again_is_the_same_queue(queues: Queues) -> None:
    queue = queues.create("q", DelaySeconds="5", Policy='{"a": 1}')
    queues.send(queue, "a")
    queues.create("q")
    queues.create("q", DelaySeconds="5", VisibilityTimeout="30", Policy='{"a":1}')
    assert queues.counts(queue) == (0, 1, 0)
    with pytest.raises(errors.QueueNameExists, match="different value for attribute DelaySeconds"):
        queues.create("q", DelaySeconds="0")
    with pytest.raises(errors.QueueNameExists, match="different value for attribute Policy"):
        queues.create("q", Policy='{"a": 2}')


def test_queues_are_found_by_their_path_whatever_the_host(queues: Queues) -> None:
    queues.create("q")
    for host in ("http://localhost:4566", "https://sqs.us-east-1.amazonaws.com", "", "http://a/b"):
        found = queues.attributes(f"{host}/{ACCOUNT}/q", "QueueArn")
        assert found == {"QueueArn": f"{ARN}:q"}
    for address in ("q", "/q", "http://localhost/q", "ftp://localhost/000000000000/q", ""):
        with pytest.raises(errors.InvalidAddress, match="is not valid for this endpoint"):
            queues.attributes(address)
    for address in (url("Q"), url("q", "111122223333")):
        with pytest.raises(errors.QueueDoesNotExist):
            queues.attributes(address)


def test_an_address_is_at_the_endpoint_that_the_client_used(queues: Queues) -> None:
    call = queues.call
    queues.create("q")
    queues.call = lambda: call(endpoint="http://homeport.test:1234")
    expected = {"QueueUrl": f"http://homeport.test:1234/{ACCOUNT}/q"}
    assert queues.ask("GetQueueUrl", QueueName="q") == expected
    assert queues.ask("CreateQueue", QueueName="q") == expected
    queues.call = call
    found = queues.ask("GetQueueUrl", QueueName="q", QueueOwnerAWSAccountId=ACCOUNT)
    assert found == {"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q"}
    for more in ({"QueueName": "x"}, {"QueueName": "q", "QueueOwnerAWSAccountId": "111122223333"}):
        with pytest.raises(errors.QueueDoesNotExist):
            queues.ask("GetQueueUrl", **more)


def test_queues_are_listed_by_prefix_and_page(queues: Queues) -> None:
    for name in ("a-2", "b", "a-1", "a-3"):
        queues.create(name)
    call = queues.call
    queues.call = lambda: call(region="eu-west-1")
    queues.create("a-elsewhere")
    assert len(queues.ask("ListQueues")["QueueUrls"]) == 1
    queues.call = lambda: call(endpoint="http://h")
    first = queues.ask("ListQueues", QueueNamePrefix="a-", MaxResults=2)
    assert first["QueueUrls"] == [f"http://h/{ACCOUNT}/a-1", f"http://h/{ACCOUNT}/a-2"]
    rest = queues.ask(
        "ListQueues", QueueNamePrefix="a-", MaxResults=2, NextToken=first["NextToken"]
    )
    assert rest == {"QueueUrls": [f"http://h/{ACCOUNT}/a-3"]}
    assert queues.ask("ListQueues", QueueNamePrefix="c") == {}
    for wrong in ({"MaxResults": 0}, {"MaxResults": 1001}, {"NextToken": "?"}):
        with pytest.raises(errors.InvalidParameterValue):
            queues.ask("ListQueues", **wrong)


def test_a_dead_letter_queue_knows_its_sources(queues: Queues) -> None:
    dead = queues.create("dead")
    policy = json.dumps({"deadLetterTargetArn": f"{ARN}:dead", "maxReceiveCount": 3})
    for name in ("s1", "s2", "s3"):
        queues.create(name, RedrivePolicy=policy)
    queues.ask("SetQueueAttributes", QueueUrl=url("s2"), Attributes={"RedrivePolicy": ""})
    found = queues.ask("ListDeadLetterSourceQueues", QueueUrl=dead)
    assert [each.rpartition("/")[2] for each in found["queueUrls"]] == ["s1", "s3"]
    page = queues.ask("ListDeadLetterSourceQueues", QueueUrl=dead, MaxResults=1)
    rest = queues.ask("ListDeadLetterSourceQueues", QueueUrl=dead, NextToken=page["NextToken"])
    assert [each.rpartition("/")[2] for each in rest["queueUrls"]] == ["s3"]
    assert queues.ask("ListDeadLetterSourceQueues", QueueUrl=url("s1")) == {"queueUrls": []}


def test_a_dead_letter_queue_may_refuse_sources(queues: Queues) -> None:
    queues.create("dead", RedriveAllowPolicy='{"redrivePermission": "denyAll"}')
    queues.create("fifo.fifo", FifoQueue="true")
    for name, sentence in (("dead", "RedriveAllowPolicy"), ("fifo.fifo", "same type of queue")):
        policy = json.dumps({"deadLetterTargetArn": f"{ARN}:{name}", "maxReceiveCount": 3})
        with pytest.raises(errors.InvalidParameterValue, match=sentence):
            queues.create("q", RedrivePolicy=policy)
    allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [f"{ARN}:q"]}
    queues.ask(
        "SetQueueAttributes",
        QueueUrl=url("dead"),
        Attributes={"RedriveAllowPolicy": json.dumps(allowed)},
    )
    policy = json.dumps({"deadLetterTargetArn": f"{ARN}:dead", "maxReceiveCount": 3})
    queues.create("q", RedrivePolicy=policy)
    with pytest.raises(errors.InvalidParameterValue, match="RedriveAllowPolicy"):
        queues.create("p", RedrivePolicy=policy)


def test_the_name_of_a_deleted_queue_rests_for_a_minute(
    queues: Queues, clock: TurnedClock, tick: Any
) -> None:
    queue = queues.create("q")
    queues.send(queue, "old")
    queues.ask("DeleteQueue", QueueUrl=queue)
    for ask in (queues.counts, queues.receive):
        with pytest.raises(errors.QueueDoesNotExist):
            ask(queue)
    clean_up(queues, tick)
    clock.turn(59)
    with pytest.raises(errors.QueueDeletedRecently):
        queues.create("q")
    clock.turn(1)
    queues.create("q")
    assert queues.counts(queue) == (0, 0, 0)
    clean_up(queues, tick)
    assert queues.store.read(remains.sweep) == []


def clean_up(queues: Queues, tick: Any) -> list[Any]:
    """One pass for each former queue."""
    keys = list(queues.store.read(remains.sweep))
    return [
        queues.store.write(lambda tx, key=key: remains.reconcile(tx, key, tick())) for key in keys
    ]


def test_a_purge_drops_all_there_is_and_nothing_else(
    queues: Queues, clock: TurnedClock, tick: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remains, "BATCH", 2)
    queue = queues.create("q", VisibilityTimeout="40")
    for body in "abc":
        queues.send(queue, body)
    [held] = queues.receive(queue, 1)
    queues.ask("PurgeQueue", QueueUrl=queue)
    queues.send(queue, "new")
    assert queues.counts(queue) == (1, 0, 0)
    queues.delete(queue, held)
    assert bodies(queues.receive(queue)) == ["new"]
    assert queues.attributes(queue, "VisibilityTimeout") == {"VisibilityTimeout": "40"}
    with pytest.raises(errors.PurgeQueueInProgress, match="every 60 seconds"):
        queues.ask("PurgeQueue", QueueUrl=queue)
    clock.turn(60)
    assert bodies(queues.receive(queue)) == ["new"]
    [again] = clean_up(queues, tick)
    assert again is not None, "there is more"
    assert clean_up(queues, tick) == [None]
    assert clean_up(queues, tick) == []
    queues.ask("PurgeQueue", QueueUrl=queue)


def test_old_messages_are_removed_in_the_background(
    queues: Queues, clock: TurnedClock, tick: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    queue = queues.create("q", MessageRetentionPeriod="60")
    for body in "abc":
        queues.send(queue, body)
    clock.turn(60)
    queues.send(queue, "new")
    [key] = queues.store.read(retention.sweep)

    def once() -> Any:
        return queues.store.write(lambda tx: retention.reconcile(tx, key, tick()))

    assert once() is not None, "there is more"
    assert once() is not None
    assert once() is None
    longer = {"MessageRetentionPeriod": "1200"}
    queues.ask("SetQueueAttributes", QueueUrl=queue, Attributes=longer)
    assert bodies(queues.receive(queue)) == ["new"], "the old ones are gone for good"
    assert queues.store.write(lambda tx: retention.reconcile(tx, f"{ARN}:no", tick())) is None


def test_tags_are_added_replaced_and_removed(queues: Queues) -> None:
    queues.ask("CreateQueue", QueueName="q", tags={"a": "1", "b": "2"})
    queues.ask("TagQueue", QueueUrl=url("q"), Tags={"b": "3", "c": ""})
    queues.ask("UntagQueue", QueueUrl=url("q"), TagKeys=["a", "z"])
    assert queues.ask("ListQueueTags", QueueUrl=url("q")) == {"Tags": {"b": "3", "c": ""}}
    queues.ask("UntagQueue", QueueUrl=url("q"), TagKeys=["b", "c"])
    assert queues.ask("ListQueueTags", QueueUrl=url("q")) == {}
    many = {str(number): "" for number in range(51)}
    for wrong in (many, {"aws:a": ""}, {"": ""}, {"a": "b" * 257}, {"a" * 129: ""}):
        with pytest.raises(errors.InvalidParameterValue):
            queues.ask("TagQueue", QueueUrl=url("q"), Tags=wrong)


def test_permissions_are_statements_of_the_policy(queues: Queues) -> None:
    queue = queues.create("q")
    add = {"QueueUrl": queue, "AWSAccountIds": ["111122223333"], "Actions": ["SendMessage", "*"]}
    queues.ask("AddPermission", Label="one", **add)
    queues.ask("AddPermission", Label="two", **add)
    statements = json.loads(queues.attributes(queue)["Policy"])["Statement"]
    assert statements[0] == {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": ["SQS:SendMessage", "SQS:*"],
        "Resource": f"{ARN}:q",
    }
    with pytest.raises(errors.InvalidParameterValue, match="Already exists"):
        queues.ask("AddPermission", Label="one", **add)
    for wrong in (
        {"Label": "a b"},
        {"Label": "x", "AWSAccountIds": ["me"]},
        {"Label": "x", "Actions": ["CreateQueue"]},
    ):
        with pytest.raises(errors.InvalidParameterValue):
            queues.ask("AddPermission", **(add | wrong))
    with pytest.raises(errors.OverLimit):
        queues.ask("AddPermission", **(add | {"Label": "x", "Actions": ["SendMessage"] * 8}))
    queues.ask("RemovePermission", QueueUrl=queue, Label="one")
    with pytest.raises(errors.InvalidParameterValue, match="can't find label"):
        queues.ask("RemovePermission", QueueUrl=queue, Label="one")
    queues.ask("RemovePermission", QueueUrl=queue, Label="two")
    assert "Policy" not in queues.attributes(queue)
