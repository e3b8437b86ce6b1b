"""Statements over listeners.  Who changes one announces its load balancer.

What the data plane has taken of one is announced as ``traffic`` with the listener's ARN.
"""

from typing import Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import bindparam, delete, insert, select, update

from homeport.services.elbv2.queries import certificate_uses
from homeport.services.elbv2.queries.load_balancers import announce
from homeport.services.elbv2.records.listeners import Listener
from homeport.services.elbv2.tables import listeners as table
from homeport.store import ReadTx, Tx

TRAFFIC: Final = "traffic"

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Listener)

_BY_ARN = select(table.c.body).where(table.c.arn == bindparam("arn"))
_EVERY = select(table.c.body).order_by(table.c.load_balancer_arn, table.c.port, table.c.arn)
_OF_LOAD_BALANCER = (
    select(table.c.body)
    .where(table.c.load_balancer_arn == bindparam("arn"))
    .order_by(table.c.port, table.c.arn)
)
_INSERT = insert(table)
_UPDATE = (
    update(table)
    .where(table.c.arn == bindparam("of"))
    .values(port=bindparam("port"), body=bindparam("body"))
)
_DELETE = delete(table).where(table.c.arn == bindparam("arn"))
_DELETE_ALL = delete(table).where(table.c.load_balancer_arn == bindparam("arn"))


def find_listener(tx: ReadTx, arn: str) -> Listener | None:
    """The listener with this ARN."""
    body = tx.scalar(_BY_ARN, {"arn": arn})
    return None if body is None else _DECODER.decode(body)


def listeners_of(tx: ReadTx, load_balancer_arn: str) -> tuple[Listener, ...]:
    """The listeners of a load balancer, by port."""
    rows = tx.rows(_OF_LOAD_BALANCER, {"arn": load_balancer_arn})
    return tuple(_DECODER.decode(row.body) for row in rows)


def every_listener(tx: ReadTx) -> tuple[Listener, ...]:
    """The listeners of every load balancer, by load balancer and port."""
    return tuple(_DECODER.decode(row.body) for row in tx.rows(_EVERY))


def insert_listener(tx: Tx, listener: Listener) -> None:
    """Record a listener; its port must be new to its load balancer."""
    tx.execute(
        _INSERT,
        {
            "arn": listener.arn,
            "load_balancer_arn": listener.load_balancer_arn,
            "port": listener.port,
            "body": _ENCODER.encode(listener),
        },
    )
    certificate_uses.record(tx, listener)
    announce(tx, listener.load_balancer_arn)


def update_listener(tx: Tx, listener: Listener) -> None:
    """Replace the record of a listener that exists, and count that."""
    _save(tx, replace(listener, shift=listener.shift + 1))
    certificate_uses.record(tx, listener)
    announce(tx, listener.load_balancer_arn)


def count_shift(tx: Tx, arn: str) -> None:
    """Count a change of the rules of a listener; who changes them announces it."""
    listener = find_listener(tx, arn)
    if listener is not None:
        _save(tx, replace(listener, shift=listener.shift + 1))


def record_live(tx: Tx, listener: Listener) -> None:
    """Record what the data plane has taken of a listener: it need not look at it again."""
    _save(tx, listener)
    tx.changed(TRAFFIC, listener.arn)


def _save(tx: Tx, listener: Listener) -> None:
    body = _ENCODER.encode(listener)
    tx.execute(_UPDATE, {"of": listener.arn, "port": listener.port, "body": body})


def delete_listener(tx: Tx, listener: Listener) -> None:
    """Remove a listener, and nothing of what belongs to it."""
    tx.execute(_DELETE, {"arn": listener.arn})
    certificate_uses.forget_listener(tx, listener.arn)
    announce(tx, listener.load_balancer_arn)


def delete_listeners_of(tx: Tx, load_balancer_arn: str) -> None:
    """Remove every listener of a load balancer that is being deleted."""
    tx.execute(_DELETE_ALL, {"arn": load_balancer_arn})
    certificate_uses.forget_load_balancer(tx, load_balancer_arn)
