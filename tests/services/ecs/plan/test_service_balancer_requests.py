"""Which load balancers a service may be behind, and in which words ECS refuses others."""

from typing import Any

import pytest

from homeport.services.ecs.errors import InvalidParameterException, UnsupportedFeatureException
from homeport.services.ecs.plan.service.balancer_requests import (
    check_asked,
    check_balancers,
    role_arn,
    wanted,
)
from homeport.services.ecs.plan.task_definition import drafted, registered
from homeport.services.ecs.records.load_balancing import LoadBalancer, TargetGroup
from homeport.services.ecs.records.service_requests import AskedAdvanced, AskedLoadBalancer
from homeport.services.ecs.records.task_definitions import TaskDefinition
from task_definition_documents import container, document

ARN = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0"


def definition(mode: str | None = None) -> TaskDefinition:
    asked = document(container(portMappings=[{"containerPort": 80}]))
    asked |= {} if mode is None else {"networkMode": mode}
    return registered(drafted(asked), arn="arn:d", revision=1, now=1.0, principal="arn:me")


def asked(**changes: Any) -> AskedLoadBalancer:
    members: dict[str, Any] = {
        "target_group_arn": ARN,
        "container_name": "web",
        "container_port": 80,
    }
    return AskedLoadBalancer(**(members | changes))


def group(**changes: Any) -> dict[str, TargetGroup]:
    members: dict[str, Any] = {
        "arn": ARN,
        "target_type": "instance",
        "protocol": "HTTP",
        "has_load_balancer": True,
    }
    return {ARN: TargetGroup(**(members | changes))}


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"load_balancer_name": "classic"},
            InvalidParameterException,
            "loadBalancerName and targetGroupArn cannot both be specified",
        ),
        (
            {"container_name": "db"},
            InvalidParameterException,
            "The container db does not exist in the task definition",
        ),
        (
            {"container_port": 81},
            InvalidParameterException,
            "The container web did not have a container port 81 defined",
        ),
        ({"target_group_arn": None}, InvalidParameterException, "targetGroupArn is missing"),
        (
            {"target_group_arn": None, "load_balancer_name": "classic"},
            UnsupportedFeatureException,
            (
                "Homeport does not have Classic Load Balancers (loadBalancerName). Use the target "
                "group of an Application or a Network Load Balancer."
            ),
        ),
        (
            {"advanced_configuration": AskedAdvanced()},
            InvalidParameterException,
            "alternateTargetGroupArn is required in advancedConfiguration",
        ),
    ],
)
def test_what_can_never_be_had(
    changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as refused:
        check_asked([asked(**changes)], definition(), "EC2")
    assert str(refused.value) == message


def test_five_target_groups_are_the_most() -> None:
    check_asked([asked()] * 5, definition(), "EC2")
    with pytest.raises(InvalidParameterException, match="can have at most 5 items"):
        check_asked([asked()] * 6, definition(), "EC2")


@pytest.mark.parametrize(
    ("mode", "groups", "message"),
    [
        (None, {}, f"The target group with targetGroupArn {ARN} does not exist."),
        (
            None,
            group(has_load_balancer=False),
            (
                f"The target group with targetGroupArn {ARN} does not have an associated load "
                "balancer."
            ),
        ),
        (
            "awsvpc",
            group(),
            (
                f"The provided target group {ARN} has target type instance, which is incompatible "
                "with the awsvpc network mode specified in the task definition."
            ),
        ),
        (
            "host",
            group(target_type="ip"),
            (
                f"The provided target group {ARN} has target type ip, which is incompatible with "
                "the host network mode specified in the task definition."
            ),
        ),
    ],
)
def test_what_tasks_can_be_no_targets_of(
    mode: str | None, groups: dict[str, TargetGroup], message: str
) -> None:
    with pytest.raises(InvalidParameterException) as refused:
        check_balancers(wanted([asked()], ()), definition(mode), groups)
    assert str(refused.value) == message


def test_each_network_mode_has_its_type_of_target() -> None:
    balancers = wanted([asked()], ())
    for mode in (None, "bridge", "host"):
        check_balancers(balancers, definition(mode), group())
    check_balancers(balancers, definition("awsvpc"), group(target_type="ip"))


def test_what_a_service_has_already_has_to_fit_its_new_definition() -> None:
    kept = LoadBalancer(target_group_arn=ARN, container_name="web", container_port=81)
    with pytest.raises(InvalidParameterException, match="did not have a container port 81"):
        check_balancers([kept], definition(), group())


def test_nothing_asked_keeps_and_an_empty_list_removes() -> None:
    kept = wanted([asked()], ())
    assert kept == (LoadBalancer(target_group_arn=ARN, container_name="web", container_port=80),)
    assert wanted(None, kept) == kept
    assert wanted((), kept) == ()


@pytest.mark.parametrize(
    ("name", "arn"),
    [
        (None, None),
        ("", None),
        ("ecs", "arn:aws:iam::000000000000:role/ecs"),
        ("/foo/ecs", "arn:aws:iam::000000000000:role/foo/ecs"),
        ("arn:aws:iam::000000000000:role/ecs", "arn:aws:iam::000000000000:role/ecs"),
    ],
)
def test_a_role_is_named_in_several_ways(name: str | None, arn: str | None) -> None:
    assert role_arn(name, "000000000000") == arn
