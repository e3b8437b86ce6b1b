"""Statements that every kind of resource has alike: find, list, record, delete.

Interfaces are recorded by `queries.interfaces`: an address is taken with each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Table, bindparam, delete, insert, select, update

from homeport.services.ec2 import tables
from homeport.services.ec2.records import (
    DhcpOptions,
    ElasticAddress,
    Interface,
    InternetGateway,
    NatGateway,
    NetworkAcl,
    RouteTable,
    SecurityGroup,
    Subnet,
    Vpc,
)
from homeport.store import ReadTx, Tx

Resource = (
    Vpc
    | Subnet
    | SecurityGroup
    | InternetGateway
    | NatGateway
    | ElasticAddress
    | RouteTable
    | NetworkAcl
    | DhcpOptions
    | Interface
)
Kind = TypeVar("Kind", bound=Resource)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where the records of one kind are."""

    key: str
    """The member that identifies a record."""
    all_: Any
    one: Any
    insert: Any
    save: Any
    delete: Any


def _shelf(table: Table, key: str) -> Shelf:
    here = (table.c.account == bindparam("account_"), table.c.region == bindparam("region_"))
    this = table.c.id == bindparam("key_")
    return Shelf(
        key=key,
        all_=select(table.c.body).where(*here).order_by(table.c.id),
        one=select(table.c.body).where(*here, this),
        insert=insert(table),
        save=update(table).where(this).values(body=bindparam("body_")),
        delete=delete(table).where(this),
    )


_SHELVES: Final[Mapping[type[Any], Shelf]] = {
    DhcpOptions: _shelf(tables.dhcp_options, "options_id"),
    ElasticAddress: _shelf(tables.elastic_addresses, "allocation_id"),
    Interface: _shelf(tables.network_interfaces, "interface_id"),
    InternetGateway: _shelf(tables.internet_gateways, "gateway_id"),
    NatGateway: _shelf(tables.nat_gateways, "gateway_id"),
    NetworkAcl: _shelf(tables.network_acls, "acl_id"),
    RouteTable: _shelf(tables.route_tables, "table_id"),
    SecurityGroup: _shelf(tables.security_groups, "group_id"),
    Subnet: _shelf(tables.subnets, "subnet_id"),
    Vpc: _shelf(tables.vpcs, "vpc_id"),
}
_PUBLIC_IPS = select(tables.elastic_addresses.c.public_ip)


def of_region(tx: ReadTx, kind: type[Kind], account: str, region: str) -> tuple[Kind, ...]:
    """Every record of a kind in a region, by id."""
    rows = tx.rows(_SHELVES[kind].all_, {"account_": account, "region_": region})
    return tuple(msgspec.json.decode(row.body, type=kind) for row in rows)


def find(tx: ReadTx, kind: type[Kind], account: str, region: str, key: str) -> Kind | None:
    """The record with this id, which may be anything that a client sent."""
    if not (key.isascii() and key.isprintable()):
        return None
    body = tx.scalar(_SHELVES[kind].one, {"account_": account, "region_": region, "key_": key})
    return None if body is None else msgspec.json.decode(body, type=kind)


def add(tx: Tx, *records: Resource) -> None:
    """Record what is new, with one statement for each kind."""
    rows: dict[type[Resource], list[dict[str, object]]] = {}
    for record in records:
        rows.setdefault(type(record), []).append(_row(record))
    for kind, some in rows.items():
        tx.execute(_SHELVES[kind].insert, some)


def save(tx: Tx, *records: Resource) -> None:
    """Record what became of records that are there."""
    for record in records:
        body = msgspec.json.encode(record)
        tx.execute(_SHELVES[type(record)].save, {"key_": id_of(record), "body_": body})


def remove(tx: Tx, *records: Resource) -> None:
    """Forget records."""
    for record in records:
        tx.execute(_SHELVES[type(record)].delete, {"key_": id_of(record)})


def id_of(record: Resource) -> str:
    """What identifies a record."""
    return str(getattr(record, _SHELVES[type(record)].key))


def public_ips(tx: ReadTx) -> frozenset[str]:
    """Every elastic address of every account and region."""
    return frozenset(row.public_ip for row in tx.rows(_PUBLIC_IPS))


def _row(record: Resource) -> dict[str, object]:
    return {
        "id": id_of(record),
        "account": record.account,
        "region": record.region,
        "body": msgspec.json.encode(record),
    } | _columns(record)


def _columns(record: Resource) -> dict[str, object]:
    """What a kind has in columns beside the record itself."""
    match record:
        case Vpc():
            return {"is_default": record.is_default}
        case Subnet():
            return {
                "is_default": record.is_default,
                "next_fresh": record.first_address,
                "last_address": record.last_address,
            }
        case SecurityGroup():
            return {"vpc_id": record.vpc_id, "name": record.name}
        case ElasticAddress():
            return {"public_ip": record.public_ip}
        case _:
            return {}
