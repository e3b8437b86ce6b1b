"""Load balancers as CreateService and UpdateService ask for them, in ECS's words.  Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from homeport.services.ecs.errors import InvalidParameterException, UnsupportedFeatureException
from homeport.services.ecs.plan.service.balancer_rules import advanced_of, check_advanced
from homeport.services.ecs.records.load_balancing import LoadBalancer, TargetGroup
from homeport.services.ecs.records.service_requests import AskedLoadBalancer, CreateRequest
from homeport.services.ecs.records.task_definitions import TaskDefinition

LOAD_BALANCERS_MAX: Final = 5


def check_asked(
    asked: Sequence[AskedLoadBalancer], definition: TaskDefinition, compatibility: str
) -> None:
    """Raise for what is refused whatever target groups there are."""
    if len(asked) > LOAD_BALANCERS_MAX:
        raise InvalidParameterException(
            f"load balancers can have at most {LOAD_BALANCERS_MAX} items"
        )
    check_advanced(asked)
    for each in asked:
        if each.load_balancer_name and each.target_group_arn:
            raise InvalidParameterException(
                "loadBalancerName and targetGroupArn cannot both be specified"
            )
        if each.load_balancer_name and each.advanced_configuration is not None:
            raise InvalidParameterException(
                "advancedConfiguration field is not allowed with ELBv1 loadBalancers"
            )
        if each.load_balancer_name and compatibility == "FARGATE":
            raise InvalidParameterException("Classic Load Balancers are not supported with Fargate")
        _check_container(each.container_name or "", each.container_port, definition)
        if each.load_balancer_name:
            raise UnsupportedFeatureException(
                "Homeport does not have Classic Load Balancers (loadBalancerName). Use the target "
                "group of an Application or a Network Load Balancer."
            )
        if not each.target_group_arn:
            raise InvalidParameterException("targetGroupArn is missing")


def wanted(
    asked: Sequence[AskedLoadBalancer] | None, before: tuple[LoadBalancer, ...]
) -> tuple[LoadBalancer, ...]:
    """What a service should be behind: what was asked for, or what it is behind already."""
    if asked is None:
        return before
    return tuple(
        LoadBalancer(
            target_group_arn=each.target_group_arn or "",
            container_name=each.container_name or "",
            container_port=each.container_port or 0,
            advanced_configuration=advanced_of(each.advanced_configuration),
        )
        for each in asked
    )


def check_balancers(
    balancers: Sequence[LoadBalancer],
    definition: TaskDefinition,
    groups: Mapping[str, TargetGroup],
) -> None:
    """Raise when tasks of the definition can't be targets; `groups` are those that exist."""
    needed = "ip" if definition.networking == "awsvpc" else "instance"
    for each in balancers:
        _check_container(each.container_name, each.container_port, definition)
        arn = each.target_group_arn
        group = groups.get(arn)
        if group is None:
            raise InvalidParameterException(
                f"The target group with targetGroupArn {arn} does not exist."
            )
        if group.target_type != needed:
            raise InvalidParameterException(
                f"The provided target group {arn} has target type {group.target_type}, which is "
                f"incompatible with the {definition.networking} network mode specified in the "
                "task definition."
            )
        if not group.has_load_balancer:
            raise InvalidParameterException(
                f"The target group with targetGroupArn {arn} does not have an associated load "
                "balancer."
            )


def check_role(request: CreateRequest, definition: TaskDefinition) -> None:
    """Raise for a role that the service could not use."""
    if not request.role:
        return
    several = len(request.load_balancers or ()) > 1
    if definition.networking == "awsvpc" or request.service_registries or several:
        raise InvalidParameterException(
            "You cannot specify an IAM role for services that require a service linked role"
        )
    if not request.load_balancers:
        raise InvalidParameterException(
            "IAM roles are only valid for services configured to use load balancers"
        )


def role_arn(asked: str | None, account: str) -> str | None:
    """The ARN of a role that a request names, with or without its path."""
    if not asked or asked.startswith("arn:"):
        return asked or None
    return f"arn:aws:iam::{account}:role/{asked.lstrip('/')}"


def _check_container(name: str, port: int | None, definition: TaskDefinition) -> None:
    containers = {each.name: each for each in definition.container_definitions}
    container = containers.get(name)
    if container is None:
        raise InvalidParameterException(
            f"The container {name} does not exist in the task definition"
        )
    if all(each.container_port != port for each in container.port_mappings):
        raise InvalidParameterException(
            f"The container {container.name} did not have a container port {port} defined"
        )
