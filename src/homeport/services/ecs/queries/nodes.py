"""Statements over nodes as such: which are connected, and what is left on them."""

from typing import Final

import msgspec
from sqlalchemy import bindparam, exists, func, select

from homeport.services.ecs.records.instances import ContainerInstance
from homeport.services.ecs.tables import container_instances as table
from homeport.services.ecs.tables import tasks
from homeport.store import ReadTx

_DECODER: Final = msgspec.json.Decoder(ContainerInstance)

_CONNECTED = (
    select(table.c.body)
    .where(
        table.c.account == bindparam("account"),
        table.c.status == "ACTIVE",
        table.c.connected.is_(True),
    )
    .order_by(table.c.arn)
)
_HAS_LIVE_TASKS = exists(
    select(tasks.c.arn).where(
        tasks.c.instance_arn == table.c.arn,
        tasks.c.released.is_(False),
        tasks.c.last_status != "STOPPED",
    )
)
_DISCONNECTED_ARNS = (
    select(table.c.arn)
    .where(table.c.connected.is_(False), (table.c.status != "INACTIVE") | _HAS_LIVE_TASKS)
    .order_by(table.c.arn)
)
_ALL_CONNECTED = select(table.c.body).where(table.c.connected.is_(True)).order_by(table.c.arn)
_COUNT = select(func.count()).where(table.c.connected.is_(True))
_LEFT = (
    select(func.count())
    .select_from(tasks.join(table, tasks.c.instance_arn == table.c.arn))
    .where(
        table.c.connected.is_(True),
        tasks.c.released.is_(False),
        tasks.c.created_at <= bindparam("until"),
    )
)
_DEREGISTERED = (
    select(table.c.arn)
    .join(tasks, tasks.c.instance_arn == table.c.arn)
    .where(table.c.status == "INACTIVE", tasks.c.released.is_(False))
    .distinct()
)


def working_nodes(tx: ReadTx, account: str, region: str) -> tuple[ContainerInstance, ...]:
    """Connected nodes whose Engine answers: those of the region, or else those of any region."""
    decoded = [_DECODER.decode(row.body) for row in tx.rows(_CONNECTED, {"account": account})]
    working = tuple(each for each in decoded if each.engine_connected)
    near = tuple(each for each in working if each.region == region)
    return near or working


def connected(tx: ReadTx) -> tuple[ContainerInstance, ...]:
    """Instances that count as connected, of every account and region."""
    return tuple(_DECODER.decode(row.body) for row in tx.rows(_ALL_CONNECTED))


def disconnected_arns(tx: ReadTx) -> tuple[str, ...]:
    """Instances that count as disconnected, of every account and region: those that are registered,
    and others that still have Fargate's tasks."""
    return tuple(row.arn for row in tx.rows(_DISCONNECTED_ARNS))


def count_connected(tx: ReadTx) -> int:
    """How many nodes are connected."""
    return int(tx.scalar(_COUNT) or 0)


def count_left(tx: ReadTx, *, until: float) -> int:
    """How many tasks made no later than `until` still have something on a connected node."""
    return int(tx.scalar(_LEFT, {"until": until}) or 0)


def deregistered_with_tasks(tx: ReadTx) -> tuple[str, ...]:
    """Deregistered instances of which a task still has something."""
    return tuple(row.arn for row in tx.rows(_DEREGISTERED))
