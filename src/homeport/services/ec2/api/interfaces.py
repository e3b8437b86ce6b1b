"""Network interfaces: ECS makes one for each awsvpc task."""

from typing import Final

from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api.listing import Kind, listed
from homeport.services.ec2.plan import filter_names
from homeport.services.ec2.queries import interfaces, networks
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx

INTERFACES: Final = Kind(
    key="NetworkInterfaceId",
    keys="NetworkInterfaceIds",
    filters=filter_names.NETWORK_INTERFACES,
    not_found=errors.InterfaceNotFound,
    tags="TagSet",
)


@operation("DescribeNetworkInterfaces")
def describe_network_interfaces(
    tx: ReadTx, call: Call, request: shapes.DescribeNetworkInterfacesRequest
) -> shapes.DescribeNetworkInterfacesResponse:
    """The network interfaces of the region."""
    wanted = request.get("NetworkInterfaceIds") or None
    if wanted is not None:
        wanted = [each for each in wanted if each.isascii() and each.isprintable()]
    group_names = {
        group.group_id: group.name for group in networks.groups_of(tx, call.account, call.region)
    }
    found = [
        render.network_interface(interface, group_names)
        for interface in interfaces.interfaces_of(tx, call.account, call.region, wanted)
    ]
    page, more = listed(found, request, INTERFACES)
    response: shapes.DescribeNetworkInterfacesResponse = {"NetworkInterfaces": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response
