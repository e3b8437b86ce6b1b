"""Changes of load balancers that come all at once, or while they are in use."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from e2e_balancers import (
    Balanced,
    Traffic,
    balanced,
    delete_balancers,
    health,
    serve,
    subnets,
    traffic,
    until_served,
)
from e2e_elb_parts import (
    ask,
    forward,
    gateway,
    listen,
    load_balancer,
    register,
    rule,
    say,
    state_of,
    target_group,
    until_answers,
    until_healthy,
    until_open,
)
from e2e_harness import Homeport, wait_until
from e2e_services import delete_services
from small_backends import Backend

SECONDS = 30


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """Health checks and draining pass five times as fast."""
    where = tmp_path_factory.mktemp("trouble") / "state"
    running = Homeport(where, options=("--time-scale", "5")).start()
    yield running
    running.down()
    assert not [line for line in running.log if "failed" in line and "error" in line]


@pytest.fixture(autouse=True)
def nothing_left(homeport: Homeport) -> Iterator[None]:
    yield
    delete_services(homeport)
    delete_balancers(homeport)


@pytest.fixture
def backend() -> Iterator[Backend]:
    made = Backend("one", address="0.0.0.0")
    yield made
    made.close()


def used(homeport: Homeport, name: str, port: int, *backends: Backend) -> Balanced:
    """A load balancer with a target group of the machine's own servers, in use."""
    group = target_group(homeport, name, *(each.port for each in backends))
    made = load_balancer(homeport, name)
    listener = listen(homeport, made, port, forward(group))
    until_healthy(homeport, group, len(backends))
    until_open(port)
    return Balanced(made.arn, made.dns_name, listener, group, port)


def test_fifty_changes_of_rules_at_once_under_load_fail_nothing_and_all_count(
    homeport: Homeport, backend: Backend
) -> None:
    to = used(homeport, "many", 8571, backend)
    elb = homeport.client("elbv2")
    rules = [
        rule(homeport, to.listener_arn, at + 1, path(f"/old-{at}"), say("old")) for at in range(10)
    ]

    def change(number: int) -> None:
        elb.modify_rule(
            RuleArn=rules[number % 10],
            Conditions=[path(f"/new-{number}")],
            Actions=[say(f"said {number}")],
        )

    with traffic(to) as seen, ThreadPoolExecutor(50) as pool:
        list(pool.map(change, range(50)))
        shown = elb.describe_rules(ListenerArn=to.listener_arn)["Rules"]
        for each in shown:
            if each["IsDefault"]:
                continue
            [where] = each["Conditions"][0]["Values"]
            number = int(where.removeprefix("/new-"))
            until_answers(to.port, f"said {number}", where)
    assert seen.failures == []
    assert len(shown) == 11


def path(value: str) -> dict[str, Any]:
    return {"Field": "path-pattern", "Values": [value]}


def test_a_target_group_in_use_cannot_be_deleted_and_serves_on(
    homeport: Homeport, backend: Backend
) -> None:
    to = used(homeport, "kept", 8572, backend)
    elb = homeport.client("elbv2")
    with traffic(to) as seen:
        with pytest.raises(ClientError) as refused:
            elb.delete_target_group(TargetGroupArn=to.group_arn)
        assert refused.value.response["Error"]["Code"] == "ResourceInUse"
        elb.modify_listener(ListenerArn=to.listener_arn, DefaultActions=[say("away")])
        until_answers(to.port, "away")
        elb.delete_target_group(TargetGroupArn=to.group_arn)
    assert seen.failures == []


@pytest.mark.parametrize("beside", [False, True])
def test_a_load_balancer_may_be_deleted_and_made_again_while_clients_ask(
    homeport: Homeport, backend: Backend, beside: bool
) -> None:
    """Requests that it has are answered; whether Envoy ends with it or has others to serve."""
    if beside:
        used(homeport, "other", 8580, backend)
    to = used(homeport, "again", 8573, backend)
    elb = homeport.client("elbv2")
    with traffic(to, clients=8) as seen:
        for _ in range(3):
            until_more(seen, 50)
            elb.delete_load_balancer(LoadBalancerArn=to.arn)
            wait_until(lambda: ask(8573).status == 0, SECONDS)
            elb.delete_target_group(TargetGroupArn=to.group_arn)
            to = used(homeport, "again", 8573, backend)
        until_more(seen, 20)
    others = [each for each in seen.failures if not each.partition(" ")[2].startswith("Connec")]
    assert others == []


