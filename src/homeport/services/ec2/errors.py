"""The errors of EC2.  Its model has none, so a client knows them by code only.

AwsError
├── DryRunOperation (412)
├── InvalidParameterCombination
├── InvalidParameterValue
└── NotFound: one for each kind of resource, with EC2's text for one id or several
"""

from collections.abc import Sequence
from typing import ClassVar

from homeport.kernel.errors import AwsError


class DryRunOperation(AwsError):
    """Request would have succeeded, but DryRun flag is set."""

    code: ClassVar[str] = "DryRunOperation"
    status: ClassVar[int] = 412


class InvalidParameterCombination(AwsError):
    """Parameters that must not be used together."""

    code: ClassVar[str] = "InvalidParameterCombination"


class InvalidParameterValue(AwsError):
    """A value specified in a parameter is not valid, is unsupported, or cannot be used."""

    code: ClassVar[str] = "InvalidParameterValue"


class NotFound(AwsError):
    """The resource does not exist."""

    one: ClassVar[str]
    several: ClassVar[str]

    def __init__(self, missing: Sequence[str]) -> None:
        text = self.one if len(missing) == 1 else self.several
        super().__init__(text.format(", ".join(missing)))


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


class GroupNotFound(NotFound):
    """The security group does not exist."""

    code: ClassVar[str] = "InvalidGroup.NotFound"
    one: ClassVar[str] = "The security group '{}' does not exist"
    several: ClassVar[str] = "The security groups '{}' do not exist"


class GroupIdMalformed(NotFound):
    """The security group id is malformed."""

    code: ClassVar[str] = "InvalidGroupId.Malformed"
    one: ClassVar[str] = 'Invalid id: "{}" (expecting "sg-...")'
    several: ClassVar[str] = 'Invalid ids: "{}" (expecting "sg-...")'


class RuleNotFound(NotFound):
    """The security group rule does not exist."""

    code: ClassVar[str] = "InvalidSecurityGroupRuleId.NotFound"
    one: ClassVar[str] = "The security group rule ID '{}' does not exist"
    several: ClassVar[str] = "The security group rule IDs '{}' do not exist"


class InterfaceNotFound(NotFound):
    """The network interface does not exist."""

    code: ClassVar[str] = "InvalidNetworkInterfaceID.NotFound"
    one: ClassVar[str] = "The networkInterface ID '{}' does not exist"
    several: ClassVar[str] = "The networkInterface IDs '{}' do not exist"


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
