"""Statements that join target groups with the load balancers that forward to them."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, select

from homeport.services.elbv2.records.load_balancers import LoadBalancer
from homeport.services.elbv2.tables import forwards, load_balancers
from homeport.store import ReadTx

_DECODER: Final = msgspec.json.Decoder(LoadBalancer)

_PAIRS = (
    select(forwards.c.group_arn, forwards.c.load_balancer_arn)
    .where(forwards.c.group_arn.in_(bindparam("groups", expanding=True)))
    .distinct()
    .subquery()
)
_USERS = (
    select(_PAIRS.c.group_arn, load_balancers.c.body)
    .join(load_balancers, load_balancers.c.arn == _PAIRS.c.load_balancer_arn)
    .order_by(_PAIRS.c.group_arn, load_balancers.c.arn)
)


def users_of(tx: ReadTx, group_arn: str) -> tuple[LoadBalancer, ...]:
    """The load balancers that forward to this target group, by ARN."""
    return users_of_many(tx, (group_arn,))[group_arn]


def users_of_many(tx: ReadTx, group_arns: Sequence[str]) -> dict[str, tuple[LoadBalancer, ...]]:
    """The load balancers that forward to each of these target groups, by ARN."""
    found: dict[str, list[LoadBalancer]] = {arn: [] for arn in group_arns}
    if found:
        for row in tx.rows(_USERS, {"groups": list(found)}):
            found[row.group_arn].append(_DECODER.decode(row.body))
    return {arn: tuple(users) for arn, users in found.items()}
