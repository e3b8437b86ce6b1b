"""Load balancers as Elastic Load Balancing keeps them; listeners are records of their own."""

from typing import Literal

from msgspec import Struct

Kind = Literal["application", "network"]
Scheme = Literal["internet-facing", "internal"]
State = Literal["provisioning", "active", "active_impaired", "failed"]


class Zone(Struct, frozen=True, kw_only=True):
    """A load balancer's place in one availability zone: an interface in one subnet."""

    name: str
    subnet_id: str
    interface_id: str
    address: str


class LoadBalancer(Struct, frozen=True, kw_only=True):
    """A load balancer."""

    arn: str
    account: str
    region: str
    name: str
    kind: Kind
    scheme: Scheme
    dns_name: str
    vpc_id: str
    ip_address_type: str
    zones: tuple[Zone, ...]
    """By name; one for each zone."""
    security_groups: tuple[str, ...]
    created_at: float
    state: State = "provisioning"
    state_reason: str = ""
    enforces_private_link_rules: bool | None = None
    """Whether traffic through PrivateLink obeys the groups' rules; None: never said."""
    attributes: dict[str, str] = {}
    """Those that were set; the others have their defaults."""
