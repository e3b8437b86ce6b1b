"""Statements over which rule forwards to which target group.

Whoever changes actions records their forwards here, in the same transaction, and announces the
target groups that `replace_forwards` and its kin answer.
"""

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, insert, select

from homeport.services.elbv2.tables import forwards as table
from homeport.store import ReadTx, Tx

_LOAD_BALANCERS = (
    select(table.c.load_balancer_arn)
    .where(table.c.group_arn == bindparam("arn"))
    .distinct()
    .order_by(table.c.load_balancer_arn)
)
_GROUPS = (
    select(table.c.group_arn)
    .where(table.c.load_balancer_arn == bindparam("arn"))
    .distinct()
    .order_by(table.c.group_arn)
)
_IN_USE = select(table.c.group_arn).distinct()
_DELETE = delete(table).returning(table.c.group_arn)
_DELETE_RULE = _DELETE.where(table.c.rule_arn == bindparam("arn"))
_DELETE_LISTENER = _DELETE.where(table.c.listener_arn == bindparam("arn"))
_DELETE_LOAD_BALANCER = _DELETE.where(table.c.load_balancer_arn == bindparam("arn"))
_INSERT = insert(table)


def load_balancers_of_group(tx: ReadTx, group_arn: str) -> tuple[str, ...]:
    """The ARNs of the load balancers whose rules forward to a target group."""
    return tuple(row.load_balancer_arn for row in tx.rows(_LOAD_BALANCERS, {"arn": group_arn}))


def groups_of_load_balancer(tx: ReadTx, arn: str) -> tuple[str, ...]:
    """The ARNs of the target groups that a load balancer's rules forward to."""
    return tuple(row.group_arn for row in tx.rows(_GROUPS, {"arn": arn}))


def groups_in_use(tx: ReadTx) -> frozenset[str]:
    """The ARNs of the target groups that any rule forwards to."""
    return frozenset(row.group_arn for row in tx.rows(_IN_USE))


def replace_forwards(
    tx: Tx, rule_arn: str, listener_arn: str, load_balancer_arn: str, groups: Iterable[str]
) -> tuple[str, ...]:
    """Let a rule forward to these groups alone; answers the groups that this concerns."""
    wanted = dict.fromkeys(groups)
    before = forget_rule(tx, rule_arn)
    if wanted:
        tx.execute(
            _INSERT,
            [
                {
                    "group_arn": group,
                    "rule_arn": rule_arn,
                    "listener_arn": listener_arn,
                    "load_balancer_arn": load_balancer_arn,
                }
                for group in wanted
            ],
        )
    return tuple(sorted({*wanted, *before} - (wanted.keys() & set(before))))


def forget_rule(tx: Tx, rule_arn: str) -> tuple[str, ...]:
    """A rule forwards to nothing any more; answers the groups that it did forward to."""
    return _groups(tx, _DELETE_RULE, rule_arn)


def forget_listener(tx: Tx, listener_arn: str) -> tuple[str, ...]:
    """A listener forwards to nothing any more; answers the groups that it did forward to."""
    return _groups(tx, _DELETE_LISTENER, listener_arn)


def forget_load_balancer(tx: Tx, load_balancer_arn: str) -> tuple[str, ...]:
    """A load balancer forwards to nothing any more; answers the groups that it did forward to."""
    return _groups(tx, _DELETE_LOAD_BALANCER, load_balancer_arn)


def _groups(tx: Tx, statement: object, arn: str) -> tuple[str, ...]:
    return tuple(sorted({row.group_arn for row in tx.rows(statement, {"arn": arn})}))  # type: ignore[arg-type]
