"""Services behind load balancers, worked by hand: what is registered, drained and told, when."""

from typing import Any

import pytest

from homeport.services.ecs.records.tasks import Task
from ring.rollout_steps import created, deployments, is_steady, running, sentences, states
from ring.service_world import ServiceWorld, Wanted
from ring.traffic import DELAY_S, Where, targets_of

OLD, NEW = "good:1", "good:2"


def settle(world: ServiceWorld) -> None:
    """What the control plane and the nodes do by themselves, while no target is checked."""
    while world.plane.drain() + world.fleet.settle_once(world.plane):
        continue


def task(world: ServiceWorld, index: int = 0) -> Task:
    """A task that runs, oldest first."""
    known = world.watch.last.tasks
    up = [known[arn] for arn in world.fleet.up()]
    return sorted(up, key=lambda each: (each.created_at, each.arn))[index]


def where(world: ServiceWorld, of: Task) -> list[Where]:
    return world.store.read(lambda tx: targets_of(tx, of))


def registered(world: ServiceWorld) -> set[Where]:
    return world.store.read(world.traffic.registered)


def told(world: ServiceWorld, since: int = 0) -> list[str]:
    """The events, with each group's name for its ARN."""
    lines = sentences(world)[since:]
    for (kind, number), arn in world.traffic.groups.items():
        lines = [each.replace(arn, f"{kind}-{number}") for each in lines]
    return lines


