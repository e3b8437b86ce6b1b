"""Queues: what they are called, and what their attributes say."""

from msgspec import Struct

from homeport.kernel.arn import Arn, BadArn, parse

RETENTION_S = 345_600
BYTES_MAX = 1_048_576


class QueueBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of a queue nobody searches for; defaults are AWS's.  Documents are as they were set."""

    created_at: float
    modified_at: float
    purged_at: float | None = None
    fifo: bool = False
    delay_s: int = 0
    message_bytes_max: int = BYTES_MAX
    retention_s: int = RETENTION_S
    receive_wait_s: int = 0
    visibility_timeout_s: int = 30
    policy: str = ""
    redrive_policy: str = ""
    redrive_allow_policy: str = ""
    data_key_reuse_s: int | None = None
    managed_encryption: bool = True
    content_based_deduplication: bool = False
    deduplication_scope: str = "queue"
    throughput_limit: str = "perQueue"
    tags: tuple[tuple[str, str], ...] = ()


class Queue(Struct, frozen=True, kw_only=True):
    """A queue."""

    id: int
    account: str
    region: str
    name: str
    dead_letter_arn: str
    body: QueueBody

    @property
    def arn(self) -> str:
        """Its Amazon Resource Name."""
        return queue_arn(self.account, self.region, self.name)


class FormerQueue(Struct, frozen=True, kw_only=True):
    """What a deleted or purged queue left behind."""

    queue_id: int
    account: str
    region: str
    name: str
    deleted_at: float | None
    """None: only purged."""


class QueueNamed(Struct, frozen=True, kw_only=True):
    """Which queue is meant."""

    account: str
    region: str
    name: str


def queue_arn(account: str, region: str, name: str) -> str:
    """The ARN of the queue of this name."""
    return str(Arn("sqs", region, account, name))


def named_by(arn: str) -> QueueNamed | None:
    """Which queue an ARN names; None when it names none."""
    try:
        parsed = parse(arn)
    except BadArn:
        return None
    if parsed.service != "sqs" or not parsed.region or not parsed.account:
        return None
    return QueueNamed(account=parsed.account, region=parsed.region, name=parsed.resource)
