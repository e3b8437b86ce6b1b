"""Statements over the states of targets that EventBridge was told of last."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, union, update

from homeport.services.elbv2.records.target_groups import TargetKey
from homeport.services.elbv2.tables import targets, told_health
from homeport.store import ReadTx, Tx

_KEY: Final = (
    told_health.c.group_arn == bindparam("of_group"),
    told_health.c.target_id == bindparam("of_id"),
    told_health.c.port == bindparam("of_port"),
)
_OF_GROUP = select(told_health.c.target_id, told_health.c.port, told_health.c.state).where(
    told_health.c.group_arn == bindparam("group")
)
_GROUPS = union(select(targets.c.group_arn), select(told_health.c.group_arn))
_INSERT = insert(told_health)
_UPDATE = update(told_health).where(*_KEY).values(state=bindparam("new_state"))
_DELETE = delete(told_health).where(*_KEY)


def told_of(tx: ReadTx, group_arn: str) -> dict[TargetKey, str]:
    """The states that were told of a group's targets, by id and port."""
    rows = tx.rows(_OF_GROUP, {"group": group_arn})
    return {(row.target_id, row.port): row.state for row in rows}


def groups(tx: ReadTx) -> tuple[str, ...]:
    """The groups that have targets, or of whose targets something was told."""
    return tuple(row.group_arn for row in tx.rows(_GROUPS))


def tell(
    tx: Tx, group_arn: str, states: Mapping[TargetKey, str], *, known: frozenset[TargetKey]
) -> None:
    """Keep the states that are told now; of those in `known` another one was told."""
    new = [
        {"group_arn": group_arn, "target_id": at[0], "port": at[1], "state": state}
        for at, state in states.items()
        if at not in known
    ]
    if new:
        tx.execute(_INSERT, new)
    other = [
        {**_key(group_arn, at), "new_state": state} for at, state in states.items() if at in known
    ]
    if other:
        tx.execute(_UPDATE, other)


def forget(tx: Tx, group_arn: str, gone: tuple[TargetKey, ...]) -> None:
    """Keep nothing of these targets any more."""
    if gone:
        tx.execute(_DELETE, [_key(group_arn, at) for at in gone])


def _key(group_arn: str, at: TargetKey) -> dict[str, object]:
    return {"of_group": group_arn, "of_id": at[0], "of_port": at[1]}
