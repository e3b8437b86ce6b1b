"""SQS's query protocol: what clients from before 2023 send, raw and by Debian's aws CLI."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from homeport.contracts.peers import Peers
from homeport.gateway.asgi import Gateway
from homeport.runtime.system import SystemClock, SystemIds
from homeport.services.sqs import wiring
from homeport.store import Store
from root_asking import REGION, ROOT, served
from wire.lean import HOST, Answer, LeanClient
from wire.serving import ACCOUNT, KEY
from wire.whole import KnownKeys

VERSION = "2012-11-05"
SPACE = f"{{http://queue.amazonaws.com/doc/{VERSION}/}}"
QUEUE = f"/{ACCOUNT}/q"
Fields = Mapping[str, str]


class QueryClient:
    """Sends forms, signed, to a gateway in this process."""

    def __init__(self, store: Store, peers: Peers) -> None:
        services = {each.name: each for each in wiring.services()}
        gateway = Gateway(
            services,
            store=store,
            peers=replace(peers, identities=KnownKeys()),
            clock=SystemClock(),
            ids=SystemIds(),
        )
        self.client = LeanClient(gateway, KEY)

    def send(self, action: str, fields: Fields | None = None, *, path: str = QUEUE) -> Answer:
        form = {"Action": action, "Version": VERSION, **(fields or {})}
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        body = urlencode(form).encode()
        return asyncio.run(self.client.send("sqs", headers, body, path=path))

    def ask(self, action: str, fields: Fields | None = None, *, path: str = QUEUE) -> Any:
        """The answer's XML, which must be a success of this action."""
        answer = self.send(action, fields, path=path)
        assert answer.status == 200, answer.body
        root = ElementTree.fromstring(answer.body)
        assert root.tag == f"{SPACE}{action}Response"
        assert root.findtext(f"{SPACE}ResponseMetadata/{SPACE}RequestId")
        return root


def texts(root: Any, *path: str) -> list[str]:
    """The texts of all elements at a path, namespaces aside."""
    return [each.text for each in root.findall("/".join(f"{SPACE}{step}" for step in path))]


def pairs(root: Any, *path: str, key: str = "Name") -> dict[str, str]:
    """A flattened map."""
    found = root.findall("/".join(f"{SPACE}{step}" for step in path))
    return {each.findtext(f"{SPACE}{key}"): each.findtext(f"{SPACE}Value") for each in found}


@pytest.fixture
def query(store: Store, peers: Peers) -> QueryClient:
    return QueryClient(store, peers)


def test_queues_by_their_old_names(query: QueryClient) -> None:
    fields = {
        "QueueName": "q",
        "Attribute.1.Name": "VisibilityTimeout",
        "Attribute.1.Value": "40",
        "Attribute.2.Name": "DelaySeconds",
        "Attribute.2.Value": "0",
        "Tag.1.Key": "a",
        "Tag.1.Value": "b",
    }
    address = f"http://{HOST}{QUEUE}"
    made = query.ask("CreateQueue", fields, path="/")
    assert texts(made, "CreateQueueResult", "QueueUrl") == [address]
    found = query.ask("GetQueueUrl", {"QueueName": "q"}, path="/")
    assert texts(found, "GetQueueUrlResult", "QueueUrl") == [address]
    query.ask("CreateQueue", {"QueueName": "p"}, path="/")
    listed = query.ask("ListQueues", path="/")
    assert texts(listed, "ListQueuesResult", "QueueUrl") == [f"http://{HOST}/{ACCOUNT}/p", address]
    changed = {"Attribute.1.Name": "DelaySeconds", "Attribute.1.Value": "3"}
    query.ask("SetQueueAttributes", changed)
    names = {"AttributeName.1": "VisibilityTimeout", "AttributeName.2": "DelaySeconds"}
    answer = query.ask("GetQueueAttributes", names)
    shown = pairs(answer, "GetQueueAttributesResult", "Attribute")
    assert shown == {"VisibilityTimeout": "40", "DelaySeconds": "3"}
    query.ask("TagQueue", {"Tag.1.Key": "c", "Tag.1.Value": "<d>"})
    query.ask("UntagQueue", {"TagKey.1": "a"})
    answer = query.ask("ListQueueTags")
    assert pairs(answer, "ListQueueTagsResult", "Tag", key="Key") == {"c": "<d>"}
    allowed = {"Label": "l", "AWSAccountId.1": "111122223333", "ActionName.1": "SendMessage"}
    query.ask("AddPermission", allowed)
    query.ask("RemovePermission", {"Label": "l"})
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:p"
    redrive = {"Attribute.1.Name": "RedrivePolicy"}
    redrive["Attribute.1.Value"] = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    query.ask("SetQueueAttributes", redrive)
    answer = query.ask("ListDeadLetterSourceQueues", path=f"/{ACCOUNT}/p")
    assert texts(answer, "ListDeadLetterSourceQueuesResult", "QueueUrl") == [address]
    query.ask("PurgeQueue")
    query.ask("DeleteQueue")
    assert texts(query.ask("ListQueues", path="/"), "ListQueuesResult", "QueueUrl") == [
        f"http://{HOST}/{ACCOUNT}/p"
    ]


