"""Route tables: whose they are, and what they say.  Pure."""

from ipaddress import IPv4Network

from msgspec.structs import replace

from homeport.services.ec2.errors import (
    InvalidParameterValue,
    RouteAlreadyExists,
    RouteLimitExceeded,
    RouteNotFound,
)
from homeport.services.ec2.plan.limits import ROUTES_MAX
from homeport.services.ec2.records import Route, RouteTable, TableAssociation


def with_association(table: RouteTable, new: TableAssociation) -> RouteTable:
    """The table with one more association."""
    return replace(table, associations=(*table.associations, new))


def without_association(table: RouteTable, association_id: str) -> RouteTable:
    """The table without this association."""
    kept = (each for each in table.associations if each.association_id != association_id)
    return replace(table, associations=tuple(kept))


def without_subnet(table: RouteTable, subnet_id: str) -> RouteTable:
    """The table without its association with the subnet."""
    kept = (each for each in table.associations if each.subnet_id != subnet_id)
    return replace(table, associations=tuple(kept))


def with_route(table: RouteTable, new: Route) -> RouteTable:
    """The table with one more route.  The same route again is fine, another one is not."""
    _check_beyond_vpc(table, new)
    for each in table.routes:
        if each == new:
            return table
        if each.destination == new.destination:
            raise RouteAlreadyExists(new.destination)
    if len(table.routes) >= ROUTES_MAX:
        raise RouteLimitExceeded
    return replace(table, routes=(*table.routes, new))


def with_other_route(table: RouteTable, new: Route) -> RouteTable:
    """The table, its route to this destination replaced."""
    if all(each.destination != new.destination for each in table.routes):
        raise InvalidParameterValue(
            f"There is no route defined for '{new.destination}' in the route table. "
            "Use CreateRoute instead."
        )
    routes = (new if each.destination == new.destination else each for each in table.routes)
    return replace(table, routes=tuple(routes))


def without_route(table: RouteTable, destination: str) -> RouteTable:
    """The table without its route to this destination."""
    if destination == table.vpc_cidr:
        raise InvalidParameterValue(
            f"cannot remove local route {destination} in route table {table.table_id}"
        )
    kept = tuple(each for each in table.routes if each.destination != destination)
    if len(kept) == len(table.routes):
        kind = "destination-ipv6-cidr-block" if ":" in destination else "destination-cidr-block"
        raise RouteNotFound(f"no route with {kind} {destination} in route table {table.table_id}")
    return replace(table, routes=kept)


def _check_beyond_vpc(table: RouteTable, new: Route) -> None:
    if ":" in new.destination or new.interface_id is not None:
        return
    if IPv4Network(new.destination).subnet_of(IPv4Network(table.vpc_cidr)):
        raise InvalidParameterValue(
            f"The destination CIDR block {new.destination} is equal to or more specific than "
            "one of this VPC's CIDR blocks. This route can target only an interface or an "
            "instance."
        )