def shown(world: ServiceWorld, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = world.plane.ask("DescribeTasks", tasks=[arn])["tasks"][0]
    return found


@pytest.mark.parametrize("kind", ["bridge", "fargate"])
def test_a_task_is_registered_when_it_runs_and_healthy_when_its_target_is(
    world: ServiceWorld, kind: str
) -> None:
    assert world.create(Wanted("web", kind=kind, desired=2, groups=1))
    settle(world)
    running_now = [task(world, 0), task(world, 1)]
    assert registered(world) == {at for each in running_now for at in where(world, each)}
    group = "ip-0" if kind == "fargate" else "instance-0"
    assert told(world)[-1] == f"registered 2 targets in (target-group {group})"
    world.clock.turn(1_000.0)
    settle(world)
    assert states(world) == ["IN_PROGRESS"]
    assert world.check_targets()
    settle(world)
    assert told(world)[-2:] == ["deployment completed.", "has reached a steady state."]


def test_new_tasks_take_over_once_their_targets_are_healthy(world: ServiceWorld) -> None:
    created(world, desired=2, groups=1)
    before = len(sentences(world))
    world.update("web", image=NEW)
    settle(world)
    assert running(world) == {OLD: 2, NEW: 2}
    old = [task(world, 0), task(world, 1)]
    world.traffic.busy |= {at for each in old for at in where(world, each)}
    world.check_targets()
    settle(world)
    # They are DEACTIVATING and run on while somebody is connected to them.
    assert running(world) == {OLD: 2, NEW: 2}
    assert [shown(world, each.arn)["lastStatus"] for each in old] == ["DEACTIVATING"] * 2
    assert registered(world) == {at for index in (2, 3) for at in where(world, task(world, index))}
    assert states(world) == ["IN_PROGRESS", "COMPLETED"]
    world.traffic.busy.clear()
    world.check_targets()
    settle(world)
    assert running(world) == {NEW: 2}
    assert told(world, before) == [
        "has started 2 tasks.",
        "registered 2 targets in (target-group instance-0)",
        "deregistered 2 targets in (target-group instance-0)",
        "has begun draining connections on 2 tasks.",
        "has stopped 2 running tasks.",
        "deployment completed.",
        "has reached a steady state.",
    ]


def test_connections_that_do_not_end_are_waited_for_as_long_as_the_delay(
    world: ServiceWorld,
) -> None:
    created(world, desired=1, groups=1)
    of = task(world)
    world.traffic.busy |= set(where(world, of))
    world.update("web", desired=0)
    assert not world.end_fairly(lambda: not running(world), within_s=DELAY_S - 1.0)
    assert world.end_fairly(lambda: not running(world), within_s=2.0)


def test_a_stop_by_a_user_drains_too(world: ServiceWorld) -> None:
    created(world, desired=1, groups=1)
    of, before = task(world), len(sentences(world))
    world.traffic.busy |= set(where(world, of))
    world.plane.ask("StopTask", task=of.arn, reason="enough")
    settle(world)
    told_of = shown(world, of.arn)
    assert (told_of["lastStatus"], told_of["desiredStatus"]) == ("DEACTIVATING", "STOPPED")
    assert of.arn in world.fleet.up()
    assert told(world, before)[:2] == [
        "deregistered 1 targets in (target-group instance-0)",
        "has begun draining connections on 1 tasks.",
    ]
    world.traffic.busy.clear()
    assert world.end_fairly(lambda: is_steady(world) and of.arn not in world.fleet.up())
    assert shown(world, of.arn)["stoppedReason"] == "enough"


def test_a_task_that_died_is_deregistered_at_once(world: ServiceWorld) -> None:
    created(world, desired=1, groups=1)
    of, before = task(world), len(sentences(world))
    [at] = where(world, of)
    world.traffic.busy.add(at)
    world.fleet.up()[of.arn].exit(of.arn, 1)
    settle(world)
    assert told(world, before)[0] == "deregistered 1 targets in (target-group instance-0)"
    assert "has begun draining" not in " ".join(told(world, before))
    assert shown(world, of.arn)["lastStatus"] == "STOPPED"


def test_a_task_that_fails_the_checks_is_replaced_after_its_successor_is_there(
    world: ServiceWorld,
) -> None:
    created(world, desired=1, groups=1)
    of, before = task(world), len(sentences(world))
    group = world.traffic.groups["instance", 0]
    world.traffic.failing.add(of.arn)
    assert world.check_targets()
    settle(world)
    assert running(world) == {OLD: 2}
    assert world.end_fairly(lambda: is_steady(world) and of.arn not in world.fleet.up())
    over = shown(world, of.arn)
    assert over["stopCode"] == "ServiceSchedulerInitiated"
    assert over["stoppedReason"] == f"Task failed ELB health checks in (target-group {group})"
    port = where(world, of)[0][2]
    events = told(world, before)
    assert any(
        each.startswith("(instance i-")
        and each.endswith(
            f"(port {port}) is unhealthy in (target-group instance-0) "
            "due to (reason Request timed out)."
        )
        for each in events
    ), events


def test_the_grace_period_gives_a_task_time_to_start(world: ServiceWorld) -> None:
    assert world.create(Wanted("web", desired=1, groups=1, grace_s=300))
    settle(world)
    of = task(world)
    world.traffic.failing.add(of.arn)
    assert not world.end_fairly(lambda: len(world.watch.last.tasks) > 1, within_s=299.0)
    assert world.end_fairly(lambda: len(world.watch.last.tasks) > 1, within_s=2.0)


def test_the_circuit_breaker_counts_failed_targets_and_turns_back(world: ServiceWorld) -> None:
    created(world, desired=2, groups=1, breaker="rollback")
    world.update("web", image="sick:1")
    assert world.end_fairly(lambda: is_steady(world) and running(world) == {OLD: 2})
    assert deployments(world) == ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"]


def test_several_groups_have_to_agree(world: ServiceWorld) -> None:
    assert world.create(Wanted("web", kind="fargate", desired=1, groups=2))
    settle(world)
    assert len(registered(world)) == 2
    world.check_targets(only=world.traffic.groups["ip", 0])
    settle(world)
    assert states(world) == ["IN_PROGRESS"]
    world.check_targets(only=world.traffic.groups["ip", 1])
    settle(world)
    assert states(world) == ["COMPLETED"]


def test_other_load_balancers_are_another_revision(world: ServiceWorld) -> None:
    created(world, desired=2, groups=1)
    assert {each[0] for each in registered(world)} == {world.traffic.groups["instance", 0]}
    world.update("web", groups=2)
    assert world.end_fairly(lambda: is_steady(world))
    assert {each[0] for each in registered(world)} == set(world.traffic.groups.values())
    world.update("web", groups=0)
    assert world.end_fairly(lambda: is_steady(world))
    assert registered(world) == set()
    assert len(deployments(world)) == 3


def test_a_deleted_service_drains_before_it_is_gone(world: ServiceWorld) -> None:
    created(world, desired=1, groups=1)
    world.traffic.busy |= set(where(world, task(world)))
    world.delete("web")
    settle(world)
    assert running(world) == {OLD: 1}
    found = world.shown("web")
    assert found is not None
    assert found["status"] == "DRAINING"
    assert world.end_fairly(lambda: (world.shown("web") or {})["status"] == "INACTIVE")
    assert registered(world) == set()


def test_a_draining_instance_hands_its_connections_over(world: ServiceWorld) -> None:
    created(world, desired=2, groups=1)
    node = world.fleet.nodes[0]
    world.set_state("DRAINING", node.arn)
    assert world.end_fairly(lambda: is_steady(world) and not any(map(node.is_up, node.tasks)))


def test_a_target_that_a_user_takes_away_comes_back(world: ServiceWorld) -> None:
    created(world, desired=1, groups=1)
    [(group, target_id, port)] = registered(world)
    target = {"Id": target_id, "Port": port}
    world.plane.ask("DeregisterTargets", TargetGroupArn=group, Targets=[target])
    settle(world)
    assert registered(world) == {(group, target_id, port)}


def test_targets_of_a_lost_node_are_let_go(world: ServiceWorld) -> None:
    created(world, desired=2, groups=1)
    node = world.fleet.nodes[0]
    lost = [arn for arn in node.tasks if node.is_up(arn)]
    world.fleet.nodes.remove(node)
    node.goodbye()
    assert lost
    assert world.end_fairly(
        lambda: (
            is_steady(world)
            and len(registered(world)) == 2
            and all(shown(world, arn)["lastStatus"] == "STOPPED" for arn in lost)
        )
    )


def test_a_restart_in_the_middle_of_draining_loses_nothing(world: ServiceWorld) -> None:
    created(world, desired=1, groups=1)
    of = task(world)
    world.traffic.busy |= set(where(world, of))
    world.plane.ask("StopTask", task=of.arn)
    world.plane.drain(passes=1)
    world.crash()
    for node in world.fleet.nodes:
        node.come_back()
    world.traffic.busy.clear()
    assert world.end_fairly(lambda: is_steady(world) and of.arn not in world.fleet.up())
    assert len(registered(world)) == 1


def test_the_service_says_what_it_is_behind(world: ServiceWorld) -> None:
    created(world, desired=1, groups=1)
    found = world.shown("web")
    assert found is not None
    expected = [
        {
            "targetGroupArn": world.traffic.groups["instance", 0],
            "containerName": "web",
            "containerPort": 80,
        }
    ]
    assert found["loadBalancers"] == expected
    assert found["roleArn"].endswith("/AWSServiceRoleForECS")
    revisions = world.plane.ask(
        "DescribeServiceRevisions",
        serviceRevisionArns=[found["currentServiceRevisions"][0]["arn"]],
    )["serviceRevisions"]
    assert revisions[0]["loadBalancers"] == expected
    assert revisions[0]["resolvedConfiguration"] == {
        "loadBalancers": [{"targetGroupArn": world.traffic.groups["instance", 0]}]
    }


def test_a_port_that_is_soon_somebody_elses_stays_registered(world: ServiceWorld) -> None:
    """The dead task's target is the new task's by now: it must not be taken away from that."""
    created(world, desired=1, groups=1)
    dead = task(world)
    node = world.fleet.up()[dead.arn]
    others = [each.arn for each in world.fleet.nodes if each is not node]
    world.set_state("DRAINING", *others)
    world.update("web", desired=2)
    world.plane.drain()
    node.listen()
    [born] = set(node.tasks) - {dead.arn}
    node.exit(dead.arn, 1)
    while not node.is_up(born):
        node.step(born)
    node.say_all()
    world.plane.drain()
    [at] = where(world, world.watch.last.tasks[born])
    assert at == where(world, dead)[0]
    assert at in registered(world)
    assert world.end_fairly(lambda: is_steady(world))
    assert len(registered(world)) == 2
