"""Statements over many deployments at once."""

from typing import Final

import msgspec
from sqlalchemy import bindparam, select

from homeport.services.codedeploy.records.deployments import Deployment
from homeport.services.codedeploy.tables import deployments as table
from homeport.store import ReadTx

_DECODER: Final = msgspec.json.Decoder(Deployment)

_NEWEST_FIRST = (table.c.created_at.desc(), table.c.id.desc())
_ALL = (
    select(table.c.body)
    .where(table.c.account == bindparam("account"), table.c.region == bindparam("region"))
    .order_by(*_NEWEST_FIRST)
)
_NEWEST_OF_GROUP = (
    select(table.c.body)
    .where(table.c.group_id == bindparam("group_id"))
    .order_by(*_NEWEST_FIRST)
    .limit(1)
)


def deployments_of(tx: ReadTx, account: str, region: str) -> tuple[Deployment, ...]:
    """Every deployment of the region, the newest first."""
    rows = tx.rows(_ALL, {"account": account, "region": region})
    return tuple(_DECODER.decode(row.body) for row in rows)


def newest_of(tx: ReadTx, group_id: str) -> Deployment | None:
    """The group's newest deployment, a rollback included."""
    body = tx.scalar(_NEWEST_OF_GROUP, {"group_id": group_id})
    return None if body is None else _DECODER.decode(body)
