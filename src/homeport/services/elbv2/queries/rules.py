"""Statements over rules.  A listener's default rule is not among them: see its record."""

from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from homeport.services.elbv2.queries.load_balancers import announce
from homeport.services.elbv2.records.listeners import Rule
from homeport.services.elbv2.tables import rules as table
from homeport.store import ReadTx, Tx

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Rule)

_BY_ARN = select(table.c.body).where(table.c.arn == bindparam("arn"))
_EVERY = select(table.c.body).order_by(table.c.listener_arn, table.c.priority, table.c.arn)
_OF_LISTENER = (
    select(table.c.body)
    .where(table.c.listener_arn == bindparam("arn"))
    .order_by(table.c.priority, table.c.arn)
)
_COUNT = select(func.count()).where(table.c.load_balancer_arn == bindparam("arn"))
_ARNS = select(table.c.arn).where(table.c.load_balancer_arn == bindparam("arn"))
_INSERT = insert(table)
_UPDATE = (
    update(table)
    .where(table.c.arn == bindparam("of"))
    .values(priority=bindparam("priority"), body=bindparam("body"))
)
_DELETE = delete(table).where(table.c.arn == bindparam("arn"))
_DELETE_OF_LISTENER = delete(table).where(table.c.listener_arn == bindparam("arn"))
_DELETE_OF_LOAD_BALANCER = delete(table).where(table.c.load_balancer_arn == bindparam("arn"))


def find_rule(tx: ReadTx, arn: str) -> Rule | None:
    """The rule with this ARN."""
    body = tx.scalar(_BY_ARN, {"arn": arn})
    return None if body is None else _DECODER.decode(body)


def rules_of(tx: ReadTx, listener_arn: str) -> tuple[Rule, ...]:
    """The rules of a listener, in the order in which they are tried."""
    rows = tx.rows(_OF_LISTENER, {"arn": listener_arn})
    return tuple(_DECODER.decode(row.body) for row in rows)


def every_rule(tx: ReadTx) -> tuple[Rule, ...]:
    """The rules of every listener, by listener and priority."""
    return tuple(_DECODER.decode(row.body) for row in tx.rows(_EVERY))


def count_of_load_balancer(tx: ReadTx, load_balancer_arn: str) -> int:
    """How many rules the listeners of a load balancer have, default rules not counted."""
    return int(tx.scalar(_COUNT, {"arn": load_balancer_arn}) or 0)


def arns_of_load_balancer(tx: ReadTx, load_balancer_arn: str) -> tuple[str, ...]:
    """The ARNs of the rules of a load balancer's listeners."""
    return tuple(row.arn for row in tx.rows(_ARNS, {"arn": load_balancer_arn}))


def insert_rule(tx: Tx, rule: Rule) -> None:
    """Record a rule."""
    tx.execute(
        _INSERT,
        {
            "arn": rule.arn,
            "load_balancer_arn": rule.load_balancer_arn,
            "listener_arn": rule.listener_arn,
            "priority": rule.priority,
            "body": _ENCODER.encode(rule),
        },
    )
    announce(tx, rule.load_balancer_arn)


def update_rule(tx: Tx, rule: Rule) -> None:
    """Replace the record of a rule that exists."""
    body = _ENCODER.encode(rule)
    tx.execute(_UPDATE, {"of": rule.arn, "priority": rule.priority, "body": body})
    announce(tx, rule.load_balancer_arn)


def delete_rule(tx: Tx, rule: Rule) -> None:
    """Remove a rule."""
    tx.execute(_DELETE, {"arn": rule.arn})
    announce(tx, rule.load_balancer_arn)


def delete_rules_of_listener(tx: Tx, listener_arn: str) -> None:
    """Remove every rule of a listener that is being deleted."""
    tx.execute(_DELETE_OF_LISTENER, {"arn": listener_arn})


def delete_rules_of_load_balancer(tx: Tx, load_balancer_arn: str) -> None:
    """Remove every rule of a load balancer that is being deleted."""
    tx.execute(_DELETE_OF_LOAD_BALANCER, {"arn": load_balancer_arn})
