"""Virtual private clouds and the addresses in them.  Provided by the ec2 service."""

from dataclasses import dataclass
from typing import Literal, Protocol

from homeport.kernel.ids import Ids
from homeport.link.vpc import VpcPolicy
from homeport.store import ReadTx, Tx

Owner = Literal["ecs", "elb"]
"""Which service an interface belongs to."""


class NoFreeAddress(Exception):
    """The subnet has no free address left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A range of a VPC's addresses in one availability zone."""

    subnet_id: str
    vpc_id: str
    vpc_cidr: str
    cidr: str
    availability_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc:
    """A virtual private cloud with its subnets."""

    vpc_id: str
    cidr: str
    subnets: tuple[Subnet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup:
    """A security group, as far as other services need it."""

    group_id: str
    vpc_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """A network interface (ENI): one address of a subnet, held until it is released."""

    interface_id: str
    subnet: Subnet
    mac_address: str
    private_ipv4: str
    private_dns_name: str
    security_groups: tuple[str, ...]


class Networks(Protocol):
    """Looks up subnets and groups; hands out interfaces and takes them back.

    The change feed announces a change of what `policy` answers as kind ``vpc`` with the VPC's id
    as key.
    """

    def vpc(self, tx: ReadTx, account: str, region: str, vpc_id: str) -> Vpc | None:
        """The VPC with this id."""

    def subnet(self, tx: ReadTx, account: str, region: str, subnet_id: str) -> Subnet | None:
        """The subnet with this id."""

    def default_subnets(self, tx: ReadTx, account: str, region: str) -> tuple[Subnet, ...]:
        """The subnets of the region's default VPC, by zone."""

    def security_group(
        self, tx: ReadTx, account: str, region: str, group_id: str
    ) -> SecurityGroup | None:
        """The security group with this id."""

    def default_security_group(
        self, tx: ReadTx, account: str, region: str, vpc_id: str
    ) -> SecurityGroup | None:
        """The VPC's group named ``default``."""

    def create_interface(
        self,
        tx: Tx,
        account: str,
        region: str,
        subnet_id: str,
        *,
        security_groups: tuple[str, ...],
        description: str,
        now: float,
        ids: Ids,
        owner: Owner = "ecs",
    ) -> Interface:
        """A new interface with the subnet's next free address; raises `NoFreeAddress`.

        It is the `owner`'s: users can neither detach nor delete it.
        """

    def delete_interface(self, tx: Tx, account: str, region: str, interface_id: str) -> None:
        """Free the interface's address; one that is gone already is fine."""

    def set_security_groups(
        self,
        tx: Tx,
        account: str,
        region: str,
        interface_id: str,
        *,
        security_groups: tuple[str, ...],
    ) -> None:
        """Give an interface other security groups; one that is gone is ignored."""

    def policy(self, tx: ReadTx, vpc_id: str) -> VpcPolicy | None:
        """Who may talk to whom in the VPC; `local` holds the addresses of load balancers."""
