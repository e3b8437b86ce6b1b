"""Elastic addresses: reserved for the account, and associated with interfaces."""

from typing import Any, Final

from homeport.kernel.ids import ec2_id
from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api import finding
from homeport.services.ec2.api.listing import Kind, listed, refuse_dry_run
from homeport.services.ec2.plan import edge_filters, limits
from homeport.services.ec2.plan.public_addresses import associated, free, free_address
from homeport.services.ec2.plan.tags import creation_tags
from homeport.services.ec2.queries import interfaces, resources
from homeport.services.ec2.records import ElasticAddress, Interface, InternetGateway
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx, Tx

ADDRESSES: Final = Kind(
    key="AllocationId",
    keys="AllocationIds",
    filters=edge_filters.ADDRESSES,
    not_found=errors.AllocationNotFound,
)
ATTRIBUTES: Final = Kind(
    key="AllocationId",
    keys="AllocationIds",
    filters={},
    not_found=errors.AllocationNotFound,
)
_RECORDED: Final = (
    "Recorded and shown: nothing listens at the address; load balancers are reached at the host."
)
_POOLS: Final = ("Address", "CustomerOwnedIpv4Pool", "IpamPoolId", "PublicIpv4Pool")


@operation("DescribeAddresses")
def describe_addresses(
    tx: ReadTx, call: Call, request: shapes.DescribeAddressesRequest
) -> shapes.DescribeAddressesResponse:
    """The elastic addresses of the region."""
    addresses = _addresses(tx, call)
    wanted = request.get("PublicIps")
    if wanted:
        known = {each.public_ip for each in addresses}
        missing = [each for each in dict.fromkeys(wanted) if each not in known]
        if missing:
            raise errors.AddressNotFound(missing)
        addresses = [each for each in addresses if each.public_ip in wanted]
    page, _ = listed([render.address(each) for each in addresses], request, ADDRESSES)
    return {"Addresses": page}


