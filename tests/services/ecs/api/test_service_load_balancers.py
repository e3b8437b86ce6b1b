"""CreateService and UpdateService with target groups that are really there."""

from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from explaining import explained, waits
from homeport.contracts.peers import Peers
from homeport.services.ecs.errors import InvalidParameterException
from homeport.store import Store
from ring.driver import Plane
from ring.simulated_node import SimulatedNode
from ring.traffic import Traffic
from service_asking import (
    ROLE,
    asked,
    create,
    create_on_fargate,
    on_fargate,
    refusal,
    revision,
    stored,
    update,
)
from task_definition_documents import container, document, fargate

PORTS = [{"containerPort": 80}]
LINKED = "arn:aws:iam::000000000000:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"

Invalid = InvalidParameterException


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    plane.ask("RegisterTaskDefinition", **document(container(portMappings=PORTS)))
    plane.ask("RegisterTaskDefinition", **document(container(), family="shut"))
    definition = fargate(container(portMappings=PORTS), family="fargate")
    plane.ask("RegisterTaskDefinition", **definition)
    return plane


@pytest.fixture
def traffic(store: Store, clock: TurnedClock, peers: Peers) -> Traffic:
    return Traffic(store, clock, peers)


def behind(*arns: str, **changes: Any) -> dict[str, Any]:
    plain = {"containerName": "web", "containerPort": 80}
    return {"loadBalancers": [{"targetGroupArn": arn, **plain, **changes} for arn in arns]}


def test_a_service_shows_what_it_is_behind_and_by_which_role(
    plane: Plane, traffic: Traffic
) -> None:
    wanted = behind(traffic.group(plane, "instance", 0))
    shown = create(plane, **wanted)
    assert shown["loadBalancers"] == wanted["loadBalancers"]
    assert shown["roleArn"] == LINKED
    named = create(plane, serviceName="named", role="ecs-web", **wanted)
    assert named["roleArn"] == "arn:aws:iam::000000000000:role/ecs-web"


def test_the_same_service_asked_for_again_is_the_same(plane: Plane, traffic: Traffic) -> None:
    one, other = traffic.group(plane, "instance", 0), traffic.group(plane, "instance", 1)
    first = create(plane, **behind(one))
    again = create(plane, **behind(one))
    assert again["deployments"][0]["id"] == first["deployments"][0]["id"]
    text = refusal(plane, "CreateService", Invalid, **asked(behind(other)))
    assert text == "Creation of service was not idempotent."


def test_fargate_tasks_are_targets_by_address(plane: Plane, traffic: Traffic) -> None:
    shown = create_on_fargate(plane, **behind(traffic.group(plane, "ip", 0)))
    assert len(shown["loadBalancers"]) == 1
    wrong = asked(on_fargate(plane) | behind(traffic.group(plane, "instance", 0)))
    text = refusal(plane, "CreateService", Invalid, **(wrong | {"serviceName": "other"}))
    assert "has target type instance, which is incompatible with the awsvpc network" in text


def test_a_target_group_that_nothing_forwards_to_is_refused(plane: Plane) -> None:
    subnets = plane.ask("DescribeSubnets")["Subnets"]
    group = plane.ask(
        "CreateTargetGroup",
        Name="alone",
        Protocol="HTTP",
        Port=80,
        VpcId=subnets[0]["VpcId"],
        TargetType="instance",
    )["TargetGroups"][0]["TargetGroupArn"]
    text = refusal(plane, "CreateService", Invalid, **asked(behind(group)))
    assert text == (
        f"The target group with targetGroupArn {group} does not have an associated load balancer."
    )


def test_a_role_is_not_for_several_target_groups(plane: Plane, traffic: Traffic) -> None:
    arns = [traffic.group(plane, "instance", number) for number in (0, 1)]
    text = refusal(plane, "CreateService", Invalid, **asked({"role": ROLE, **behind(*arns)}))
    assert text == (
        "You cannot specify an IAM role for services that require a service linked role"
    )


def test_other_target_groups_are_deployed_and_the_same_are_not(
    plane: Plane, traffic: Traffic
) -> None:
    one, other = traffic.group(plane, "instance", 0), traffic.group(plane, "instance", 1)
    create(plane, **behind(one))
    before = revision(plane).arn
    assert len(update(plane, **behind(one))["deployments"]) == 1
    update(plane, desiredCount=3)
    assert revision(plane).arn == before
    shown = update(plane, **behind(one, other))
    assert [each["targetGroupArn"] for each in shown["loadBalancers"]] == [one, other]
    assert revision(plane).arn != before
    update(plane, forceNewDeployment=True)
    assert len(revision(plane).load_balancers) == 2
    assert update(plane, loadBalancers=[])["loadBalancers"] == []
    assert not stored(plane).rollouts[0].has_load_balancers


def test_a_new_definition_has_to_have_the_port_that_is_a_target(
    plane: Plane, traffic: Traffic
) -> None:
    create(plane, **behind(traffic.group(plane, "instance", 0)))
    wrong = {"service": "web", "taskDefinition": "shut"}
    text = refusal(plane, "UpdateService", Invalid, **wrong)
    assert text == "The container web did not have a container port 80 defined"
    update(plane, taskDefinition="shut", loadBalancers=[])


def test_why_tells_how_targets_are(plane: Plane, traffic: Traffic) -> None:
    node = SimulatedNode(plane)
    create(plane, desiredCount=1, **behind(traffic.group(plane, "instance", 0)))
    plane.drain()
    node.pull()
    [arn] = node.tasks
    node.run(arn)
    told = explained(plane)
    assert told["rollouts"][0]["hasLoadBalancers"] is True
    [member] = told["members"]
    assert (member["standing"], member["targetHealth"]) == ("YOUNG", "UNKNOWN")
    assert member["registration"] == "REGISTERED"
    assert waits(told) == [("health", None)]
    assert "the load balancer's has not passed yet" in told["waitingFor"][0]["what"]
    plane.ask("StopTask", task=arn)
    plane.drain()
    assert ("drain", None) in waits(explained(plane))


def test_a_target_group_that_is_deleted_is_told_of(plane: Plane, traffic: Traffic) -> None:
    node = SimulatedNode(plane)
    group = traffic.group(plane, "instance", 0)
    create(plane, desiredCount=1, **behind(group))
    plane.ask("DeleteLoadBalancer", LoadBalancerArn=traffic.load_balancer)
    plane.ask("DeleteTargetGroup", TargetGroupArn=group)
    plane.drain()
    node.settle()
    shown = plane.ask("DescribeServices", services=["web"])["services"][0]
    assert shown["events"][0]["message"] == (
        f"(service web) failed to register targets in (target-group {group}) with "
        "(error One or more target groups not found)"
    )
    plane.ask("DeleteService", service="web", force=True)
    plane.drain()
    node.settle()
    assert node.tasks == {}
