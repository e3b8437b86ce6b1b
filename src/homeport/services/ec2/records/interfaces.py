"""Network interfaces."""

from typing import Literal

from msgspec import Struct

Holder = Literal["ecs", "elb", "nat", "user"]
"""Who made an interface; only ``user`` may change or delete it through the API."""


class Interface(Struct, frozen=True, kw_only=True):
    """A network interface: one address of a subnet, held until it is deleted."""

    interface_id: str
    account: str
    region: str
    subnet_id: str
    vpc_id: str
    zone: str
    zone_id: str
    address: str
    address_number: int
    mac_address: str
    private_dns_name: str
    description: str
    group_ids: tuple[str, ...]
    attachment_id: str
    """Empty for an interface that is attached to nothing."""
    created_at: float
    holder: Holder = "ecs"
    interface_type: str = "interface"
    source_dest_check: bool = True
    """Recorded and shown; no address of ours forwards what is not for it."""
    client_token: str | None = None
    tags: dict[str, str] = {}


class Held(Struct, frozen=True):
    """An address that an interface holds, as far as a VPC's policy needs it."""

    address_number: int
    group_ids: tuple[str, ...]
    holder: Holder
