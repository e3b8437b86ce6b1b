"""Errors about gateways, route tables, elastic addresses and endpoints."""

from typing import ClassVar

from homeport.kernel.errors import AwsError
from homeport.services.ec2.errors.general import LimitExceeded, NotFound


class RouteTableNotFound(NotFound):
    """The route table does not exist."""

    code: ClassVar[str] = "InvalidRouteTableID.NotFound"
    one: ClassVar[str] = "The routeTable ID '{}' does not exist"
    several: ClassVar[str] = "The routeTable IDs '{}' do not exist"


class InternetGatewayNotFound(NotFound):
    """The internet gateway does not exist."""

    code: ClassVar[str] = "InvalidInternetGatewayID.NotFound"
    one: ClassVar[str] = "The internetGateway ID '{}' does not exist"
    several: ClassVar[str] = "The internetGateway IDs '{}' do not exist"


class NatGatewayNotFound(NotFound):
    """The NAT gateway does not exist."""

    code: ClassVar[str] = "NatGatewayNotFound"
    one: ClassVar[str] = "The Nat Gateway {} was not found"
    several: ClassVar[str] = "The Nat Gateways {} were not found"


class AllocationNotFound(NotFound):
    """The elastic address was not allocated, or is released."""

    code: ClassVar[str] = "InvalidAllocationID.NotFound"
    one: ClassVar[str] = "The allocation ID '{}' does not exist"
    several: ClassVar[str] = "The allocation IDs '{}' do not exist"


class AddressNotFound(NotFound):
    """The address is not one of the account's elastic addresses."""

    code: ClassVar[str] = "InvalidAddress.NotFound"
    one: ClassVar[str] = "Address '{}' not found."
    several: ClassVar[str] = "Addresses '{}' not found."


class AssociationNotFound(NotFound):
    """The association does not exist."""

    code: ClassVar[str] = "InvalidAssociationID.NotFound"
    one: ClassVar[str] = "The association ID '{}' does not exist"
    several: ClassVar[str] = "The association IDs '{}' do not exist"


class GatewayNotFound(NotFound):
    """What a route should lead to is no gateway that there is."""

    code: ClassVar[str] = "InvalidGatewayID.NotFound"
    one: ClassVar[str] = "The gateway ID '{}' does not exist"
    several: ClassVar[str] = "The gateway IDs '{}' do not exist"


class InstanceNotFound(NotFound):
    """The instance does not exist: there are none."""

    code: ClassVar[str] = "InvalidInstanceID.NotFound"
    one: ClassVar[str] = "The instance ID '{}' does not exist"
    several: ClassVar[str] = "The instance IDs '{}' do not exist"


class NatTargetNotFound(NotFound):
    """What a route should lead to is no NAT gateway that there is."""

    code: ClassVar[str] = "InvalidNatGatewayID.NotFound"
    one: ClassVar[str] = "The natGateway ID '{}' does not exist"
    several: ClassVar[str] = "The natGateway IDs '{}' do not exist"


class TransitGatewayNotFound(NotFound):
    """The transit gateway does not exist: there are none."""

    code: ClassVar[str] = "InvalidTransitGatewayID.NotFound"
    one: ClassVar[str] = "The transitGateway ID '{}' does not exist"
    several: ClassVar[str] = "The transitGateway IDs '{}' do not exist"


class EndpointNotFound(NotFound):
    """The VPC endpoint does not exist."""

    code: ClassVar[str] = "InvalidVpcEndpointId.NotFound"
    one: ClassVar[str] = "The Vpc Endpoint Id '{}' does not exist"
    several: ClassVar[str] = "The Vpc Endpoint Ids '{}' do not exist"


class EndpointServiceNotFound(NotFound):
    """The service cannot be reached by an endpoint."""

    code: ClassVar[str] = "InvalidServiceName"
    one: ClassVar[str] = "The Vpc Endpoint Service '{}' does not exist"
    several: ClassVar[str] = "The Vpc Endpoint Services '{}' do not exist"


class PrefixListNotFound(NotFound):
    """The prefix list does not exist."""

    code: ClassVar[str] = "InvalidPrefixListID.NotFound"
    one: ClassVar[str] = "The prefix list ID '{}' does not exist"
    several: ClassVar[str] = "The prefix list IDs '{}' do not exist"


class PeeringNotFound(NotFound):
    """The peering connection does not exist."""

    code: ClassVar[str] = "InvalidVpcPeeringConnectionID.NotFound"
    one: ClassVar[str] = "The vpcPeeringConnection ID '{}' does not exist"
    several: ClassVar[str] = "The vpcPeeringConnection IDs '{}' do not exist"


class EgressOnlyGatewayNotFound(NotFound):
    """The egress-only internet gateway does not exist."""

    code: ClassVar[str] = "InvalidEgressOnlyInternetGatewayId.NotFound"
    one: ClassVar[str] = "The egressOnlyInternetGateway ID '{}' does not exist"
    several: ClassVar[str] = "The egressOnlyInternetGateway IDs '{}' do not exist"


class RouteAlreadyExists(AwsError):
    """The table has a route to this destination."""

    code: ClassVar[str] = "RouteAlreadyExists"

    def __init__(self, destination: str) -> None:
        super().__init__(f"The route identified by {destination} already exists.")


class RouteNotFound(AwsError):
    """The table has no route to this destination."""

    code: ClassVar[str] = "InvalidRoute.NotFound"


class GatewayNotAttached(AwsError):
    """The gateway, or the VPC, is not attached."""

    code: ClassVar[str] = "Gateway.NotAttached"


class AlreadyAssociated(AwsError):
    """The resource is associated with another one."""

    code: ClassVar[str] = "Resource.AlreadyAssociated"


class IdempotentParameterMismatch(AwsError):
    """The client token was used for another request."""

    code: ClassVar[str] = "IdempotentParameterMismatch"

    def __init__(self) -> None:
        super().__init__(
            "The client token you have provided is associated with a resource "
            "with different parameters."
        )


class InternetGatewayLimitExceeded(LimitExceeded):
    """There are as many of them as there may be."""

    code: ClassVar[str] = "InternetGatewayLimitExceeded"
    what: ClassVar[str] = "internet gateways"


class NatGatewayLimitExceeded(LimitExceeded):
    """There are as many of them as there may be."""

    code: ClassVar[str] = "NatGatewayLimitExceeded"
    what: ClassVar[str] = "NAT gateways"


class RouteTableLimitExceeded(LimitExceeded):
    """There are as many of them as there may be."""

    code: ClassVar[str] = "RouteTableLimitExceeded"
    what: ClassVar[str] = "route tables"


class RouteLimitExceeded(LimitExceeded):
    """There are as many of them as there may be."""

    code: ClassVar[str] = "RouteLimitExceeded"
    what: ClassVar[str] = "routes"


class AddressLimitExceeded(LimitExceeded):
    """There are as many of them as there may be."""

    code: ClassVar[str] = "AddressLimitExceeded"
    what: ClassVar[str] = "addresses"
