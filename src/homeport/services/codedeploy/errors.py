"""The errors of CodeDeploy, by name.  A docstring is the default message.

The texts are the model's; where the service words one itself, the caller gives it.  Left out are
those that only instances and their tags have.
"""

from homeport.kernel.errors import AwsError


class CodeDeployError(AwsError):
    """What each of these is; its code is its name with ``Exception`` behind it."""

    def __init_subclass__(cls) -> None:
        cls.code = f"{cls.__name__}Exception"


class AlarmsLimitExceeded(CodeDeployError):
    """The maximum number of alarms for a deployment group (10) was exceeded."""


class ApplicationAlreadyExists(CodeDeployError):
    """An application with the specified name with the user or Amazon Web Services account already
    exists.
    """


class ApplicationDoesNotExist(CodeDeployError):
    """The application does not exist with the user or Amazon Web Services account."""


class ApplicationLimitExceeded(CodeDeployError):
    """More applications were attempted to be created than are allowed."""


class ApplicationNameRequired(CodeDeployError):
    """The minimum number of required application names was not specified."""


class ArnNotSupported(CodeDeployError):
    """The specified ARN is not supported. For example, it might be an ARN for a resource that is
    not expected.
    """


class BatchLimitExceeded(CodeDeployError):
    """The maximum number of names or IDs allowed for this request (100) was exceeded."""


class BucketNameFilterRequired(CodeDeployError):
    """A bucket name is required, but was not provided."""


class DeploymentAlreadyCompleted(CodeDeployError):
    """The deployment is already complete."""


class DeploymentConfigAlreadyExists(CodeDeployError):
    """A deployment configuration with the specified name with the user or Amazon Web Services
    account already exists.
    """


class DeploymentConfigDoesNotExist(CodeDeployError):
    """The deployment configuration does not exist with the user or Amazon Web Services account."""


class DeploymentConfigInUse(CodeDeployError):
    """The deployment configuration is still in use."""


class DeploymentConfigLimitExceeded(CodeDeployError):
    """The deployment configurations limit was exceeded."""


class DeploymentConfigNameRequired(CodeDeployError):
    """The deployment configuration name was not specified."""


class DeploymentDoesNotExist(CodeDeployError):
    """The deployment with the user or Amazon Web Services account does not exist."""


class DeploymentGroupAlreadyExists(CodeDeployError):
    """A deployment group with the specified name with the user or Amazon Web Services account
    already exists.
    """


class DeploymentGroupDoesNotExist(CodeDeployError):
    """The named deployment group with the user or Amazon Web Services account does not exist."""


class DeploymentGroupLimitExceeded(CodeDeployError):
    """The deployment groups limit was exceeded."""


class DeploymentGroupNameRequired(CodeDeployError):
    """The deployment group name was not specified."""


class DeploymentIdRequired(CodeDeployError):
    """At least one deployment ID must be specified."""


class DeploymentIsNotInReadyState(CodeDeployError):
    """The deployment does not have a status of Ready and can't continue yet."""


class DeploymentLimitExceeded(CodeDeployError):
    """The number of allowed deployments was exceeded."""


class DeploymentNotStarted(CodeDeployError):
    """The specified deployment has not started."""


class DeploymentTargetDoesNotExist(CodeDeployError):
    """The provided target ID does not belong to the attempted deployment."""


class DeploymentTargetIdRequired(CodeDeployError):
    """A deployment target ID was not provided."""


class DeploymentTargetListSizeExceeded(CodeDeployError):
    """The maximum number of targets that can be associated with an Amazon ECS or Lambda deployment
    was exceeded. The target list of both types of deployments must have exactly one item. This
    exception does not apply to EC2/On-premises deployments.
    """


class DescriptionTooLong(CodeDeployError):
    """The description is too long."""


class ECSServiceMappingLimitExceeded(CodeDeployError):
    """The Amazon ECS service is associated with more than one deployment groups. An Amazon ECS
    service can be associated with only one deployment group.
    """


class InvalidAlarmConfig(CodeDeployError):
    """The format of the alarm configuration is invalid. Possible causes include: The alarm list is
    null. The alarm object is null. The alarm name is empty or null or exceeds the limit of 255
    characters. Two alarms with the same name have been specified. The alarm configuration is
    enabled, but the alarm list is empty.
    """


class InvalidApplicationName(CodeDeployError):
    """The application name was specified in an invalid format."""


class InvalidArn(CodeDeployError):
    """The specified ARN is not in a valid format."""


class InvalidAutoRollbackConfig(CodeDeployError):
    """The automatic rollback configuration was specified in an invalid format. For example,
    automatic rollback is enabled, but an invalid triggering event type or no event types were
    listed.
    """


class InvalidAutoScalingGroup(CodeDeployError):
    """The Auto Scaling group was specified in an invalid format or does not exist."""


class InvalidBlueGreenDeploymentConfiguration(CodeDeployError):
    """The configuration for the blue/green deployment group was provided in an invalid format. For
    information about deployment configuration format, see CreateDeploymentConfig.
    """


class InvalidBucketNameFilter(CodeDeployError):
    """The bucket name either doesn't exist or was specified in an invalid format."""


class InvalidComputePlatform(CodeDeployError):
    """The computePlatform is invalid. The computePlatform should be Lambda, Server, or ECS."""


class InvalidDeployedStateFilter(CodeDeployError):
    """The deployed state filter was specified in an invalid format."""


class InvalidDeploymentConfigName(CodeDeployError):
    """The deployment configuration name was specified in an invalid format."""