def until_more(seen: Traffic, answers: int) -> None:
    count = seen.answers
    wait_until(lambda: seen.answers > count + answers, SECONDS)


def test_a_listener_moves_to_another_port(homeport: Homeport, backend: Backend) -> None:
    to = used(homeport, "moves", 8576, backend)
    elb = homeport.client("elbv2")
    elb.modify_listener(ListenerArn=to.listener_arn, Port=8577)
    until_open(8577)
    wait_until(lambda: ask(8576).status == 0, SECONDS)
    assert ask(8577).status == 200
    assert state_of(homeport, to.arn) == {"Code": "active"}


def test_a_target_that_leaves_and_returns_at_once_serves_on(
    homeport: Homeport, backend: Backend
) -> None:
    other = Backend("two", address="0.0.0.0")
    to = used(homeport, "back", 8574, backend, other)
    elb = homeport.client("elbv2")
    target = {"Id": gateway(homeport), "Port": other.port}
    with traffic(to) as seen:
        for _ in range(20):
            elb.deregister_targets(TargetGroupArn=to.group_arn, Targets=[target])
            register(homeport, to.group_arn, other.port)
        until_healthy(homeport, to.group_arn, 2)
        # A group that nobody uses for a while is told of again once it is used.
        elb.modify_listener(ListenerArn=to.listener_arn, DefaultActions=[say("pause")])
        until_answers(to.port, "pause")
        assert set(health(homeport, to.group_arn).values()) == {"unused"}
        back = [forward(to.group_arn)]
        elb.modify_listener(ListenerArn=to.listener_arn, DefaultActions=back)
        until_healthy(homeport, to.group_arn, 2)
    assert seen.failures == []
    other.close()


def test_health_checks_may_change_under_load(homeport: Homeport, backend: Backend) -> None:
    to = used(homeport, "picky", 8578, backend)
    elb = homeport.client("elbv2")
    with traffic(to) as seen:
        for codes, state in (("201", "unhealthy"), ("200-299", "healthy")):
            elb.modify_target_group(TargetGroupArn=to.group_arn, Matcher={"HttpCode": codes})
            wait_until(lambda: set(health(homeport, to.group_arn).values()) == {state}, SECONDS)  # noqa: B023
    assert seen.failures == []


def test_tasks_may_let_in_the_load_balancer_alone(homeport: Homeport) -> None:
    ec2 = homeport.client("ec2")
    [vpc] = ec2.describe_vpcs()["Vpcs"]
    front, back = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc["VpcId"])["GroupId"]
        for name in ("front", "back")
    )
    pair = [{"GroupId": front}]
    rules = [{"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": pair}]
    ec2.authorize_security_group_ingress(GroupId=back, IpPermissions=rules)
    to = balanced(homeport, "shy", 8575)
    homeport.client("elbv2").set_security_groups(LoadBalancerArn=to.arn, SecurityGroups=[front])
    network = {"subnets": subnets(homeport), "securityGroups": [back]}
    serve(
        homeport,
        "shy",
        to,
        count=1,
        networkConfiguration={"awsvpcConfiguration": network},
        healthCheckGracePeriodSeconds=3600,
    )
    until_served(to, "one")
    ec2.revoke_security_group_ingress(GroupId=back, IpPermissions=rules)
    wait_until(lambda: list(health(homeport, to.group_arn).values()) == ["unhealthy"], SECONDS)
    [seen] = homeport.client("elbv2").describe_target_health(TargetGroupArn=to.group_arn)[
        "TargetHealthDescriptions"
    ]
    assert seen["TargetHealth"]["Reason"] == "Target.Timeout"
    ec2.authorize_security_group_ingress(GroupId=back, IpPermissions=rules)
    until_healthy(homeport, to.group_arn)
    until_served(to, "one")


def test_a_port_that_another_program_has_is_told_and_taken_once_it_is_free(
    homeport: Homeport,
) -> None:
    balancer = load_balancer(homeport, "late")
    with socket.create_server(("127.0.0.1", 8544)):
        listen(homeport, balancer, 8544, say("at last"))
        wait_until(lambda: state_of(homeport, balancer.arn)["Code"] == "failed", SECONDS)
        reason = state_of(homeport, balancer.arn)["Reason"]
        assert reason.startswith("Port 8544 of 127.0.0.1 is taken by py"), reason
    wait_until(lambda: state_of(homeport, balancer.arn) == {"Code": "active"}, SECONDS)
    until_answers(8544, "at last")
