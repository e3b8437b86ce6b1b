"""What a deployment group names of other services: they are asked, and a group is refused that
could never be deployed to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from homeport.contracts.operations import Asker
from homeport.kernel.errors import AwsError
from homeport.runtime import Call
from homeport.services.codedeploy.errors import (
    InvalidDeploymentConfigName,
    InvalidECSService,
    InvalidLoadBalancerInfo,
    InvalidTargetGroupPair,
    InvalidTrafficRoutingConfiguration,
)
from homeport.services.codedeploy.plan.group_members import Pair
from homeport.services.codedeploy.plan.predefined_configs import ALL_AT_ONCE, PREDEFINED, PREFIX
from homeport.services.codedeploy.records.deployment_configs import DeploymentConfig
from homeport.services.codedeploy.records.deployment_groups import ServiceNames
from homeport.services.codedeploy.records.group_options import Balancing, TargetGroup
from homeport.store import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """The service that is deployed to."""

    cluster: str
    service: str
    arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancerFacts:
    """The load balancer that traffic is shifted by."""

    balancing: Balancing
    kind: str
    """``application`` or ``network``."""


def the_service(tx: Tx, call: Call, of: ServiceNames) -> ServiceFacts:
    """The service, if CodeDeploy may deploy to it."""
    found = _described(tx, call, of)
    if (found.get("deploymentController") or {}).get("type") != "CODE_DEPLOY":
        raise InvalidECSService(
            "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment "
            "controller."
        )
    return ServiceFacts(
        cluster=found["clusterArn"].rpartition("/")[2],
        service=found["serviceName"],
        arn=found["serviceArn"],
    )


def the_balancer(tx: Tx, call: Call, pair: Pair) -> BalancerFacts:
    """The target groups and the listeners, if traffic can be shifted between them."""
    listeners = _listeners(tx, call, pair)
    balancer = listeners[0]["LoadBalancerArn"]
    if any(listener["LoadBalancerArn"] != balancer for listener in listeners):
        raise InvalidTargetGroupPair(
            "The listeners of prodTrafficRoute and testTrafficRoute must belong to the same load "
            "balancer"
        )
    groups = [_target_group(tx, call, name) for name in pair.target_groups]
    for group in groups:
        elsewhere = [arn for arn in group["LoadBalancerArns"] if arn != balancer]
        if elsewhere:
            raise InvalidTargetGroupPair(
                f"The target group {group['TargetGroupName']} is attached to another load "
                f"balancer: {elsewhere[0]}"
            )
    return BalancerFacts(
        balancing=Balancing(
            target_groups=tuple(
                TargetGroup(name=each["TargetGroupName"], arn=each["TargetGroupArn"])
                for each in groups
            ),
            production_listener=pair.production_listener,
            test_listener=pair.test_listener,
        ),
        kind=_kind(tx, call, balancer),
    )


def the_balancer_kind(tx: Tx, call: Call, listener_arn: str) -> str:
    """Of which type the listener's load balancer is; empty when the listener is gone."""
    try:
        answer = ask(tx, call, "elbv2", "DescribeListeners", {"ListenerArns": [listener_arn]})
    except AwsError:
        return ""
    return _kind(tx, call, answer["Listeners"][0]["LoadBalancerArn"])


def check_config(name: str) -> None:
    """Refuse a predefined configuration that is for instances or functions."""
    if name.startswith(PREFIX) and name not in PREDEFINED:
        raise InvalidDeploymentConfigName(
            f"For ECS deployment group, the deployment configuration must be of the compute "
            f"platform ECS: {name} is not"
        )


def check_shift(config: DeploymentConfig, kind: str) -> None:
    """Refuse to shift a network load balancer's traffic little by little."""
    if kind == "network" and config.shift.kind != "all_at_once":
        raise InvalidTrafficRoutingConfiguration(
            f"With a Network Load Balancer, traffic is shifted all at once: use {ALL_AT_ONCE}, not "
            f"{config.name}"
        )


def refreshed(tx: Tx, call: Call, balancing: Balancing) -> Balancing:
    """With the target groups that have the names now: one may have been made anew."""
    found = []
    for group in balancing.target_groups:
        try:
            arn = _target_group(tx, call, group.name)["TargetGroupArn"]
        except InvalidTargetGroupPair:
            arn = group.arn
        found.append(TargetGroup(name=group.name, arn=arn))
    return Balancing(
        target_groups=tuple(found),
        production_listener=balancing.production_listener,
        test_listener=balancing.test_listener,
    )


def ask(
    tx: Tx, call: Call, service: str, operation: str, request: Mapping[str, Any]
) -> dict[str, Any]:
    """What another service answers."""
    asker = Asker(
        account=call.account,
        region=call.region,
        principal=call.principal,
        now=call.now,
        ids=call.ids,
    )
    return call.peers.operations.ask(tx, asker, service, operation, request)


def _kind(tx: Tx, call: Call, arn: str) -> str:
    described = ask(tx, call, "elbv2", "DescribeLoadBalancers", {"LoadBalancerArns": [arn]})
    kind: str = described["LoadBalancers"][0]["Type"]
    return kind


def _described(tx: Tx, call: Call, of: ServiceNames) -> Mapping[str, Any]:
    wanted = {"cluster": of.cluster, "services": [of.service]}
    try:
        found = ask(tx, call, "ecs", "DescribeServices", wanted)["services"]
    except AwsError as error:
        raise _not_loaded(of, error.message) from error
    active = [service for service in found if service["status"] == "ACTIVE"]
    if not active:
        raise _not_loaded(of, "Service not found." if not found else "Service is not active.")
    service: Mapping[str, Any] = active[0]
    return service


def _not_loaded(of: ServiceNames, cause: str) -> InvalidECSService:
    return InvalidECSService(
        f"Could not load ECS service information for cluster: {of.cluster}, service: "
        f"{of.service}. Cause: {cause}"
    )


def _listeners(tx: Tx, call: Call, pair: Pair) -> Sequence[Mapping[str, Any]]:
    found = []
    for arn in (pair.production_listener, pair.test_listener):
        if arn is None:
            continue
        try:
            answer = ask(tx, call, "elbv2", "DescribeListeners", {"ListenerArns": [arn]})
        except AwsError as error:
            raise InvalidLoadBalancerInfo(
                f"The listener {arn} could not be loaded. Cause: {error.message}"
            ) from error
        found.append(answer["Listeners"][0])
    return found


def _target_group(tx: Tx, call: Call, name: str) -> Mapping[str, Any]:
    try:
        answer = ask(tx, call, "elbv2", "DescribeTargetGroups", {"Names": [name]})
    except AwsError as error:
        raise InvalidTargetGroupPair(
            f"The target group {name} could not be loaded. Cause: {error.message}"
        ) from error
    group: Mapping[str, Any] = answer["TargetGroups"][0]
    return group
