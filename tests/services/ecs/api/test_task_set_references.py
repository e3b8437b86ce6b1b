"""Whose task sets there are and which are meant, their tags, and who hears of their changes."""

from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.services.ecs.errors import (
    InvalidParameterException,
    ServiceNotActiveException,
    ServiceNotFoundException,
    TaskSetNotFoundException,
)
from homeport.store import Change, Store
from ring.driver import Plane
from service_asking import HOME, bus, create, refusal, register
from task_set_asking import (
    NOT_EXTERNAL,
    SET,
    TAGS,
    delete,
    described,
    external,
    make,
    promote,
    scale,
)

Invalid = InvalidParameterException


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    register(plane)
    return plane


# --- whose task sets, and which -----------------------------------------------------------------


@pytest.mark.parametrize("operation", list(SET))
def test_a_service_of_the_ecs_controller_has_none(plane: Plane, operation: str) -> None:
    create(plane)
    assert refusal(plane, operation, Invalid, **SET[operation]) == NOT_EXTERNAL


@pytest.mark.parametrize("operation", list(SET))
def test_a_service_has_to_be_there_and_active(plane: Plane, operation: str) -> None:
    refusal(plane, operation, ServiceNotFoundException, **SET[operation])
    external(plane)
    plane.ask("DeleteService", service="web", force=True)
    refusal(plane, operation, ServiceNotActiveException, **SET[operation])


@pytest.mark.parametrize("operation", [each for each in SET if each != "CreateTaskSet"])
@pytest.mark.parametrize(
    "reference",
    [
        "web",
        "ecs-svc/",
        "ecs-svc/x",
        f"{HOME}:task/default/web",
        f"{HOME}:task-set/default/other/ecs-svc/1",
        f"{HOME}:task-set/two/web/ecs-svc/1",
        "arn:nothing",
    ],
)
def test_what_names_no_task_set_of_the_service_is_invalid(
    plane: Plane, operation: str, reference: str
) -> None:
    external(plane)
    request = dict(SET[operation])
    for name in set(request) & {"taskSet", "primaryTaskSet", "taskSets"}:
        request[name] = [reference] if name == "taskSets" else reference
    told = refusal(plane, operation, Invalid, **request)
    assert told == "Task Set Identifier is invalid"


def test_one_that_is_not_there_is_not_found(plane: Plane) -> None:
    external(plane)
    assert _refusal_of_delete(plane, "ecs-svc/1", TaskSetNotFoundException) == (
        "The specified task set wasn't found."
    )


def test_task_sets_are_described_by_name_only(plane: Plane) -> None:
    external(plane)
    for nothing in ({}, {"taskSets": []}):
        asked = {"cluster": "default", "service": "web", **nothing}
        assert refusal(plane, "DescribeTaskSets", Invalid, **asked) == "TaskSets cannot be empty."


# --- tags, and who hears of it ------------------------------------------------------------------


def test_a_task_set_carries_tags_until_it_is_gone(plane: Plane) -> None:
    external(plane)
    arn = make(plane)["taskSetArn"]
    plane.ask("TagResource", resourceArn=arn, tags=TAGS)
    assert plane.ask("ListTagsForResource", resourceArn=arn) == {"tags": TAGS}
    plane.ask("UntagResource", resourceArn=arn, tagKeys=["team"])
    assert plane.ask("ListTagsForResource", resourceArn=arn) == {"tags": []}
    delete(plane, arn)
    plane.drain()
    told = refusal(plane, "ListTagsForResource", Invalid, resourceArn=arn)
    assert told.startswith("The specified task set was not found.")


def test_every_change_is_announced(plane: Plane, store: Store) -> None:
    external(plane)
    heard: list[Change] = []
    stop = store.feed.listen(heard.extend)

    def news() -> bool:
        found = Change("task set", arn) in heard
        heard.clear()
        return found

    made = make(plane)
    arn = made["taskSetArn"]
    assert news()
    plane.drain()  # It is steady: it has the no tasks that it should have.
    assert news()
    assert described(plane, made["id"])["stabilityStatus"] == "STEADY_STATE"
    plane.sweep()
    assert not news()
    scale(plane, made["id"], 50)
    assert news()
    promote(plane, made["id"])
    assert news()
    delete(plane, made["id"], force=True)
    assert news()
    plane.drain()
    assert news()
    stop()


def test_eventbridge_hears_that_a_task_set_is_steady(plane: Plane) -> None:
    external(plane)
    make(plane)
    plane.drain()
    names = [b"TASKSET_STEADY_STATE", b"SERVICE_STEADY_STATE"]
    told = [each.body for each in bus(plane)]
    assert [name for body in told for name in names if b'"' + name in body] == names


def _refusal_of_delete(plane: Plane, reference: str, error: type[Any] = Invalid) -> str:
    asked = {"cluster": "default", "service": "web", "taskSet": reference}
    return refusal(plane, "DeleteTaskSet", error, **asked)
