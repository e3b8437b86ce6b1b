"""Services that shift traffic as a client meets them: what is refused, what is shown."""

from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.services.ecs.errors import InvalidParameterException
from homeport.store import Store
from ring.driver import Plane
from ring.shifting_world import FUNCTION, ROLE, ShiftingWorld
from service_asking import asked, refusal
from task_definition_documents import container, document

HOOK = {
    "targetType": "AWS_LAMBDA",
    "hookTargetArn": FUNCTION,
    "roleArn": ROLE,
    "lifecycleStages": ["POST_SCALE_UP"],
    "hookDetails": {"url": "http://here"},
    "timeoutConfiguration": {"timeoutInMinutes": 30, "action": "CONTINUE"},
}


@pytest.fixture
def world(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> ShiftingWorld:
    made = ShiftingWorld(store, clock=clock, ids=ids, peers=peers)
    made.lay_out()
    ports = [{"containerPort": 80}]
    made.plane.ask("RegisterTaskDefinition", **document(container(portMappings=ports)))
    return made


def request(
    world: ShiftingWorld, strategy: str = "BLUE_GREEN", advanced: Any = None, **changes: Any
) -> dict[str, Any]:
    """CreateService; None in `advanced` leaves a member out."""
    balancer = world.balancer()
    told = balancer["advancedConfiguration"] | (advanced or {})
    told = {name: value for name, value in told.items() if value is not None}
    balancer["advancedConfiguration"] = told
    configuration = {"strategy": strategy, "bakeTimeInMinutes": 5}
    plain = {"deploymentConfiguration": configuration, "loadBalancers": [balancer]}
    return asked(plain | changes)


def refused(world: ShiftingWorld, **changes: Any) -> str:
    wanted = request(world, **changes)
    return refusal(world.plane, "CreateService", InvalidParameterException, **wanted)


def rule(plane: Plane, listener: str, priority: int, *groups: tuple[str, int]) -> str:
    tuples = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in groups]
    made = plane.ask(
        "CreateRule",
        ListenerArn=listener,
        Priority=priority,
        Conditions=[{"Field": "path-pattern", "Values": [f"/{priority}"]}],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": tuples}}],
    )
    return str(made["Rules"][0]["RuleArn"])


def test_a_service_shows_what_it_was_asked_for(world: ShiftingWorld) -> None:
    configuration = {
        "strategy": "CANARY",
        "bakeTimeInMinutes": 7,
        "canaryConfiguration": {"canaryPercent": 2.5, "canaryBakeTimeInMinutes": 3},
        "lifecycleHooks": [HOOK],
        "alarms": {"alarmNames": ["bad"], "enable": True, "rollback": True},
    }
    wanted = request(world, deploymentConfiguration=configuration)
    shown = world.plane.ask("CreateService", **wanted)["service"]
    assert {name: shown["deploymentConfiguration"][name] for name in configuration} == configuration
    assert shown["loadBalancers"] == [world.balancer()]
    again = world.plane.ask("CreateService", **wanted)["service"]
    assert again["deployments"] == shown["deployments"]
    deployment = world.deployment()
    assert deployment["lifecycleStage"] == "PRE_SCALE_UP"
    assert deployment["deploymentConfiguration"] == shown["deploymentConfiguration"]
    assert deployment["alarms"] == {"status": "MONITORING", "alarmNames": ["bad"]}
    target = deployment["targetServiceRevision"]
    assert target["requestedProductionTrafficWeight"] == 0.0
    found = world.plane.ask("DescribeServiceRevisions", serviceRevisionArns=[target["arn"]])
    [revision] = found["serviceRevisions"]
    assert revision["loadBalancers"] == [world.balancer()]
    assert revision["resolvedConfiguration"] == {
        "loadBalancers": [{"targetGroupArn": world.blue, "productionListenerRule": world.rule}]
    }


@pytest.mark.parametrize(
    ("advanced", "text"),
    [
        (
            {"productionListenerRule": "arn:aws:elasticloadbalancing:x:y:listener/app/a/b/c"},
            (
                "productionListenerRule has an invalid ARN format. Must be RuleArn for ALB or "
                "ListenerArn for NLB. Got: arn:aws:elasticloadbalancing:x:y:listener/app/a/b/c"
            ),
        ),
        ({"alternateTargetGroupArn": None}, "alternateTargetGroupArn is required in advanced"),
        ({"roleArn": None}, "roleArn is required in advancedConfiguration"),
        ({"productionListenerRule": None}, "productionListenerRule is required in advanced"),
    ],
)
def test_advanced_configurations_that_cannot_be(
    world: ShiftingWorld, advanced: dict[str, Any], text: str
) -> None:
    assert refused(world, advanced=advanced).startswith(text)


