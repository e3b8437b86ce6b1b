"""Statements over load balancers."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from homeport.services.elbv2.queries.forwards import groups_of_load_balancer
from homeport.services.elbv2.records.load_balancers import LoadBalancer
from homeport.services.elbv2.tables import load_balancers as table
from homeport.store import ReadTx, Tx

CHANGE: Final = "load balancer"

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(LoadBalancer)

_BY_ARN = select(table.c.body).where(table.c.arn == bindparam("arn"))
_EVERY = select(table.c.body).order_by(table.c.arn)
_OF_REGION = (
    select(table.c.body)
    .where(table.c.account == bindparam("account"), table.c.region == bindparam("region"))
    .order_by(table.c.name)
)
_BY_NAMES = _OF_REGION.where(table.c.name.in_(bindparam("names", expanding=True)))
_INSERT = insert(table)
_UPDATE = update(table).where(table.c.arn == bindparam("of")).values(body=bindparam("body"))
_DELETE = delete(table).where(table.c.arn == bindparam("arn"))


def find(tx: ReadTx, arn: str) -> LoadBalancer | None:
    """The load balancer with this ARN."""
    body = tx.scalar(_BY_ARN, {"arn": arn})
    return None if body is None else _DECODER.decode(body)


def find_named(
    tx: ReadTx, account: str, region: str, names: Sequence[str]
) -> tuple[LoadBalancer, ...]:
    """The load balancers of a region that have one of these names, by name."""
    parameters = {"account": account, "region": region, "names": list(names)}
    return tuple(_DECODER.decode(row.body) for row in tx.rows(_BY_NAMES, parameters))


def load_balancers_of(tx: ReadTx, account: str, region: str) -> tuple[LoadBalancer, ...]:
    """The load balancers of a region, by name."""
    rows = tx.rows(_OF_REGION, {"account": account, "region": region})
    return tuple(_DECODER.decode(row.body) for row in rows)


def every_load_balancer(tx: ReadTx) -> tuple[LoadBalancer, ...]:
    """The load balancers of every account and region, by ARN."""
    return tuple(_DECODER.decode(row.body) for row in tx.rows(_EVERY))


def insert_load_balancer(tx: Tx, load_balancer: LoadBalancer) -> None:
    """Record a load balancer; its name must be new to its account and region."""
    tx.execute(
        _INSERT,
        {
            "arn": load_balancer.arn,
            "account": load_balancer.account,
            "region": load_balancer.region,
            "name": load_balancer.name,
            "body": _ENCODER.encode(load_balancer),
        },
    )
    announce(tx, load_balancer.arn)


def update_load_balancer(tx: Tx, load_balancer: LoadBalancer) -> None:
    """Replace the record of a load balancer that exists."""
    record_state(tx, load_balancer)
    announce(tx, load_balancer.arn)
    # Its zones and its attributes decide which targets are used, and from where.
    for group_arn in groups_of_load_balancer(tx, load_balancer.arn):
        tx.changed("target group", group_arn)
        tx.changed("target health", group_arn)


def record_state(tx: Tx, load_balancer: LoadBalancer) -> None:
    """Replace the record where nothing changed that the data plane reads: nothing is announced."""
    tx.execute(_UPDATE, {"of": load_balancer.arn, "body": _ENCODER.encode(load_balancer)})


def delete_load_balancer(tx: Tx, arn: str) -> None:
    """Remove a load balancer, and nothing of what belongs to it."""
    tx.execute(_DELETE, {"arn": arn})
    announce(tx, arn)


def announce(tx: Tx, arn: str) -> None:
    """Say that the data plane should look at the load balancer again."""
    tx.changed(CHANGE, arn)
