"""Queues: make, find, list, purge and delete them."""

from typing import Final

import msgspec

from homeport.kernel import paging
from homeport.runtime import Call, operation
from homeport.services.sqs.api import lookups
from homeport.services.sqs.api.attributes import pointed
from homeport.services.sqs.errors import (
    InvalidParameterValue,
    PurgeQueueInProgress,
    QueueDeletedRecently,
    QueueDoesNotExist,
)
from homeport.services.sqs.plan import attributes, names, tags
from homeport.services.sqs.plan.names import NAME_RESTS_S
from homeport.services.sqs.queries import queues
from homeport.services.sqs.records.queues import Queue, QueueBody
from homeport.shapes import sqs as shapes
from homeport.store import ReadTx, Tx

PURGE_EVERY_S: Final = 60


@operation(
    "CreateQueue",
    partial="no keys of KMS; SqsManagedSseEnabled is kept as it is set, what is stored is as safe "
    "as the database; policies are kept and not enforced",
)
def create_queue(
    tx: Tx, call: Call, request: shapes.CreateQueueRequest
) -> shapes.CreateQueueResult:
    """Make a queue; the same again answers the same address."""
    name = request["QueueName"]
    given = request.get("Attributes", {})
    fifo = names.check_new(name, given)
    there = queues.find_queue(tx, call.account, call.region, name)
    if there is not None:
        attributes.check_same(there, given)
        return {"QueueUrl": lookups.url_of(call, there)}
    deleted_at = queues.deleted_at(tx, call.account, call.region, name)
    if deleted_at is not None and call.now - deleted_at < call.clock.span(NAME_RESTS_S):
        raise QueueDeletedRecently(
            f"You must wait {NAME_RESTS_S} seconds after deleting a queue before you can create "
            "another with the same name."
        )
    body = QueueBody(
        created_at=call.now,
        modified_at=call.now,
        fifo=fifo,
        tags=tags.merged(name, (), request.get("tags", {})),
    )
    queue = Queue(
        id=0,
        account=call.account,
        region=call.region,
        name=name,
        dead_letter_arn="",
        body=attributes.with_attributes(body, given),
    )
    queue = pointed(tx, queue)
    queues.insert_queue(tx, queue)
    tx.changed(lookups.SETTINGS, queue.arn)
    return {"QueueUrl": lookups.url_of(call, queue)}


@operation("GetQueueUrl")
def get_queue_url(
    tx: ReadTx, call: Call, request: shapes.GetQueueUrlRequest
) -> shapes.GetQueueUrlResult:
    """The address of a queue by its name."""
    owner = request.get("QueueOwnerAWSAccountId") or call.account
    queue = None
    if owner == call.account:
        queue = queues.find_queue(tx, owner, call.region, request["QueueName"])
    if queue is None:
        raise QueueDoesNotExist(lookups.MISSING)
    return {"QueueUrl": lookups.url_of(call, queue)}


@operation("ListQueues")
def list_queues(
    tx: ReadTx, call: Call, request: shapes.ListQueuesRequest
) -> shapes.ListQueuesResult:
    """The addresses of the caller's queues, by name."""
    limit = lookups.page_size(request.get("MaxResults"))
    found = queues.queues_after(
        tx,
        call.account,
        call.region,
        after=_after(request.get("NextToken")),
        prefix=request.get("QueueNamePrefix", ""),
        count=limit + 1,
    )
    shown, token = paging.page(found, lambda each: each.name, limit)
    response: shapes.ListQueuesResult = {}
    if shown:
        response["QueueUrls"] = [lookups.url_of(call, each) for each in shown]
    if token is not None and "MaxResults" in request:
        response["NextToken"] = token
    return response


@operation("ListDeadLetterSourceQueues")
def list_dead_letter_source_queues(
    tx: ReadTx, call: Call, request: shapes.ListDeadLetterSourceQueuesRequest
) -> shapes.ListDeadLetterSourceQueuesResult:
    """The addresses of the queues whose dead letters go to this one."""
    target = lookups.find(tx, call, request["QueueUrl"])
    limit = lookups.page_size(request.get("MaxResults"))
    found = queues.sources_after(
        tx, target, after=_after(request.get("NextToken")), count=limit + 1
    )
    shown, token = paging.page(found, lambda each: each.name, limit)
    response: shapes.ListDeadLetterSourceQueuesResult = {
        "queueUrls": [lookups.url_of(call, each) for each in shown]
    }
    if token is not None and "MaxResults" in request:
        response["NextToken"] = token
    return response


@operation("PurgeQueue")
def purge_queue(tx: Tx, call: Call, request: shapes.PurgeQueueRequest) -> shapes.PurgeQueueResponse:
    """Drop all messages; they cannot be received from now on and are removed in the background."""
    queue = lookups.find(tx, call, request["QueueUrl"])
    last = queue.body.purged_at
    if last is not None and call.now - last < call.clock.span(PURGE_EVERY_S):
        raise PurgeQueueInProgress(
            f"Only one PurgeQueue operation on {queue.name} is allowed every {PURGE_EVERY_S} "
            "seconds."
        )
    body = msgspec.structs.replace(queue.body, purged_at=call.now)
    queues.empty_queue(tx, msgspec.structs.replace(queue, body=body))
    tx.changed(lookups.FORMER, str(queue.id))
    return {}


@operation("DeleteQueue")
def delete_queue(
    tx: Tx, call: Call, request: shapes.DeleteQueueRequest
) -> shapes.DeleteQueueResponse:
    """Remove a queue with all it holds."""
    queue = lookups.find(tx, call, request["QueueUrl"])
    queues.delete_queue(tx, queue, now=call.now)
    tx.changed(lookups.FORMER, str(queue.id))
    tx.changed(lookups.QUEUE, queue.arn)  # Who waits for a message is told that there is none.
    return {}


def _after(token: str | None) -> str:
    if not token:
        return ""
    try:
        return paging.key_of(token)
    except paging.BadToken as error:
        raise InvalidParameterValue("Invalid or expired next token.") from error
