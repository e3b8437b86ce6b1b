"""Network interfaces: ECS makes one for each awsvpc task, ELB for its balancers, users their own.

Nothing can attach an interface that a user made: it holds its address and its groups.
"""

from collections.abc import Mapping, Sequence
from ipaddress import AddressValueError, IPv4Address
from typing import Any, Final

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api import finding
from homeport.services.ec2.api.listing import Kind, listed, refuse_dry_run
from homeport.services.ec2.plan import filter_names
from homeport.services.ec2.plan.interfaces import check_usable, new_interface
from homeport.services.ec2.plan.public_addresses import free
from homeport.services.ec2.plan.security_groups import DEFAULT, GROUPS_MAX
from homeport.services.ec2.plan.tags import creation_tags
from homeport.services.ec2.queries import interfaces, resources, security_groups
from homeport.services.ec2.records import ElasticAddress, Interface, SecurityGroup, Subnet
from homeport.services.ec2.render import interfaces as shown_interfaces
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx, Tx

INTERFACES: Final = Kind(
    key="NetworkInterfaceId",
    keys="NetworkInterfaceIds",
    filters=filter_names.NETWORK_INTERFACES,
    not_found=errors.InterfaceNotFound,
    tags="TagSet",
)
NOT_BUILT: Final[Mapping[str, str]] = {
    "ConnectionTrackingSpecification": "Homeport has no settings for connection tracking.",
    "EnablePrimaryIpv6": "Homeport's networks have no IPv6 addresses.",
    "Ipv4PrefixCount": "Interfaces of Homeport have one address each, and no prefixes.",
    "Ipv4Prefixes": "Interfaces of Homeport have one address each, and no prefixes.",
    "Ipv6AddressCount": "Homeport's networks have no IPv6 addresses.",
    "Ipv6Addresses": "Homeport's networks have no IPv6 addresses.",
    "Ipv6PrefixCount": "Homeport's networks have no IPv6 addresses.",
    "Ipv6Prefixes": "Homeport's networks have no IPv6 addresses.",
    "Operator": "Homeport has no operators that manage interfaces.",
    "SecondaryPrivateIpAddressCount": "Interfaces of Homeport have one address each.",
}
ATTRIBUTES: Final = ("Description", "SourceDestCheck", "Groups", "Attachment")
NOT_CHANGED: Final[Mapping[str, str]] = {
    "AssociatePublicIpAddress": "Homeport gives no public addresses to interfaces.",
    "AssociatedSubnetIds": "Interfaces of Homeport are in one subnet each.",
    "Attachment": "Homeport attaches no interfaces to instances.",
    "ConnectionTrackingSpecification": "Homeport has no settings for connection tracking.",
    "EnaSrdSpecification": "Homeport has no ENA Express.",
    "EnablePrimaryIpv6": "Homeport's networks have no IPv6 addresses.",
}


@operation(
    "CreateNetworkInterface",
    partial="An interface has one IPv4 address, and is attached to nothing.",
)
def create_network_interface(
    tx: Tx, call: Call, request: shapes.CreateNetworkInterfaceRequest
) -> shapes.CreateNetworkInterfaceResult:
    """A new interface of a subnet, with a free address or the wanted one."""
    _refuse_not_built(request)
    tags = creation_tags(request.get("TagSpecifications", ()), "network-interface")
    subnet = finding.subnet(tx, call, request["SubnetId"])
    wanted = _wanted_address(request)
    group_ids = _group_ids(tx, call, subnet.vpc_id, request.get("Groups") or ())
    description = request.get("Description", "")
    token = request.get("ClientToken") or None
    before = None if token is None else _made_before(tx, call, token)
    if before is not None:
        if not _is_alike(before, subnet, group_ids, description, wanted=wanted):
            raise errors.IdempotentParameterMismatch
        return _created(tx, call, before, token)
    number = _take(tx, subnet, wanted)
    refuse_dry_run(request)
    made = new_interface(
        subnet,
        number,
        holder="user",
        group_ids=group_ids,
        description=description,
        now=call.now,
        ids=call.ids,
        client_token=token,
        tags=tags,
    )
    interfaces.insert_interface(tx, made)
    return _created(tx, call, made, token)


