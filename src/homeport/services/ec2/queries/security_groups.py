"""Statements about security groups beyond those that every kind of resource has: see resources."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, func, select

from homeport.services.ec2.records import SecurityGroup
from homeport.services.ec2.tables import security_groups
from homeport.store import ReadTx

_OF_REGION: Final = (
    security_groups.c.account == bindparam("account"),
    security_groups.c.region == bindparam("region"),
)
_SOME = select(security_groups.c.body).where(
    *_OF_REGION, security_groups.c.id.in_(bindparam("keys", expanding=True))
)
_OF_VPC = (
    select(security_groups.c.body)
    .where(security_groups.c.vpc_id == bindparam("vpc_id"))
    .order_by(security_groups.c.id)
)
_COUNT = select(func.count()).where(*_OF_REGION)
_NAMED = select(security_groups.c.body).where(
    *_OF_REGION,
    security_groups.c.vpc_id == bindparam("vpc_id"),
    security_groups.c.name == bindparam("name"),
)


def groups_of_vpc(tx: ReadTx, vpc_id: str) -> tuple[SecurityGroup, ...]:
    """The security groups of a VPC, by id."""
    return tuple(_record(row.body) for row in tx.rows(_OF_VPC, {"vpc_id": vpc_id}))


def count_groups(tx: ReadTx, account: str, region: str) -> int:
    """How many security groups a region has."""
    return int(tx.scalar(_COUNT, {"account": account, "region": region}))


def find_groups(
    tx: ReadTx, account: str, region: str, group_ids: Sequence[str]
) -> dict[str, SecurityGroup]:
    """Those of the security groups that there are, by id; the ids may be anything."""
    keys = [each for each in group_ids if each.isascii() and each.isprintable()]
    rows = tx.rows(_SOME, {"account": account, "region": region, "keys": keys})
    found = (_record(row.body) for row in rows)
    return {group.group_id: group for group in found}


def find_named_group(
    tx: ReadTx, account: str, region: str, vpc_id: str, name: str
) -> SecurityGroup | None:
    """The VPC's security group of this name."""
    where = {"account": account, "region": region, "vpc_id": vpc_id, "name": name}
    body = tx.scalar(_NAMED, where)
    return None if body is None else _record(body)


def _record(body: bytes) -> SecurityGroup:
    return msgspec.json.decode(body, type=SecurityGroup)
