"""What becomes of runs, and whether another follows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.jobs.plan.room import is_no_room, is_no_room_error, is_nobody_there, reasons
from homeport.services.jobs.plan.run_ends import (
    differs_by_container,
    failed_tasks,
    is_retried,
    lost_task,
    seen_run,
    seen_task,
)
from homeport.services.jobs.records.runs import Outcome, Run, RunTask

LIMIT = (
    "Task stopped because it ran longer than its time limit of 30 seconds "
    "(tag homeport:time-limit)."
)


def run(**members: Any) -> Run:
    plain = {
        "id": "r",
        "firing_id": "f",
        "source": "s",
        "lane": "l",
        "account": "a",
        "region": "r",
        "number": 1,
        "requested_at": 0.0,
    }
    return Run(**(plain | members))


def shown(*codes: int | None, code: str = "EssentialContainerExited", reason: str = "") -> RunTask:
    """A task that is STOPPED; its containers are a, b, ...; those before the last are essential."""
    names = "abcdef"[: len(codes)]
    told = {
        "lastStatus": "STOPPED",
        "startedAt": 10.0,
        "stoppedAt": 15.0,
        "stopCode": code,
        "stoppedReason": reason,
        "containers": [
            {"name": name} | ({} if of is None else {"exitCode": of})
            for name, of in zip(names, codes, strict=True)
        ],
    }
    return seen_task(RunTask(arn="t"), told, essential=["a", "b"])


@pytest.mark.parametrize(
    ("task", "outcome"),
    [
        (shown(0), "SUCCEEDED"),
        (shown(1), "FAILED"),
        (shown(0, 0), "SUCCEEDED"),
        (shown(0, 2), "FAILED"),
        (shown(0, None), "FAILED"),
        (shown(0, 0, 9), "SUCCEEDED"),
        (shown(), "FAILED"),
        (shown(None, code="TaskFailedToStart"), "FAILED"),
        (shown(0, code="SpotInterruption"), "FAILED"),
        (shown(137, code="UserInitiated", reason="enough"), "STOPPED"),
        (shown(137, code="UserInitiated", reason=LIMIT), "TIMED_OUT"),
        (shown(0, code="UserInitiated", reason="about homeport:time-limit"), "STOPPED"),
    ],
)
def test_what_a_task_came_to(task: RunTask, outcome: Outcome) -> None:
    assert task.outcome == outcome


def test_a_task_that_is_not_stopped_only_has_its_start() -> None:
    task = seen_task(RunTask(arn="t"), {"lastStatus": "RUNNING", "startedAt": 3.0}, ["a"])
    assert task == RunTask(arn="t", started_at=3.0)
    assert seen_task(RunTask(arn="t"), {"lastStatus": "PENDING"}, []) == RunTask(arn="t")


@given(
    st.lists(st.sampled_from([None, 0, 1, 137]), max_size=4),
    st.sampled_from(["", "EssentialContainerExited", "UserInitiated", "TaskFailedToStart"]),
    st.sets(st.sampled_from("abcd")),
)
def test_which_containers_are_essential_matters_only_where_it_is_said_to(
    codes: list[int | None], code: str, essential: set[str]
) -> None:
    told = {
        "lastStatus": "STOPPED",
        "stopCode": code,
        "containers": [
            {"name": name, "exitCode": of} for name, of in zip("abcd", codes, strict=False)
        ],
    }
    ends = [
        seen_run(run(), [seen_task(RunTask(arn="t"), told, each)], each)
        for each in ((), tuple(sorted(essential)))
    ]
    assert ends[0] == ends[1] or differs_by_container(told)
    assert not differs_by_container(told | {"lastStatus": "RUNNING"})


def test_a_run_spans_its_tasks_and_tells_of_the_worst() -> None:
    first = shown(0)
    last = seen_task(
        RunTask(arn="u"),
        {
            "lastStatus": "STOPPED",
            "startedAt": 12.0,
            "stoppedAt": 40.0,
            "stopCode": "EssentialContainerExited",
            "stoppedReason": "Essential container in task exited",
            "containers": [{"name": "a", "exitCode": 3}],
        },
        ["a"],
    )
    over = seen_run(run(), [first, last], ["a"])
    assert (over.outcome, over.exit_code, over.stop_code) == (
        "FAILED",
        3,
        "EssentialContainerExited",
    )
    assert (over.started_at, over.stopped_at, over.duration_s) == (10.0, 40.0, 30.0)
    assert failed_tasks(over) == 1


def test_a_run_is_not_over_before_its_last_task() -> None:
    still = seen_run(run(), [shown(1), RunTask(arn="u")], ["a"])
    assert (still.outcome, still.stopped_at, still.exit_code) == ("RUNNING", None, None)


def test_a_task_that_ecs_forgot_is_lost_unless_its_end_was_seen() -> None:
    assert lost_task(RunTask(arn="t")).outcome == "LOST"
    assert lost_task(shown(0)).outcome == "SUCCEEDED"
    assert seen_run(run(), [shown(0), lost_task(RunTask(arn="t"))], ["a"]).outcome == "LOST"


@pytest.mark.parametrize(
    ("outcome", "stop_code", "exit_code", "rules", "again"),
    [
        ("FAILED", "EssentialContainerExited", 1, ((), ()), True),
        ("TIMED_OUT", "UserInitiated", 137, ((), ()), True),
        ("STOPPED", "UserInitiated", 137, ((), ()), False),
        ("SUCCEEDED", "EssentialContainerExited", 0, ((), ()), False),
        ("LOST", "", None, ((), ()), False),
        ("FAILED", "EssentialContainerExited", 3, ((3,), ()), True),
        ("FAILED", "EssentialContainerExited", 4, ((3,), ()), False),
        ("FAILED", "EssentialContainerExited", 4, ((), ("EssentialContainerExited",)), True),
        ("TIMED_OUT", "UserInitiated", 137, ((137,), ()), False),
        ("STOPPED", "UserInitiated", 137, ((), ("UserInitiated",)), True),
        ("FAILED", "TaskFailedToStart", None, ((1,), ("TaskFailedToStart",)), True),
        ("SUCCEEDED", "EssentialContainerExited", 0, ((0,), ()), False),
    ],
)
def test_after_which_ends_another_run_follows(
    outcome: Outcome,
    stop_code: str,
    exit_code: int | None,
    rules: tuple[tuple[int, ...], tuple[str, ...]],
    again: bool,
) -> None:
    over = run(
        outcome=outcome,
        stop_code=stop_code,
        exit_code=exit_code,
        retries_left=1,
        retry_exit_codes=rules[0],
        retry_stop_codes=rules[1],
    )
    assert is_retried(over) is again


@given(
    outcome=st.sampled_from(["SUCCEEDED", "FAILED", "STOPPED", "TIMED_OUT", "LOST"]),
    code=st.integers(0, 255),
    codes=st.lists(st.integers(0, 255), max_size=3).map(tuple),
)
def test_without_retries_left_none_follows(
    outcome: Outcome, code: int, codes: tuple[int, ...]
) -> None:
    assert not is_retried(run(outcome=outcome, exit_code=code, retry_exit_codes=codes))


@pytest.mark.parametrize(
    ("said", "waits"),
    [
        ([], False),
        (["RESOURCE:MEMORY"], True),
        (["RESOURCE:CPU", "AGENT"], True),
        (["RESOURCE:CPU", "ATTRIBUTE"], False),
        (["Capacity is unavailable at this time. Please try again later"], True),
    ],
)
def test_what_counts_as_no_room(said: list[str], waits: bool) -> None:
    assert is_no_room([{"reason": each} for each in said]) is waits


@pytest.mark.parametrize(
    ("said", "is_so"),
    [
        ([], False),
        (["AGENT"], True),
        (["AGENT", "AGENT"], True),
        (["AGENT", "RESOURCE:CPU"], False),
    ],
)
def test_nobody_is_there_when_no_agent_is_connected(said: list[str], is_so: bool) -> None:
    assert is_nobody_there([{"reason": each} for each in said]) is is_so


def test_reasons_are_told_once() -> None:
    assert reasons([{"reason": "A"}, {"reason": "B"}, {"reason": "A"}]) == "A, B"
    assert reasons([]) == "RunTask started nothing."
    assert is_no_room_error("No Container Instances were found in your cluster.")
    assert not is_no_room_error("Cluster not found.")
