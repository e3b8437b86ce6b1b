"""What reports make of a task: worked cases, and any sequence of reports."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ecs_asking import task as a_task
from homeport.link.messages import ContainerReport, TaskReport
from homeport.services.ecs.plan import lifecycle
from homeport.services.ecs.records.task_states import STATUSES
from homeport.services.ecs.records.tasks import Task, TaskContainer, TaskInterface

NOW = 1_700_000_100.0
PULL_ERROR = "CannotPullContainerError: pull access denied"


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


def bridge(*containers: TaskContainer, **changes: Any) -> Task:
    members: dict[str, Any] = {
        "last_status": "PENDING",
        "instance_arn": "arn:instance",
        "generation": 1,
        "containers": containers or (container(),),
    }
    return a_task(**(members | changes))


def awsvpc(*containers: TaskContainer, **changes: Any) -> Task:
    interface = TaskInterface(
        attachment_id="a", subnet_id="subnet-1", status="ATTACHING", private_ipv4="172.31.0.4"
    )
    members = {"interface": interface, "network_mode": "awsvpc", "launch_type": "FARGATE"}
    return bridge(*containers, **(members | changes))


def report(
    phase: str, *containers: ContainerReport, sequence: int = 1, **changes: Any
) -> TaskReport:
    return TaskReport(
        task_arn="arn",
        sequence=sequence,
        phase=phase,  # type: ignore[arg-type]
        containers=containers,
        **changes,
    )


def running(name: str = "web", **changes: Any) -> ContainerReport:
    return ContainerReport(name=name, status="RUNNING", started_at=NOW - 5, **changes)


def stopped(name: str = "web", **changes: Any) -> ContainerReport:
    members: dict[str, Any] = {"exit_code": 0, "started_at": NOW - 5, "finished_at": NOW - 1}
    return ContainerReport(name=name, status="STOPPED", **(members | changes))


def observed(task: Task, *reports: TaskReport) -> Task:
    for number, each in enumerate(reports):
        task = lifecycle.observe(task, replace(each, sequence=number + 1), now=NOW + number)
    return task


# --- statuses -----------------------------------------------------------------------------------

PHASES = ("ACCEPTED", "PREPARING", "RUNNING", "STOPPING", "STOPPED", "REMOVED")


@pytest.mark.parametrize(
    ("phase", "status"),
    [
        ("ACCEPTED", "PENDING"),
        ("PREPARING", "PENDING"),
        ("RUNNING", "RUNNING"),
        ("STOPPING", "PENDING"),
        ("STOPPED", "STOPPED"),
        ("REMOVED", "STOPPED"),
    ],
)
def test_a_bridge_task_goes_from_pending_to_running_to_stopped(phase: str, status: str) -> None:
    assert observed(bridge(), report(phase)).last_status == status


@pytest.mark.parametrize(
    ("phase", "status", "attachment"),
    [
        ("ACCEPTED", "PENDING", "ATTACHED"),
        ("PREPARING", "ACTIVATING", "ATTACHED"),
        ("RUNNING", "RUNNING", "ATTACHED"),
        ("STOPPING", "STOPPING", "ATTACHED"),
        ("STOPPED", "DEPROVISIONING", "DETACHING"),
        ("REMOVED", "DEPROVISIONING", "DETACHED"),
    ],
)
def test_an_awsvpc_task_goes_through_every_status(phase: str, status: str, attachment: str) -> None:
    task = observed(awsvpc(), report(phase, interface_attached=True))
    assert task.last_status == status
    assert task.interface is not None
    assert task.interface.status == attachment


def test_an_address_is_attached_when_it_answers() -> None:
    task = observed(awsvpc(), report("PREPARING"))
    assert task.interface is not None
    assert (task.last_status, task.interface.status) == ("ACTIVATING", "ATTACHING")
    attached = report("PREPARING", interface_attached=True, interface_mac="02:00:00:00:00:01")
    task = lifecycle.observe(task, replace(attached, sequence=2), now=NOW)
    assert task.interface is not None
    assert task.interface.status == "ATTACHED"
    assert task.interface.mac_address == "02:00:00:00:00:01"
    assert task.interface.private_ipv4 == "172.31.0.4"


def test_an_awsvpc_task_is_stopped_only_when_its_interface_is_deleted() -> None:
    task = observed(awsvpc(), report("RUNNING", running()), report("REMOVED"))
    assert task.last_status == "DEPROVISIONING"
    assert not task.released
    ended = lifecycle.end(task, now=NOW + 9)
    assert (ended.last_status, ended.stopped_at) == ("STOPPED", NOW + 9)
    assert ended.interface is not None
    assert ended.interface.status == "DELETED"


@pytest.mark.parametrize(
    ("task", "desired"),
    [
        (bridge(), "RUNNING"),
        (bridge(desired_status="STOPPED", last_status="RUNNING"), "STOPPED"),
        (awsvpc(desired_status="STOPPED", last_status="STOPPING"), "STOPPED"),
        (awsvpc(desired_status="STOPPED", last_status="DEPROVISIONING"), "REMOVED"),
        (bridge(desired_status="STOPPED", last_status="STOPPED"), "REMOVED"),
        (bridge(desired_status="STOPPED", last_status="STOPPED", released=True), "FORGOTTEN"),
    ],
)
def test_what_the_node_is_told_follows_from_the_task(task: Task, desired: str) -> None:
    assert lifecycle.wanted(task) == desired


def test_a_node_has_news_when_what_it_is_told_changes() -> None:
    before = bridge(last_status="RUNNING")
    after = lifecycle.stop(before, code="UserInitiated", reason="r", by="me", now=NOW)
    assert lifecycle.change(before, after).news
    assert not lifecycle.change(before, replace(before, connectivity="CONNECTED")).news
    unknown = bridge(last_status="PROVISIONING", generation=0)
    stopping = lifecycle.stop(unknown, code="UserInitiated", reason="r", by="me", now=NOW)
    assert not lifecycle.change(unknown, stopping).news
    assert lifecycle.change(unknown, stopping, assigned=True).news


# --- moments ------------------------------------------------------------------------------------


def test_moments_are_those_of_what_was_observed() -> None:
    task = observed(
        bridge(),
        report("PREPARING", pull_started_at=NOW - 20, pull_stopped_at=NOW - 10),
        report("RUNNING", running()),
        report("STOPPING", stopped(), execution_stopped_at=NOW - 1),
        report("STOPPED", stopped(), execution_stopped_at=NOW - 1),
    )
    assert (task.connectivity, task.connectivity_at) == ("CONNECTED", NOW)
    assert (task.pull_started_at, task.pull_stopped_at) == (NOW - 20, NOW - 10)
    assert task.started_at == NOW - 5
    assert task.stopping_at == NOW + 2
    assert task.execution_stopped_at == NOW - 1
    assert task.stopped_at == NOW + 3


def test_a_task_whose_containers_all_ran_has_started_though_nobody_saw_it_running() -> None:
    assert observed(bridge(), report("STOPPED", stopped())).started_at == NOW - 5


def test_a_task_that_ended_before_all_containers_ran_never_started() -> None:
    task = bridge(container(), container("late"))
    report_ = report("STOPPED", stopped(exit_code=1), stopped("late", started_at=None))
    assert observed(task, report_).started_at is None


def test_a_node_that_says_running_is_believed_about_containers_that_ended_well() -> None:
    task = bridge(container("init", essential=False), container())
    never_seen = ContainerReport(name="init", status="STOPPED", exit_code=0)
    assert observed(task, report("RUNNING", never_seen, running())).started_at == NOW - 5


def test_nothing_starts_in_the_future() -> None:
    ahead = replace(running(), started_at=NOW + 60)
    assert observed(bridge(), report("RUNNING", ahead)).started_at == NOW


def test_a_bridge_task_is_let_go_of_only_when_its_node_has_removed_it() -> None:
    task = observed(bridge(), report("STOPPED", stopped()))
    assert (task.last_status, lifecycle.wanted(task)) == ("STOPPED", "REMOVED")
    removed = lifecycle.observe(task, report("REMOVED", sequence=9), now=NOW + 9)
    assert removed == replace(task, released=True, report_sequence=9)
    at_once = observed(bridge(), report("REMOVED"))
    assert (at_once.last_status, lifecycle.wanted(at_once)) == ("STOPPED", "FORGOTTEN")


def test_a_restart_in_place_keeps_the_first_start_and_counts() -> None:
    again = replace(running(restart_count=2), started_at=NOW)
    task = observed(bridge(), report("RUNNING", running()), report("RUNNING", again))
    assert task.containers[0].started_at == NOW - 5
    assert task.containers[0].restart_count == 2


# --- why it stopped -----------------------------------------------------------------------------


def test_an_essential_exit_stops_the_task() -> None:
    task = observed(bridge(), report("RUNNING", stopped(exit_code=3)))
    assert task.desired_status == "STOPPED"
    assert task.stop_code == "EssentialContainerExited"
    assert task.stopped_reason == "Essential container in task exited"
    assert task.stopped_by == "container web, which exited with code 3"
    assert task.containers[0].exit_code == 3


def test_a_non_essential_exit_changes_nothing() -> None:
    task = bridge(container(), container("side", essential=False))
    task = observed(task, report("RUNNING", running(), stopped("side", exit_code=1)))
    assert (task.last_status, task.desired_status) == ("RUNNING", "RUNNING")


@pytest.mark.parametrize(
    ("task", "reason"),
    [(bridge(), "Task failed to start"), (awsvpc(), PULL_ERROR)],
    ids=["EC2", "FARGATE"],
)
def test_a_container_that_cannot_start_is_worded_by_launch_type(task: Task, reason: str) -> None:
    failed = ContainerReport(name="web", status="STOPPED", reason=PULL_ERROR)
    task = observed(task, report("STOPPING", failed))
    assert (task.stop_code, task.stopped_reason) == ("TaskFailedToStart", reason)
    assert task.containers[0].reason == PULL_ERROR
    assert task.containers[0].exit_code is None


def test_an_essential_container_speaks_for_the_task() -> None:
    side = ContainerReport(name="side", status="STOPPED", reason="CannotPullContainerError: side")
    web = ContainerReport(name="web", status="STOPPED", reason=PULL_ERROR)
    task = awsvpc(container("side", essential=False), container())
    assert observed(task, report("STOPPING", side, web)).stopped_reason == PULL_ERROR


def test_a_container_that_never_started_is_not_why_a_running_task_ends() -> None:
    """A non-essential container may fail: the task runs on, and ends as it ends."""
    task = bridge(container(), container("side", essential=False))
    side = ContainerReport(name="side", status="STOPPED", reason=PULL_ERROR)
    task = observed(
        task, report("RUNNING", running(), side), report("RUNNING", stopped(exit_code=1), side)
    )
    assert task.stop_code == "EssentialContainerExited"


def test_a_task_that_cannot_be_prepared_says_why_itself() -> None:
    error = "ResourceInitializationError: no network"
    task = observed(bridge(), report("STOPPED", error=error))
    assert (task.stop_code, task.stopped_reason) == ("TaskFailedToStart", error)


def test_a_container_killed_for_memory_exited() -> None:
    reason = "OutOfMemoryError: Container killed due to memory usage"
    killed = stopped(exit_code=137, oom_killed=True, reason=reason)
    task = observed(bridge(), report("RUNNING", running()), report("STOPPED", killed))
    assert task.stop_code == "EssentialContainerExited"
    assert task.containers[0].reason == reason
    assert task.containers[0].oom_killed


def test_a_dependent_that_was_never_started_is_no_failure_to_start() -> None:
    """A failed dependency leaves its dependents with exit code 143, never created."""
    init = container("init", essential=False)
    task = bridge(init, container())
    never = ContainerReport(name="web", status="STOPPED", exit_code=143)
    task = observed(task, report("STOPPING", stopped("init", exit_code=1), never))
    assert task.stop_code == "EssentialContainerExited"
    assert task.containers[1].exit_code == 143


def test_who_stopped_it_first_stays() -> None:
    task = lifecycle.stop(bridge(), code="UserInitiated", reason="enough", by="me", now=NOW)
    task = observed(task, report("STOPPED", stopped(exit_code=137)))
    assert (task.stop_code, task.stopped_reason) == ("UserInitiated", "enough")
    again = lifecycle.stop(task, code="UserInitiated", reason="twice", by="you", now=NOW)
    assert again == task


def test_the_first_reason_of_a_container_stays() -> None:
    first = running(reason="CannotPullImageManifestError: x")
    task = observed(
        bridge(), report("RUNNING", first), report("STOPPED", stopped(reason="OtherError: y"))
    )
    assert task.containers[0].reason == "CannotPullImageManifestError: x"


# --- any reports --------------------------------------------------------------------------------

container_reports = st.builds(
    ContainerReport,
    name=st.sampled_from(("web", "side")),
    status=st.sampled_from(("PENDING", "PULLED", "CREATED", "RUNNING", "STOPPED")),
    exit_code=st.none() | st.integers(0, 255),
    reason=st.none() | st.just(PULL_ERROR),
    started_at=st.none() | st.just(NOW - 5),
    health=st.sampled_from(("UNKNOWN", "HEALTHY", "UNHEALTHY")),
)
task_reports = st.builds(
    TaskReport,
    task_arn=st.just("arn"),
    sequence=st.integers(0, 8),
    phase=st.sampled_from(PHASES),
    containers=st.lists(container_reports, max_size=2).map(tuple),
    interface_attached=st.booleans(),
    error=st.none() | st.just("ResourceInitializationError: x"),
)
tasks = st.sampled_from(
    (
        bridge(container(), container("side", essential=False)),
        awsvpc(container(has_health_check=True), container("side", essential=False)),
    )
)


@given(tasks, st.lists(task_reports, max_size=12))
def test_no_sequence_of_reports_moves_a_task_back(task: Task, reports: list[TaskReport]) -> None:
    for number, each in enumerate(reports):
        before, task = task, lifecycle.observe(task, each, now=NOW + number)
        assert STATUSES.index(task.last_status) >= STATUSES.index(before.last_status)
        assert task.version in (before.version, before.version + 1)
        if before.desired_status == "STOPPED":
            assert task.desired_status == "STOPPED"
            assert task.stopped_reason == before.stopped_reason
        if before.last_status == "STOPPED":
            assert replace(task, report_sequence=0, released=False) == replace(
                before, report_sequence=0, released=False
            )
        assert not (before.released and not task.released)
        if task.last_status == "STOPPED":
            assert task.stop_code is not None
            assert task.stopped_at is not None
            assert {each.last_status for each in task.containers} == {"STOPPED"}


@given(tasks, st.lists(task_reports, max_size=8), task_reports)
def test_a_report_that_is_not_newer_changes_nothing(
    task: Task, reports: list[TaskReport], late: TaskReport
) -> None:
    for each in reports:
        task = lifecycle.observe(task, each, now=NOW)
    if late.sequence <= task.report_sequence:
        assert lifecycle.observe(task, late, now=NOW + 60) is task


@given(tasks, st.lists(task_reports, max_size=8))
def test_the_version_changes_exactly_when_something_shown_does(
    task: Task, reports: list[TaskReport]
) -> None:
    hidden = {"report_sequence": 0, "released": False, "version": 0}
    for each in reports:
        before, task = task, lifecycle.observe(task, each, now=NOW)
        differs = replace(before, **hidden) != replace(task, **hidden)
        assert differs == (task.version != before.version)
