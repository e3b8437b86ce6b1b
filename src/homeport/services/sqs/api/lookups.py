"""Which queue a request means, and what is announced of it."""

from typing import Final

from homeport.runtime import Call
from homeport.services.sqs.errors import InvalidParameterValue, QueueDoesNotExist
from homeport.services.sqs.plan import names
from homeport.services.sqs.queries import queues
from homeport.services.sqs.records.queues import Queue
from homeport.store import ReadTx

QUEUE: Final = "queue"
"""The kind that the change feed announces when there may be something to receive; the key is the
queue's ARN."""

SETTINGS: Final = "queue settings"
"""The kind for a queue that is new or has other attributes; the key is its ARN."""

FORMER: Final = "queue left behind"
"""The kind for what a queue held that was deleted or purged; the key is the id that it had."""

MISSING: Final = "The specified queue does not exist."


def find(tx: ReadTx, call: Call, url: str) -> Queue:
    """The queue at an address; raises when the caller has none there."""
    account, name = names.of_url(url)
    queue = None
    if account == call.account:
        queue = queues.find_queue(tx, account, call.region, name)
    if queue is None:
        raise QueueDoesNotExist(MISSING)
    return queue


def url_of(call: Call, queue: Queue) -> str:
    """The address of a queue, for the client that asks."""
    return names.url_of(call.endpoint, region=queue.region, account=queue.account, name=queue.name)


def kept_since(call: Call, queue: Queue) -> float:
    """When the oldest message was sent that the queue still keeps."""
    return call.now - call.clock.span(queue.body.retention_s)


def page_size(asked: int | None) -> int:
    """How many results a page has."""
    if asked is None:
        return PAGE_MAX
    if not 1 <= asked <= PAGE_MAX:
        raise InvalidParameterValue(
            f"Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer "
            f"between 1 and {PAGE_MAX}."
        )
    return asked


PAGE_MAX: Final = 1_000
