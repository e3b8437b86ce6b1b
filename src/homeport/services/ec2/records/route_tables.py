"""Route tables of a VPC."""

from msgspec import Struct


class Route(Struct, frozen=True, kw_only=True):
    """One route that was made: a destination, and the one thing that it leads to."""

    destination: str
    """A range of IPv4 or of IPv6 addresses."""
    gateway_id: str | None = None
    nat_gateway_id: str | None = None
    interface_id: str | None = None


class TableAssociation(Struct, frozen=True, kw_only=True):
    """A route table's being a subnet's, or the main one of its VPC."""

    association_id: str
    subnet_id: str | None = None
    """None for the main table."""


class RouteTable(Struct, frozen=True, kw_only=True):
    """A route table: its VPC's own addresses, and the routes that were made."""

    table_id: str
    account: str
    region: str
    vpc_id: str
    vpc_cidr: str
    routes: tuple[Route, ...] = ()
    associations: tuple[TableAssociation, ...] = ()
    client_token: str | None = None
    tags: dict[str, str] = {}

    @property
    def is_main(self) -> bool:
        """Whether it is the table of its VPC's subnets that have none of their own."""
        return any(each.subnet_id is None for each in self.associations)
