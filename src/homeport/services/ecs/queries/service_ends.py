"""Statements over the tasks of a service that have stopped: what became of the last of them."""

from typing import Final

import msgspec
from sqlalchemy import bindparam, select

from homeport.services.ecs.records.tasks import Task
from homeport.services.ecs.tables import tasks as table
from homeport.store import ReadTx

_DECODER: Final = msgspec.json.Decoder(Task)

_LAST = (
    select(table.c.body)
    .where(
        table.c.cluster_arn == bindparam("cluster"),
        table.c.service_name == bindparam("service"),
        table.c.last_status == "STOPPED",
    )
    .order_by(table.c.stopped_at.desc(), table.c.arn)
    .limit(bindparam("limit"))
)


def last_stopped(tx: ReadTx, cluster_arn: str, name: str, limit: int) -> tuple[Task, ...]:
    """The tasks of a service that stopped last, newest first."""
    of = {"cluster": cluster_arn, "service": name, "limit": limit}
    return tuple(_DECODER.decode(row.body) for row in tx.rows(_LAST, of))
