"""Statements about network interfaces and the addresses they hold.

A subnet first hands out the addresses it never has; only then those that came back, the longest
back first.  So nobody gets an address while its former holder's connections still linger, and
finding one costs the same however many are held.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from homeport.services.ec2.records import Interface
from homeport.services.ec2.tables import network_interfaces, returned_addresses, subnets
from homeport.store import ReadTx, Tx

_OF_REGION = (
    network_interfaces.c.account == bindparam("account"),
    network_interfaces.c.region == bindparam("region"),
)
_ALL = select(network_interfaces.c.body).where(*_OF_REGION).order_by(network_interfaces.c.id)
_SOME = _ALL.where(network_interfaces.c.id.in_(bindparam("keys", expanding=True)))
_HELD = (
    select(network_interfaces.c.subnet_id, func.count().label("held"))
    .where(*_OF_REGION)
    .group_by(network_interfaces.c.subnet_id)
)
_INSERT = insert(network_interfaces)
_DELETE = (
    delete(network_interfaces)
    .where(*_OF_REGION, network_interfaces.c.id == bindparam("key"))
    .returning(network_interfaces.c.subnet_id, network_interfaces.c.address)
)
_TAKE_FRESH = (
    update(subnets)
    .where(subnets.c.id == bindparam("key"), subnets.c.next_fresh <= subnets.c.last_address)
    .values(next_fresh=subnets.c.next_fresh + 1)
    .returning(subnets.c.next_fresh)
)
_OLDEST_RETURNED = (
    select(returned_addresses.c.id, returned_addresses.c.address)
    .where(returned_addresses.c.subnet_id == bindparam("key"))
    .order_by(returned_addresses.c.id)
    .limit(1)
)
_TAKE_RETURNED = delete(returned_addresses).where(returned_addresses.c.id == bindparam("key"))
_RETURN = insert(returned_addresses)


def take_address(tx: Tx, subnet_id: str) -> int | None:
    """A free address of the subnet as a number; None when it has none."""
    after = tx.scalar(_TAKE_FRESH, {"key": subnet_id})
    if after is not None:
        return int(after) - 1
    returned = tx.row(_OLDEST_RETURNED, {"key": subnet_id})
    if returned is None:
        return None
    tx.execute(_TAKE_RETURNED, {"key": returned.id})
    return int(returned.address)


def insert_interface(tx: Tx, interface: Interface) -> None:
    """Record an interface that holds an address taken before."""
    tx.execute(
        _INSERT,
        {
            "id": interface.interface_id,
            "account": interface.account,
            "region": interface.region,
            "subnet_id": interface.subnet_id,
            "address": interface.address_number,
            "body": msgspec.json.encode(interface),
        },
    )


def delete_interface(tx: Tx, account: str, region: str, interface_id: str) -> None:
    """Remove an interface and give its address back; one that is gone is fine."""
    gone = tx.row(_DELETE, {"account": account, "region": region, "key": interface_id})
    if gone is not None:
        tx.execute(_RETURN, {"subnet_id": gone.subnet_id, "address": gone.address})


def interfaces_of(
    tx: ReadTx, account: str, region: str, keys: Sequence[str] | None = None
) -> tuple[Interface, ...]:
    """The interfaces of a region by id, all or those with the given ids."""
    where = {"account": account, "region": region}
    rows = tx.rows(_ALL, where) if keys is None else tx.rows(_SOME, where | {"keys": list(keys)})
    return tuple(msgspec.json.decode(row.body, type=Interface) for row in rows)


def held_addresses(tx: ReadTx, account: str, region: str) -> dict[str, int]:
    """How many addresses of each subnet are held; subnets without any are left out."""
    rows = tx.rows(_HELD, {"account": account, "region": region})
    return {row.subnet_id: row.held for row in rows}
