"""Tasks that may run only so long: the tag ``homeport:time-limit`` round the whole ring."""

from typing import Any

import pytest
from sqlalchemy import text

from conftest import TurnedClock
from homeport.services.ecs.api.bus_events import EcsEvents
from homeport.services.ecs.queries import task_deadlines
from homeport.services.ecs.queries.tags import put_tags
from homeport.services.ecs.queries.task_deadlines import STOPPED_AT_ONCE, next_deadline
from homeport.services.ecs.queries.tasks import find_task
from homeport.services.ecs.records.tags import Tag
from homeport.store import ReadTx
from homeport.store.sqlite import SqliteStore
from ring.driver import Plane
from ring.simulated_node import SimulatedNode
from task_definition_documents import container, document, fargate

LIMIT = "homeport:time-limit"
REASON = (
    "Task stopped because it ran longer than its time limit of 30 seconds "
    "(tag homeport:time-limit)."
)


@pytest.fixture
def node(plane: Plane) -> SimulatedNode:
    plane.ask("RegisterTaskDefinition", **document(container(memory=4, cpu=1)))
    return SimulatedNode(plane)


def limit(seconds: int) -> list[dict[str, str]]:
    return [{"key": LIMIT, "value": str(seconds)}]


def started(plane: Plane, node: SimulatedNode, **request: Any) -> str:
    """A task that its node knows, and has not started yet."""
    answer = plane.ask("RunTask", **({"taskDefinition": "web"} | request))
    assert answer["failures"] == []
    node.pull()
    arn: str = answer["tasks"][0]["taskArn"]
    return arn


def running(plane: Plane, node: SimulatedNode, **request: Any) -> str:
    arn = started(plane, node, **request)
    plane.drain()
    node.pull()
    node.run(arn)
    assert shown(plane, arn)["lastStatus"] == "RUNNING"
    return arn


def shown(plane: Plane, arn: str) -> dict[str, Any]:
    [task] = plane.ask("DescribeTasks", tasks=[arn], include=["TAGS"])["tasks"]
    return dict(task)


def later(plane: Plane, clock: TurnedClock, seconds: float) -> None:
    clock.turn(seconds)
    plane.drain()


def is_wanted(plane: Plane, arn: str) -> bool:
    return shown(plane, arn)["desiredStatus"] == "RUNNING"


