"""Worked lives of tasks: what the plan wants next, given what has been seen."""

from typing import Any

import pytest

from agent.lab import container, task
from homeport.agent.observed import ContainerSeen, TaskSeen
from homeport.agent.plan import (
    Abandon,
    Create,
    Fail,
    Kill,
    Plan,
    Prepare,
    RaiseHolder,
    Release,
    Remove,
    RemoveHolder,
    Resolve,
    Restart,
    Settle,
    Signal,
    Start,
    next_actions,
    phase,
)
from homeport.link.spec import (
    Dependency,
    HealthCheck,
    RestartPolicy,
    TaskSpec,
    VolumesFrom,
)

NOW = 1000.0
NONE = ContainerSeen()
PULLED = ContainerSeen(status="PULLED")
CREATED = ContainerSeen(status="CREATED", docker_id="d")
RUNNING = ContainerSeen(status="RUNNING", docker_id="d", started_at=990.0)
CHECK = HealthCheck(command=("CMD", "true"), interval_s=1, timeout_s=1, retries=1, start_period_s=0)


def stopped(code: int | None, **members: Any) -> ContainerSeen:
    given = {"status": "STOPPED", "docker_id": "d", "started_at": 990.0, "finished_at": 995.0}
    return ContainerSeen(**given | {"exit_code": code} | members)


def seen(prepared: bool = True, **containers: ContainerSeen) -> TaskSeen:
    return TaskSeen(containers=containers, prepared=prepared)


def waits(name: str, *needs: tuple[str, str], **members: Any) -> Any:
    depends_on = tuple(
        Dependency(container=each, condition=condition)  # type: ignore[arg-type]
        for each, condition in needs
    )
    return container(name, depends_on=depends_on, **members)


def up(spec: TaskSpec, observed: TaskSeen, now: float = NOW) -> Plan:
    return next_actions(spec, "RUNNING", observed, now)


def down(spec: TaskSpec, observed: TaskSeen, now: float = NOW) -> Plan:
    return next_actions(spec, "STOPPED", observed, now)


# --- the way up -----------------------------------------------------------------------------


def test_a_task_begins_with_its_surroundings_and_every_image_at_once() -> None:
    spec = task(container("a"), container("b"))
    plan = up(spec, seen(prepared=False, a=NONE, b=NONE))
    assert plan.actions == (Prepare(), Resolve("a"), Resolve("b"))


def test_nothing_is_created_before_the_surroundings_are_there() -> None:
    spec = task(container("a"))
    observed = TaskSeen(containers={"a": PULLED}, preparing=True)
    assert up(spec, observed).actions == ()
    assert up(spec, seen(a=PULLED)).actions == (Create("a"),)
    assert up(spec, seen(a=CREATED)).actions == (Start("a"),)
    assert up(spec, seen(a=RUNNING)).actions == ()


def test_what_is_being_done_is_not_done_twice() -> None:
    spec = task(container("a"))
    busy = ContainerSeen(status="CREATED", docker_id="d", doing="START")
    assert up(spec, seen(a=busy)).actions == ()


def test_a_task_of_several_awsvpc_containers_has_a_holder_first() -> None:
    spec = task(container("a"), container("b"), network_mode="awsvpc")
    observed = seen(a=PULLED, b=PULLED)
    assert up(spec, observed).actions == (RaiseHolder(),)
    raising = TaskSeen(
        containers=observed.containers, prepared=True, holder=ContainerSeen(doing="CREATE")
    )
    assert up(spec, raising).actions == ()
    raised = TaskSeen(containers=observed.containers, prepared=True, holder=RUNNING)
    assert up(spec, raised).actions == (Create("a"), Create("b"))


@pytest.mark.parametrize(
    ("mode", "names", "pid", "wanted"),
    [
        ("awsvpc", ("a",), None, False),
        ("awsvpc", ("a", "b"), None, True),
        ("awsvpc", ("a",), "task", True),
        ("bridge", ("a", "b"), None, False),
        ("bridge", ("a",), "task", True),
        ("host", ("a",), "host", False),
    ],
)
def test_who_needs_a_holder(mode: str, names: tuple[str, ...], pid: str, wanted: bool) -> None:
    spec = task(*(container(each) for each in names), network_mode=mode, pid_mode=pid)
    observed = TaskSeen(containers=dict.fromkeys(names, PULLED), prepared=True)
    assert (RaiseHolder() in up(spec, observed).actions) is wanted


