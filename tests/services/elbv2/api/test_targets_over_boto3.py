"""Target groups as stock boto3 sees them: parsed answers, errors, paginators, waiters."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from homeport.contracts.routing_table import TargetSighting
from homeport.services.cloudwatch.facade import CloudWatchMetrics
from homeport.services.ec2 import wiring as ec2
from homeport.services.elbv2 import wiring
from homeport.services.elbv2.facade.routing import ElbRouting
from homeport.store import Store
from root_asking import served

AT_ONCE = {"Delay": 0, "MaxAttempts": 1}


@pytest.fixture
def clients(store: Store) -> Iterator[Any]:
    with served(store, (*wiring.services(), *ec2.services())) as made:
        yield made


@pytest.fixture
def elb(clients: Any) -> Any:
    return clients("elbv2")


@pytest.fixture
def network(clients: Any) -> tuple[str, list[str]]:
    """The default VPC and its subnets."""
    found = clients("ec2").describe_subnets()["Subnets"]
    return found[0]["VpcId"], [each["SubnetId"] for each in found]


def make(elb: Any, vpc_id: str, name: str, **changes: Any) -> Any:
    members = {
        "Name": name,
        "Protocol": "HTTP",
        "Port": 80,
        "VpcId": vpc_id,
        "TargetType": "ip",
    } | changes
    return elb.create_target_group(**members)["TargetGroups"][0]


def used(elb: Any, network: tuple[str, list[str]], arn: str) -> None:
    front = elb.create_load_balancer(Name="front", Subnets=network[1])["LoadBalancers"][0]
    elb.create_listener(
        LoadBalancerArn=front["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )


def see(store: Store, arn: str, target_id: str, state: Any) -> None:
    routing = ElbRouting(certificates=None, metrics=CloudWatchMetrics())  # type: ignore[arg-type]
    seen = TargetSighting(target_id=target_id, port=80, state=state)
    store.write(lambda tx: routing.saw_targets(tx, arn, (seen,), now=1.0))


def test_a_group_goes_round(elb: Any, network: tuple[str, list[str]]) -> None:
    made = make(
        elb,
        network[0],
        "grpc",
        ProtocolVersion="GRPC",
        Matcher={"GrpcCode": "0-5"},
        HealthCheckPath="/up.Service/check",
        Tags=[{"Key": "team", "Value": "a"}],
    )
    arn = made["TargetGroupArn"]
    assert elb.describe_target_groups(Names=["grpc"])["TargetGroups"] == [made]
    assert made["Matcher"] == {"GrpcCode": "0-5"}
    changed = elb.modify_target_group(TargetGroupArn=arn, HealthyThresholdCount=2)
    assert changed["TargetGroups"][0]["HealthyThresholdCount"] == 2
    wanted = [{"Key": "deregistration_delay.timeout_seconds", "Value": "5"}]
    set_ = elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=wanted)["Attributes"]
    assert elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"] == set_
    assert wanted[0] in set_
    elb.delete_target_group(TargetGroupArn=arn)
    with pytest.raises(elb.exceptions.TargetGroupNotFoundException):
        elb.describe_target_groups(TargetGroupArns=[arn])


def test_the_paginator_finds_every_group(elb: Any, network: tuple[str, list[str]]) -> None:
    names = [f"group-{number}" for number in range(5)]
    for name in names:
        make(elb, network[0], name)
    pages = elb.get_paginator("describe_target_groups").paginate(PaginationConfig={"PageSize": 2})
    assert [each["TargetGroupName"] for page in pages for each in page["TargetGroups"]] == names


def test_errors_are_the_models(elb: Any, network: tuple[str, list[str]]) -> None:
    made = make(elb, network[0], "web")
    arn = made["TargetGroupArn"]
    with pytest.raises(elb.exceptions.DuplicateTargetGroupNameException):
        make(elb, network[0], "web", Port=81)
    used(elb, network, arn)
    with pytest.raises(elb.exceptions.ResourceInUseException) as refused:
        elb.delete_target_group(TargetGroupArn=arn)
    assert "is currently in use by a listener or a rule" in str(refused.value)
    with pytest.raises(elb.exceptions.InvalidTargetException):
        elb.register_targets(
            TargetGroupArn=arn, Targets=[{"Id": "8.8.8.8", "AvailabilityZone": "all"}]
        )
    with pytest.raises(elb.exceptions.InvalidConfigurationRequestException):
        elb.modify_target_group(TargetGroupArn=arn, HealthCheckProtocol="TCP")


def test_the_waiters_follow_what_is_seen_of_a_target(
    elb: Any, network: tuple[str, list[str]], store: Store
) -> None:
    arn = make(elb, network[0], "web")["TargetGroupArn"]
    used(elb, network, arn)
    target = {"Id": "172.31.0.10"}
    elb.register_targets(TargetGroupArn=arn, Targets=[target])
    in_service = elb.get_waiter("target_in_service")
    gone = elb.get_waiter("target_deregistered")
    asked = {"TargetGroupArn": arn, "Targets": [target], "WaiterConfig": AT_ONCE}
    with pytest.raises(WaiterError):
        in_service.wait(**asked)
    see(store, arn, "172.31.0.10", "unhealthy")
    with pytest.raises(WaiterError):
        in_service.wait(**asked)
    see(store, arn, "172.31.0.10", "healthy")
    in_service.wait(**asked)
    (found,) = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert found == {
        "Target": {"Id": "172.31.0.10", "Port": 80, "AvailabilityZone": "us-east-1a"},
        "HealthCheckPort": "80",
        "TargetHealth": {"State": "healthy"},
    }
    elb.deregister_targets(TargetGroupArn=arn, Targets=[target])
    with pytest.raises(WaiterError):
        gone.wait(**asked)
    (listener,) = elb.describe_listeners(LoadBalancerArn=front_of(elb))["Listeners"]
    elb.delete_listener(ListenerArn=listener["ListenerArn"])
    elb.deregister_targets(TargetGroupArn=arn, Targets=[target])
    gone.wait(**asked)


def front_of(elb: Any) -> str:
    return str(elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"])
