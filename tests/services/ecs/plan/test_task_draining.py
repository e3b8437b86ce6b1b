"""A task with targets is stopped by its node only once nothing is connected to it."""

from typing import Any

import pytest
from msgspec.structs import replace

from ecs_asking import task as a_task
from homeport.link.messages import Binding, ContainerReport, TaskReport
from homeport.services.ecs.plan import lifecycle
from homeport.services.ecs.records.load_balancing import LoadBalancer
from homeport.services.ecs.records.tasks import Task, TaskContainer

NOW = 1_700_000_100.0
BALANCER = LoadBalancer(target_group_arn="arn:g", container_name="web", container_port=80)


def container(name: str = "web", **changes: Any) -> TaskContainer:
    members: dict[str, Any] = {
        "name": name,
        "arn": f"arn:container/{name}",
        "image": "busybox",
        "essential": True,
        "cpu": 0,
        "docker_name": f"ecs-web-1-{name}-00",
    }
    return TaskContainer(**(members | changes))


def balanced(**changes: Any) -> Task:
    members: dict[str, Any] = {
        "last_status": "RUNNING",
        "instance_arn": "arn:instance",
        "generation": 1,
        "containers": (container(), container("side", essential=False)),
        "load_balancers": (BALANCER,),
        "registration": "REGISTERED",
    }
    return a_task(**(members | changes))


def report(phase: str, *containers: ContainerReport, sequence: int = 1) -> TaskReport:
    return TaskReport(
        task_arn="arn",
        sequence=sequence,
        phase=phase,  # type: ignore[arg-type]
        containers=containers,
    )


def running(host_port: int, name: str = "web") -> ContainerReport:
    bindings = (Binding(bind_ip="0.0.0.0", container_port=80, host_port=host_port, protocol="tcp"),)
    return ContainerReport(name=name, status="RUNNING", started_at=NOW - 5, bindings=bindings)


def told_to_stop(task: Task) -> Task:
    return lifecycle.stop(task, code="UserInitiated", reason="enough", by="me", now=NOW)


@pytest.mark.parametrize(
    ("registration", "wanted"),
    [
        ("", "STOPPED"),
        ("AWAITED", "STOPPED"),
        ("REGISTERED", "RUNNING"),
        ("DRAINING", "RUNNING"),
        ("GONE", "STOPPED"),
    ],
)
def test_the_node_hears_of_the_stop_when_the_targets_are_gone(
    registration: str, wanted: str
) -> None:
    task = told_to_stop(balanced(registration=registration))
    assert lifecycle.wanted(task) == wanted


def test_the_way_of_a_stop() -> None:
    task = balanced()
    stopped = told_to_stop(task)
    assert not lifecycle.change(task, stopped).news
    drained = lifecycle.drained(stopped)
    assert (drained.last_status, drained.registration) == ("DEACTIVATING", "DRAINING")
    assert drained.version == stopped.version + 1
    assert not lifecycle.change(stopped, drained).news
    gone = lifecycle.let_go(drained)
    assert lifecycle.change(drained, gone).news
    assert gone.version == drained.version
    ending = lifecycle.observe(gone, report("STOPPING"), now=NOW)
    assert ending.last_status == "STOPPING"
    over = lifecycle.observe(ending, report("STOPPED", sequence=2), now=NOW)
    assert over.last_status == "STOPPED"


def test_a_task_that_died_is_not_held_by_its_targets() -> None:
    ended = ContainerReport(name="web", status="STOPPED", exit_code=1, started_at=NOW - 5)
    task = lifecycle.observe(balanced(), report("STOPPING", ended), now=NOW)
    assert (task.desired_status, task.registration) == ("STOPPED", "REGISTERED")
    assert not task.is_in_use
    assert lifecycle.wanted(task) == "STOPPED"


def test_a_task_that_dies_while_it_drains_is_not_held_either() -> None:
    task = lifecycle.drained(told_to_stop(balanced()))
    ended = ContainerReport(name="web", status="STOPPED", exit_code=1, started_at=NOW - 5)
    after = lifecycle.observe(task, report("STOPPING", ended), now=NOW)
    assert after.last_status == "STOPPING"
    assert lifecycle.change(task, after).news


def test_reports_that_it_runs_do_not_bring_a_draining_task_back() -> None:
    task = lifecycle.drained(told_to_stop(balanced()))
    after = lifecycle.observe(task, report("RUNNING", running(32768)), now=NOW)
    assert (after.last_status, after.registration) == ("DEACTIVATING", "DRAINING")


def test_a_container_at_another_port_is_registered_anew() -> None:
    task = lifecycle.observe(balanced(), report("RUNNING", running(32768)), now=NOW)
    assert task.registration == "AWAITED"
    task = lifecycle.registered(task)
    same = lifecycle.observe(task, report("RUNNING", running(32768), sequence=2), now=NOW)
    assert same.registration == "REGISTERED"
    other = lifecycle.observe(task, report("RUNNING", running(1, "side"), sequence=2), now=NOW)
    assert other.registration == "REGISTERED"
    moved = lifecycle.observe(task, report("RUNNING", running(32769), sequence=2), now=NOW)
    assert moved.registration == "AWAITED"
    assert lifecycle.wanted(moved) == "RUNNING"


def test_a_bridge_task_with_targets_is_shown_in_all_its_stages() -> None:
    task = balanced(last_status="PENDING", registration="AWAITED")
    preparing = lifecycle.observe(task, report("PREPARING"), now=NOW)
    assert preparing.last_status == "ACTIVATING"
    plain = replace(task, load_balancers=(), registration="")
    assert lifecycle.observe(plain, report("PREPARING"), now=NOW).last_status == "PENDING"
    assert lifecycle.deactivate(replace(plain, last_status="RUNNING")).last_status == "RUNNING"


def test_a_task_that_is_ended_holds_nothing() -> None:
    assert lifecycle.end(balanced(), now=NOW).registration == "GONE"
    assert lifecycle.end(balanced(registration=""), now=NOW).registration == ""
