"""Scale-in protection: whose it is, how long it lasts, and when it is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from conftest import TurnedClock
from ecs_asking import Asked, task
from homeport.runtime import Call
from homeport.services.ecs import errors
from homeport.services.ecs.queries.tasks import find_task
from homeport.store import Store
from known_services import put, service, task_of


@pytest.fixture
def ecs(store: Store, call: Callable[..., Call]) -> Asked:
    asked = Asked(store, call)
    asked.store.write(lambda tx: put(tx, service(desired_count=2)))
    return asked


def arn(number: int) -> str:
    return task(number).arn


def protect(ecs: Asked, *numbers: int, enabled: bool = True, **request: Any) -> Any:
    members: dict[str, Any] = {
        "cluster": "default",
        "tasks": [arn(number) for number in numbers],
        "protectionEnabled": enabled,
    }
    return ecs("UpdateTaskProtection", **(members | request))


def protected(ecs: Asked, *numbers: int) -> list[bool]:
    tasks = [arn(number) for number in numbers]
    answer = ecs("GetTaskProtection", cluster="default", tasks=tasks)
    return [each["protectionEnabled"] for each in answer["protectedTasks"]]


def test_a_task_is_protected_for_two_hours_unless_said_otherwise(
    ecs: Asked, clock: TurnedClock
) -> None:
    ecs.add_tasks(task_of(1), task_of(2))
    answer = protect(ecs, 1)
    told = {
        "taskArn": arn(1),
        "protectionEnabled": True,
        "expirationDate": clock.at + 7_200,
    }
    assert answer == {"protectedTasks": [told], "failures": []}
    assert ecs("GetTaskProtection", cluster="default", tasks=[arn(1), arn(2)]) == {
        "protectedTasks": [told, {"taskArn": arn(2), "protectionEnabled": False}],
        "failures": [],
    }
    answer = protect(ecs, 2, expiresInMinutes=1)
    assert answer["protectedTasks"][0]["expirationDate"] == clock.at + 60


def test_protection_ends_by_itself_and_each_call_begins_it_anew(
    ecs: Asked, clock: TurnedClock
) -> None:
    ecs.add_tasks(task_of(1))
    protect(ecs, 1, expiresInMinutes=10)
    clock.turn(540)
    protect(ecs, 1, expiresInMinutes=10)
    clock.turn(599)
    assert protected(ecs, 1) == [True]
    clock.turn(1)
    assert protected(ecs, 1) == [False]


def test_protection_lasts_as_long_as_the_time_scale_says(ecs: Asked, clock: TurnedClock) -> None:
    clock.time_scale = 60.0
    ecs.add_tasks(task_of(1))
    (shown,) = protect(ecs, 1, expiresInMinutes=60)["protectedTasks"]
    assert shown["expirationDate"] == clock.at + 60


def test_protection_can_be_ended(ecs: Asked) -> None:
    ecs.add_tasks(task_of(1))
    protect(ecs, 1)
    answer = protect(ecs, 1, enabled=False, expiresInMinutes=100_000)
    assert answer["protectedTasks"] == [{"taskArn": arn(1), "protectionEnabled": False}]
    assert protected(ecs, 1) == [False]
    found = ecs.store.read(lambda tx: find_task(tx, arn(1)))
    assert found is not None
    assert found.protected_until is None


def test_the_scheduler_of_the_service_is_told_and_the_task_keeps_its_version(
    ecs: Asked, store: Store
) -> None:
    ecs.add_tasks(task_of(1))
    heard: list[tuple[str, str]] = []
    store.feed.listen(lambda changes: heard.extend((each.kind, each.key) for each in changes))
    protect(ecs, 1)
    assert ("service", service().arn) in heard
    assert "event" not in {kind for kind, _ in heard}


def test_only_tasks_of_services_can_be_protected(ecs: Asked) -> None:
    over = {"last_status": "STOPPED", "desired_status": "STOPPED"}
    ecs.add_tasks(task(1), task_of(2), task_of(3, **over))
    answer = protect(ecs, 1, 2, 3, 4)
    assert [each["taskArn"] for each in answer["protectedTasks"]] == [arn(2)]
    assert answer["failures"] == [
        {"arn": arn(1), "reason": "TASK_NOT_VALID"},
        {"arn": arn(3), "reason": "TASK_NOT_VALID", "detail": "The task is stopped."},
        {"arn": arn(4), "reason": "MISSING"},
    ]
    answer = ecs("GetTaskProtection", cluster="default", tasks=[arn(1), arn(3), arn(4)])
    assert answer == {
        "protectedTasks": [{"taskArn": arn(3), "protectionEnabled": False}],
        "failures": [
            {"arn": arn(1), "reason": "TASK_NOT_VALID"},
            {"arn": arn(4), "reason": "MISSING"},
        ],
    }


def test_no_more_tasks_are_protected_than_the_service_wants(ecs: Asked, clock: TurnedClock) -> None:
    ecs.add_tasks(*(task_of(number) for number in range(1, 5)))
    answer = protect(ecs, 1, 2, 3)
    assert [each["taskArn"] for each in answer["protectedTasks"]] == [arn(1), arn(2)]
    assert answer["failures"] == [
        {
            "arn": arn(3),
            "reason": "DEPLOYMENT_BLOCKED",
            "detail": ("The service would have more protected tasks than its desired count of 2."),
        }
    ]
    assert protected(ecs, 1, 2, 3) == [True, True, False]
    assert protect(ecs, 1, 2)["failures"] == []  # Those that are protected may go on to be.
    assert [each["reason"] for each in protect(ecs, 4)["failures"]] == ["DEPLOYMENT_BLOCKED"]
    protect(ecs, 1, enabled=False)
    assert protect(ecs, 4)["failures"] == []
    clock.turn(7_200)
    assert protect(ecs, 1, 3)["failures"] == []


def test_a_protected_task_that_stopped_takes_no_ones_place(ecs: Asked) -> None:
    over = {"last_status": "STOPPED", "desired_status": "STOPPED"}
    ecs.add_tasks(*(task_of(n, protected_until=4e9, **over) for n in (1, 2)), task_of(3))
    assert protect(ecs, 3)["failures"] == []


def test_services_are_counted_apart(ecs: Asked) -> None:
    ecs.store.write(lambda tx: put(tx, service("other", desired_count=1)))
    ecs.add_tasks(task_of(1), task_of(2), task_of(3, name="other"), task_of(4, name="other"))
    answer = protect(ecs, 1, 3, 2, 4)
    assert [each["taskArn"] for each in answer["protectedTasks"]] == [arn(1), arn(3), arn(2)]
    assert [each["arn"] for each in answer["failures"]] == [arn(4)]


def test_without_tasks_those_of_the_cluster_that_are_protected_are_shown(ecs: Asked) -> None:
    ecs.add_tasks(task_of(1), task_of(2), task(3))
    protect(ecs, 2)
    answer = ecs("GetTaskProtection", cluster="default")
    assert [each["taskArn"] for each in answer["protectedTasks"]] == [arn(2)]
    assert answer["failures"] == []


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"tasks": []}, "Tasks cannot be empty."),
        ({"tasks": ["0" * 32] * 11}, "Tasks cannot have more than 10 elements."),
        ({"tasks": ["short"]}, "taskId length should be one of [32,36]"),
        ({"expiresInMinutes": 0}, "expiresInMinutes must be between 1 and 2880."),
        ({"expiresInMinutes": 2_881}, "expiresInMinutes must be between 1 and 2880."),
    ],
)
def test_what_makes_no_sense_is_refused(ecs: Asked, request_: dict[str, Any], message: str) -> None:
    ecs.add_tasks(task_of(1))
    with pytest.raises(errors.InvalidParameterException) as raised:
        protect(ecs, 1, **request_)
    assert raised.value.message == message


def test_a_hundred_tasks_can_be_looked_at_in_an_existing_cluster(ecs: Asked) -> None:
    with pytest.raises(errors.InvalidParameterException) as raised:
        ecs("GetTaskProtection", cluster="default", tasks=["0" * 32] * 101)
    assert raised.value.message == "Tasks cannot have more than 100 elements."
    with pytest.raises(errors.ClusterNotFoundException):
        ecs("GetTaskProtection", cluster="none")
