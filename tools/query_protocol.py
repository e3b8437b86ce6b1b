"""What models no longer say of the query protocol that their service still speaks.

botocore's model of SQS is JSON's alone since 2023.  AWS still answers the clients from before,
which name things otherwise: ``Attribute.1.Name`` where JSON has ``Attributes``.  These are the
names on the wire, as the SQS API Reference of version 2012-11-05 has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

Model = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryNames:
    """How a service's query protocol differs from what its model says."""

    namespace: str
    elements: Mapping[str, str]
    """What an element of a list is called, by the list's shape."""
    entries: Mapping[str, tuple[str, str]]
    """What key and value of a map's entry are called, by the map's shape."""
    members: Mapping[str, str]
    """What a member is called, by its name in any structure."""
    by_path: str
    """The member that the path of the request stands for when the form does not have it."""
    errors: Mapping[str, tuple[str, int]]
    """Code and status in the query protocol, by the error's shape; shapes that the model lacks are
    added, so that a service can answer them."""


QUERY_NAMES: Final[Mapping[str, QueryNames]] = {
    "sqs": QueryNames(
        namespace="http://queue.amazonaws.com/doc/2012-11-05/",
        elements={
            "AWSAccountIdList": "AWSAccountId",
            "ActionNameList": "ActionName",
            "AttributeNameList": "AttributeName",
            "BatchResultErrorEntryList": "BatchResultErrorEntry",
            "ChangeMessageVisibilityBatchRequestEntryList": (
                "ChangeMessageVisibilityBatchRequestEntry"
            ),
            "ChangeMessageVisibilityBatchResultEntryList": (
                "ChangeMessageVisibilityBatchResultEntry"
            ),
            "DeleteMessageBatchRequestEntryList": "DeleteMessageBatchRequestEntry",
            "DeleteMessageBatchResultEntryList": "DeleteMessageBatchResultEntry",
            "MessageAttributeNameList": "MessageAttributeName",
            "MessageList": "Message",
            "MessageSystemAttributeList": "MessageSystemAttributeName",
            "QueueUrlList": "QueueUrl",
            "SendMessageBatchRequestEntryList": "SendMessageBatchRequestEntry",
            "SendMessageBatchResultEntryList": "SendMessageBatchResultEntry",
            "TagKeyList": "TagKey",
        },
        entries={
            "MessageBodyAttributeMap": ("Name", "Value"),
            "MessageBodySystemAttributeMap": ("Name", "Value"),
            "MessageSystemAttributeMap": ("Name", "Value"),
            "QueueAttributeMap": ("Name", "Value"),
            "TagMap": ("Key", "Value"),
        },
        members={
            "Attributes": "Attribute",
            "MessageAttributes": "MessageAttribute",
            "MessageSystemAttributes": "MessageSystemAttribute",
            "Tags": "Tag",
            "tags": "Tag",
        },
        by_path="QueueUrl",
        errors={
            "BatchEntryIdsNotDistinct": ("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400),
            "BatchRequestTooLong": ("AWS.SimpleQueueService.BatchRequestTooLong", 400),
            "EmptyBatchRequest": ("AWS.SimpleQueueService.EmptyBatchRequest", 400),
            "InvalidAddress": ("InvalidAddress", 404),
            "InvalidBatchEntryId": ("AWS.SimpleQueueService.InvalidBatchEntryId", 400),
            "InvalidParameterValueException": ("InvalidParameterValue", 400),
            "MessageNotInflight": ("AWS.SimpleQueueService.MessageNotInflight", 400),
            "MissingRequiredParameterException": ("MissingParameter", 400),
            "OverLimit": ("OverLimit", 403),
            "PurgeQueueInProgress": ("AWS.SimpleQueueService.PurgeQueueInProgress", 403),
            "QueueDeletedRecently": ("AWS.SimpleQueueService.QueueDeletedRecently", 400),
            "QueueDoesNotExist": ("AWS.SimpleQueueService.NonExistentQueue", 400),
            "QueueNameExists": ("QueueAlreadyExists", 400),
            "ReceiptHandleIsInvalid": ("ReceiptHandleIsInvalid", 404),
            "TooManyEntriesInBatchRequest": (
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
                400,
            ),
            "UnsupportedOperation": ("AWS.SimpleQueueService.UnsupportedOperation", 400),
        },
    ),
}


def with_query(model: Model, names: QueryNames) -> Model:
    """The trimmed model with all that its service's query protocol needs."""
    metadata = dict(model["metadata"])
    metadata["protocols"] = [*metadata["protocols"], "query"]
    metadata["xmlNamespace"] = names.namespace
    operations = {name: _wrapped(each) for name, each in model["operations"].items()}
    shapes = {name: _named(name, each, names) for name, each in model["shapes"].items()}
    for name, (code, status) in names.errors.items():
        shape = shapes.get(name) or {"type": "structure", "members": {}, "exception": True}
        shapes[name] = {**shape, "error": {"code": code, "httpStatusCode": status}}
    return {
        **model,
        "metadata": metadata,
        "operations": operations,
        "shapes": dict(sorted(shapes.items())),
    }


def _wrapped(operation: Model) -> Model:
    if "output" not in operation:
        return operation
    output = {**operation["output"], "resultWrapper": f"{operation['name']}Result"}
    return {**operation, "output": output}


def _named(name: str, shape: Model, names: QueryNames) -> Model:
    if name in names.elements:
        return {**shape, "member": {**shape["member"], "queryName": names.elements[name]}}
    if name in names.entries:
        key, value = names.entries[name]
        return {
            **shape,
            "key": {**shape["key"], "queryName": key},
            "value": {**shape["value"], "queryName": value},
        }
    if shape["type"] != "structure":
        return shape
    members = {}
    for member, reference in shape["members"].items():
        members[member] = reference
        if member in names.members:
            members[member] = {**reference, "queryName": names.members[member]}
        if member == names.by_path:
            members[member] = {**reference, "queryPath": True}
    return {**shape, "members": members}
