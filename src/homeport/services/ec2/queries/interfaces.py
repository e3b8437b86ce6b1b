"""Statements about network interfaces and the addresses they hold.

A subnet first hands out the addresses it never has; only then those that came back, the longest
back first.  So nobody gets an address while its former holder's connections still linger, and
finding one costs the same however many are held.  An address that a user chose is skipped when
its turn comes: only a subnet where somebody chose one ahead of its turn looks for such.

Each statement that changes who holds which address or group announces the VPC.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from homeport.services.ec2.records import Interface
from homeport.services.ec2.tables import network_interfaces, returned_addresses, subnets
from homeport.store import ReadTx, Tx

VPC = "vpc"
"""The kind of change that says: look at this VPC's policy again."""

_OF_REGION = (
    network_interfaces.c.account == bindparam("account"),
    network_interfaces.c.region == bindparam("region"),
)
_ALL = select(network_interfaces.c.body).where(*_OF_REGION).order_by(network_interfaces.c.id)
_SOME = _ALL.where(network_interfaces.c.id.in_(bindparam("keys", expanding=True)))
_ONE = _ALL.where(network_interfaces.c.id == bindparam("key"))
_OF_USERS = _ALL.where(network_interfaces.c.holder == "user")
_HELD = (
    select(network_interfaces.c.subnet_id, func.count().label("held"))
    .where(*_OF_REGION)
    .group_by(network_interfaces.c.subnet_id)
)
_WITH_GROUP = (
    select(network_interfaces.c.id)
    .where(
        network_interfaces.c.vpc_id == bindparam("vpc_id"),
        network_interfaces.c.group_ids.contains(bindparam("group_id")),
    )
    .limit(1)
)
_INSERT = insert(network_interfaces)
_UPDATE = (
    update(network_interfaces)
    .where(network_interfaces.c.id == bindparam("key"))
    .values(group_ids=bindparam("new_group_ids"), body=bindparam("new_body"))
)
_DELETE = (
    delete(network_interfaces)
    .where(*_OF_REGION, network_interfaces.c.id == bindparam("key"))
    .returning(
        network_interfaces.c.subnet_id,
        network_interfaces.c.address,
        network_interfaces.c.vpc_id,
    )
)
_TAKE_FRESH = (
    update(subnets)
    .where(subnets.c.id == bindparam("key"), subnets.c.next_fresh <= subnets.c.last_address)
    .values(next_fresh=subnets.c.next_fresh + 1)
    .returning(subnets.c.next_fresh, subnets.c.last_chosen)
)
_HOLDER_OF = select(network_interfaces.c.id).where(
    network_interfaces.c.subnet_id == bindparam("subnet_id"),
    network_interfaces.c.address == bindparam("address"),
)
_OLDEST_RETURNED = (
    select(returned_addresses.c.id, returned_addresses.c.address)
    .where(returned_addresses.c.subnet_id == bindparam("key"))
    .order_by(returned_addresses.c.id)
    .limit(1)
)
_TAKE_RETURNED = delete(returned_addresses).where(returned_addresses.c.id == bindparam("key"))
_CHOOSE_RETURNED = delete(returned_addresses).where(
    returned_addresses.c.subnet_id == bindparam("subnet"),
    returned_addresses.c.address == bindparam("chosen"),
)
_CHOOSE_FRESH = (
    update(subnets)
    .where(subnets.c.id == bindparam("key"), subnets.c.last_chosen < bindparam("chosen"))
    .values(last_chosen=bindparam("chosen"))
)
# An address that was chosen before its turn just waits for its turn again.
_RETURN = insert(returned_addresses).from_select(
    ["subnet_id", "address"],
    select(subnets.c.id, bindparam("address_back", type_=returned_addresses.c.address.type)).where(
        subnets.c.id == bindparam("subnet"), subnets.c.next_fresh > bindparam("address_back")
    ),
)


