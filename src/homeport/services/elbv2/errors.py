"""The errors of Elastic Load Balancing, by name: AWS's codes and texts.

The texts are the model's; where the service words one itself, the caller gives it.
Left out are those that only operations on trust stores and reserved capacity have.
"""

from typing import ClassVar

from homeport.kernel.errors import AwsError


class ALPNPolicyNotSupported(AwsError):
    """The specified ALPN policy is not supported."""

    code: ClassVar[str] = "ALPNPolicyNotFound"


class AllocationIdNotFound(AwsError):
    """The specified allocation ID does not exist."""

    code: ClassVar[str] = "AllocationIdNotFound"


class AvailabilityZoneNotSupported(AwsError):
    """The specified Availability Zone is not supported."""

    code: ClassVar[str] = "AvailabilityZoneNotSupported"


class CertificateNotFound(AwsError):
    """The specified certificate does not exist."""

    code: ClassVar[str] = "CertificateNotFound"


class DuplicateListener(AwsError):
    """A listener with the specified port already exists."""

    code: ClassVar[str] = "DuplicateListener"


class DuplicateLoadBalancerName(AwsError):
    """A load balancer with the specified name already exists."""

    code: ClassVar[str] = "DuplicateLoadBalancerName"


class DuplicateTagKeys(AwsError):
    """A tag key was specified more than once."""

    code: ClassVar[str] = "DuplicateTagKeys"


class DuplicateTargetGroupName(AwsError):
    """A target group with the specified name already exists."""

    code: ClassVar[str] = "DuplicateTargetGroupName"


class HealthUnavailable(AwsError):
    """The health of the specified targets could not be retrieved due to an internal error."""

    code: ClassVar[str] = "HealthUnavailable"
    status: ClassVar[int] = 500


class IncompatibleProtocols(AwsError):
    """The specified configuration is not valid with this protocol."""

    code: ClassVar[str] = "IncompatibleProtocols"


class InvalidConfigurationRequest(AwsError):
    """The requested configuration is not valid."""

    code: ClassVar[str] = "InvalidConfigurationRequest"


class InvalidLoadBalancerAction(AwsError):
    """The requested action is not valid."""

    code: ClassVar[str] = "InvalidLoadBalancerAction"


class InvalidScheme(AwsError):
    """The requested scheme is not valid."""

    code: ClassVar[str] = "InvalidScheme"


class InvalidSecurityGroup(AwsError):
    """The specified security group does not exist."""

    code: ClassVar[str] = "InvalidSecurityGroup"


class InvalidSubnet(AwsError):
    """The specified subnet is out of available addresses."""

    code: ClassVar[str] = "InvalidSubnet"


class InvalidTarget(AwsError):
    """The specified target does not exist, is not in the same VPC as the target group, or has an
    unsupported instance type.
    """

    code: ClassVar[str] = "InvalidTarget"


class ListenerNotFound(AwsError):
    """The specified listener does not exist."""

    code: ClassVar[str] = "ListenerNotFound"


class LoadBalancerNotFound(AwsError):
    """The specified load balancer does not exist."""

    code: ClassVar[str] = "LoadBalancerNotFound"


class OperationNotPermitted(AwsError):
    """This operation is not allowed."""

    code: ClassVar[str] = "OperationNotPermitted"


class PriorityInUse(AwsError):
    """The specified priority is in use."""

    code: ClassVar[str] = "PriorityInUse"


class ResourceInUse(AwsError):
    """A specified resource is in use."""

    code: ClassVar[str] = "ResourceInUse"


class ResourceNotFound(AwsError):
    """The specified resource does not exist."""

    code: ClassVar[str] = "ResourceNotFound"


class RuleNotFound(AwsError):
    """The specified rule does not exist."""

    code: ClassVar[str] = "RuleNotFound"


class SSLPolicyNotFound(AwsError):
    """The specified SSL policy does not exist."""

    code: ClassVar[str] = "SSLPolicyNotFound"


class SubnetNotFound(AwsError):
    """The specified subnet does not exist."""

    code: ClassVar[str] = "SubnetNotFound"


class TargetGroupAssociationLimit(AwsError):
    """You've reached the limit on the number of load balancers per target group."""

    code: ClassVar[str] = "TargetGroupAssociationLimit"


class TargetGroupNotFound(AwsError):
    """The specified target group does not exist."""

    code: ClassVar[str] = "TargetGroupNotFound"


class TooManyActions(AwsError):
    """You've reached the limit on the number of actions per rule."""

    code: ClassVar[str] = "TooManyActions"


class TooManyCertificates(AwsError):
    """You've reached the limit on the number of certificates per load balancer."""

    code: ClassVar[str] = "TooManyCertificates"


class TooManyListeners(AwsError):
    """You've reached the limit on the number of listeners per load balancer."""

    code: ClassVar[str] = "TooManyListeners"


class TooManyLoadBalancers(AwsError):
    """You've reached the limit on the number of load balancers for your Amazon Web Services
    account.
    """

    code: ClassVar[str] = "TooManyLoadBalancers"


class TooManyRegistrationsForTargetId(AwsError):
    """You've reached the limit on the number of times a target can be registered with a load
    balancer.
    """

    code: ClassVar[str] = "TooManyRegistrationsForTargetId"


class TooManyRules(AwsError):
    """You've reached the limit on the number of rules per load balancer."""

    code: ClassVar[str] = "TooManyRules"


class TooManyTags(AwsError):
    """You've reached the limit on the number of tags for this resource."""

    code: ClassVar[str] = "TooManyTags"


class TooManyTargetGroups(AwsError):
    """You've reached the limit on the number of target groups for your Amazon Web Services
    account.
    """

    code: ClassVar[str] = "TooManyTargetGroups"


class TooManyTargets(AwsError):
    """You've reached the limit on the number of targets."""

    code: ClassVar[str] = "TooManyTargets"


class TooManyUniqueTargetGroupsPerLoadBalancer(AwsError):
    """You've reached the limit on the number of unique target groups per load balancer across all
    listeners. If a target group is used by multiple actions for a load balancer, it is counted
    as only one use.
    """

    code: ClassVar[str] = "TooManyUniqueTargetGroupsPerLoadBalancer"


class TrustStoreNotFound(AwsError):
    """The specified trust store does not exist."""

    code: ClassVar[str] = "TrustStoreNotFound"


class UnsupportedOperation(AwsError):
    """Homeport does not do this yet."""

    code: ClassVar[str] = "UnsupportedOperation"


class UnsupportedProtocol(AwsError):
    """The specified protocol is not supported."""

    code: ClassVar[str] = "UnsupportedProtocol"


class ValidationError(AwsError):
    """The input fails to satisfy the constraints specified by an AWS service."""

    code: ClassVar[str] = "ValidationError"
