"""The tables of EC2: columns for what is searched, the whole record as JSON in `body`."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

METADATA = MetaData()

zones = Table(
    "ec2_zones",
    METADATA,
    Column("region", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("zone_id", String, nullable=False),
)

vpcs = Table(
    "ec2_vpcs",
    METADATA,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ec2_vpcs_by_region", "account", "region", "is_default"),
)

subnets = Table(
    "ec2_subnets",
    METADATA,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("is_default", Boolean, nullable=False),
    # Addresses as numbers: those from `next_fresh` to `last_address` were never handed out.
    Column("next_fresh", BigInteger, nullable=False),
    Column("last_address", BigInteger, nullable=False),
    # Up to here, addresses beyond `next_fresh` may be held already: users chose them.
    Column("last_chosen", BigInteger, nullable=False, default=0),
    Column("body", LargeBinary, nullable=False),
    Index("ec2_subnets_by_region", "account", "region", "is_default"),
)

returned_addresses = Table(
    "ec2_returned_addresses",
    METADATA,
    # The order in which they came back is the order in which they go out again.
    Column(
        "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("subnet_id", String, nullable=False),
    Column("address", BigInteger, nullable=False),
    Index("ec2_returned_addresses_by_subnet", "subnet_id", "id"),
)

security_groups = Table(
    "ec2_security_groups",
    METADATA,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("vpc_id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("vpc_id", "name", name="ec2_security_groups_by_name"),
    Index("ec2_security_groups_by_region", "account", "region"),
)

internet_gateways = Table(
    "ec2_internet_gateways",
    METADATA,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ec2_internet_gateways_by_region", "account", "region"),
)

route_tables = Table(
    "ec2_route_tables",
    METADATA,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ec2_route_tables_by_region", "account", "region"),
)

nat_gateways = Table(
    "ec2_nat_gateways",
    METADATA,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ec2_nat_gateways_by_region", "account", "region"),
)

elastic_addresses = Table(
    "ec2_elastic_addresses",
    METADATA,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    # Nobody else has it, whatever the account and the region.
    Column("public_ip", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("public_ip", name="ec2_elastic_addresses_by_address"),
    Index("ec2_elastic_addresses_by_region", "account", "region"),
)

network_acls = Table(
    "ec2_network_acls",
    METADATA,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ec2_network_acls_by_region", "account", "region"),
)

dhcp_options = Table(
    "ec2_dhcp_options",
    METADATA,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ec2_dhcp_options_by_region", "account", "region"),
)

network_interfaces = Table(
    "ec2_network_interfaces",
    METADATA,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("vpc_id", String, nullable=False),
    Column("subnet_id", String, nullable=False),
    Column("address", BigInteger, nullable=False),
    # The ids of its security groups with spaces between: a VPC's policy reads columns alone.
    Column("group_ids", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("subnet_id", "address", name="ec2_network_interfaces_by_address"),
    Index("ec2_network_interfaces_by_region", "account", "region", "id"),
    Index("ec2_network_interfaces_by_vpc", "vpc_id"),
)