CONDITIONS = [
    ("START", NONE, "wait"),
    ("START", CREATED, "wait"),
    ("START", RUNNING, "go"),
    ("START", stopped(1), "go"),
    ("START", stopped(None, started_at=None, error="CannotStart"), "never"),
    ("COMPLETE", RUNNING, "wait"),
    ("COMPLETE", stopped(0), "go"),
    ("COMPLETE", stopped(7), "go"),
    ("COMPLETE", stopped(143, started_at=None, docker_id=None), "never"),
    ("SUCCESS", RUNNING, "wait"),
    ("SUCCESS", stopped(0), "go"),
    ("SUCCESS", stopped(7), "never"),
    ("HEALTHY", RUNNING, "wait"),
    ("HEALTHY", ContainerSeen(status="RUNNING", started_at=1, health="UNHEALTHY"), "wait"),
    ("HEALTHY", ContainerSeen(status="RUNNING", started_at=1, health="HEALTHY"), "go"),
    ("HEALTHY", stopped(0, health="HEALTHY"), "never"),
    (
        "HEALTHY",
        ContainerSeen(status="RUNNING", started_at=1, health="HEALTHY", doing="COLLECT"),
        "wait",
    ),
]


@pytest.mark.parametrize(("condition", "other", "outcome"), CONDITIONS)
def test_each_condition_waits_goes_or_never_comes(
    condition: str, other: ContainerSeen, outcome: str
) -> None:
    spec = task(
        container("db", health_check=CHECK, essential=False), waits("app", ("db", condition))
    )
    actions = [each for each in up(spec, seen(db=other, app=PULLED)).actions if named(each, "app")]
    if outcome == "go":
        assert actions == [Create("app")]
    elif outcome == "wait":
        assert actions == []
    else:
        (action,) = actions
        assert isinstance(action, Settle)
        assert action.exit_code == 143
        assert (action.error or "").startswith("CannotStartContainerError: dependency graph: ")


def named(action: Any, name: str) -> bool:
    return getattr(action, "container", None) == name


def test_a_pull_waits_for_what_the_container_depends_on() -> None:
    spec = task(container("db"), waits("app", ("db", "START")))
    assert up(spec, seen(db=CREATED, app=NONE)).actions == (Start("db"),)
    assert up(spec, seen(db=RUNNING, app=NONE)).actions == (Resolve("app"),)


def test_a_dependency_without_a_health_check_is_never_healthy() -> None:
    spec = task(container("db"), waits("app", ("db", "HEALTHY")))
    (action,) = up(spec, seen(db=RUNNING, app=NONE)).actions
    assert isinstance(action, Settle)


def test_a_dependency_that_does_not_exist_is_never_met() -> None:
    spec = task(waits("app", ("ghost", "START")))
    (action,) = up(spec, seen(app=NONE)).actions
    assert action == Settle(
        "app",
        143,
        "CannotStartContainerError: dependency graph: container ordering dependency [ghost] for "
        "target [app] does not exist.",
    )


def test_volumes_from_waits_for_the_creation_and_links_for_the_start() -> None:
    source = VolumesFrom(container="db")
    spec = task(container("db"), container("app", volumes_from=(source,)))
    assert Create("app") not in up(spec, seen(db=PULLED, app=PULLED)).actions
    assert Create("app") in up(spec, seen(db=CREATED, app=PULLED)).actions
    spec = task(container("db"), container("app", links=("db:database",)))
    assert Create("app") not in up(spec, seen(db=CREATED, app=PULLED)).actions
    assert Create("app") in up(spec, seen(db=RUNNING, app=PULLED)).actions


