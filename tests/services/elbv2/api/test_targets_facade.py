"""Target groups as services of ECS and the data plane use them."""

from typing import Any

import pytest

from homeport.contracts.routing_table import TargetStickiness
from homeport.contracts.targets import TargetAt, TargetGroupFacts, TargetHealth
from homeport.store import Store
from target_world import AT, Ask, Group, World, new

Heard = list[tuple[str, str]]

ACCOUNT = "000000000000"
REGION = "us-east-1"


@pytest.fixture
def world(store: Store, ask: Ask, balancer: Any, group: Group, issued: Any) -> World:
    return World(store, ask, balancer, group, issued)


def test_a_service_learns_what_it_needs_to_know_of_a_group(
    world: World, group: Group, vpc_id: str
) -> None:
    def facts(arn: str, region: str = REGION) -> TargetGroupFacts | None:
        return world.store.read(lambda tx: world.targets.target_group(tx, ACCOUNT, region, arn))

    assert facts(world.group) == TargetGroupFacts(
        arn=world.group,
        name="web",
        target_type="ip",
        protocol="HTTP",
        vpc_id=vpc_id,
        load_balancer_arns=(world.front,),
        health_checks=True,
    )
    lone = facts(group("lone", Protocol="TCP", TargetType="instance"))
    assert lone is not None
    assert (lone.target_type, lone.protocol, lone.load_balancer_arns) == ("instance", "TCP", ())
    assert facts(world.group, "eu-west-1") is None
    assert facts("arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/x/1") is None


def test_a_target_lives_from_registration_to_its_last_connection(
    world: World, heard: Heard
) -> None:
    assert world.health(AT) == {}
    world.register(new())
    assert world.health(AT)[AT].reason == "Elb.RegistrationInProgress"
    world.see("initial")
    assert world.health(AT)[AT].reason == "Elb.InitialHealthChecking"
    heard.clear()
    world.see("healthy")
    assert world.health(AT) == {AT: TargetHealth(state="healthy")}
    assert heard == [("target health", world.group)]
    world.see("healthy")
    assert heard == [("target health", world.group)]
    heard.clear()
    world.deregister(AT)
    assert set(heard) == {("target group", world.group), ("target health", world.group)}
    world.see("unhealthy")
    draining = world.health(AT)[AT]
    assert (draining.state, draining.is_free) == ("draining", False)
    heard.clear()
    world.drained(AT)
    free = world.health(AT)[AT]
    assert (free.state, free.reason, free.is_free) == (
        "draining",
        "Target.DeregistrationInProgress",
        True,
    )
    assert ("target health", world.group) in heard
    heard.clear()
    world.drained(AT)
    assert heard == []


def test_why_a_target_is_unhealthy_is_passed_on(world: World) -> None:
    world.register(new())
    text = "Health checks failed with these codes: [503]"
    world.see("unhealthy", reason="Target.ResponseCodeMismatch", description=text)
    assert world.health(AT)[AT] == TargetHealth(
        state="unhealthy", reason="Target.ResponseCodeMismatch", description=text
    )


def test_registering_again_keeps_what_was_seen_unless_it_drained(world: World) -> None:
    world.register(new())
    world.see("healthy")
    world.register(new(), now=150.0)
    assert world.health(AT)[AT].state == "healthy"
    world.deregister(AT)
    world.drained(AT)
    world.register(new(), now=250.0)
    again = world.health(AT)[AT]
    assert (again.state, again.is_free) == ("initial", False)


def test_what_is_not_there_is_ignored(world: World, group: Group, heard: Heard) -> None:
    lone = group("lone")
    heard.clear()
    other = TargetAt(target_id="172.31.0.11", port=80)
    world.deregister(other)
    world.see("healthy", at=other)
    world.drained(other)
    world.group = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/gone/1"
    world.register(new())
    world.deregister(AT)
    world.see("healthy")
    assert world.health(AT) == {}
    world.group = lone
    world.register(new())
    heard.clear()
    world.see("healthy")
    assert heard == []
    assert world.health(AT)[AT].state == "unused"


def test_the_same_address_at_another_port_is_another_target(world: World) -> None:
    other = TargetAt(target_id=AT.target_id, port=9090)
    world.register(new(), new(other))
    world.see("healthy", at=other)
    found = world.health(AT, other)
    assert (found[AT].state, found[other].state) == ("initial", "healthy")
    world.deregister(other)
    assert world.health(AT)[AT].state == "initial"


def test_health_starts_anew_when_a_group_begins_to_be_used_again(world: World) -> None:
    world.register(new())
    world.see("healthy")
    world.ask("DeleteListener", ListenerArn=world.listener)
    assert world.health(AT)[AT].reason == "Target.NotInUse"
    world.forward(world.front, world.group)
    assert world.health(AT)[AT].reason == "Elb.RegistrationInProgress"


def test_another_check_changes_no_health_until_it_shows_otherwise(
    world: World, heard: Heard
) -> None:
    world.register(new())
    world.see("healthy")
    heard.clear()
    world.ask("ModifyTargetGroup", TargetGroupArn=world.group, HealthCheckPath="/up")
    assert heard == [("target group", world.group)]
    assert world.health(AT)[AT].state == "healthy"
    world.see("unhealthy")
    assert world.health(AT)[AT].state == "unhealthy"