def test_a_task_is_stopped_when_it_has_run_for_its_limit_and_says_why(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    arn = running(plane, node, tags=limit(30))
    later(plane, clock, 29.9)
    assert is_wanted(plane, arn)
    assert plane.next_due() == pytest.approx(clock.now() + 0.1)
    later(plane, clock, 0.1)
    task = shown(plane, arn)
    assert (task["desiredStatus"], task["lastStatus"]) == ("STOPPED", "RUNNING")
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", REASON)
    node.settle()
    task = shown(plane, arn)
    assert (task["lastStatus"], task["stoppedReason"]) == ("STOPPED", REASON)
    assert task["containers"][0]["exitCode"] == 137
    assert plane.next_due() is None


def test_why_a_task_was_stopped_is_told_by_its_story_and_its_events(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    arn = running(plane, node, tags=limit(30))
    later(plane, clock, 30)
    explained = plane.ask("ExplainTask", task=arn)["explanation"]
    assert explained["stoppedBy"] == "its time limit (tag homeport:time-limit)"
    told = [entry["what"] for entry in explained["timeline"]]
    assert f"to be stopped by its time limit (tag homeport:time-limit): {REASON}" in told
    last = plane.store.write(EcsEvents().take_unrouted)[-1]
    detail: Any = last.envelope["detail"]
    assert (detail["desiredStatus"], detail["stoppedReason"]) == ("STOPPED", REASON)


def test_the_limit_counts_from_the_start_and_not_from_the_request(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    arn = started(plane, node, tags=limit(30))
    later(plane, clock, 100)
    assert plane.next_due() is None
    node.run(arn)
    later(plane, clock, 29)
    assert is_wanted(plane, arn)
    later(plane, clock, 1)
    assert not is_wanted(plane, arn)


def test_a_task_with_an_interface_is_limited_too(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    plane.ask("RegisterTaskDefinition", **fargate(family="fargate"))
    [subnet, *_] = plane.ask("DescribeSubnets")["Subnets"]
    network = {"awsvpcConfiguration": {"subnets": [subnet["SubnetId"]]}}
    of = {"taskDefinition": "fargate", "launchType": "FARGATE", "networkConfiguration": network}
    arn = running(plane, node, tags=limit(30), **of)
    later(plane, clock, 30)
    node.settle()
    task = shown(plane, arn)
    assert (task["lastStatus"], task["stoppedReason"]) == ("STOPPED", REASON)


def test_a_task_without_the_tag_runs_on(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    arn = running(plane, node, tags=[{"key": "team", "value": "30"}])
    later(plane, clock, 10**7)
    assert is_wanted(plane, arn)


def test_the_definitions_tag_limits_its_tasks_and_their_own_wins(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    plane.ask("RegisterTaskDefinition", **document(container(cpu=1), tags=limit(30)))
    plain = running(plane, node)
    own = running(plane, node, tags=limit(40))
    assert shown(plane, plain)["tags"] == []  # It is limited without carrying the tag.
    later(plane, clock, 30)
    assert (is_wanted(plane, plain), is_wanted(plane, own)) == (False, True)
    later(plane, clock, 10)
    assert not is_wanted(plane, own)


def test_a_started_task_is_limited_as_one_that_is_placed(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    answer = plane.ask(
        "StartTask", taskDefinition="web", containerInstances=[node.arn], tags=limit(30)
    )
    [task] = answer["tasks"]
    node.pull()
    node.run(task["taskArn"])
    later(plane, clock, 30)
    assert not is_wanted(plane, task["taskArn"])


def test_a_services_task_is_replaced_when_its_time_is_up(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    plane.ask("RegisterTaskDefinition", **document(container(cpu=1), tags=limit(30)))
    plane.ask("CreateService", serviceName="s", taskDefinition="web", desiredCount=1)
    node.settle()
    [first] = plane.ask("ListTasks", serviceName="s")["taskArns"]
    later(plane, clock, 30)
    node.settle()
    [second] = plane.ask("ListTasks", serviceName="s")["taskArns"]
    assert second != first
    assert shown(plane, first)["stoppedReason"] == REASON


def test_the_tags_of_a_service_reach_its_tasks_where_they_are_propagated(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    of = {"taskDefinition": "web", "desiredCount": 1, "tags": limit(30)}
    plane.ask("CreateService", serviceName="told", propagateTags="SERVICE", **of)
    plane.ask("CreateService", serviceName="untold", **of)
    node.settle()
    [told] = plane.ask("ListTasks", serviceName="told")["taskArns"]
    [untold] = plane.ask("ListTasks", serviceName="untold")["taskArns"]
    later(plane, clock, 30)
    assert (is_wanted(plane, told), is_wanted(plane, untold)) == (False, True)


def test_a_tag_on_a_running_task_limits_it_and_its_removal_frees_it(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    arn = running(plane, node)
    version = shown(plane, arn)["version"]
    plane.ask("TagResource", resourceArn=arn, tags=limit(30))
    plane.drain()
    assert plane.next_due() == clock.now() + 30
    plane.ask("TagResource", resourceArn=arn, tags=limit(60))
    assert shown(plane, arn)["version"] == version  # Nothing of the task that ECS shows changed.
    later(plane, clock, 30)
    assert is_wanted(plane, arn)
    plane.ask("UntagResource", resourceArn=arn, tagKeys=[LIMIT])
    later(plane, clock, 1000)
    assert is_wanted(plane, arn)
    plane.ask("TagResource", resourceArn=arn, tags=limit(60))  # It has run longer already.
    plane.drain()
    assert not is_wanted(plane, arn)


def test_without_its_own_tag_a_task_has_the_limit_of_its_definition_again(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    plane.ask("RegisterTaskDefinition", **document(container(cpu=1), tags=limit(30)))
    arn = running(plane, node, tags=limit(90))
    plane.ask("UntagResource", resourceArn=arn, tagKeys=[LIMIT])
    later(plane, clock, 30)
    assert not is_wanted(plane, arn)


def test_who_tags_a_task_before_it_runs_limits_it_all_the_same(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    arn = started(plane, node)
    plane.ask("TagResource", resourceArn=arn, tags=limit(30))
    later(plane, clock, 50)
    node.run(arn)
    assert is_wanted(plane, arn)
    later(plane, clock, 30)
    assert not is_wanted(plane, arn)


def test_a_deadline_outlives_the_control_plane(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    soon = running(plane, node, tags=limit(30))
    late = running(plane, node, tags=limit(300))
    plane.lose_wakes()  # A crash: what was waited for is forgotten.
    clock.turn(100)
    plane.sweep()  # And a start.
    assert (is_wanted(plane, soon), is_wanted(plane, late)) == (False, True)
    later(plane, clock, 200)
    assert not is_wanted(plane, late)


def test_the_limit_is_of_ecs_time(plane: Plane, node: SimulatedNode, clock: TurnedClock) -> None:
    clock.time_scale = 60
    arn = running(plane, node, tags=limit(600))
    later(plane, clock, 9.9)
    assert is_wanted(plane, arn)
    later(plane, clock, 0.1)
    assert not is_wanted(plane, arn)


def test_where_time_is_set_to_pass_slower_a_task_has_all_of_its_time(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    clock.time_scale = 60
    arn = running(plane, node, tags=limit(600))
    clock.time_scale = 1
    later(plane, clock, 10)
    assert is_wanted(plane, arn)
    later(plane, clock, 589)
    assert is_wanted(plane, arn)
    later(plane, clock, 1)
    assert not is_wanted(plane, arn)


def test_a_task_that_ends_by_itself_is_waited_for_no_longer(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    arn = running(plane, node, tags=limit(30))
    node.exit(arn, 0)
    node.settle()
    assert plane.store.read(next_deadline) is None
    later(plane, clock, 30)
    assert shown(plane, arn)["stoppedReason"] == "Essential container in task exited"


def test_a_limited_task_that_a_user_stops_keeps_the_users_reason(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    arn = running(plane, node, tags=limit(30))
    plane.ask("StopTask", task=arn, reason="enough")
    later(plane, clock, 100)
    assert shown(plane, arn)["stoppedReason"] == "enough"


def test_many_deadlines_at_once_take_several_transactions(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    arns = [
        task["taskArn"]
        for _ in range(STOPPED_AT_ONCE // 10 + 1)
        for task in plane.ask("RunTask", taskDefinition="web", count=10, tags=limit(30))["tasks"]
    ]
    node.settle()
    clock.turn(30)
    for done in (STOPPED_AT_ONCE, len(arns)):
        plane._pass("time limits", "time limits")
        assert sum(not is_wanted(plane, arn) for arn in arns) == done


def test_one_second_is_one_second(plane: Plane, node: SimulatedNode, clock: TurnedClock) -> None:
    arn = running(plane, node, tags=limit(1))
    later(plane, clock, 1)
    assert " time limit of 1 second (" in shown(plane, arn)["stoppedReason"]


def test_a_tag_that_is_older_than_these_rules_limits_nothing(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    definition = document(container(cpu=1), family="old")
    plane.ask("RegisterTaskDefinition", **definition)
    arn = "arn:aws:ecs:us-east-1:000000000000:task-definition/old:1"
    plane.store.write(lambda tx: put_tags(tx, arn, [Tag(key=LIMIT, value="soon")]))
    task = running(plane, node, taskDefinition="old")
    later(plane, clock, 10**6)
    assert is_wanted(plane, task)


def test_the_next_deadline_is_found_without_a_look_at_other_tasks(plane: Plane) -> None:
    if not isinstance(plane.store, SqliteStore):
        pytest.skip("PostgreSQL chooses by how many rows there are")

    def plans(tx: ReadTx) -> list[str]:
        asked = (task_deadlines._DUE, task_deadlines._NEXT)
        said = [str(each.compile(tx._connection.engine)).replace("?", "1") for each in asked]
        rows = [tx._connection.execute(text(f"EXPLAIN QUERY PLAN {each}")) for each in said]
        return [row.detail for each in rows for row in each]

    found = plane.store.read(plans)
    assert found
    assert all("ecs_tasks_by_deadline" in each for each in found), found


# --- that a task is over ------------------------------------------------------------------------


def over(plane: Plane) -> list[str]:
    """ARNs that are announced from now on as those of tasks that are over."""
    heard: list[str] = []

    def hear(changes: Any) -> None:
        heard.extend(each.key for each in changes if each.kind == "task over")

    plane.store.feed.listen(hear)
    return heard


def test_the_end_of_a_task_is_announced_once_it_is_stopped(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    heard = over(plane)
    arn = running(plane, node, tags=limit(30))
    later(plane, clock, 30)
    assert heard == []
    node.settle()
    assert heard == [arn]
    assert find_task_status(plane, arn) == "STOPPED"
    later(plane, clock, 1000)
    assert heard == [arn]


def test_the_end_of_a_services_task_is_its_schedulers_alone(
    plane: Plane, node: SimulatedNode
) -> None:
    heard = over(plane)
    plane.ask("CreateService", serviceName="s", taskDefinition="web", desiredCount=1)
    node.settle()
    plane.ask("DeleteService", service="s", force=True)
    node.settle()
    assert heard == []


def find_task_status(plane: Plane, arn: str) -> str:
    task = plane.store.read(lambda tx: find_task(tx, arn))
    assert task is not None
    return task.last_status