def test_a_start_timeout_belongs_to_the_container_that_is_waited_for() -> None:
    spec = task(
        container("db", health_check=CHECK, start_timeout_s=30),
        waits("app", ("db", "HEALTHY"), start_timeout_s=1),
    )
    observed = seen(db=RUNNING, app=NONE)
    assert up(spec, observed, 1019.9) == Plan(deadline=1020.0)
    (action,) = up(spec, observed, 1020.0).actions
    assert action == Settle(
        "app",
        143,
        "CannotStartContainerError: dependency graph: container ordering dependency [db] for "
        "target [app] has timed out.",
    )


def test_a_start_timeout_does_not_bound_a_mere_start() -> None:
    spec = task(container("db", start_timeout_s=1), waits("app", ("db", "START")))
    assert up(spec, seen(db=RUNNING, app=PULLED), 5000.0).actions == (Create("app"),)


def test_a_circle_of_dependencies_fails_the_task() -> None:
    spec = task(waits("a", ("b", "START")), waits("b", ("a", "START")))
    assert up(spec, seen(a=NONE, b=NONE)).actions == (
        Fail(
            f"TaskDependencyError: Task dependencies cannot be resolved, taskArn: {spec.task_arn}"
        ),
    )


def test_an_unhealthy_container_is_left_alone() -> None:
    spec = task(container("a", health_check=CHECK))
    sick = ContainerSeen(status="RUNNING", docker_id="d", started_at=1, health="UNHEALTHY")
    assert up(spec, seen(a=sick)).actions == ()


# --- ends -----------------------------------------------------------------------------------


def test_the_end_of_an_essential_container_stops_the_others() -> None:
    spec = task(container("a"), container("b"))
    assert up(spec, seen(a=stopped(0), b=RUNNING)) == Plan((Signal("b"),), deadline=1000.5)


def test_the_end_of_a_container_that_is_not_essential_changes_nothing() -> None:
    spec = task(container("a", essential=False), container("b"))
    observed = seen(a=stopped(1), b=RUNNING)
    assert up(spec, observed) == Plan()
    assert phase(spec, "RUNNING", observed) == "RUNNING"


POLICY = RestartPolicy(attempt_period_s=5, ignored_exit_codes=(0,))


@pytest.mark.parametrize(
    ("ended", "restarts"),
    [
        (stopped(1), True),
        (stopped(0), False),
        (stopped(1, finished_at=994.9), False),
        (stopped(1, restarted_at=991.0), False),
        (stopped(1, restarted_at=990.0), True),
        (stopped(1, may_restart=False), False),
        (stopped(1, error="CannotStartContainerError: x"), False),
        (stopped(None), False),
        (stopped(1, signalled_at=994.0), False),
    ],
)
def test_a_restart_policy_restarts_what_ran_for_its_period(
    ended: ContainerSeen, restarts: bool
) -> None:
    spec = task(container("a", restart_policy=POLICY), container("b"))
    actions = up(spec, seen(a=ended, b=RUNNING)).actions
    assert actions == ((Restart("a"),) if restarts else (Signal("b"),))


def test_nothing_is_restarted_once_the_task_is_to_stop() -> None:
    spec = task(container("a", restart_policy=POLICY))
    assert down(spec, seen(a=stopped(1))).actions == ()


# --- the way down ---------------------------------------------------------------------------


def test_what_others_depend_on_stops_after_them() -> None:
    spec = task(
        container("db"),
        waits("app", ("db", "START"), stop_timeout_s=3),
        container("side", volumes_from=(VolumesFrom(container="app"),)),
    )
    assert down(spec, seen(db=RUNNING, app=RUNNING, side=RUNNING)).actions == (Signal("side"),)
    gone = stopped(0)
    plan = down(spec, seen(db=RUNNING, app=RUNNING, side=gone))
    assert plan == Plan((Signal("app"),), deadline=1003.0)
    assert down(spec, seen(db=RUNNING, app=gone, side=gone)).actions == (Signal("db"),)


