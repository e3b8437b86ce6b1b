"""Stock boto3 before CodeDeploy and what it deploys to: a service, a load balancer."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from codedeploy_asking import World
from homeport.services.codedeploy import wiring as codedeploy
from homeport.services.codedeploy.queries.deployments import find_deployment, save_deployment
from homeport.services.codedeploy.records.deployments import Deployment
from homeport.services.ec2 import wiring as ec2
from homeport.services.ecs import wiring as ecs_wiring
from homeport.services.elbv2 import wiring as elbv2
from homeport.store import Store, Tx
from root_asking import served

_DEPLOYED_TO = (
    *ec2.services(),
    *elbv2.services(),
    *ecs_wiring.services(history_s=3600.0, healthy_after_s=40.0, lost_after_s=60.0),
)


@pytest.fixture
def deploy(store: Store) -> Iterator[Any]:
    """CodeDeploy alone."""
    with served(store, codedeploy.services()) as made:
        yield made("codedeploy")


@pytest.fixture
def clients(store: Store) -> Iterator[Callable[[str], Any]]:
    with served(store, (*codedeploy.services(), *_DEPLOYED_TO)) as made:
        yield made


@pytest.fixture
def world(clients: Callable[[str], Any]) -> World:
    """The service `web`, and the application `shop` without groups."""
    deploy, elb, ecs = clients("codedeploy"), clients("elbv2"), clients("ecs")
    found = clients("ec2").describe_subnets()["Subnets"]
    vpc_id, subnets = found[0]["VpcId"], tuple(each["SubnetId"] for each in found)
    groups = {
        name: elb.create_target_group(
            Name=name, Protocol="HTTP", Port=80, VpcId=vpc_id, TargetType="ip"
        )["TargetGroups"][0]["TargetGroupArn"]
        for name in ("blue", "green")
    }
    balancer = elb.create_load_balancer(Name="front", Subnets=subnets[:2])
    balancer_arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    listeners = [
        elb.create_listener(
            LoadBalancerArn=balancer_arn,
            Protocol="HTTP",
            Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": groups["blue"]}],
        )["Listeners"][0]["ListenerArn"]
        for port in (80, 8080)
    ]
    definition = ecs.register_task_definition(
        family="web",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[
            {"name": "web", "image": "busybox", "portMappings": [{"containerPort": 80}]}
        ],
    )["taskDefinition"]["taskDefinitionArn"]
    made = World(
        deploy=deploy,
        ecs=ecs,
        elb=elb,
        subnets=subnets,
        vpc_id=vpc_id,
        load_balancer=balancer_arn,
        production=listeners[0],
        test=listeners[1],
        groups=groups,
        definition=definition,
    )
    made.service("web")
    deploy.create_application(applicationName="shop", computePlatform="ECS")
    return made


@pytest.fixture
def shop(world: Any) -> Any:
    """The world with a deployment group."""
    world.deploy.create_deployment_group(**world.group())
    return world


@pytest.fixture
def change(store: Store) -> Callable[..., Deployment]:
    """Does what the engine does to a deployment's record."""

    def do(deployment_id: str, **changes: Any) -> Deployment:
        def work(tx: Tx) -> Deployment:
            found = find_deployment(tx, deployment_id)
            assert found is not None
            after = replace(found, **changes)
            save_deployment(tx, after)
            return after

        return store.write(work)

    return do
