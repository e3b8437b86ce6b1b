"""Services with boto3 and the stock waiters: their count is kept, whatever happens."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError

from e2e_harness import AwsCliError, Homeport, docker, wait_until
from e2e_services import (
    SLEEP,
    container_of,
    delete_services,
    described,
    ids_of,
    messages,
    sleeper,
    tasks_of,
    until_service,
    until_stable,
)

FAST = {"Delay": 1}
ROLE = "arn:aws:iam::000000000000:role/{}"
ASK = r"""
agent=${ECS_AGENT_URI#http://}; export method=$1 body=$2 host=${agent%%/*} path=/${agent#*/}
nc "$host" 80 -e sh -c '
    printf "%s %s/task-protection/v1/state HTTP/1.0\r\n" "$method" "$path"
    printf "Host: %s\r\nContent-Length: %d\r\n\r\n%s" "$host" ${#body} "$body"
    cat >&2' 2>&1
"""
"""BusyBox's wget sends no PUT."""


def protection(container: str, method: str, body: object = None) -> Any:
    """What a container is answered about the protection of its task."""
    sent = "" if body is None else json.dumps(body)
    answer = docker("exec", container, "sh", "-c", ASK, "ask", method, sent)
    head, _, told = answer.replace("\r", "").partition("\n\n")
    assert " 200 " in head.splitlines()[0], answer
    return json.loads(told)


@pytest.fixture(autouse=True)
def no_service_is_left(homeport: Homeport) -> Iterator[None]:
    yield
    delete_services(homeport)


def test_a_service_of_four_is_stable_for_the_stock_waiter(homeport: Homeport) -> None:
    created = homeport.aws(
        *("ecs", "create-service", "--service-name", "four", "--desired-count", "4"),
        *("--task-definition", sleeper(homeport)),
    )["service"]
    assert (created["status"], created["desiredCount"]) == ("ACTIVE", 4)
    homeport.ecs.get_waiter("services_stable").wait(services=["four"], WaiterConfig=FAST)
    service = described(homeport, "four")
    assert (service["runningCount"], service["pendingCount"]) == (4, 0)
    assert len({container_of(each) for each in tasks_of(homeport, "four")}) == 4
    for task in tasks_of(homeport, "four"):
        assert task["group"] == "service:four"
        assert task["startedBy"] == service["deployments"][0]["id"]
    told = messages(homeport, "four")
    assert told[0].startswith("(service four) has started 4 tasks: (task ")
    assert "(service four) has reached a steady state." in told


def test_a_killed_container_is_replaced(homeport: Homeport) -> None:
    homeport.ecs.create_service(
        serviceName="kept", taskDefinition=sleeper(homeport), desiredCount=2
    )
    until_stable(homeport, "kept", 2)
    before = tasks_of(homeport, "kept")
    docker("kill", container_of(before[0]))
    until_service(homeport, "kept", lambda service: service["runningCount"] < 2)
    until_stable(homeport, "kept", 2)
    dead = homeport.task(before[0]["taskArn"])
    assert dead["stopCode"] == "EssentialContainerExited"
    after = ids_of(homeport, "kept")
    assert before[1]["taskArn"].rpartition("/")[2] in after
    assert before[0]["taskArn"].rpartition("/")[2] not in after


def test_the_count_follows_four_ten_two(homeport: Homeport) -> None:
    homeport.ecs.create_service(
        serviceName="scaled", taskDefinition=sleeper(homeport), desiredCount=4
    )
    first = until_stable(homeport, "scaled", 4)["deployments"][0]["id"]
    homeport.ecs.update_service(service="scaled", desiredCount=10)
    until_stable(homeport, "scaled", 10)
    homeport.ecs.update_service(service="scaled", desiredCount=2)
    service = until_stable(homeport, "scaled", 2)
    assert service["deployments"][0]["id"] == first, "a count is no deployment"
    assert any("has stopped 8 running tasks" in each for each in messages(homeport, "scaled"))
    stopped = homeport.ecs.list_tasks(serviceName="scaled", desiredStatus="STOPPED")["taskArns"]
    assert {homeport.task(each)["stoppedReason"] for each in stopped} == {
        f"Scaling activity initiated by (deployment {first})"
    }


def test_tasks_that_protect_themselves_are_spared_when_the_service_is_scaled_in(
    homeport: Homeport,
) -> None:
    definition = homeport.register(
        "spared", [{"name": "app", "command": SLEEP}], taskRoleArn=ROLE.format("spared")
    )
    homeport.ecs.create_service(serviceName="spared", taskDefinition=definition, desiredCount=3)
    until_stable(homeport, "spared", 3)
    task = tasks_of(homeport, "spared")[2]
    chosen, wish = task["taskArn"], {"ProtectionEnabled": True, "ExpiresInMinutes": 5}
    told = protection(container_of(task), "PUT", wish)["protection"]
    assert (told["TaskArn"], told["ProtectionEnabled"]) == (chosen, True)
    (seen,) = homeport.ecs.get_task_protection(cluster="default", tasks=[chosen])["protectedTasks"]
    assert seen["protectionEnabled"]
    assert timedelta(minutes=4) < seen["expirationDate"] - datetime.now(UTC)
    homeport.ecs.update_service(service="spared", desiredCount=1)
    until_stable(homeport, "spared", 1)
    assert [each["taskArn"] for each in tasks_of(homeport, "spared")] == [chosen]

    homeport.ecs.update_service(service="spared", desiredCount=0)
    wait_until(lambda: any("under protection" in each for each in messages(homeport, "spared")), 10)
    assert len(tasks_of(homeport, "spared")) == 1
    assert protection(container_of(task), "GET")["protection"]["ProtectionEnabled"]
    homeport.ecs.update_task_protection(cluster="default", tasks=[chosen], protectionEnabled=False)
    until_stable(homeport, "spared", 0)


def test_a_name_is_free_again_once_its_service_is_inactive(homeport: Homeport) -> None:
    definition = sleeper(homeport)
    homeport.ecs.create_service(serviceName="again", taskDefinition=definition, desiredCount=2)
    first = until_stable(homeport, "again", 2)
    with pytest.raises(ClientError, match="cannot be stopped while it is scaled above 0"):
        homeport.ecs.delete_service(service="again")
    assert homeport.ecs.delete_service(service="again", force=True)["service"]["status"] == (
        "DRAINING"
    )
    with pytest.raises(ClientError, match="Unable to Start a service that is still Draining"):
        homeport.ecs.create_service(serviceName="again", taskDefinition=definition, desiredCount=1)
    homeport.ecs.get_waiter("services_inactive").wait(services=["again"], WaiterConfig=FAST)
    homeport.ecs.create_service(serviceName="again", taskDefinition=definition, desiredCount=1)
    second = until_stable(homeport, "again", 1)
    assert second["createdAt"] > first["createdAt"]
    assert len(second["events"]) < len(first["events"]) + 2
    assert second["deployments"][0]["id"] != first["deployments"][0]["id"]


def test_an_image_that_never_starts_is_tried_again_later_and_later(homeport: Homeport) -> None:
    definition = homeport.register("never", [{"name": "app", "image": "registry.invalid/none:1"}])
    homeport.ecs.create_service(serviceName="never", taskDefinition=definition, desiredCount=1)
    service = until_service(
        homeport, "never", lambda service: service["deployments"][0]["failedTasks"] >= 3
    )
    assert service["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    unable = "(service never) is unable to consistently start tasks successfully."
    assert unable in messages(homeport, "never")
    stopped = homeport.ecs.list_tasks(serviceName="never", desiredStatus="STOPPED")["taskArns"]
    tasks = homeport.ecs.describe_tasks(tasks=stopped)["tasks"]
    begun = sorted(each["createdAt"] for each in tasks)
    pauses = [(after - before).total_seconds() for before, after in pairwise(begun)]
    assert pauses[0] >= 1
    assert pauses[1] >= 2
    assert "CannotPullContainerError" in tasks[0]["containers"][0]["reason"]


def test_kill_9_while_a_service_starts_loses_and_doubles_nothing(homeport: Homeport) -> None:
    homeport.ecs.create_service(
        serviceName="tough", taskDefinition=sleeper(homeport), desiredCount=8
    )
    homeport.kill()
    homeport.start()
    until_stable(homeport, "tough", 8)
    label = "label=com.amazonaws.ecs.task-definition-family=sleeper"
    wait_until(lambda: len(docker("ps", "-q", "--filter", label).split()) == 8, 10)


def test_update_and_delete_of_what_is_not_there_is_refused(homeport: Homeport) -> None:
    with pytest.raises(AwsCliError, match="ServiceNotFoundException"):
        homeport.aws("ecs", "update-service", "--service", "nobody", "--desired-count", "1")
    with pytest.raises(ClientError, match="ServiceNotFoundException"):
        homeport.ecs.delete_service(service="nobody")