@operation("DescribeAddressesAttribute", partial="No address has a domain name.")
def describe_addresses_attribute(
    tx: ReadTx, call: Call, request: shapes.DescribeAddressesAttributeRequest
) -> shapes.DescribeAddressesAttributeResponse:
    """The attributes of elastic addresses; none has a name of its own."""
    attribute = request.get("Attribute", "domain-name")
    if attribute != "domain-name":
        raise errors.InvalidParameterValue(
            f"Value ({attribute}) for parameter attribute is invalid."
        )
    found: list[shapes.AddressAttribute] = [
        {"PublicIp": each.public_ip, "AllocationId": each.allocation_id}
        for each in finding.all_of(tx, call, ElasticAddress)
    ]
    page, more = listed(found, request, ATTRIBUTES)
    response: shapes.DescribeAddressesAttributeResponse = {"Addresses": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


@operation("AllocateAddress", partial=_RECORDED)
def allocate_address(
    tx: Tx, call: Call, request: shapes.AllocateAddressRequest
) -> shapes.AllocateAddressResponse:
    """Reserve an address for the account."""
    for member in _POOLS:
        if request.get(member):
            raise errors.UnsupportedOperation(
                f"Homeport's elastic addresses come from one pool: leave {member} out."
            )
    group = request.get("NetworkBorderGroup") or call.region
    if group != call.region:
        raise errors.InvalidParameterValue(
            f"Value ({group}) for parameter networkBorderGroup is invalid."
        )
    tags = creation_tags(request.get("TagSpecifications", ()), "elastic-ip")
    if len(finding.all_of(tx, call, ElasticAddress)) >= limits.ELASTIC_ADDRESSES_MAX:
        raise errors.AddressLimitExceeded
    public_ip = free_address(resources.public_ips(tx))
    if public_ip is None:
        raise errors.AddressLimitExceeded
    address = ElasticAddress(
        allocation_id=ec2_id("eipalloc", call.ids),
        account=call.account,
        region=call.region,
        public_ip=public_ip,
        tags=tags,
    )
    resources.add(tx, address)
    refuse_dry_run(request)
    return {
        "AllocationId": address.allocation_id,
        "PublicIpv4Pool": render.POOL,
        "NetworkBorderGroup": call.region,
        "Domain": "vpc",
        "PublicIp": public_ip,
    }


@operation("ReleaseAddress")
def release_address(
    tx: Tx, call: Call, request: shapes.ReleaseAddressRequest
) -> shapes.ReleaseAddressResponse:
    """Give an address back that is associated with nothing."""
    address = _named(tx, call, request)
    if address.association_id is not None:
        raise errors.AddressInUse(address.public_ip)
    resources.remove(tx, address)
    refuse_dry_run(request)
    return {}


@operation("AssociateAddress", partial=_RECORDED)
def associate_address(
    tx: Tx, call: Call, request: shapes.AssociateAddressRequest
) -> shapes.AssociateAddressResponse:
    """Associate an address with an interface that a user made."""
    address = _named(tx, call, request)
    if request.get("InstanceId"):
        raise errors.InstanceNotFound([request["InstanceId"]])
    if not request.get("NetworkInterfaceId"):
        raise errors.MissingParameter("networkInterfaceId")
    interface = finding.interface(tx, call, request["NetworkInterfaceId"])
    _check_interface(tx, call, interface, request.get("PrivateIpAddress"))
    after = address
    if address.interface_id != interface.interface_id:
        held = _addresses(tx, call)
        before = [each for each in held if each.interface_id == interface.interface_id]
        taken = [each for each in (address, *before) if each.association_id is not None]
        if taken and not request.get("AllowReassociation", False):
            raise errors.AlreadyAssociated(
                f"resource {taken[0].allocation_id} is already associated with "
                f"associate-id {taken[0].association_id}"
            )
        after = associated(address, interface, call.ids)
        resources.save(tx, *(free(each) for each in before), after)
    refuse_dry_run(request)
    return {"AssociationId": after.association_id or ""}


def _check_interface(tx: ReadTx, call: Call, interface: Interface, private_ip: str | None) -> None:
    if interface.holder != "user":
        raise errors.InterfaceNotYours
    if private_ip and private_ip != interface.address:
        raise errors.InvalidParameterValue(
            f"Network interface '{interface.interface_id}' does not have "
            f"the private IP address {private_ip}."
        )
    gateways = finding.all_of(tx, call, InternetGateway)
    if all(each.vpc_id != interface.vpc_id for each in gateways):
        raise errors.GatewayNotAttached(
            f"Network {interface.vpc_id} is not attached to any internet gateway"
        )


@operation("DisassociateAddress")
def disassociate_address(
    tx: Tx, call: Call, request: shapes.DisassociateAddressRequest
) -> shapes.DisassociateAddressResponse:
    """Free an address from the interface of a user."""
    wanted = request.get("AssociationId")
    if wanted:
        held = [each for each in _addresses(tx, call) if each.association_id == wanted]
        if not held:
            raise errors.AssociationNotFound([wanted])
        address = held[0]
    else:
        address = _named(tx, call, request)
    if address.interface_id is not None:
        if finding.interface(tx, call, address.interface_id).holder != "user":
            raise errors.InterfaceNotYours
        resources.save(tx, free(address))
    refuse_dry_run(request)
    return {}


def _named(tx: ReadTx, call: Call, request: Any) -> ElasticAddress:
    """The address that a request names, by its id or by itself."""
    allocation_id, public_ip = request.get("AllocationId"), request.get("PublicIp")
    if allocation_id and public_ip:
        raise errors.InvalidParameterCombination(
            "You may specify public IP or allocation id, but not both in the same call"
        )
    if not allocation_id and not public_ip:
        raise errors.MissingParameter("allocationId")
    for each in _addresses(tx, call):
        if each.allocation_id == allocation_id or each.public_ip == public_ip:
            return each
    if allocation_id:
        raise errors.AllocationNotFound([allocation_id])
    raise errors.AddressNotFound([public_ip])


def _addresses(tx: ReadTx, call: Call) -> list[ElasticAddress]:
    """The region's addresses.  With an interface goes its association."""
    found = finding.all_of(tx, call, ElasticAddress)
    keys = [each.interface_id for each in found if each.interface_id is not None]
    held = interfaces.interfaces_of(tx, call.account, call.region, keys) if keys else ()
    there = {each.interface_id for each in held}
    return [each if each.interface_id in there else free(each) for each in found]
