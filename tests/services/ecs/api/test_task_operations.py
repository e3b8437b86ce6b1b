"""StopTask, DescribeTasks and ListTasks as a client meets them."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from conftest import CountedIds, TurnedClock
from ecs_tasks import FOREIGN, HOME, refused, run
from homeport.contracts.peers import Peers
from homeport.kernel.errors import AwsError
from homeport.services.ecs.errors import (
    ClusterNotFoundException,
    InvalidParameterException,
    ServiceNotFoundException,
)
from homeport.store import Store, Tx
from homeport.store.sqlite import SqliteStore
from ring.driver import Plane
from ring.simulated_node import SimulatedNode
from task_definition_documents import container, document, fargate


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    return Plane(store, clock=clock, ids=ids, peers=peers)


@pytest.fixture
def node(plane: Plane) -> SimulatedNode:
    plane.ask("RegisterTaskDefinition", **document(container(cpu=128)))
    plane.ask("RegisterTaskDefinition", **fargate(family="fargate"))
    return SimulatedNode(plane)


class Counted:
    """How many statements ran."""

    count = 0


@contextmanager
def counted_statements(store: Store) -> Iterator[Counted]:
    counted = Counted()

    def hear(*_: object) -> None:
        counted.count += 1

    def hear_sqlite(statement: str) -> None:
        counted.count += statement.startswith("SELECT")

    if isinstance(store, SqliteStore):
        trace_sqlite(store, hear_sqlite)
        yield counted
        trace_sqlite(store, None)
        return
    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield counted
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def trace_sqlite(store: SqliteStore, hear: Callable[[str], None] | None) -> None:
    """Most statements of SQLite go round SQLAlchemy and its events."""

    def trace(tx: Tx) -> None:
        raw = tx._connection.connection.dbapi_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.set_trace_callback(hear)

    store.write(trace)


# --- StopTask -----------------------------------------------------------------------------------


def test_stopping_twice_is_fine_and_keeps_the_first_reason(
    plane: Plane, node: SimulatedNode
) -> None:
    [task] = run(plane)
    first = plane.ask("StopTask", task=task["taskArn"], reason="one")["task"]
    assert (first["desiredStatus"], first["stopCode"]) == ("STOPPED", "UserInitiated")
    assert first["stoppingAt"] == plane.clock.now()
    assert plane.ask("StopTask", task=task["taskArn"], reason="two")["task"] == first


def test_a_stop_without_a_reason_has_ecs_reason(plane: Plane, node: SimulatedNode) -> None:
    [task] = run(plane)
    stopped = plane.ask("StopTask", task=task["taskArn"])["task"]
    assert stopped["stoppedReason"] == "Task stopped by user"


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("f" * 32, "The referenced task was not found."),
        ("short", "taskId length should be one of [32,36]"),
        ("", "taskId length should be one of [32,36]"),
        (f"{FOREIGN}:task/default/{'f' * 32}", "AccountIDs mismatch"),
        (
            f"{HOME}:task/other/{'f' * 32}",
            "Invalid identifier: Identifier is for cluster other. Your cluster is default",
        ),
    ],
)
def test_a_task_that_is_not_there_cannot_be_stopped(
    plane: Plane, reference: str, text: str
) -> None:
    assert refused(plane, "StopTask", InvalidParameterException, task=reference) == text


def test_a_reason_has_at_most_1024_characters(plane: Plane, node: SimulatedNode) -> None:
    [task] = run(plane)
    plane.ask("StopTask", task=task["taskArn"], reason="x" * 1024)
    refused(plane, "StopTask", InvalidParameterException, task=task["taskArn"], reason="x" * 1025)


# --- DescribeTasks ------------------------------------------------------------------------------


def test_unknown_tasks_are_failures_beside_the_known(plane: Plane, node: SimulatedNode) -> None:
    [task] = run(plane)
    unknown = "f" * 32
    answer = plane.ask("DescribeTasks", tasks=[unknown, task["taskArn"], task["taskArn"]])
    assert [each["taskArn"] for each in answer["tasks"]] == [task["taskArn"]]
    assert answer["failures"] == [{"arn": f"{HOME}:task/default/{unknown}", "reason": "MISSING"}]


def test_describe_takes_one_to_a_hundred(plane: Plane) -> None:
    assert refused(plane, "DescribeTasks", InvalidParameterException, tasks=[]) == (
        "Tasks cannot be empty."
    )
    refused(plane, "DescribeTasks", InvalidParameterException, tasks=["f" * 32] * 101)
    refused(plane, "DescribeTasks", InvalidParameterException, tasks=["f" * 32], include=["X"])


def test_tasks_of_a_deleted_cluster_are_not_found(plane: Plane) -> None:
    plane.ask("CreateCluster", clusterName="gone")
    plane.ask("DeleteCluster", cluster="gone")
    for operation, request in (
        ("DescribeTasks", {"tasks": ["f" * 32]}),
        ("ListTasks", {}),
        ("StopTask", {"task": "f" * 32}),
        ("RunTask", {"taskDefinition": "web"}),
    ):
        refused(plane, operation, ClusterNotFoundException, cluster="gone", **request)


# --- ListTasks ----------------------------------------------------------------------------------


def test_lists_are_filtered_and_paged(plane: Plane, node: SimulatedNode) -> None:
    plane.ask("RegisterTaskDefinition", **document(family="other"))
    mine = sorted(task["taskArn"] for task in run(plane, count=5, startedBy="me"))
    other = [task["taskArn"] for task in run(plane, taskDefinition="other")]

    def listed(**request: Any) -> list[str]:
        return plane.ask("ListTasks", **request)["taskArns"]

    assert listed() == sorted(mine + other)
    assert listed(family="other") == other
    assert listed(startedBy="me") == mine
    assert listed(containerInstance=node.arn, family="web") == mine
    assert listed(launchType="FARGATE") == []
    assert listed(launchType="EC2") == sorted(mine + other)
    assert listed(desiredStatus="PENDING") == []
    first = plane.ask("ListTasks", maxResults=4)
    rest = plane.ask("ListTasks", maxResults=4, nextToken=first["nextToken"])
    assert first["taskArns"] + rest["taskArns"] == sorted(mine + other)
    assert "nextToken" not in rest


def test_stopped_tasks_are_listed_for_an_hour_and_described_longer(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    [task] = run(plane)
    arn = task["taskArn"]
    plane.ask("StopTask", task=arn)
    assert plane.ask("ListTasks") == {"taskArns": []}
    assert plane.ask("ListTasks", desiredStatus="STOPPED") == {"taskArns": [arn]}
    node.settle()
    clock.turn(3599)
    assert plane.ask("ListTasks", desiredStatus="STOPPED") == {"taskArns": [arn]}
    clock.turn(2)
    assert plane.ask("ListTasks", desiredStatus="STOPPED") == {"taskArns": []}
    assert plane.ask("DescribeTasks", tasks=[arn])["tasks"][0]["lastStatus"] == "STOPPED"


@pytest.mark.parametrize(
    ("request_", "error", "text"),
    [
        (
            {"startedBy": "me", "family": "web"},
            InvalidParameterException,
            "When you specify startedBy as the filter, it must be the only filter that you use.",
        ),
        ({"serviceName": "web"}, ServiceNotFoundException, "Service not found."),
        ({"nextToken": "x"}, InvalidParameterException, "Invalid token."),
        ({"maxResults": 101}, InvalidParameterException, "maxResults must be between 1 and 100."),
        (
            {"containerInstance": "f" * 32},
            InvalidParameterException,
            "The referenced container instance was not found.",
        ),
        (
            {"launchType": "X"},
            InvalidParameterException,
            "launch type should be one of [EC2,FARGATE,EXTERNAL]",
        ),
        (
            {"desiredStatus": "X"},
            InvalidParameterException,
            "desiredStatus should be one of [RUNNING,PENDING,STOPPED]",
        ),
    ],
)
def test_a_bad_list_is_refused(
    plane: Plane, request_: dict[str, Any], error: type[AwsError], text: str
) -> None:
    assert refused(plane, "ListTasks", error, **request_) == text


def test_describing_one_task_reads_no_more_among_many(
    store: Store, plane: Plane, node: SimulatedNode
) -> None:
    [task] = run(plane)
    with counted_statements(store) as alone:
        plane.ask("DescribeTasks", tasks=[task["taskArn"]])
    many = [each["taskArn"] for each in run(plane, count=10)]
    with counted_statements(store) as among_many:
        plane.ask("DescribeTasks", tasks=[task["taskArn"]])
    with counted_statements(store) as together:
        plane.ask("DescribeTasks", tasks=many, include=["TAGS"])
    assert alone.count == among_many.count == 2
    assert together.count == 3
