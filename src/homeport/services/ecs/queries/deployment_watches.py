"""Statements over what services that are being deployed want to hear of.

A watch is a key of the change feed: the ARN of a listener or of an alarm.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from homeport.services.ecs.tables import deployment_watches as table
from homeport.store import ReadTx, Tx

_OF_SERVICE = select(table.c.key).where(table.c.service_arn == bindparam("service"))
_WATCHERS = (
    select(table.c.service_arn).where(table.c.key == bindparam("key")).order_by(table.c.service_arn)
)
_INSERT = insert(table)
_DELETE: Final = delete(table).where(
    table.c.service_arn == bindparam("of"), table.c.key == bindparam("no_more")
)


def watchers(tx: ReadTx, key: str) -> tuple[str, ...]:
    """ARNs of the services that want to hear of `key`."""
    return tuple(row.service_arn for row in tx.rows(_WATCHERS, {"key": key}))


def watch(tx: Tx, service_arn: str, keys: Iterable[str]) -> None:
    """Have the service hear of these, and of nothing else."""
    known = {row.key for row in tx.rows(_OF_SERVICE, {"service": service_arn})}
    wanted = set(keys)
    if wanted - known:
        tx.execute(
            _INSERT, [{"service_arn": service_arn, "key": key} for key in sorted(wanted - known)]
        )
    if known - wanted:
        tx.execute(_DELETE, [{"of": service_arn, "no_more": key} for key in sorted(known - wanted)])
