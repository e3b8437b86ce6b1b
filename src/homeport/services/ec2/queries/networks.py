"""Statements about VPCs and what is in them, interfaces excepted."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Table, bindparam, delete, insert, select

from homeport.services.ec2.queries import resources
from homeport.services.ec2.records import (
    NewNetwork,
    Subnet,
    Vpc,
    Zone,
)
from homeport.services.ec2.tables import (
    dhcp_options,
    returned_addresses,
    subnets,
    vpcs,
    zones,
)
from homeport.store import ReadTx, Tx


def _of_region(table: Table) -> Any:
    return (
        select(table.c.body)
        .where(
            table.c.account == bindparam("account"),
            table.c.region == bindparam("region"),
        )
        .order_by(table.c.id)
    )


_ZONES = select(zones).order_by(zones.c.region, zones.c.name)
_VPCS = _of_region(vpcs)
_EVERY_VPC = select(vpcs.c.body)
_SUBNETS = _of_region(subnets)
_DEFAULT_SUBNETS = _SUBNETS.where(subnets.c.is_default.is_(True))
# Options are made with a region's first VPC, and nobody can delete them.
_EVER_WITH_VPCS = select(dhcp_options.c.region).where(
    dhcp_options.c.account == bindparam("account")
)
_FORGET_RETURNED = delete(returned_addresses).where(
    returned_addresses.c.subnet_id == bindparam("key")
)


def zones_everywhere(tx: ReadTx) -> tuple[Zone, ...]:
    """The availability zones of every region."""
    return tuple(
        Zone(region=row.region, name=row.name, zone_id=row.zone_id) for row in tx.rows(_ZONES)
    )


def vpcs_everywhere(tx: ReadTx) -> tuple[Vpc, ...]:
    """The VPCs of every account and region."""
    return tuple(msgspec.json.decode(row.body, type=Vpc) for row in tx.rows(_EVERY_VPC))


def regions_ever_with_vpcs(tx: ReadTx, account: str) -> frozenset[str]:
    """The regions in which the account has a VPC, or had one."""
    return frozenset(row.region for row in tx.rows(_EVER_WITH_VPCS, {"account": account}))


def vpcs_of(tx: ReadTx, account: str, region: str) -> tuple[Vpc, ...]:
    """The VPCs of a region, by id."""
    rows = tx.rows(_VPCS, {"account": account, "region": region})
    return tuple(msgspec.json.decode(row.body, type=Vpc) for row in rows)


def subnets_of(tx: ReadTx, account: str, region: str) -> tuple[Subnet, ...]:
    """The subnets of a region, by id."""
    rows = tx.rows(_SUBNETS, {"account": account, "region": region})
    return tuple(msgspec.json.decode(row.body, type=Subnet) for row in rows)


def default_subnets(tx: ReadTx, account: str, region: str) -> tuple[Subnet, ...]:
    """The subnets of the region's default VPC, by id."""
    rows = tx.rows(_DEFAULT_SUBNETS, {"account": account, "region": region})
    return tuple(msgspec.json.decode(row.body, type=Subnet) for row in rows)


def insert_zones(tx: Tx, new: tuple[Zone, ...]) -> None:
    """Record availability zones."""
    if new:
        tx.execute(insert(zones), [msgspec.structs.asdict(each) for each in new])


def insert_networks(tx: Tx, new: Sequence[NewNetwork]) -> None:
    """Record networks."""
    resources.add(tx, *(record for each in new for record in _records(each)))


def _records(new: NewNetwork) -> tuple[resources.Resource, ...]:
    gateway = () if new.gateway is None else (new.gateway,)
    return (new.vpc, new.group, new.table, new.acl, *new.subnets, *gateway)


def remove_subnet(tx: Tx, subnet: Subnet) -> None:
    """Forget a subnet, and the addresses that came back to it."""
    tx.execute(_FORGET_RETURNED, {"key": subnet.subnet_id})
    resources.remove(tx, subnet)