def test_a_deaf_container_is_killed_after_its_timeout_and_again_and_then_given_up() -> None:
    spec = task(container("a", stop_timeout_s=30))

    def deaf(**members: Any) -> TaskSeen:
        return seen(a=ContainerSeen(status="RUNNING", docker_id="d", started_at=1, **members))

    assert down(spec, deaf(signalled_at=1000.0), 1029.0) == Plan(deadline=1030.0)
    assert down(spec, deaf(signalled_at=1000.0), 1030.0) == Plan((Kill("a"),), deadline=1040.0)
    killed = deaf(signalled_at=1000.0, killed_at=1030.0, kills=1)
    assert down(spec, killed, 1039.0) == Plan(deadline=1040.0)
    assert down(spec, killed, 1040.0).actions == (Kill("a"),)
    survived = deaf(signalled_at=1000.0, killed_at=1070.0, kills=5)
    assert down(spec, survived, 1080.0).actions == (
        Settle("a", None, "CannotStopContainerError: it did not end after 5 kills"),
    )


def test_what_never_ran_is_settled_without_the_engine() -> None:
    spec = task(*(container(each) for each in "abcd"))
    pulling = ContainerSeen(doing="PULL")
    plan = down(spec, seen(a=NONE, b=PULLED, c=CREATED, d=pulling))
    assert plan.actions == (Settle("a"), Settle("b"), Settle("c"), Abandon("d"))


def test_a_start_under_way_is_awaited_and_then_stopped() -> None:
    spec = task(container("a"))
    starting = ContainerSeen(status="CREATED", docker_id="d", doing="START")
    assert down(spec, seen(a=starting)) == Plan()
    assert down(spec, seen(a=RUNNING)).actions == (Signal("a"),)


def test_the_loss_of_the_holder_fails_the_task() -> None:
    spec = task(container("a"), container("b"), network_mode="awsvpc")
    lost = TaskSeen(containers={"a": RUNNING, "b": RUNNING}, prepared=True, holder=stopped(137))
    (action,) = up(spec, lost).actions
    assert isinstance(action, Fail)
    assert action.error.startswith("ContainerNetworkingError: ")


# --- removal --------------------------------------------------------------------------------


def test_nothing_is_removed_before_it_is_told_to_and_then_everything() -> None:
    spec = task(container("a"), container("b"), network_mode="awsvpc")
    both = {"a": stopped(0), "b": ContainerSeen(status="STOPPED")}
    observed = TaskSeen(containers=both, prepared=True, holder=RUNNING)
    assert down(spec, observed).actions == ()
    wanted = next_actions(spec, "REMOVED", observed, NOW)
    assert wanted.actions == (Remove("a"), RemoveHolder())
    gone = TaskSeen(
        containers={"a": stopped(0, gone=True), "b": ContainerSeen(status="STOPPED")},
        holder=ContainerSeen(status="RUNNING", docker_id="h", gone=True),
    )
    assert next_actions(spec, "REMOVED", gone, NOW).actions == (Release(),)


def test_a_task_that_is_to_be_removed_while_it_runs_is_stopped_first() -> None:
    spec = task(container("a"))
    assert next_actions(spec, "REMOVED", seen(a=RUNNING), NOW).actions == (Signal("a"),)


@pytest.mark.parametrize(
    ("desired", "observed", "word"),
    [
        ("RUNNING", TaskSeen(containers={"a": NONE}), "ACCEPTED"),
        ("RUNNING", TaskSeen(containers={"a": NONE}, preparing=True), "PREPARING"),
        ("RUNNING", TaskSeen(containers={"a": PULLED}), "PREPARING"),
        ("RUNNING", seen(a=RUNNING), "RUNNING"),
        ("STOPPED", seen(a=RUNNING), "STOPPING"),
        ("RUNNING", TaskSeen(containers={"a": RUNNING}, error="X: y"), "STOPPING"),
        ("RUNNING", seen(a=stopped(0)), "STOPPED"),
        ("RUNNING", seen(a=stopped(0, doing="COLLECT")), "STOPPING"),
        ("REMOVED", seen(a=stopped(0, doing="REMOVE")), "STOPPED"),
        ("REMOVED", TaskSeen(containers={"a": stopped(0, gone=True)}, released=True), "REMOVED"),
    ],
)
def test_one_word_says_how_far_a_task_is(desired: Any, observed: TaskSeen, word: str) -> None:
    assert phase(task(container("a")), desired, observed) == word
