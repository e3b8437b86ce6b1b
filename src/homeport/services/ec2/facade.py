"""What EC2 provides to the other services: homeport.contracts.networks."""

from homeport.contracts.networks import Interface, NoFreeAddress, SecurityGroup, Subnet
from homeport.kernel.ids import Ids, ec2_id
from homeport.services.ec2 import records
from homeport.services.ec2.plan.addresses import address_text, mac_address, private_dns_name
from homeport.services.ec2.queries import interfaces, networks
from homeport.store import ReadTx, Tx


class Ec2Networks:
    """The VPCs of every region."""

    def subnet(self, tx: ReadTx, account: str, region: str, subnet_id: str) -> Subnet | None:
        if not _is_id(subnet_id):
            return None
        found = networks.find_subnet(tx, account, region, subnet_id)
        return None if found is None else _subnet(found)

    def default_subnets(self, tx: ReadTx, account: str, region: str) -> tuple[Subnet, ...]:
        found = networks.default_subnets(tx, account, region)
        return tuple(_subnet(each) for each in sorted(found, key=lambda each: each.zone))

    def security_group(
        self, tx: ReadTx, account: str, region: str, group_id: str
    ) -> SecurityGroup | None:
        if not _is_id(group_id):
            return None
        found = networks.find_group(tx, account, region, group_id)
        return None if found is None else _group(found)

    def default_security_group(
        self, tx: ReadTx, account: str, region: str, vpc_id: str
    ) -> SecurityGroup | None:
        if not _is_id(vpc_id):
            return None
        found = networks.find_named_group(tx, account, region, vpc_id, "default")
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
    ) -> Interface:
        subnet = networks.find_subnet(tx, account, region, subnet_id)
        number = None if subnet is None else interfaces.take_address(tx, subnet_id)
        if subnet is None or number is None:
            raise NoFreeAddress(subnet_id)
        address = address_text(number)
        interface = records.Interface(
            interface_id=ec2_id("eni", ids),
            account=account,
            region=region,
            subnet_id=subnet_id,
            vpc_id=subnet.vpc_id,
            zone=subnet.zone,
            zone_id=subnet.zone_id,
            address=address,
            address_number=number,
            mac_address=mac_address(address),
            private_dns_name=private_dns_name(address, region),
            description=description,
            group_ids=security_groups,
            attachment_id=ec2_id("eni-attach", ids),
            created_at=now,
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
