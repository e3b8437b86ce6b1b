"""What a VPC's policy is made of, read in four statements: columns for thousands of interfaces."""

import msgspec
from sqlalchemy import bindparam, select

from homeport.services.ec2.records import Held, NetworkAcl, SecurityGroup, Vpc
from homeport.services.ec2.tables import network_acls, network_interfaces, security_groups, vpcs
from homeport.store import ReadTx

_VPC = select(vpcs.c.body).where(vpcs.c.id == bindparam("vpc_id"))
_HELD = (
    select(
        network_interfaces.c.address,
        network_interfaces.c.group_ids,
        network_interfaces.c.holder,
    )
    .where(network_interfaces.c.vpc_id == bindparam("vpc_id"))
    .order_by(network_interfaces.c.address)
)
_GROUPS = (
    select(security_groups.c.id, security_groups.c.body)
    .where(security_groups.c.vpc_id == bindparam("vpc_id"))
    .order_by(security_groups.c.id)
)
_ACLS = (
    select(network_acls.c.body)
    .where(
        network_acls.c.account == bindparam("account"),
        network_acls.c.region == bindparam("region"),
    )
    .order_by(network_acls.c.id)
)


def vpc_anywhere(tx: ReadTx, vpc_id: str) -> Vpc | None:
    """The VPC with this id, whosever it is."""
    body = tx.scalar(_VPC, {"vpc_id": vpc_id})
    return None if body is None else msgspec.json.decode(body, type=Vpc)


def held_addresses(tx: ReadTx, vpc_id: str) -> tuple[Held, ...]:
    """Who holds which address of a VPC, by address."""
    groups: dict[str, tuple[str, ...]] = {}  # Thousands of interfaces share a handful.
    held = []
    for row in tx.rows(_HELD, {"vpc_id": vpc_id}):
        group_ids = groups.get(row.group_ids)
        if group_ids is None:
            group_ids = groups[row.group_ids] = tuple(row.group_ids.split())
        held.append(Held(row.address, group_ids, row.holder))
    return tuple(held)


def groups_in_use(tx: ReadTx, vpc_id: str, held: tuple[Held, ...]) -> tuple[SecurityGroup, ...]:
    """The VPC's security groups that one of the addresses has, by id."""
    used = {group_id for each in held for group_id in each.group_ids}
    return tuple(
        msgspec.json.decode(row.body, type=SecurityGroup)
        for row in tx.rows(_GROUPS, {"vpc_id": vpc_id})
        if row.id in used
    )


def acls_of(tx: ReadTx, vpc: Vpc) -> tuple[NetworkAcl, ...]:
    """The VPC's network ACLs, by id; a region has few."""
    rows = tx.rows(_ACLS, {"account": vpc.account, "region": vpc.region})
    found = (msgspec.json.decode(row.body, type=NetworkAcl) for row in rows)
    return tuple(each for each in found if each.vpc_id == vpc.vpc_id)