def test_messages_by_their_old_names(query: QueryClient) -> None:
    query.ask("CreateQueue", {"QueueName": "q"}, path="/")
    fields = {
        "MessageBody": "one <&> ü",
        "MessageAttribute.1.Name": "n",
        "MessageAttribute.1.Value.DataType": "Number",
        "MessageAttribute.1.Value.StringValue": "1",
        "MessageAttribute.2.Name": "b",
        "MessageAttribute.2.Value.DataType": "Binary",
        "MessageAttribute.2.Value.BinaryValue": "AP8=",
        "MessageSystemAttribute.1.Name": "AWSTraceHeader",
        "MessageSystemAttribute.1.Value.DataType": "String",
        "MessageSystemAttribute.1.Value.StringValue": "Root=1",
    }
    sent = query.ask("SendMessage", fields)
    [digest] = texts(sent, "SendMessageResult", "MD5OfMessageAttributes")
    batch = {
        "SendMessageBatchRequestEntry.1.Id": "x",
        "SendMessageBatchRequestEntry.1.MessageBody": "two",
        "SendMessageBatchRequestEntry.2.Id": "y",
        "SendMessageBatchRequestEntry.2.MessageBody": "late",
        "SendMessageBatchRequestEntry.2.DelaySeconds": "901",
    }
    answer = query.ask("SendMessageBatch", batch)
    result = ("SendMessageBatchResult", "SendMessageBatchResultEntry", "Id")
    assert texts(answer, *result) == ["x"]
    failed = ("SendMessageBatchResult", "BatchResultErrorEntry")
    assert texts(answer, *failed, "Code") == ["InvalidParameterValue"]
    assert texts(answer, *failed, "SenderFault") == ["true"]
    wanted = {"AttributeName.1": "All", "MessageAttributeName.1": "All", "MaxNumberOfMessages": "9"}
    answer = query.ask("ReceiveMessage", wanted)
    at = ("ReceiveMessageResult", "Message")
    assert texts(answer, *at, "Body") == ["one <&> ü", "two"]
    assert texts(answer, *at, "MD5OfMessageAttributes") == [digest]
    assert pairs(answer, *at, "Attribute")["AWSTraceHeader"] == "Root=1"
    assert set(pairs(answer, *at, "MessageAttribute")) == {"n", "b"}
    value = (*at, "MessageAttribute", "Value")
    assert sorted(texts(answer, *value, "DataType")) == ["Binary", "Number"]
    assert texts(answer, *value, "BinaryValue") == ["AP8="]
    one, two = texts(answer, *at, "ReceiptHandle")
    query.ask("ChangeMessageVisibility", {"ReceiptHandle": one, "VisibilityTimeout": "90"})
    entry = "ChangeMessageVisibilityBatchRequestEntry.1"
    hidden = {f"{entry}.Id": "x", f"{entry}.ReceiptHandle": two, f"{entry}.VisibilityTimeout": "9"}
    answer = query.ask("ChangeMessageVisibilityBatch", hidden)
    result = ("ChangeMessageVisibilityBatchResult", "ChangeMessageVisibilityBatchResultEntry", "Id")
    assert texts(answer, *result) == ["x"]
    query.ask("DeleteMessage", {"ReceiptHandle": one})
    entry = "DeleteMessageBatchRequestEntry.1"
    gone = {f"{entry}.Id": "x", f"{entry}.ReceiptHandle": two}
    answer = query.ask("DeleteMessageBatch", gone)
    assert texts(answer, "DeleteMessageBatchResult", "DeleteMessageBatchResultEntry", "Id") == ["x"]
    waited = query.ask("ReceiveMessage", {"WaitTimeSeconds": "20"})  # The lean client is gone.
    assert texts(waited, "ReceiveMessageResult", "Message") == []


