"""Errors about security groups, their rules and network interfaces."""

from typing import ClassVar

from homeport.kernel.errors import AwsError
from homeport.services.ec2.errors.general import LimitExceeded, NotFound


class GroupNotFound(NotFound):
    """The security group does not exist."""

    code: ClassVar[str] = "InvalidGroup.NotFound"
    one: ClassVar[str] = "The security group '{}' does not exist"
    several: ClassVar[str] = "The security groups '{}' do not exist"


class NamedGroupNotFound(AwsError):
    """The default VPC has no security group of this name."""

    code: ClassVar[str] = "InvalidGroup.NotFound"

    def __init__(self, name: str, vpc_id: str) -> None:
        super().__init__(f"The security group '{name}' does not exist in default VPC '{vpc_id}'")


class GroupElsewhere(AwsError):
    """You have specified two resources that belong to different networks."""

    code: ClassVar[str] = "InvalidGroup.NotFound"


class GroupIdMalformed(NotFound):
    """The security group id is malformed."""

    code: ClassVar[str] = "InvalidGroupId.Malformed"
    one: ClassVar[str] = 'Invalid id: "{}" (expecting "sg-...")'
    several: ClassVar[str] = 'Invalid ids: "{}" (expecting "sg-...")'


class GroupDuplicate(AwsError):
    """A security group of this name exists already."""

    code: ClassVar[str] = "InvalidGroup.Duplicate"

    def __init__(self, name: str, vpc_id: str) -> None:
        super().__init__(f"The security group '{name}' already exists for VPC '{vpc_id}'")


class GroupLimitExceeded(LimitExceeded):
    """There are as many of them as there may be."""

    code: ClassVar[str] = "SecurityGroupLimitExceeded"
    what: ClassVar[str] = "security groups"


class CannotDelete(AwsError):
    """The default security group stays as long as its VPC."""

    code: ClassVar[str] = "CannotDelete"

    def __init__(self, group_id: str) -> None:
        super().__init__(
            f'the specified group: "{group_id}" name: "default" cannot be deleted by a user'
        )


class NoDefaultVpc(AwsError):
    """No default VPC for this user"""

    code: ClassVar[str] = "VPCIdNotSpecified"


class RuleNotFound(NotFound):
    """The security group rule does not exist."""

    code: ClassVar[str] = "InvalidSecurityGroupRuleId.NotFound"
    one: ClassVar[str] = "The security group rule ID '{}' does not exist"
    several: ClassVar[str] = "The security group rule IDs '{}' do not exist"


class RuleDuplicate(AwsError):
    """The group has such a rule already."""

    code: ClassVar[str] = "InvalidPermission.Duplicate"

    def __init__(self, rule: str) -> None:
        super().__init__(f'the specified rule "{rule}" already exists')


class MissingSource(AwsError):
    """Missing source specification: include source security group or CIDR information"""

    code: ClassVar[str] = "MissingParameter"


class PermissionNotFound(AwsError):
    """The specified rule does not exist in this security group."""

    code: ClassVar[str] = "InvalidPermission.NotFound"


class TooManyRules(AwsError):
    """The maximum number of rules per security group has been reached."""

    code: ClassVar[str] = "RulesPerSecurityGroupLimitExceeded"


class TooManyGroups(AwsError):
    """The maximum number of security groups per interface has been reached."""

    code: ClassVar[str] = "SecurityGroupsPerInterfaceLimitExceeded"


class InterfaceNotFound(NotFound):
    """The network interface does not exist."""

    code: ClassVar[str] = "InvalidNetworkInterfaceID.NotFound"
    one: ClassVar[str] = "The networkInterface ID '{}' does not exist"
    several: ClassVar[str] = "The networkInterface IDs '{}' do not exist"


class InterfaceNotYours(AwsError):
    """You do not have permission to access the specified resource."""

    code: ClassVar[str] = "AuthFailure"


class AddressInUse(AwsError):
    """The specified IP address is already in use."""

    code: ClassVar[str] = "InvalidIPAddress.InUse"

    def __init__(self, address: str) -> None:
        super().__init__(f"Address {address} is in use.")


class SubnetFull(AwsError):
    """The subnet has no address left."""

    code: ClassVar[str] = "InsufficientFreeAddressesInSubnet"

    def __init__(self, subnet_id: str) -> None:
        super().__init__(
            f"The specified subnet '{subnet_id}' does not have enough free addresses "
            "to satisfy the request."
        )
