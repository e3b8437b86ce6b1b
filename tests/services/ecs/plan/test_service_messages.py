"""The sentences of service events and of EventBridge, as they were captured from ECS."""

import re
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.ecs.plan.service import messages

TASK = "arn:aws:ecs:us-east-1:000000000000:task/default/8378fd0fc0d744109128c8d6a0b71524"
OTHER = "a25c6c790e254b4791ba6806c0541c63"
INSTANCE = "arn:aws:ecs:us-east-1:000000000000:container-instance/default/2811a2a83e7d47f5a6fe6307"
ID = "ecs-svc/1675294001379389663"
MORE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
NO_PLACE = (
    "(service web) was unable to place a task because no container instance met all of its"
    " requirements."
)
CLOSEST = f"{NO_PLACE} The closest matching (container-instance 2811a2a83e7d47f5a6fe6307)"


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (messages.steady("web"), "(service web) has reached a steady state."),
        (messages.stopped_pending("web", 2), "(service web) stopped 2 pending tasks."),
        (
            messages.unhealthy_container("web", TASK),
            "(service web) (task 8378fd0fc0d744109128c8d6a0b71524) failed container health checks.",
        ),
        (
            messages.deployment_completed("web", ID),
            "(service web) (deployment ecs-svc/1675294001379389663) deployment completed.",
        ),
        (
            messages.deployment_failed("web", ID),
            (
                "(service web) (deployment ecs-svc/1675294001379389663) deployment failed:"
                " tasks failed to start."
            ),
        ),
        (
            messages.rolling_back("web", ID),
            "(service web) rolling back to deployment ecs-svc/1675294001379389663.",
        ),
        (
            messages.no_instances("web"),
            f"{NO_PLACE} Reason: No Container Instances were found in your cluster. {MORE}",
        ),
        (
            messages.no_instances("web", in_capacity_provider=True),
            (
                "(service web) was unable to reach steady state. Reason: No Container Instances"
                " were found in your capacity provider."
            ),
        ),
        (
            messages.no_capacity("web"),
            (
                "(service web) was unable to place a task. Reason: Capacity is unavailable at this"
                f" time. Please try again later or in a different availability zone. {MORE}"
            ),
        ),
        (
            messages.cannot_start("web", "CannotPullContainerError: pull image: not found"),
            (
                "(service web) was unable to place a task. Reason: CannotPullContainerError: pull"
                " image: not found."
            ),
        ),
        (
            messages.cannot_start("web", "TaskDefinition not found."),
            "(service web) was unable to place a task. Reason: TaskDefinition not found.",
        ),
        (
            messages.blocked("web"),
            (
                "(service web) was unable to stop or start tasks during a deployment because of the"
                " service deployment configuration. Update the minimumHealthyPercent or"
                " maximumPercent value and try again."
            ),
        ),
        (
            messages.impaired("web"),
            "(service web) is unable to consistently start tasks successfully.",
        ),
        (
            messages.protected("web", ID, 2),
            (
                "(service web) was unable to reach steady state because (taskSet"
                " ecs-svc/1675294001379389663) was unable to scale in due to (reason 2 tasks under"
                " protection)"
            ),
        ),
        (
            messages.balanced("web", {"eu-1b": 1, "eu-1c": 2, "eu-1a": 2}),
            (
                "(service web) is AZ balanced with 2 tasks in eu-1a, 2 tasks in eu-1c,"
                " 1 tasks in eu-1b."
            ),
        ),
        (
            messages.not_balanced("web", {"eu-1a": 1, "eu-1b": 3, "eu-1c": 0}),
            (
                "(service web) is not AZ balanced with 3 tasks in eu-1b, 1 tasks in eu-1a,"
                " 0 tasks in eu-1c. AZ Rebalancing in progress."
            ),
        ),
        (messages.in_progress(ID), "ECS deployment ecs-svc/1675294001379389663 in progress."),
        (messages.completed(ID), "ECS deployment ecs-svc/1675294001379389663 completed."),
        (
            messages.turning_back(ID),
            (
                "ECS deployment circuit breaker: rolling back to deploymentId"
                " ecs-svc/1675294001379389663."
            ),
        ),
        (messages.BREAKER_TRIPPED, "ECS deployment circuit breaker: tasks failed to start."),
        (messages.BREAKER_TRIPPED_EVENT, "ECS deployment circuit breaker: task failed to start."),
    ],
)
def test_the_sentences_are_those_of_ecs(told: str, sentence: str) -> None:
    assert told == sentence


@pytest.mark.parametrize(
    ("why", "end"),
    [
        ("RESOURCE:CPU", "has insufficient CPU units available."),
        ("RESOURCE:MEMORY", "has insufficient memory available."),
        ("RESOURCE:PORTS", "is already using a port required by your task."),
        ("ATTRIBUTE", "is missing an attribute required by your task."),
        ("AGENT", 'encountered error "AGENT".'),
        ("RESOURCE:GPU", 'encountered error "RESOURCE:GPU".'),
        (
            "MemberOf placement constraint unsatisfied.",
            'encountered error "MemberOf placement constraint unsatisfied.".',
        ),
    ],
)
def test_a_failed_placement_says_what_the_closest_instance_lacks(why: str, end: str) -> None:
    assert messages.no_place("web", INSTANCE, why) == f"{CLOSEST} {end} {MORE}"


# --- sentences that list tasks ---------------------------------------------------------------


