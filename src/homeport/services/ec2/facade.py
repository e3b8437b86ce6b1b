"""What EC2 provides to the other services: homeport.contracts.networks."""

from msgspec.structs import replace

from homeport.contracts.networks import (
    Interface,
    NoFreeAddress,
    Owner,
    SecurityGroup,
    Subnet,
    Vpc,
)
from homeport.kernel.ids import Ids
from homeport.link.vpc import VpcPolicy
from homeport.services.ec2 import records
from homeport.services.ec2.plan import vpc_policy
from homeport.services.ec2.plan.interfaces import new_interface
from homeport.services.ec2.plan.network_acls import is_open
from homeport.services.ec2.plan.security_groups import DEFAULT
from homeport.services.ec2.queries import (
    interfaces,
    networks,
    resources,
    security_groups,
    vpc_policies,
)
from homeport.store import ReadTx, Tx


class Ec2Networks:
    """The VPCs of every region."""

    def vpc(self, tx: ReadTx, account: str, region: str, vpc_id: str) -> Vpc | None:
        found = resources.find(tx, records.Vpc, account, region, vpc_id)
        if found is None:
            return None
        subnets = networks.subnets_of(tx, account, region)
        mine = tuple(_subnet(each) for each in subnets if each.vpc_id == vpc_id)
        return Vpc(vpc_id=found.vpc_id, cidr=found.cidr, subnets=mine)

    def subnet(self, tx: ReadTx, account: str, region: str, subnet_id: str) -> Subnet | None:
        found = resources.find(tx, records.Subnet, account, region, subnet_id)
        return None if found is None else _subnet(found)

    def default_subnets(self, tx: ReadTx, account: str, region: str) -> tuple[Subnet, ...]:
        found = networks.default_subnets(tx, account, region)
        return tuple(_subnet(each) for each in sorted(found, key=lambda each: each.zone))

    def security_group(
        self, tx: ReadTx, account: str, region: str, group_id: str
    ) -> SecurityGroup | None:
        found = resources.find(tx, records.SecurityGroup, account, region, group_id)
        return None if found is None else _group(found)

    def default_security_group(
        self, tx: ReadTx, account: str, region: str, vpc_id: str
    ) -> SecurityGroup | None:
        if not _is_id(vpc_id):
            return None
        found = security_groups.find_named_group(tx, account, region, vpc_id, DEFAULT)
        return None if found is None else _group(found)

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
        subnet = resources.find(tx, records.Subnet, account, region, subnet_id)
        number = None if subnet is None else interfaces.take_address(tx, subnet_id)
        if subnet is None or number is None:
            raise NoFreeAddress(subnet_id)
        interface = new_interface(
            subnet,
            number,
            holder=owner,
            group_ids=security_groups,
            description=description,
            now=now,
            ids=ids,
        )
        interfaces.insert_interface(tx, interface)
        return Interface(
            interface_id=interface.interface_id,
            subnet=_subnet(subnet),
            mac_address=interface.mac_address,
            private_ipv4=interface.address,
            private_dns_name=interface.private_dns_name,
            security_groups=interface.group_ids,
        )

    def delete_interface(self, tx: Tx, account: str, region: str, interface_id: str) -> None:
        interfaces.delete_interface(tx, account, region, interface_id)

    def set_security_groups(
        self,
        tx: Tx,
        account: str,
        region: str,
        interface_id: str,
        *,
        security_groups: tuple[str, ...],
    ) -> None:
        before = interfaces.find_interface(tx, account, region, interface_id)
        if before is not None and before.group_ids != security_groups:
            interfaces.save_interface(tx, replace(before, group_ids=security_groups))

    def policy(self, tx: ReadTx, vpc_id: str) -> VpcPolicy | None:
        vpc = vpc_policies.vpc_anywhere(tx, vpc_id) if _is_id(vpc_id) else None
        if vpc is None:
            return None
        held = vpc_policies.held_addresses(tx, vpc_id)
        groups = vpc_policies.groups_in_use(tx, vpc_id, held)
        acls = [each for each in vpc_policies.acls_of(tx, vpc) if not is_open(each)]
        subnets = networks.subnets_of(tx, vpc.account, vpc.region) if acls else ()
        return vpc_policy.policy(
            vpc_id, vpc.cidr, held, groups, subnets=vpc_policy.subnet_acls(acls, subnets)
        )


def _is_id(text: str) -> bool:
    """Whether a database may be asked about it: ids come from clients as they are."""
    return text.isascii() and text.isprintable()


def _subnet(subnet: records.Subnet) -> Subnet:
    return Subnet(
        subnet_id=subnet.subnet_id,
        vpc_id=subnet.vpc_id,
        vpc_cidr=subnet.vpc_cidr,
        cidr=subnet.cidr,
        availability_zone=subnet.zone,
    )


def _group(group: records.SecurityGroup) -> SecurityGroup:
    return SecurityGroup(group_id=group.group_id, vpc_id=group.vpc_id)