def test_a_target_that_returns_before_it_was_free_is_as_it_was_last_seen(
    world: World, clock: Any, heard: Heard
) -> None:
    world.register(new())
    world.see("healthy")
    world.deregister(AT)
    heard.clear()
    world.see("unhealthy")
    assert heard == []
    assert world.health(AT)[AT].state == "draining"
    assert world.routed(clock)[0].targets[0].last_seen == "unhealthy"
    world.register(new(), now=250.0)
    assert world.health(AT)[AT].reason == "Target.FailedHealthChecks"
    world.deregister(AT)
    world.register(new(zone="us-east-1b"), now=260.0)
    assert world.health(AT)[AT].state == "initial"


def test_draining_targets_are_free_once_no_load_balancer_is_there(world: World) -> None:
    world.register(new())
    world.deregister(AT)
    assert not world.health(AT)[AT].is_free
    world.ask("DeleteListener", ListenerArn=world.listener)
    gone = world.health(AT)[AT]
    assert (gone.state, gone.is_free) == ("draining", True)
    world.register(new(), now=250.0)
    assert world.health(AT)[AT].reason == "Target.NotInUse"


def test_a_second_rule_that_forwards_to_a_group_changes_no_health(world: World) -> None:
    world.register(new())
    world.see("healthy")
    world.forward(world.front, world.group, port=81)
    assert world.health(AT)[AT].state == "healthy"


def test_the_data_plane_is_told_everything_in_real_seconds(world: World, clock: Any) -> None:
    clock.time_scale = 10.0
    wanted = {
        "slow_start.duration_seconds": "30",
        "stickiness.enabled": "true",
        "stickiness.lb_cookie.duration_seconds": "60",
        "load_balancing.algorithm.type": "round_robin",
    }
    world.ask(
        "ModifyTargetGroupAttributes",
        TargetGroupArn=world.group,
        Attributes=[{"Key": key, "Value": value} for key, value in wanted.items()],
    )
    world.ask("ModifyTargetGroup", TargetGroupArn=world.group, HealthCheckPort="9000")
    world.register(new())
    (found,) = world.routed(clock)
    assert (found.arn, found.name, found.protocol, found.version) == (
        world.group,
        "web",
        "HTTP",
        "HTTP1",
    )
    assert found.slow_start_s == 3.0
    assert found.stickiness == TargetStickiness(kind="lb_cookie", duration_s=60)
    assert (found.health.interval_s, found.health.timeout_s) == (3.0, 0.6)
    assert (found.health.port, found.health.path, found.health.matcher) == (9000, "/", "200")
    assert found.cross_zone
    (target,) = found.targets
    assert (target.target_id, target.address, target.port) == ("172.31.0.10", "172.31.0.10", 8080)
    assert (target.zone, target.draining, target.registered_at) == ("us-east-1a", False, 100.0)


def test_a_draining_target_stays_with_the_data_plane_until_it_is_free(
    world: World, clock: Any, heard: Heard
) -> None:
    world.register(new())
    world.deregister(AT)
    ((target,),) = [each.targets for each in world.routed(clock)]
    assert target.draining
    heard.clear()
    world.drained(AT)
    assert ("target group", world.group) in heard
    assert world.routed(clock)[0].targets == ()


def test_groups_that_nobody_forwards_to_are_not_routed(
    world: World, group: Group, clock: Any
) -> None:
    lone = group("lone")
    assert world.routed(clock, lone) == ()
    table = world.store.read(lambda tx: world.routing.table(tx, clock))
    assert [each.arn for each in table.target_groups] == [world.group]
    (front,) = table.load_balancers
    assert front.arn == world.front
    assert [each.arn for each in front.listeners] == [world.listener]


def test_targets_in_zones_that_are_not_enabled_are_not_routed_to(
    world: World, balancer: Any, group: Group, subnets: tuple[str, ...], *, clock: Any
) -> None:
    tcp = group("tcp", Protocol="TCP")
    net = balancer("net", Type="network", Subnets=[subnets[0]])["LoadBalancerArn"]
    world.ask(
        "CreateListener",
        LoadBalancerArn=net,
        Protocol="TCP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": tcp}],
    )
    world.group = tcp
    world.register(new(), new(TargetAt(target_id="172.31.200.1", port=1), zone="us-east-1c"))
    (found,) = world.routed(clock)
    assert [each.target_id for each in found.targets] == ["172.31.0.10"]
    assert not found.cross_zone
    heard: Heard = []
    stop = world.store.feed.listen(lambda changes: heard.extend((c.kind, c.key) for c in changes))
    world.ask(
        "ModifyLoadBalancerAttributes",
        LoadBalancerArn=net,
        Attributes=[{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}],
    )
    world.ask("SetSubnets", LoadBalancerArn=net, Subnets=list(subnets))
    stop()
    assert ("target group", tcp) in heard
    (found,) = world.routed(clock)
    assert len(found.targets) == 2
    assert found.cross_zone