def test_the_form_may_name_the_queue_at_the_root(query: QueryClient) -> None:
    query.ask("CreateQueue", {"QueueName": "q"}, path="/")
    for address in (f"https://queue.amazonaws.com{QUEUE}", f"http://localhost{QUEUE}"):
        fields = {"QueueUrl": address, "AttributeName.1": "QueueArn"}
        answer = query.ask("GetQueueAttributes", fields, path="/")
        assert pairs(answer, "GetQueueAttributesResult", "Attribute") == {
            "QueueArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
        }


@pytest.mark.parametrize(
    ("action", "fields", "path", "status", "code"),
    [
        ("GetQueueUrl", {"QueueName": "x"}, "/", 400, "AWS.SimpleQueueService.NonExistentQueue"),
        ("SendMessage", {"MessageBody": "x"}, f"/{ACCOUNT}/x", 400, None),
        ("SendMessage", {"MessageBody": "x"}, "/", 400, "MissingParameter"),
        ("SendMessage", {}, QUEUE, 400, "MissingParameter"),
        ("SendMessage", {"MessageBody": "x"}, "/q", 404, "InvalidAddress"),
        ("SetQueueAttributes", {"Attribute.1.Name": "X"}, QUEUE, 400, "InvalidAttributeName"),
        ("DeleteMessage", {"ReceiptHandle": "x"}, QUEUE, 404, "ReceiptHandleIsInvalid"),
        ("ReceiveMessage", {"MaxNumberOfMessages": "0"}, QUEUE, 400, "InvalidParameterValue"),
        ("ReceiveMessage", {"MaxNumberOfMessages": "x"}, QUEUE, 400, "ValidationError"),
        ("SendMessageBatch", {}, QUEUE, 400, "MissingParameter"),
        ("Nothing", {}, QUEUE, 400, "InvalidAction"),
    ],
)
def test_refusals_have_the_codes_of_the_query_protocol(
    query: QueryClient, action: str, fields: Fields, path: str, status: int, code: str | None
) -> None:
    query.ask("CreateQueue", {"QueueName": "q"}, path="/")
    answer = query.send(action, fields, path=path)
    root = ElementTree.fromstring(answer.body)
    found = root.findtext(f"{SPACE}Error/{SPACE}Code")
    assert (answer.status, found) == (
        status,
        code or "AWS.SimpleQueueService.NonExistentQueue",
    )
    assert root.findtext(f"{SPACE}Error/{SPACE}Type") == "Sender"


def aws2() -> str | None:
    """Debian's aws CLI, which speaks the query protocol to SQS; None where it is not."""
    script = Path(__file__).parents[4] / "scripts" / "aws2"
    environment = {"PATH": os.defpath}
    found = subprocess.run([script], capture_output=True, text=True, check=False, env=environment)
    return found.stdout.strip() or None


@pytest.fixture
def cli(store: Store) -> Iterator[Any]:
    """Runs the aws CLI; answers what it printed."""
    program = aws2()
    if program is None:
        pytest.skip("no aws CLI of version 2 on this machine")
    environment = {
        "AWS_ACCESS_KEY_ID": ROOT[0],
        "AWS_SECRET_ACCESS_KEY": ROOT[1],
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "PATH": os.defpath,
    }

    with served(store, wiring.services()) as client:
        endpoint = client("sqs").meta.endpoint_url

        def run(*words: str) -> Any:
            command = [program, "--endpoint-url", endpoint, "sqs", *words, "--output", "json"]
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout) if done.stdout.strip() else {}

        yield run


def test_the_aws_cli_of_debian_sends_and_receives(cli: Any) -> None:
    queue = cli("create-queue", "--queue-name", "q")["QueueUrl"]
    at = ("--queue-url", queue)
    sent = cli("send-message", *at, "--message-body", "one <&> ü")
    received = cli("receive-message", *at, "--wait-time-seconds", "10", "--attribute-names", "All")
    [message] = received["Messages"]
    assert message["Body"] == "one <&> ü"
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"]
    cli("delete-message", *at, "--receipt-handle", message["ReceiptHandle"])
    found = cli("get-queue-attributes", *at, "--attribute-names", "All")["Attributes"]
    assert found["ApproximateNumberOfMessagesNotVisible"] == "0"
