"""Tags of queues: add, remove and list them."""

import msgspec

from homeport.runtime import Call, operation
from homeport.services.sqs.api import lookups
from homeport.services.sqs.plan import tags
from homeport.services.sqs.queries import queues
from homeport.services.sqs.records.queues import Queue
from homeport.shapes import sqs as shapes
from homeport.store import ReadTx, Tx


@operation("TagQueue")
def tag_queue(tx: Tx, call: Call, request: shapes.TagQueueRequest) -> shapes.TagQueueResponse:
    """Add tags to a queue."""
    queue = lookups.find(tx, call, request["QueueUrl"])
    _keep(tx, queue, tags.merged(queue.name, queue.body.tags, request["Tags"]))
    return {}


@operation("UntagQueue")
def untag_queue(tx: Tx, call: Call, request: shapes.UntagQueueRequest) -> shapes.UntagQueueResponse:
    """Remove tags from a queue; keys that it does not have do not matter."""
    queue = lookups.find(tx, call, request["QueueUrl"])
    _keep(tx, queue, tags.without(queue.body.tags, request["TagKeys"]))
    return {}


@operation("ListQueueTags")
def list_queue_tags(
    tx: ReadTx, call: Call, request: shapes.ListQueueTagsRequest
) -> shapes.ListQueueTagsResult:
    """The tags of a queue."""
    queue = lookups.find(tx, call, request["QueueUrl"])
    return {"Tags": dict(queue.body.tags)} if queue.body.tags else {}


def _keep(tx: Tx, queue: Queue, kept: tags.Tags) -> None:
    body = msgspec.structs.replace(queue.body, tags=kept)
    queues.save_queue(tx, msgspec.structs.replace(queue, body=body))
