"""Ways out of a VPC: gateways, and the public addresses that they use."""

from msgspec import Struct


class InternetGateway(Struct, frozen=True, kw_only=True):
    """The way from a VPC to the world."""

    gateway_id: str
    account: str
    region: str
    vpc_id: str | None = None
    """The VPC it is attached to."""
    tags: dict[str, str] = {}


class NatGateway(Struct, frozen=True, kw_only=True):
    """The way from a subnet without public addresses to the world."""

    gateway_id: str
    account: str
    region: str
    vpc_id: str
    subnet_id: str
    connectivity: str
    """``public`` or ``private``."""
    state: str
    """``available``, ``failed`` or ``deleted``; the last two are forgotten after an hour."""
    created_at: float
    deleted_at: float | None = None
    interface_id: str | None = None
    """It holds an address of its subnet through this interface, unless it failed."""
    private_ip: str | None = None
    allocation_id: str | None = None
    association_id: str | None = None
    public_ip: str | None = None
    failure_code: str | None = None
    failure_message: str | None = None
    client_token: str | None = None
    tags: dict[str, str] = {}


class ElasticAddress(Struct, frozen=True, kw_only=True):
    """A public address of an account.  Reserved and shown; nothing listens at it."""

    allocation_id: str
    account: str
    region: str
    public_ip: str
    association_id: str | None = None
    interface_id: str | None = None
    private_ip: str | None = None
    tags: dict[str, str] = {}
