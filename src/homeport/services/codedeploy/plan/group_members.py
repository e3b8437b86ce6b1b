"""What a deployment group may be told, member by member.  Pure.

The texts that name a member are CodeDeploy's.  Whether services, listeners and target groups exist
is looked up by others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from homeport.services.codedeploy.errors import (
    AlarmsLimitExceeded,
    CodeDeployError,
    InvalidAlarmConfig,
    InvalidAutoRollbackConfig,
    InvalidAutoScalingGroup,
    InvalidBlueGreenDeploymentConfiguration,
    InvalidDeploymentStyle,
    InvalidEC2Tag,
    InvalidECSService,
    InvalidInput,
    InvalidLoadBalancerInfo,
    InvalidRole,
    InvalidTag,
    InvalidTargetGroupPair,
    InvalidTriggerConfig,
    RoleRequired,
)
from homeport.services.codedeploy.records.deployment_groups import ServiceNames
from homeport.services.codedeploy.records.group_options import (
    WAIT_MINUTES_MAX,
    AlarmOptions,
    AutoRollback,
    BlueGreen,
    RollbackEvent,
)

ALARMS_MAX: Final = 10
ALARM_NAME_MAX: Final = 255
EVENTS: Final = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST")
STYLE: Final = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
_REFUSED: Final[Mapping[str, type[CodeDeployError]]] = {
    "autoScalingGroups": InvalidAutoScalingGroup,
    "ec2TagFilters": InvalidEC2Tag,
    "ec2TagSet": InvalidEC2Tag,
    "onPremisesInstanceTagFilters": InvalidTag,
    "onPremisesTagSet": InvalidTag,
    "terminationHookEnabled": InvalidInput,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """`targetGroupPairInfoList[0]` as it is named."""

    target_groups: tuple[str, str]
    production_listener: str
    test_listener: str | None


def refuse_foreign(request: Mapping[str, Any]) -> None:
    """Refuse what is for instances, and triggers, which would reach nobody."""
    for name, error in _REFUSED.items():
        if request.get(name):
            raise error(f"For ECS deployment group, {name} can not be specified")
    if request.get("triggerConfigurations"):
        raise InvalidTriggerConfig(
            "Homeport has no Amazon SNS: nobody would hear of a trigger. Leave out "
            "triggerConfigurations."
        )


def role(arn: str | None) -> str:
    """The ARN, if it is one of a role."""
    if not arn:
        raise RoleRequired("Service role ARN is required")
    if not arn.startswith("arn:") or ":role/" not in arn:
        raise InvalidRole(f"{arn} is not the ARN of a role")
    return arn


def check_style(given: Mapping[str, Any] | None) -> None:
    """Refuse every style but the one that services have."""
    if given != STYLE:
        raise InvalidDeploymentStyle(
            "For ECS deployment, the deployment type must be BLUE_GREEN, and deployment option "
            "must be WITH_TRAFFIC_CONTROL."
        )


def outdated_instances(given: str | None) -> str:
    """The strategy; it changes nothing for a service."""
    if given not in {None, "UPDATE", "IGNORE"}:
        raise InvalidInput(f"{given} is not an outdatedInstancesStrategy: UPDATE and IGNORE are")
    return given or "UPDATE"


def ecs_service(given: Sequence[Mapping[str, Any]] | None) -> ServiceNames:
    """The one service."""
    if not given:
        raise InvalidECSService("For ECS deployment group, ecsServices must be specified")
    if len(given) > 1:
        raise InvalidECSService("For ECS deployment group, ecsServices must have exactly one item")
    cluster, service = given[0].get("clusterName"), given[0].get("serviceName")
    if not cluster or not service:
        raise InvalidECSService("An ECS service must have clusterName and serviceName")
    return ServiceNames(cluster=cluster, service=service)


def pair(info: Mapping[str, Any] | None) -> Pair:
    """The one pair of target groups, and the listeners before it."""
    if not info:
        raise InvalidLoadBalancerInfo(
            "For ECS deployment group, loadBalancerInfo must be specified"
        )
    for name, said in (("elbInfoList", "elbInfo"), ("targetGroupInfoList", "targetGroupInfo")):
        if info.get(name):
            raise InvalidLoadBalancerInfo(
                f"For ECS deployment group, loadBalancerInfo must not contain {said} list"
            )
    pairs = info.get("targetGroupPairInfoList") or []
    if len(pairs) != 1:
        raise InvalidLoadBalancerInfo(
            "For ECS deployment group, targetGroupPairInfoList must have exactly one item"
        )
    names = [each.get("name") or "" for each in pairs[0].get("targetGroups") or []]
    if len(names) != 2 or not all(names) or names[0] == names[1]:
        raise InvalidTargetGroupPair("A target group pair must name two different target groups")
    production = _listener(pairs[0].get("prodTrafficRoute"), "prodTrafficRoute")
    test = pairs[0].get("testTrafficRoute")
    found = _listener(test, "testTrafficRoute") if test else None
    if found == production:
        raise InvalidTargetGroupPair("prodTrafficRoute and testTrafficRoute name the same listener")
    return Pair(
        target_groups=(names[0], names[1]), production_listener=production, test_listener=found
    )


def _listener(route: Mapping[str, Any] | None, name: str) -> str:
    arns = (route or {}).get("listenerArns") or []
    if len(arns) != 1 or not arns[0]:
        raise InvalidTargetGroupPair(f"{name} must name exactly one listener")
    return str(arns[0])


def blue_green(given: Mapping[str, Any] | None) -> BlueGreen:
    """How long to wait, before traffic is shifted and before the original is terminated."""
    if not given:
        raise InvalidBlueGreenDeploymentConfiguration(
            "For ECS deployment group, blueGreenDeploymentConfiguration must be specified"
        )
    if given.get("greenFleetProvisioningOption"):
        raise InvalidBlueGreenDeploymentConfiguration(
            "For ECS deployment group, greenFleetProvisioningOption can not be specified"
        )
    end = given.get("terminateBlueInstancesOnDeploymentSuccess") or {}
    ready = given.get("deploymentReadyOption") or {}
    terminate = _choice(end.get("action"), "action", ("TERMINATE", "KEEP_ALIVE"))
    on_timeout = _choice(
        ready.get("actionOnTimeout"), "actionOnTimeout", ("CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT")
    )
    return BlueGreen(
        terminate="KEEP_ALIVE" if terminate == "KEEP_ALIVE" else "TERMINATE",
        termination_wait_minutes=_minutes(end, "terminationWaitTimeInMinutes"),
        on_ready_timeout=(
            "STOP_DEPLOYMENT" if on_timeout == "STOP_DEPLOYMENT" else "CONTINUE_DEPLOYMENT"
        ),
        ready_wait_minutes=_minutes(ready, "waitTimeInMinutes"),
    )


def _choice(given: str | None, name: str, known: tuple[str, str]) -> str:
    if given is not None and given not in known:
        raise InvalidBlueGreenDeploymentConfiguration(
            f"{given} is not valid for {name}: {known[0]} and {known[1]} are"
        )
    return given or known[0]


def _minutes(given: Mapping[str, Any], name: str) -> int:
    minutes = int(given.get(name) or 0)
    if not 0 <= minutes <= WAIT_MINUTES_MAX:
        raise InvalidBlueGreenDeploymentConfiguration(
            f"{name} must be from 0 to {WAIT_MINUTES_MAX}, not {minutes}"
        )
    return minutes


def auto_rollback(given: Mapping[str, Any] | None) -> AutoRollback:
    """What makes a deployment roll back."""
    if not given:
        return AutoRollback()
    events = given.get("events") or []
    for event in events:
        if event not in EVENTS:
            raise InvalidAutoRollbackConfig(
                f"{event} is not an event that a deployment rolls back on: {', '.join(EVENTS)} are"
            )
    if given.get("enabled") and not events:
        raise InvalidAutoRollbackConfig(
            "Automatic rollback is enabled, but no event types were listed"
        )
    kept = cast(tuple[RollbackEvent, ...], tuple(dict.fromkeys(events)))
    return AutoRollback(enabled=bool(given.get("enabled")), events=kept)


def alarms(given: Mapping[str, Any] | None) -> AlarmOptions:
    """Which alarms stop a deployment."""
    if not given:
        return AlarmOptions()
    names = [each.get("name") or "" for each in given.get("alarms") or []]
    if len(names) > ALARMS_MAX:
        raise AlarmsLimitExceeded
    if any(not 1 <= len(name) <= ALARM_NAME_MAX for name in names):
        raise InvalidAlarmConfig(f"An alarm name has 1 to {ALARM_NAME_MAX} characters.")
    if len(set(names)) < len(names):
        raise InvalidAlarmConfig("Two alarms with the same name have been specified.")
    if given.get("enabled") and not names:
        raise InvalidAlarmConfig("The alarm configuration is enabled, but the alarm list is empty.")
    return AlarmOptions(
        enabled=bool(given.get("enabled")),
        ignore_poll_failure=bool(given.get("ignorePollAlarmFailure")),
        names=tuple(names),
    )