@operation("DeleteNetworkInterface")
def delete_network_interface(
    tx: Tx, call: Call, request: shapes.DeleteNetworkInterfaceRequest
) -> shapes.DeleteNetworkInterfaceResponse:
    """Free an interface's address; one that a service holds stays."""
    found = finding.interface(tx, call, request["NetworkInterfaceId"])
    if found.holder != "user":
        raise errors.InvalidParameterValue(
            f"Network interface '{found.interface_id}' is currently in use."
        )
    refuse_dry_run(request)
    for address in finding.all_of(tx, call, ElasticAddress):
        if address.interface_id == found.interface_id:
            resources.save(tx, free(address))
    interfaces.delete_interface(tx, call.account, call.region, found.interface_id)
    return {}


@operation("DescribeNetworkInterfaces")
def describe_network_interfaces(
    tx: ReadTx, call: Call, request: shapes.DescribeNetworkInterfacesRequest
) -> shapes.DescribeNetworkInterfacesResponse:
    """The network interfaces of the region."""
    wanted = request.get("NetworkInterfaceIds") or None
    if wanted is not None:
        wanted = [each for each in wanted if each.isascii() and each.isprintable()]
    names = _group_names(tx, call)
    addresses = {each.interface_id: each for each in finding.all_of(tx, call, ElasticAddress)}
    found = [
        render.network_interface(each, names, addresses.get(each.interface_id))
        for each in interfaces.interfaces_of(tx, call.account, call.region, wanted)
    ]
    page, more = listed(found, request, INTERFACES)
    response: shapes.DescribeNetworkInterfacesResponse = {"NetworkInterfaces": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


@operation("DescribeNetworkInterfaceAttribute")
def describe_network_interface_attribute(
    tx: ReadTx, call: Call, request: shapes.DescribeNetworkInterfaceAttributeRequest
) -> shapes.DescribeNetworkInterfaceAttributeResult:
    """One attribute of an interface."""
    found = finding.interface(tx, call, request["NetworkInterfaceId"])
    attribute = request.get("Attribute")
    response: shapes.DescribeNetworkInterfaceAttributeResult = {
        "NetworkInterfaceId": found.interface_id
    }
    match attribute:
        case "description":
            response["Description"] = {"Value": found.description}
        case "groupSet":
            response["Groups"] = shown_interfaces.groups(found.group_ids, _group_names(tx, call))
        case "sourceDestCheck":
            response["SourceDestCheck"] = {"Value": found.source_dest_check}
        case "attachment":
            if found.attachment_id:
                response["Attachment"] = shown_interfaces.attachment(found)
        case "associatePublicIpAddress":
            response["AssociatePublicIpAddress"] = False
        case None:
            raise errors.MissingParameter("attribute")
        case _:
            raise errors.InvalidParameterValue(
                f"Value ({attribute}) for parameter attribute is invalid. Unknown attribute."
            )
    refuse_dry_run(request)
    return response


@operation("ModifyNetworkInterfaceAttribute")
def modify_network_interface_attribute(
    tx: Tx, call: Call, request: shapes.ModifyNetworkInterfaceAttributeRequest
) -> shapes.ModifyNetworkInterfaceAttributeResponse:
    """Change the description, the groups or the source/destination check of an interface."""
    for member, sentence in NOT_CHANGED.items():
        if member in request:
            raise errors.UnsupportedOperation(sentence)
    before = finding.interface(tx, call, request["NetworkInterfaceId"])
    if before.holder != "user":
        raise errors.InterfaceNotYours
    given = [member for member in ATTRIBUTES if member in request]
    if not given:
        raise errors.InvalidParameterCombination("No attributes specified.")
    if len(given) > 1:
        raise errors.InvalidParameterCombination(
            f"Fields for multiple attribute types specified: {', '.join(given)}"
        )
    after = before
    if "Description" in request:
        after = replace(before, description=request["Description"].get("Value", ""))
    elif "SourceDestCheck" in request:
        after = replace(before, source_dest_check=request["SourceDestCheck"].get("Value", True))
    elif "Groups" in request:
        group_ids = request["Groups"]
        if not group_ids:
            raise errors.MissingParameter("securityGroupId")
        after = replace(before, group_ids=_group_ids(tx, call, before.vpc_id, group_ids))
    refuse_dry_run(request)
    if after != before:
        interfaces.save_interface(tx, after)
    return {}


def _refuse_not_built(request: Mapping[str, Any]) -> None:
    for member, sentence in NOT_BUILT.items():
        if request.get(member):
            raise errors.UnsupportedOperation(sentence)
    if request.get("InterfaceType", "interface") != "interface":
        raise errors.UnsupportedOperation("Homeport's interfaces are all of type interface.")


def _wanted_address(request: Mapping[str, Any]) -> IPv4Address | None:
    """The address that a request names, in either of the two ways."""
    given = [each.get("PrivateIpAddress") for each in request.get("PrivateIpAddresses") or ()]
    if "PrivateIpAddress" in request:
        given.append(request["PrivateIpAddress"])
    if len(set(given)) > 1:
        raise errors.UnsupportedOperation("Interfaces of Homeport have one address each.")
    if not given or given[0] is None:
        return None
    try:
        return IPv4Address(given[0])
    except AddressValueError as error:
        raise errors.InvalidParameterValue(
            f"Value ({given[0]}) for parameter privateIpAddress is invalid. "
            "This is not a valid IPv4 address."
        ) from error


def _take(tx: Tx, subnet: Subnet, wanted: IPv4Address | None) -> int:
    if wanted is None:
        number = interfaces.take_address(tx, subnet.subnet_id)
        if number is None:
            raise errors.SubnetFull(subnet.subnet_id)
        return number
    check_usable(subnet, wanted)
    if not interfaces.choose_address(tx, subnet.subnet_id, int(wanted)):
        raise errors.AddressInUse(str(wanted))
    return int(wanted)


def _group_ids(tx: ReadTx, call: Call, vpc_id: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """The ids of the groups of an interface of the VPC; its default group if none is wanted."""
    unique = tuple(dict.fromkeys(wanted))
    if not unique:
        default = security_groups.find_named_group(tx, call.account, call.region, vpc_id, DEFAULT)
        return () if default is None else (default.group_id,)
    malformed = [each for each in unique if not each.startswith("sg-")]
    if malformed:
        raise errors.GroupIdMalformed(malformed)
    if len(unique) > GROUPS_MAX:
        raise errors.TooManyGroups
    known = security_groups.find_groups(tx, call.account, call.region, unique)
    missing = [each for each in unique if each not in known]
    if missing:
        raise errors.GroupNotFound(missing)
    if any(group.vpc_id != vpc_id for group in known.values()):
        raise errors.GroupElsewhere
    return unique


def _made_before(tx: ReadTx, call: Call, token: str) -> Interface | None:
    """The interface that a request with this token made, while it is there."""
    every = interfaces.users_interfaces(tx, call.account, call.region)
    return next((each for each in every if each.client_token == token), None)


def _is_alike(
    made: Interface,
    subnet: Subnet,
    group_ids: tuple[str, ...],
    description: str,
    *,
    wanted: IPv4Address | None,
) -> bool:
    """Whether a request asks for what one with its token got."""
    return (
        (made.subnet_id, made.group_ids, made.description)
        == (subnet.subnet_id, group_ids, description)
    ) and (wanted is None or int(wanted) == made.address_number)


def _created(
    tx: ReadTx, call: Call, made: Interface, token: str | None
) -> shapes.CreateNetworkInterfaceResult:
    response: shapes.CreateNetworkInterfaceResult = {
        "NetworkInterface": render.network_interface(made, _group_names(tx, call))
    }
    if token is not None:
        response["ClientToken"] = token
    return response


def _group_names(tx: ReadTx, call: Call) -> dict[str, str]:
    return {group.group_id: group.name for group in finding.all_of(tx, call, SecurityGroup)}
