"""Attributes of queues: read them, set them, and permissions, which are one of them."""

import msgspec

from homeport.runtime import Call, operation
from homeport.services.sqs.api import lookups
from homeport.services.sqs.errors import MissingParameter
from homeport.services.sqs.plan import attributes, policies, redrive
from homeport.services.sqs.queries import messages, queues
from homeport.services.sqs.records.messages import Counts
from homeport.services.sqs.records.queues import Queue, QueueBody, named_by
from homeport.shapes import sqs as shapes
from homeport.store import ReadTx, Tx

_NO_COUNTS = Counts(visible=0, delayed=0, in_flight=0)


@operation("GetQueueAttributes")
def get_queue_attributes(
    tx: ReadTx, call: Call, request: shapes.GetQueueAttributesRequest
) -> shapes.GetQueueAttributesResult:
    """The attributes that are asked for; counts are those of this moment."""
    queue = lookups.find(tx, call, request["QueueUrl"])
    names = request.get("AttributeNames", [])
    counts = _NO_COUNTS
    if any(name == "All" or name.startswith("ApproximateNumber") for name in names):
        since = lookups.kept_since(call, queue)
        counts = messages.counts(tx, queue.id, now=call.now, since=since)
    found = attributes.shown(queue, names, counts)
    return {"Attributes": found} if found else {}


@operation(
    "SetQueueAttributes",
    partial="no keys of KMS; SqsManagedSseEnabled and policies are kept and not enforced",
)
def set_queue_attributes(
    tx: Tx, call: Call, request: shapes.SetQueueAttributesRequest
) -> shapes.SetQueueAttributesResponse:
    """Change attributes; they count at once, for messages that are there too."""
    queue = lookups.find(tx, call, request["QueueUrl"])
    given = request["Attributes"]
    if not given:
        raise MissingParameter("The request must contain the parameter Attribute.Name.")
    body = attributes.with_attributes(queue.body, given)
    after = msgspec.structs.replace(queue, body=body)
    save(tx, call, pointed(tx, after) if "RedrivePolicy" in given else after)
    return {}


@operation("AddPermission", partial="permissions are written into the policy and not enforced")
def add_permission(
    tx: Tx, call: Call, request: shapes.AddPermissionRequest
) -> shapes.AddPermissionResponse:
    """Write a permission into the queue's policy."""
    queue = lookups.find(tx, call, request["QueueUrl"])
    policy = policies.with_permission(
        queue, request["Label"], request["AWSAccountIds"], request["Actions"]
    )
    _save_policy(tx, call, queue, policy)
    return {}


@operation("RemovePermission")
def remove_permission(
    tx: Tx, call: Call, request: shapes.RemovePermissionRequest
) -> shapes.RemovePermissionResponse:
    """Take a permission out of the queue's policy."""
    queue = lookups.find(tx, call, request["QueueUrl"])
    _save_policy(tx, call, queue, policies.without_permission(queue, request["Label"]))
    return {}


def _save_policy(tx: Tx, call: Call, queue: Queue, policy: str) -> None:
    body = msgspec.structs.replace(queue.body, policy=policy)
    save(tx, call, msgspec.structs.replace(queue, body=body))


def save(tx: Tx, call: Call, queue: Queue) -> None:
    """Record a queue that was changed."""
    body: QueueBody = msgspec.structs.replace(queue.body, modified_at=call.now)
    queues.save_queue(tx, msgspec.structs.replace(queue, body=body))
    tx.changed(lookups.SETTINGS, queue.arn)
    tx.changed(lookups.QUEUE, queue.arn)


def pointed(tx: ReadTx, queue: Queue) -> Queue:
    """The queue with the dead-letter queue that its RedrivePolicy names, which must be there."""
    policy = queue.body.redrive_policy
    if not policy:
        return msgspec.structs.replace(queue, dead_letter_arn="")
    arn, _ = redrive.redrive_of(policy)
    target = None
    if named := named_by(arn):
        near = named.account == queue.account and named.region == queue.region
        target = queues.find_queue(tx, named.account, named.region, named.name) if near else None
    redrive.check_target(policy, queue.arn, fifo=queue.body.fifo, target=target)
    return msgspec.structs.replace(queue, dead_letter_arn=arn)
