"""What deployments read and change of weights, and when the data plane has taken them."""

from typing import Any

import pytest

from homeport.store import Store
from target_world import Ask, Group, World

Heard = list[tuple[str, str]]


@pytest.fixture
def world(store: Store, ask: Ask, balancer: Any, group: Group, issued: Any) -> World:
    return World(store, ask, balancer, group, issued)


def rule(world: World, priority: int, group: str, **config: object) -> str:
    made = world.ask(
        "CreateRule",
        ListenerArn=world.listener,
        Priority=priority,
        Conditions=[{"Field": "path-pattern", "Values": [f"/{priority}/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": group, **config}],
    )
    return str(made["Rules"][0]["RuleArn"])


def test_the_rules_of_a_listener_are_read_in_their_order_with_the_default_last(
    world: World,
) -> None:
    late, early = rule(world, 20, world.group), rule(world, 10, world.group)
    found = world.forwards(world.listener)
    assert [each.arn for each in found[:2]] == [early, late]
    assert [each.is_default for each in found] == [False, False, True]
    default = found[2]
    assert default.groups == ((world.group, 1),)
    assert (default.listener_port, default.protocol, default.kind) == (80, "HTTP", "application")
    assert default.load_balancer_arn == world.front
    assert world.forwards(early) == (found[0],)
    assert world.forwards(default.arn) == (default,)


def test_what_is_not_there_or_of_another_region_is_not_read(world: World) -> None:
    assert world.forwards(world.listener + "0") == ()
    assert world.forwards(world.group) == ()
    assert world.forwards("nonsense") == ()
    read, listener = world.traffic.forwards, world.listener
    assert world.store.read(lambda tx: read(tx, "000000000000", "eu-west-1", listener)) == ()
    assert world.store.read(lambda tx: read(tx, "111111111111", "us-east-1", listener)) == ()


def test_a_rule_that_does_not_forward_has_no_groups_until_it_is_given_weights(
    world: World,
) -> None:
    fixed = [{"Type": "fixed-response", "Order": 5, "FixedResponseConfig": {"StatusCode": "404"}}]
    world.ask("ModifyListener", ListenerArn=world.listener, DefaultActions=fixed)
    (default,) = world.forwards(world.listener)
    assert default.groups == ()
    assert world.weigh(default.arn, (world.group, 1))
    (default,) = world.forwards(world.listener)
    assert default.groups == ((world.group, 1),)
    (shown,) = world.ask("DescribeListeners", ListenerArns=[world.listener])["Listeners"]
    assert shown["DefaultActions"][0]["Order"] == 5


def test_weights_are_shown_as_if_a_user_had_set_them(world: World) -> None:
    green = world.make_group("green")
    (default,) = world.forwards(world.listener)
    assert world.weigh(default.arn, (world.group, 90), (green, 10))
    by_us = world.ask("DescribeListeners", ListenerArns=[world.listener])
    world.ask(
        "ModifyListener",
        ListenerArn=world.listener,
        DefaultActions=[
            {
                "Type": "forward",
                "ForwardConfig": {
                    "TargetGroups": [
                        {"TargetGroupArn": world.group, "Weight": 90},
                        {"TargetGroupArn": green, "Weight": 10},
                    ]
                },
            }
        ],
    )
    assert world.ask("DescribeListeners", ListenerArns=[world.listener]) == by_us
    (shown,) = by_us["Listeners"]
    assert "TargetGroupArn" not in shown["DefaultActions"][0]


def test_a_group_without_weight_is_shown_and_stays_in_use(world: World) -> None:
    green = world.make_group("green")
    (default,) = world.forwards(world.listener)
    world.weigh(default.arn, (world.group, 0), (green, 100))
    (shown,) = world.ask("DescribeRules", RuleArns=[default.arn])["Rules"]
    assert shown["Actions"][0]["ForwardConfig"]["TargetGroups"] == [
        {"TargetGroupArn": world.group, "Weight": 0},
        {"TargetGroupArn": green, "Weight": 100},
    ]
    groups = world.ask("DescribeTargetGroups")["TargetGroups"]
    assert [each["LoadBalancerArns"] for each in groups] == [[world.front], [world.front]]
    world.weigh(default.arn, (green, 1))
    groups = world.ask("DescribeTargetGroups")["TargetGroups"]
    assert {each["TargetGroupName"]: each["LoadBalancerArns"] for each in groups} == {
        "web": [],
        "green": [world.front],
    }


def test_stickiness_and_order_stay_as_they_were(world: World) -> None:
    green = world.make_group("green")
    sticky = {"Enabled": True, "DurationSeconds": 300}
    config = {
        "TargetGroups": [{"TargetGroupArn": world.group, "Weight": 1}],
        "TargetGroupStickinessConfig": sticky,
    }
    arn = rule(world, 1, world.group, ForwardConfig=config, Order=7)
    world.weigh(arn, (world.group, 1), (green, 999))
    (shown,) = world.ask("DescribeRules", RuleArns=[arn])["Rules"]
    assert shown["Actions"][0]["Order"] == 7
    assert shown["Actions"][0]["ForwardConfig"]["TargetGroupStickinessConfig"] == sticky
    assert shown["Conditions"][0]["Field"] == "path-pattern"


def test_weights_are_live_once_the_data_plane_has_taken_these_very_ones(
    world: World, heard: Heard, clock: Any
) -> None:
    green = world.make_group("green")
    (default,) = world.forwards(world.listener)
    assert not default.is_live, "no data plane has seen it"
    before = world.take(world.listener, clock)
    assert world.forwards(default.arn)[0].is_live
    heard.clear()
    world.weigh(default.arn, (world.group, 90), (green, 10))
    assert ("load balancer", world.front) in heard
    assert ("target group", green) in heard
    assert not world.forwards(default.arn)[0].is_live
    heard.clear()
    see = world.routing.saw_shift
    world.store.write(lambda tx: see(tx, world.listener, before, now=1.0))
    assert not world.forwards(default.arn)[0].is_live, "that was about the weights before"
    assert heard == []
    assert world.take(world.listener, clock) > before
    assert world.forwards(default.arn)[0].is_live
    assert heard == [("traffic", world.listener)]
    world.take(world.listener, clock)
    assert heard == [("traffic", world.listener)], "nothing is new"


def test_the_same_weights_again_change_nothing(world: World, heard: Heard, clock: Any) -> None:
    (default,) = world.forwards(world.listener)
    world.take(world.listener, clock)
    heard.clear()
    assert world.weigh(default.arn, (world.group, 1))
    assert heard == []
    assert world.forwards(default.arn)[0].is_live


def test_every_change_of_a_listener_or_its_rules_has_to_be_taken(world: World, clock: Any) -> None:
    green = world.make_group("green")
    other = rule(world, 5, world.group)
    arn = rule(world, 1, world.group)
    conditions = [{"Field": "path-pattern", "Values": ["/x"]}]
    priorities = [{"RuleArn": arn, "Priority": 9}]
    to_green = [{"Type": "forward", "TargetGroupArn": green}]
    for name, asked in (
        ("ModifyRule", {"RuleArn": arn, "Conditions": conditions}),
        ("SetRulePriorities", {"RulePriorities": priorities}),
        ("DeleteRule", {"RuleArn": other}),
        ("ModifyListener", {"ListenerArn": world.listener, "DefaultActions": to_green}),
    ):
        world.take(world.listener, clock)
        assert world.forwards(arn)[0].is_live
        world.ask(name, **asked)
        assert not world.forwards(arn)[0].is_live, name
    world.take(world.listener, clock)
    rule(world, 2, world.group)
    assert not world.forwards(arn)[0].is_live


def test_the_same_listener_is_made_again_whatever_was_seen_of_it(world: World, clock: Any) -> None:
    world.take(world.listener, clock)
    assert world.forward(world.front, world.group) == world.listener


def test_weights_for_what_is_gone_or_does_not_fit_change_nothing(
    world: World, balancer: Any, heard: Heard
) -> None:
    (default,) = world.forwards(world.listener)
    elsewhere = world.make_group("elsewhere")
    world.forward(str(balancer("other")["LoadBalancerArn"]), elsewhere)
    tcp = world.make_group("tcp", Protocol="TCP")
    shown = world.ask("DescribeListeners", ListenerArns=[world.listener])
    heard.clear()
    assert not world.weigh(default.arn, (world.group, 1), (world.group + "0", 1))
    assert not world.weigh(default.arn, (world.group, 1), (elsewhere, 1)), "another's"
    assert not world.weigh(default.arn, (tcp, 1)), "it speaks another protocol"
    assert not world.weigh(default.arn)
    assert not world.weigh(default.arn + "0", (world.group, 1))
    assert not world.weigh("nonsense", (world.group, 1))
    assert world.ask("DescribeListeners", ListenerArns=[world.listener]) == shown
    assert heard == []
    world.ask("DeleteListener", ListenerArn=world.listener)
    assert not world.weigh(default.arn, (world.group, 1))
    assert world.forwards(default.arn) == ()


def test_weights_out_of_range_are_a_fault_of_ours(world: World) -> None:
    (default,) = world.forwards(world.listener)
    for weight in (-1, 1000):
        with pytest.raises(ValueError, match="weights are 0 to 999"):
            world.weigh(default.arn, (world.group, weight))


def test_network_listeners_share_connections_out_too(world: World, balancer: Any) -> None:
    front = str(balancer("net", Type="network")["LoadBalancerArn"])
    blue, green = (world.make_group(name, Protocol="TCP") for name in ("blue", "green"))
    made = world.ask(
        "CreateListener",
        LoadBalancerArn=front,
        Protocol="TCP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": blue}],
    )
    listener = str(made["Listeners"][0]["ListenerArn"])
    assert world.weigh(listener, (blue, 999), (green, 1)), "a listener stands for its default rule"
    (default,) = world.forwards(listener)
    assert (default.kind, default.groups) == ("network", ((blue, 999), (green, 1)))


def test_what_is_seen_of_a_listener_that_is_gone_is_ignored(world: World, heard: Heard) -> None:
    world.ask("DeleteListener", ListenerArn=world.listener)
    heard.clear()
    world.store.write(lambda tx: world.routing.saw_shift(tx, world.listener, 1, now=1.0))
    assert heard == []
