"""Which RunTask and StartTask requests are allowed, in ECS's words.  Pure."""

import re
from typing import Final

from homeport.services.ecs.errors import (
    ClientException,
    InvalidParameterException,
    PlatformUnknownException,
    UnsupportedFeatureException,
)
from homeport.services.ecs.plan.placement import check_constraints, check_strategies
from homeport.services.ecs.records.run_request import AwsVpcConfiguration, RunRequest
from homeport.services.ecs.records.task_definitions import TaskDefinition

COUNT_MAX: Final = 10
INSTANCES_MAX: Final = 10
STARTED_BY_LENGTH_MAX: Final = 128
GROUP_LENGTH_MAX: Final = 255
TOKEN_LENGTH_MAX: Final = 64
REFERENCE_LENGTH_MAX: Final = 1024
SUBNETS_MAX: Final = 16
SECURITY_GROUPS_MAX: Final = 5

NEWEST_PLATFORM: Final = "1.4.0"
PLATFORMS: Final = ("1.3.0", NEWEST_PLATFORM)
LAUNCH_TYPES: Final = ("EC2", "FARGATE", "EXTERNAL")

_STARTED_BY: Final = re.compile(r"[A-Za-z0-9_/-]*")
_TOKEN: Final = re.compile(r"[!-~]*")


def check_request(request: RunRequest) -> None:
    """Raise for what ECS refuses whatever the task definition is."""
    if not 1 <= request.count <= COUNT_MAX:
        raise InvalidParameterException(f"count should be between 1 and {COUNT_MAX}")
    _check_names(request)
    _check_launch(request)
    _check_unsupported(request)
    if request.propagate_tags not in (None, "NONE", "TASK_DEFINITION"):
        raise InvalidParameterException(
            "propagateTags should be one of [TASK_DEFINITION,NONE]"
            if request.propagate_tags != "SERVICE"
            else "Tags can't be propagated from a service to a task that no service starts. "
            "Specify TASK_DEFINITION for propagateTags and try again."
        )
    check_constraints(request.placement_constraints)
    check_strategies(request.placement_strategy)


def check_launch_type(request: RunRequest, launch_type: str) -> None:
    """Raise for members that go only with another launch type than the one decided."""
    if launch_type == "FARGATE":
        if request.placement_constraints:
            raise InvalidParameterException(
                "Placement constraints are not supported with FARGATE launch type."
            )
        if request.placement_strategy:
            raise InvalidParameterException(
                "Placement strategies are not supported with FARGATE launch type."
            )
    elif request.platform_version is not None:
        raise InvalidParameterException(
            "The platform version must be null when specifying an EC2 launch type"
        )


def check_definition(
    definition: TaskDefinition | None, account: str, reference: str, launch_type: str
) -> TaskDefinition:
    """The definition, when a new task may be run from it; raises in ECS's words if not."""
    home = reference.split(":")
    if home[0] == "arn" and len(home) > 5 and home[4] != account:
        raise InvalidParameterException("AccountIDs mismatch")
    if definition is None:
        raise ClientException("TaskDefinition not found.")
    if definition.status != "ACTIVE":
        raise ClientException("TaskDefinition is inactive")
    if launch_type not in definition.compatibilities:
        raise InvalidParameterException(
            f"Task definition does not support launch_type {launch_type}."
        )
    return definition


def platform_version(requested: str | None) -> str:
    """The Fargate platform version that is meant; raises PlatformUnknownException."""
    if requested in (None, "", "LATEST"):
        return NEWEST_PLATFORM
    if requested not in PLATFORMS:
        raise PlatformUnknownException
    return str(requested)


def check_network(
    configuration: AwsVpcConfiguration | None, network_mode: str, launch_type: str
) -> None:
    """Raise when the network configuration does not go with the network mode."""
    if network_mode != "awsvpc":
        if configuration is not None:
            raise InvalidParameterException(
                "Network Configuration is not valid for the given networkMode of this task "
                "definition."
            )
        return
    if configuration is None:
        raise InvalidParameterException(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        )
    if not configuration.subnets:
        raise InvalidParameterException("subnets can not be empty.")
    if len(configuration.subnets) > SUBNETS_MAX:
        raise InvalidParameterException(f"subnets can have at most {SUBNETS_MAX} items.")
    if len(configuration.security_groups) > SECURITY_GROUPS_MAX:
        raise InvalidParameterException(
            f"securityGroups can have at most {SECURITY_GROUPS_MAX} items."
        )
    if configuration.assign_public_ip not in (None, "ENABLED", "DISABLED"):
        raise InvalidParameterException("assignPublicIp should be one of [ENABLED,DISABLED]")
    if configuration.assign_public_ip == "ENABLED" and launch_type != "FARGATE":
        raise InvalidParameterException("Assign public IP is not supported for this launch type.")


def _check_names(request: RunRequest) -> None:
    started_by = request.started_by or ""
    if len(started_by) > STARTED_BY_LENGTH_MAX:
        raise InvalidParameterException(f"startedBy longer than {STARTED_BY_LENGTH_MAX}.")
    if not _STARTED_BY.fullmatch(started_by):
        raise InvalidParameterException(
            "startedBy must contain only letters, numbers, hyphens, forward slashes and "
            "underscores."
        )
    group = request.group or ""
    if len(group) > GROUP_LENGTH_MAX:
        raise InvalidParameterException(f"group longer than {GROUP_LENGTH_MAX}.")
    namespace, colon, _ = group.partition(":")
    if colon and namespace != "family":
        raise InvalidParameterException("Invalid namespace in group.")
    token = request.client_token or ""
    if len(token) > TOKEN_LENGTH_MAX or not _TOKEN.fullmatch(token):
        raise InvalidParameterException(
            f"clientToken must have at most {TOKEN_LENGTH_MAX} characters, each in the range of "
            "33-126."
        )
    if len(request.reference_id or "") > REFERENCE_LENGTH_MAX:
        raise InvalidParameterException(f"referenceId longer than {REFERENCE_LENGTH_MAX}.")


def _check_launch(request: RunRequest) -> None:
    if request.launch_type is not None:
        if request.capacity_provider_strategy:
            raise InvalidParameterException(
                "Specify either Launch Type or Capacity Provider Strategy, but not both."
            )
        if request.launch_type not in LAUNCH_TYPES:
            raise InvalidParameterException(
                f"launch type should be one of [{','.join(LAUNCH_TYPES)}]"
            )
        if request.launch_type == "EXTERNAL":
            raise UnsupportedFeatureException(
                "The EXTERNAL launch type is not supported yet. Use the EC2 launch type."
            )


def _check_unsupported(request: RunRequest) -> None:
    if request.enable_execute_command:
        raise UnsupportedFeatureException(
            "ECS Exec is not supported yet. Run the task without enableExecuteCommand."
        )
    if request.volume_configurations:
        raise UnsupportedFeatureException(
            "Volumes that are configured at launch (volumeConfigurations) are not supported yet."
        )