def test_started_tasks_are_listed_with_their_ids() -> None:
    assert messages.started("web", [TASK]) == (
        "(service web) has started 1 tasks: (task 8378fd0fc0d744109128c8d6a0b71524).",
    )
    assert messages.started("web", [TASK, OTHER]) == (
        (
            "(service web) has started 2 tasks: (task 8378fd0fc0d744109128c8d6a0b71524)"
            " (task a25c6c790e254b4791ba6806c0541c63)."
        ),
    )


def test_tasks_started_for_unhealthy_ones_say_so() -> None:
    assert messages.started("web", [OTHER], replaced=1) == (
        (
            "(service web) has started 1 tasks: (task a25c6c790e254b4791ba6806c0541c63)."
            " Amazon ECS replaced 1 tasks due to an unhealthy status."
        ),
    )


def test_tasks_started_to_rebalance_name_their_zone() -> None:
    assert messages.started_to_rebalance("web", "eu-1a", [OTHER]) == (
        (
            "(service web) has started 1 tasks in eu-1a to AZ Rebalance:"
            " (task a25c6c790e254b4791ba6806c0541c63)."
        ),
    )


def test_stopped_tasks_are_listed_with_their_ids() -> None:
    assert messages.stopped_running("web", [OTHER, TASK]) == (
        (
            "(service web) has stopped 2 running tasks: (task a25c6c790e254b4791ba6806c0541c63)"
            " (task 8378fd0fc0d744109128c8d6a0b71524)."
        ),
    )


def test_nothing_is_told_of_no_tasks() -> None:
    assert messages.started("web", []) == ()
    assert messages.started("web", [], replaced=3) == ()
    assert messages.started_to_rebalance("web", "eu-1a", []) == ()
    assert messages.stopped_running("web", []) == ()


@given(st.integers(0, 450), st.integers(0, 450))
def test_every_task_is_told_once_and_at_most_100_in_a_sentence(count: int, replaced: int) -> None:
    ids = [f"t{number}" for number in range(count)]
    told = messages.started("web", ids, replaced=replaced)
    heads = [sentence.partition(":")[0] for sentence in told]
    sizes = [sentence.count("(task ") for sentence in told]
    assert heads == [f"(service web) has started {size} tasks" for size in sizes]
    assert all(size == 100 for size in sizes[:-1])
    assert sum(sizes) == count
    assert [each for sentence in told for each in re.findall(r"task (t\d+)\)", sentence)] == ids
    endings = [" Amazon ECS replaced" in sentence for sentence in told]
    assert not any(endings[:-1])
    assert endings[-1:] == [replaced > 0] * bool(count)


# --- why a task was stopped ------------------------------------------------------------------


@pytest.mark.parametrize("why", ["scaling", "superseded", "draining", "rebalanced", "deleted"])
def test_a_task_that_is_stopped_names_the_deployment_it_is_of(why: str) -> None:
    reason = "Scaling activity initiated by (deployment ecs-svc/1675294001379389663)"
    assert messages.stop_reason(why, ID) == reason


def test_a_task_that_is_stopped_as_unhealthy_says_why() -> None:
    assert messages.stop_reason("unhealthy", ID) == "Task failed container health checks"


# --- EventBridge -----------------------------------------------------------------------------


def shown(detail: msgspec.Struct) -> object:
    return msgspec.json.decode(msgspec.json.encode(detail))


def test_a_service_action_has_only_what_there_is_to_say() -> None:
    action = messages.service_action("INFO", "SERVICE_STEADY_STATE", "arn:c", at=1574191642.695)
    assert shown(action) == {
        "eventType": "INFO",
        "eventName": "SERVICE_STEADY_STATE",
        "clusterArn": "arn:c",
        "createdAt": "2019-11-19T19:27:22.695Z",
    }
    failure = messages.service_action(
        "ERROR",
        "SERVICE_TASK_PLACEMENT_FAILURE",
        "arn:c",
        at=1574191642.0,
        reason="RESOURCE:CPU",
        instance_arns=["arn:i"],
    )
    assert shown(failure) == {
        "eventType": "ERROR",
        "eventName": "SERVICE_TASK_PLACEMENT_FAILURE",
        "clusterArn": "arn:c",
        "createdAt": "2019-11-19T19:27:22.000Z",
        "reason": "RESOURCE:CPU",
        "containerInstanceArns": ["arn:i"],
    }


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("SERVICE_DEPLOYMENT_IN_PROGRESS", "INFO"),
        ("SERVICE_DEPLOYMENT_COMPLETED", "INFO"),
        ("SERVICE_DEPLOYMENT_FAILED", "ERROR"),
    ],
)
def test_a_deployment_change_is_as_grave_as_its_name(name: str, level: str) -> None:
    change = messages.deployment_change(name, ID, "why", at=1658315301.049, cluster_arn="arn:c")
    assert shown(change) == {
        "eventType": level,
        "eventName": name,
        "deploymentId": ID,
        "updatedAt": "2022-07-20T11:08:21.049Z",
        "reason": "why",
        "clusterArn": "arn:c",
    }


@given(st.floats(0, 4102444800))
def test_event_times_are_utc_and_lose_less_than_a_millisecond(at: float) -> None:
    shown = messages.event_time(at)
    assert len(shown) == len("2019-11-19T19:27:22.695Z")
    parsed = datetime.strptime(shown, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert at - 0.0011 < parsed.timestamp() < at + 0.0001
