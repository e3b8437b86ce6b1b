"""Statements over which listener has which certificate.

`queries.listeners` records it with each listener: nobody else writes here.
"""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, select

from homeport.services.elbv2.records.listeners import Listener
from homeport.services.elbv2.tables import certificate_uses as table
from homeport.store import ReadTx, Tx

_USERS = (
    select(table.c.certificate_arn, table.c.load_balancer_arn)
    .where(table.c.certificate_arn.in_(bindparam("arns", expanding=True)))
    .distinct()
    .order_by(table.c.certificate_arn, table.c.load_balancer_arn)
)
_INSERT = insert(table)
_DELETE_LISTENER = delete(table).where(table.c.listener_arn == bindparam("arn"))
_DELETE_LOAD_BALANCER = delete(table).where(table.c.load_balancer_arn == bindparam("arn"))


def users_of(tx: ReadTx, arns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The load balancers, by ARN, that use each of these certificates; only those in use."""
    found: dict[str, list[str]] = {}
    if arns:
        for row in tx.rows(_USERS, {"arns": list(arns)}):
            found.setdefault(row.certificate_arn, []).append(row.load_balancer_arn)
    return {arn: tuple(users) for arn, users in found.items()}


def record(tx: Tx, listener: Listener) -> None:
    """A listener has its certificates, and no others."""
    forget_listener(tx, listener.arn)
    if listener.certificates:
        tx.execute(
            _INSERT,
            [
                {
                    "certificate_arn": arn,
                    "listener_arn": listener.arn,
                    "load_balancer_arn": listener.load_balancer_arn,
                }
                # One may be the default one and in the list, too.
                for arn in dict.fromkeys(listener.certificates)
            ],
        )


def forget_listener(tx: Tx, arn: str) -> None:
    """A listener has no certificates any more."""
    tx.execute(_DELETE_LISTENER, {"arn": arn})


def forget_load_balancer(tx: Tx, arn: str) -> None:
    """No listener of a load balancer has certificates any more."""
    tx.execute(_DELETE_LOAD_BALANCER, {"arn": arn})
