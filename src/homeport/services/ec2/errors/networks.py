"""Errors about VPCs and subnets."""

from typing import ClassVar

from homeport.kernel.errors import AwsError
from homeport.services.ec2.errors.general import LimitExceeded, NotFound


class VpcNotFound(NotFound):
    """The VPC does not exist."""

    code: ClassVar[str] = "InvalidVpcID.NotFound"
    one: ClassVar[str] = "The vpc ID '{}' does not exist"
    several: ClassVar[str] = "The vpc IDs '{}' do not exist"


class SubnetNotFound(NotFound):
    """The subnet does not exist."""

    code: ClassVar[str] = "InvalidSubnetID.NotFound"
    one: ClassVar[str] = "The subnet ID '{}' does not exist"
    several: ClassVar[str] = "The subnet IDs '{}' do not exist"


class NetworkAclNotFound(NotFound):
    """The network ACL does not exist."""

    code: ClassVar[str] = "InvalidNetworkAclID.NotFound"
    one: ClassVar[str] = "The networkAcl ID '{}' does not exist"
    several: ClassVar[str] = "The networkAcl IDs '{}' do not exist"


class NetworkAclEntryNotFound(AwsError):
    """The network ACL has no entry of this number in this direction."""

    code: ClassVar[str] = "InvalidNetworkAclEntry.NotFound"

    def __init__(self, number: int) -> None:
        super().__init__(f"The network acl entry identified by {number} does not exist.")


class NetworkAclEntryAlreadyExists(AwsError):
    """The network ACL has an entry of this number in this direction."""

    code: ClassVar[str] = "NetworkAclEntryAlreadyExists"

    def __init__(self, number: int) -> None:
        super().__init__(f"The network acl entry identified by {number} already exists.")


class DhcpOptionsNotFound(NotFound):
    """The set of DHCP options does not exist."""

    code: ClassVar[str] = "InvalidDhcpOptionID.NotFound"
    one: ClassVar[str] = "The dhcpOption ID '{}' does not exist"
    several: ClassVar[str] = "The dhcpOption IDs '{}' do not exist"


class CidrAssociationNotFound(NotFound):
    """The VPC has no such association."""

    code: ClassVar[str] = "InvalidVpcCidrBlockAssociationID.NotFound"
    one: ClassVar[str] = "The vpc CIDR block association ID '{}' does not exist"
    several: ClassVar[str] = "The vpc CIDR block association IDs '{}' do not exist"


class VpcRange(AwsError):
    """The range is too large, too small, or one that no VPC may have."""

    code: ClassVar[str] = "InvalidVpc.Range"

    def __init__(self, cidr: str) -> None:
        super().__init__(f"The CIDR '{cidr}' is invalid.")


class SubnetRange(AwsError):
    """The range is not within the VPC's, too large or too small."""

    code: ClassVar[str] = "InvalidSubnet.Range"

    def __init__(self, cidr: str) -> None:
        super().__init__(f"The CIDR '{cidr}' is invalid.")


class SubnetConflict(AwsError):
    """The range overlaps that of another subnet."""

    code: ClassVar[str] = "InvalidSubnet.Conflict"

    def __init__(self, cidr: str) -> None:
        super().__init__(f"The CIDR '{cidr}' conflicts with another subnet")


class DefaultVpcAlreadyExists(AwsError):
    """A Default VPC already exists for this account in this region."""

    code: ClassVar[str] = "DefaultVpcAlreadyExists"


class DefaultVpcDoesNotExist(AwsError):
    """No default VPC exists for this account in this region."""

    code: ClassVar[str] = "DefaultVpcDoesNotExist"


class DefaultSubnetAlreadyExists(AwsError):
    """The zone has a default subnet."""

    code: ClassVar[str] = "DefaultSubnetAlreadyExistsInAvailabilityZone"

    def __init__(self, subnet_id: str, zone: str) -> None:
        super().__init__(f"'{subnet_id}' is already the default subnet in {zone}.")


class VpcLimitExceeded(LimitExceeded):
    """There are as many of them as there may be."""

    code: ClassVar[str] = "VpcLimitExceeded"
    what: ClassVar[str] = "VPCs"


class SubnetLimitExceeded(LimitExceeded):
    """There are as many of them as there may be."""

    code: ClassVar[str] = "SubnetLimitExceeded"
    what: ClassVar[str] = "subnets"


class NetworkAclLimitExceeded(LimitExceeded):
    """There are as many of them as there may be."""

    code: ClassVar[str] = "NetworkAclLimitExceeded"
    what: ClassVar[str] = "network ACLs"


class NetworkAclEntryLimitExceeded(LimitExceeded):
    """There are as many of them as there may be."""

    code: ClassVar[str] = "NetworkAclEntryLimitExceeded"
    what: ClassVar[str] = "network acl entries"