class InvalidDeploymentGroupName(CodeDeployError):
    """The deployment group name was specified in an invalid format."""


class InvalidDeploymentId(CodeDeployError):
    """At least one of the deployment IDs was specified in an invalid format."""


class InvalidDeploymentStatus(CodeDeployError):
    """The specified deployment status doesn't exist or cannot be determined."""


class InvalidDeploymentStyle(CodeDeployError):
    """An invalid deployment style was specified. Valid deployment types include "IN_PLACE" and
    "BLUE_GREEN." Valid deployment options include "WITH_TRAFFIC_CONTROL" and
    "WITHOUT_TRAFFIC_CONTROL."
    """


class InvalidDeploymentTargetId(CodeDeployError):
    """The target ID provided was not valid."""


class InvalidDeploymentWaitType(CodeDeployError):
    """The wait type is invalid."""


class InvalidEC2Tag(CodeDeployError):
    """The tag was specified in an invalid format."""


class InvalidECSService(CodeDeployError):
    """The Amazon ECS service identifier is not valid."""


class InvalidExternalId(CodeDeployError):
    """The external ID was specified in an invalid format."""


class InvalidFileExistsBehavior(CodeDeployError):
    """An invalid fileExistsBehavior option was specified to determine how CodeDeploy handles files
    or directories that already exist in a deployment target location, but weren't part of the
    previous successful deployment. Valid values include "DISALLOW," "OVERWRITE," and "RETAIN."
    """


class InvalidIgnoreApplicationStopFailuresValue(CodeDeployError):
    """The IgnoreApplicationStopFailures value is invalid. For Lambda deployments, false is
    expected. For EC2/On-premises deployments, true or false is expected.
    """


class InvalidInput(CodeDeployError):
    """The input was specified in an invalid format."""


class InvalidKeyPrefixFilter(CodeDeployError):
    """The specified key prefix filter was specified in an invalid format."""


class InvalidLifecycleEventHookExecutionId(CodeDeployError):
    """A lifecycle event hook is invalid. Review the hooks section in your AppSpec file to ensure
    the lifecycle events and hooks functions are valid.
    """


class InvalidLifecycleEventHookExecutionStatus(CodeDeployError):
    """The result of a Lambda validation function that verifies a lifecycle event is invalid. It
    should return Succeeded or Failed.
    """


class InvalidLoadBalancerInfo(CodeDeployError):
    """An invalid load balancer name, or no load balancer name, was specified."""


class InvalidMinimumHealthyHostValue(CodeDeployError):
    """The minimum healthy instance value was specified in an invalid format."""


class InvalidNextToken(CodeDeployError):
    """The next token was specified in an invalid format."""


class InvalidOperation(CodeDeployError):
    """An invalid operation was detected."""


class InvalidRevision(CodeDeployError):
    """The revision was specified in an invalid format."""


class InvalidRole(CodeDeployError):
    """The service role ARN was specified in an invalid format. Or, if an Auto Scaling group was
    specified, the specified service role does not grant the appropriate permissions to Amazon EC2
    Auto Scaling.
    """


class InvalidSortBy(CodeDeployError):
    """The column name to sort by is either not present or was specified in an invalid format."""


class InvalidSortOrder(CodeDeployError):
    """The sort order was specified in an invalid format."""


class InvalidTag(CodeDeployError):
    """The tag was specified in an invalid format."""


class InvalidTagsToAdd(CodeDeployError):
    """The specified tags are not valid."""


class InvalidTargetFilterName(CodeDeployError):
    """The target filter name is invalid."""


class InvalidTargetGroupPair(CodeDeployError):
    """A target group pair associated with this deployment is not valid."""


class InvalidTargetInstances(CodeDeployError):
    """The target instance configuration is invalid. Possible causes include: Configuration data
    for target instances was entered for an in-place deployment. The limit of 10 tags for a tag
    type was exceeded. The combined length of the tag names exceeded the limit. A specified tag is
    not currently applied to any instances.
    """


class InvalidTimeRange(CodeDeployError):
    """The specified time range was specified in an invalid format."""


class InvalidTrafficRoutingConfiguration(CodeDeployError):
    """The configuration that specifies how traffic is routed during a deployment is invalid."""


class InvalidTriggerConfig(CodeDeployError):
    """The trigger was specified in an invalid format."""


class InvalidUpdateOutdatedInstancesOnlyValue(CodeDeployError):
    """The UpdateOutdatedInstancesOnly value is invalid. For Lambda deployments, false is expected.
    For EC2/On-premises deployments, true or false is expected.
    """


class InvalidZonalDeploymentConfiguration(CodeDeployError):
    """The ZonalConfig object is not valid."""


class LifecycleEventAlreadyCompleted(CodeDeployError):
    """An attempt to return the status of an already completed lifecycle event occurred."""


class ResourceArnRequired(CodeDeployError):
    """The ARN of a resource is required, but was not found."""


class RevisionDoesNotExist(CodeDeployError):
    """The named revision does not exist with the user or Amazon Web Services account."""


class RevisionRequired(CodeDeployError):
    """The revision ID was not specified."""


class RoleRequired(CodeDeployError):
    """The role ID was not specified."""


class TagRequired(CodeDeployError):
    """A tag was not specified."""


class TriggerTargetsLimitExceeded(CodeDeployError):
    """The maximum allowed number of triggers was exceeded."""


class UnsupportedActionForDeploymentType(CodeDeployError):
    """A call was submitted that is not supported for the specified deployment type."""