@pytest.mark.parametrize(
    ("strategy", "words"),
    [("BLUE_GREEN", "Blue/green"), ("LINEAR", "linear"), ("CANARY", "canary")],
)
def test_a_load_balancer_has_to_say_how_its_traffic_is_shifted(
    world: ShiftingWorld, strategy: str, words: str
) -> None:
    balancer = world.balancer()
    del balancer["advancedConfiguration"]
    assert refused(world, strategy=strategy, loadBalancers=[balancer]) == (
        "advancedConfiguration field is required for all loadBalancers when using the "
        f"{words} deployment strategy"
    )


def test_one_rule_is_not_for_both_kinds_of_traffic(world: ShiftingWorld) -> None:
    text = refused(world, advanced={"testListenerRule": world.rule})
    assert text.endswith(f"as both production and test listener rules: {world.rule}")


def test_the_two_groups_are_two(world: ShiftingWorld) -> None:
    text = refused(world, advanced={"alternateTargetGroupArn": world.blue})
    assert text == f"Duplicate targetGroupArn found: {world.blue}"


def test_a_rule_that_is_not_there(world: ShiftingWorld) -> None:
    gone = rule(world.plane, world.listener, 40, (world.blue, 1), (world.green, 0))
    world.plane.ask("DeleteRule", RuleArn=gone)
    text = refused(world, advanced={"productionListenerRule": gone})
    assert text == f"The listener rule {gone} does not exist."


def test_a_group_of_another_kind(world: ShiftingWorld) -> None:
    other = world.traffic.group(world.plane, "ip", 5)
    text = refused(world, advanced={"alternateTargetGroupArn": other})
    assert text.endswith("must have the same target type.")


def test_production_that_goes_elsewhere(world: ShiftingWorld) -> None:
    other = world.traffic.group(world.plane, "instance", 7)
    production = rule(world.plane, world.listener, 41, (other, 1))
    text = refused(world, advanced={"productionListenerRule": production})
    assert text == (
        f"Production listener rule is forwarding traffic to unexpected target group {other}. "
        f"Expected traffic to be forwarded to either targetGroupArn: {world.blue} or "
        f"alternateTargetGroupArn: {world.green}"
    )


def test_production_that_goes_to_both(world: ShiftingWorld) -> None:
    production = rule(world.plane, world.listener, 42, (world.blue, 1), (world.green, 1))
    text = refused(world, advanced={"productionListenerRule": production})
    assert text == (
        f"productionListenerRule {production} should have exactly one target group serving "
        "traffic but found 2 target groups which are serving traffic"
    )


def test_a_group_that_no_rule_knows(world: ShiftingWorld) -> None:
    production = rule(world.plane, world.listener, 43, (world.blue, 1))
    test = rule(world.plane, world.listener, 44, (world.blue, 1))
    changes = {"productionListenerRule": production, "testListenerRule": test}
    assert refused(world, advanced=changes) == (
        f"Target group {world.green} is not associated with either productionListenerRule or "
        "testListenerRule."
    )
    assert refused(world, advanced=changes | {"testListenerRule": None}).startswith(
        "For Application LoadBalancer, testListenerRule is required when"
    )


def test_a_strategy_can_be_changed_and_deploys_nothing(world: ShiftingWorld) -> None:
    first = request(world, strategy="ROLLING", deploymentConfiguration={})
    shown = world.plane.ask("CreateService", **first)["service"]
    told = {"strategy": "LINEAR", "bakeTimeInMinutes": 1}
    after = world.plane.ask("UpdateService", service="web", deploymentConfiguration=told)["service"]
    assert [each["id"] for each in after["deployments"]] == [
        each["id"] for each in shown["deployments"]
    ]
    assert after["deploymentConfiguration"]["linearConfiguration"] == {
        "stepPercent": 10.0,
        "stepBakeTimeInMinutes": 6,
    }
    world.plane.ask("UpdateService", service="web", forceNewDeployment=True)
    assert world.deployment()["lifecycleStage"] == "PRE_SCALE_UP"


def test_a_network_load_balancer_is_named_by_its_listeners(world: ShiftingWorld) -> None:
    ask = world.plane.ask
    subnets = [each["SubnetId"] for each in ask("DescribeSubnets")["Subnets"]]
    front = ask("CreateLoadBalancer", Name="net", Type="network", Subnets=subnets)
    vpc = ask("DescribeSubnets")["Subnets"][0]["VpcId"]
    groups, listeners = [], []
    for number in (1, 2):
        made = ask(
            "CreateTargetGroup",
            Name=f"net-{number}",
            Protocol="TCP",
            Port=80,
            VpcId=vpc,
            TargetType="instance",
        )
        groups.append(made["TargetGroups"][0]["TargetGroupArn"])
        made = ask(
            "CreateListener",
            LoadBalancerArn=front["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="TCP",
            Port=7000 + number,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": groups[-1]}],
        )
        listeners.append(made["Listeners"][0]["ListenerArn"])
    world.blue, world.green = groups
    world.rule, world.test_rule = listeners
    world.plane.ask("CreateService", **request(world, strategy="CANARY"))
    assert world.deployment()["lifecycleStage"] == "PRE_SCALE_UP"
