"""The errors of ECS's model.  A docstring is the default message.

AwsError
├── ServerException (500)
└── everything else (400)
"""

from typing import ClassVar

from homeport.kernel.errors import AwsError


class ServerException(AwsError):
    """Service Unavailable. Please try again later."""

    code: ClassVar[str] = "ServerException"
    status: ClassVar[int] = 500


class ClientException(AwsError):
    """The request could not be carried out."""

    code: ClassVar[str] = "ClientException"


class InvalidParameterException(AwsError):
    """The specified parameter isn't valid."""

    code: ClassVar[str] = "InvalidParameterException"


class AccessDeniedException(AwsError):
    """You don't have authorization to perform the requested action."""

    code: ClassVar[str] = "AccessDeniedException"


class ClusterNotFoundException(AwsError):
    """Cluster not found."""

    code: ClassVar[str] = "ClusterNotFoundException"


class ClusterContainsCapacityProviderException(AwsError):
    """The cluster contains one or more capacity providers."""

    code: ClassVar[str] = "ClusterContainsCapacityProviderException"


class ClusterContainsContainerInstancesException(AwsError):
    """The Cluster cannot be deleted while Container Instances are active or draining."""

    code: ClassVar[str] = "ClusterContainsContainerInstancesException"


class ClusterContainsServicesException(AwsError):
    """The Cluster cannot be deleted while Services are active."""

    code: ClassVar[str] = "ClusterContainsServicesException"


class ClusterContainsTasksException(AwsError):
    """The Cluster cannot be deleted while Tasks are active."""

    code: ClassVar[str] = "ClusterContainsTasksException"


class ConflictException(AwsError):
    """The clientToken was used with other parameters before."""

    code: ClassVar[str] = "ConflictException"


class AttributeLimitExceededException(AwsError):
    """You can apply up to 10 custom attributes for each resource."""

    code: ClassVar[str] = "AttributeLimitExceededException"


class TargetNotFoundException(AwsError):
    """The specified target wasn't found."""

    code: ClassVar[str] = "TargetNotFoundException"


class LimitExceededException(AwsError):
    """The limit for the resource was exceeded."""

    code: ClassVar[str] = "LimitExceededException"


class ResourceNotFoundException(AwsError):
    """The specified resource wasn't found."""

    code: ClassVar[str] = "ResourceNotFoundException"


class ResourceInUseException(AwsError):
    """The specified resource is in-use and can't be removed."""

    code: ClassVar[str] = "ResourceInUseException"


class UpdateInProgressException(AwsError):
    """There's already a current update in progress."""

    code: ClassVar[str] = "UpdateInProgressException"


class NoUpdateAvailableException(AwsError):
    """There's no update available for this agent."""

    code: ClassVar[str] = "NoUpdateAvailableException"


class PlatformUnknownException(AwsError):
    """The specified platform version doesn't exist."""

    code: ClassVar[str] = "PlatformUnknownException"


class PlatformTaskDefinitionIncompatibilityException(AwsError):
    """The specified platform version doesn't satisfy the required capabilities of the task
    definition."""

    code: ClassVar[str] = "PlatformTaskDefinitionIncompatibilityException"


class NamespaceNotFoundException(AwsError):
    """The specified namespace wasn't found."""

    code: ClassVar[str] = "NamespaceNotFoundException"


class UnsupportedFeatureException(AwsError):
    """The specified task isn't supported in this Region."""

    code: ClassVar[str] = "UnsupportedFeatureException"


class ServiceNotFoundException(AwsError):
    """Service not found."""

    code: ClassVar[str] = "ServiceNotFoundException"


class TaskSetNotFoundException(AwsError):
    """The specified task set wasn't found."""

    code: ClassVar[str] = "TaskSetNotFoundException"


class BlockedException(AwsError):
    """Your account is blocked."""

    code: ClassVar[str] = "BlockedException"


class ServiceNotActiveException(AwsError):
    """Service was not ACTIVE."""

    code: ClassVar[str] = "ServiceNotActiveException"


class ServiceDeploymentNotFoundException(AwsError):
    """Service deployment not found."""

    code: ClassVar[str] = "ServiceDeploymentNotFoundException"
