"""Statements about VPCs and what is in them, interfaces excepted."""

from typing import Any

import msgspec
from sqlalchemy import Table, bindparam, insert, select

from homeport.services.ec2.records import (
    DefaultNetwork,
    InternetGateway,
    RouteTable,
    SecurityGroup,
    Subnet,
    Vpc,
    Zone,
)
from homeport.services.ec2.tables import (
    internet_gateways,
    route_tables,
    security_groups,
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
_SUBNET = _SUBNETS.where(subnets.c.id == bindparam("key"))
_GROUPS = _of_region(security_groups)
_GROUP = _GROUPS.where(security_groups.c.id == bindparam("key"))
_NAMED_GROUP = _GROUPS.where(
    security_groups.c.vpc_id == bindparam("vpc_id"), security_groups.c.name == bindparam("name")
)
_GATEWAYS = _of_region(internet_gateways)
_TABLES = _of_region(route_tables)


def zones_everywhere(tx: ReadTx) -> tuple[Zone, ...]:
    """The availability zones of every region."""
    return tuple(
        Zone(region=row.region, name=row.name, zone_id=row.zone_id) for row in tx.rows(_ZONES)
    )


def vpcs_everywhere(tx: ReadTx) -> tuple[Vpc, ...]:
    """The VPCs of every account and region."""
    return tuple(msgspec.json.decode(row.body, type=Vpc) for row in tx.rows(_EVERY_VPC))


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


def find_subnet(tx: ReadTx, account: str, region: str, subnet_id: str) -> Subnet | None:
    """The subnet with this id."""
    body = tx.scalar(_SUBNET, {"account": account, "region": region, "key": subnet_id})
    return None if body is None else msgspec.json.decode(body, type=Subnet)


def groups_of(tx: ReadTx, account: str, region: str) -> tuple[SecurityGroup, ...]:
    """The security groups of a region, by id."""
    rows = tx.rows(_GROUPS, {"account": account, "region": region})
    return tuple(msgspec.json.decode(row.body, type=SecurityGroup) for row in rows)


def find_group(tx: ReadTx, account: str, region: str, group_id: str) -> SecurityGroup | None:
    """The security group with this id."""
    body = tx.scalar(_GROUP, {"account": account, "region": region, "key": group_id})
    return None if body is None else msgspec.json.decode(body, type=SecurityGroup)


def find_named_group(
    tx: ReadTx, account: str, region: str, vpc_id: str, name: str
) -> SecurityGroup | None:
    """The VPC's security group of this name."""
    body = tx.scalar(
        _NAMED_GROUP, {"account": account, "region": region, "vpc_id": vpc_id, "name": name}
    )
    return None if body is None else msgspec.json.decode(body, type=SecurityGroup)


def gateways_of(tx: ReadTx, account: str, region: str) -> tuple[InternetGateway, ...]:
    """The internet gateways of a region, by id."""
    rows = tx.rows(_GATEWAYS, {"account": account, "region": region})
    return tuple(msgspec.json.decode(row.body, type=InternetGateway) for row in rows)


def tables_of(tx: ReadTx, account: str, region: str) -> tuple[RouteTable, ...]:
    """The route tables of a region, by id."""
    rows = tx.rows(_TABLES, {"account": account, "region": region})
    return tuple(msgspec.json.decode(row.body, type=RouteTable) for row in rows)


def insert_zones(tx: Tx, new: tuple[Zone, ...]) -> None:
    """Record availability zones."""
    if new:
        tx.execute(insert(zones), [msgspec.structs.asdict(each) for each in new])


def insert_networks(tx: Tx, new: tuple[DefaultNetwork, ...]) -> None:
    """Record default networks, a statement for each kind of resource."""
    if not new:
        return
    tx.execute(
        insert(vpcs),
        [_row(each.vpc, each.vpc.vpc_id) | {"is_default": True} for each in new],
    )
    tx.execute(insert(subnets), [_subnet_row(subnet) for each in new for subnet in each.subnets])
    tx.execute(
        insert(security_groups),
        [
            _row(each.group, each.group.group_id)
            | {"vpc_id": each.group.vpc_id, "name": each.group.name}
            for each in new
        ],
    )
    tx.execute(
        insert(internet_gateways), [_row(each.gateway, each.gateway.gateway_id) for each in new]
    )
    tx.execute(insert(route_tables), [_row(each.table, each.table.table_id) for each in new])


def _row(
    record: Vpc | Subnet | SecurityGroup | InternetGateway | RouteTable, key: str
) -> dict[str, object]:
    return {
        "id": key,
        "account": record.account,
        "region": record.region,
        "body": msgspec.json.encode(record),
    }


def _subnet_row(subnet: Subnet) -> dict[str, object]:
    return _row(subnet, subnet.subnet_id) | {
        "is_default": subnet.is_default,
        "next_fresh": subnet.first_address,
        "last_address": subnet.last_address,
    }