def take_address(tx: Tx, subnet_id: str) -> int | None:
    """A free address of the subnet as a number; None when it has none."""
    while (fresh := tx.row(_TAKE_FRESH, {"key": subnet_id})) is not None:
        number = int(fresh.next_fresh) - 1
        if number > fresh.last_chosen or not is_held(tx, subnet_id, number):
            return number
    returned = tx.row(_OLDEST_RETURNED, {"key": subnet_id})
    if returned is None:
        return None
    tx.execute(_TAKE_RETURNED, {"key": returned.id})
    return int(returned.address)


def choose_address(tx: Tx, subnet_id: str, number: int) -> bool:
    """Take this address of the subnet's usable ones; False when somebody has it."""
    if is_held(tx, subnet_id, number):
        return False
    tx.execute(_CHOOSE_RETURNED, {"subnet": subnet_id, "chosen": number})
    tx.execute(_CHOOSE_FRESH, {"key": subnet_id, "chosen": number})
    return True


def is_held(tx: ReadTx, subnet_id: str, number: int) -> bool:
    """Whether an interface has the address."""
    return tx.row(_HOLDER_OF, {"subnet_id": subnet_id, "address": number}) is not None


def insert_interface(tx: Tx, interface: Interface) -> None:
    """Record an interface that holds an address taken before."""
    tx.execute(
        _INSERT,
        {
            "id": interface.interface_id,
            "account": interface.account,
            "region": interface.region,
            "vpc_id": interface.vpc_id,
            "subnet_id": interface.subnet_id,
            "address": interface.address_number,
            "group_ids": " ".join(interface.group_ids),
            "holder": interface.holder,
            "body": msgspec.json.encode(interface),
        },
    )
    tx.changed(VPC, interface.vpc_id)


def save_interface(tx: Tx, interface: Interface) -> None:
    """Record what became of an interface: its groups, its description, its tags."""
    tx.execute(
        _UPDATE,
        {
            "key": interface.interface_id,
            "new_group_ids": " ".join(interface.group_ids),
            "new_body": msgspec.json.encode(interface),
        },
    )
    tx.changed(VPC, interface.vpc_id)


def delete_interface(tx: Tx, account: str, region: str, interface_id: str) -> None:
    """Remove an interface and give its address back; one that is gone is fine."""
    gone = tx.row(_DELETE, {"account": account, "region": region, "key": interface_id})
    if gone is not None:
        tx.execute(_RETURN, {"subnet": gone.subnet_id, "address_back": gone.address})
        tx.changed(VPC, gone.vpc_id)


def find_interface(tx: ReadTx, account: str, region: str, key: str) -> Interface | None:
    """The interface with this id, which may be anything that a client sent."""
    if not (key.isascii() and key.isprintable()):
        return None
    body = tx.scalar(_ONE, {"account": account, "region": region, "key": key})
    return None if body is None else msgspec.json.decode(body, type=Interface)


def interfaces_of(
    tx: ReadTx, account: str, region: str, keys: Sequence[str] | None = None
) -> tuple[Interface, ...]:
    """The interfaces of a region by id, all or those with the given ids."""
    where = {"account": account, "region": region}
    rows = tx.rows(_ALL, where) if keys is None else tx.rows(_SOME, where | {"keys": list(keys)})
    return tuple(msgspec.json.decode(row.body, type=Interface) for row in rows)


def users_interfaces(tx: ReadTx, account: str, region: str) -> tuple[Interface, ...]:
    """The interfaces of a region that users made, by id."""
    rows = tx.rows(_OF_USERS, {"account": account, "region": region})
    return tuple(msgspec.json.decode(row.body, type=Interface) for row in rows)


def has_group(tx: ReadTx, vpc_id: str, group_id: str) -> bool:
    """Whether an interface of the VPC has the security group."""
    return tx.row(_WITH_GROUP, {"vpc_id": vpc_id, "group_id": group_id}) is not None


def held_addresses(tx: ReadTx, account: str, region: str) -> dict[str, int]:
    """How many addresses of each subnet are held; subnets without any are left out."""
    rows = tx.rows(_HELD, {"account": account, "region": region})
    return {row.subnet_id: row.held for row in rows}
