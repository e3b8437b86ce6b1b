"""Statements over what uses capacity providers.  Which providers exist is in records."""

from collections.abc import Collection
from typing import Final

import msgspec
from sqlalchemy import bindparam, select

from homeport.services.ecs.records.task_states import LIVE_STATUSES
from homeport.services.ecs.tables import tasks as table
from homeport.store import ReadTx


class _Placed(msgspec.Struct):
    """The one member of a task's body that is of interest here."""

    capacity_provider: str | None = None


_DECODER: Final = msgspec.json.Decoder(_Placed)

_LIVE_BODIES = select(table.c.body).where(
    table.c.cluster_arn == bindparam("cluster"), table.c.last_status.in_(LIVE_STATUSES)
)


def in_use(tx: ReadTx, cluster_arn: str, names: Collection[str]) -> bool:
    """Whether a task of the cluster that is not over was placed by one of these providers."""
    if not names:
        return False
    rows = tx.rows(_LIVE_BODIES, {"cluster": cluster_arn})
    return any(_DECODER.decode(row.body).capacity_provider in names for row in rows)
