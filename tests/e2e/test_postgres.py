"""The same tasks with the state in PostgreSQL."""

import os
from collections.abc import Iterator

import pytest

from conftest import fresh_database
from e2e_harness import Homeport, docker
from e2e_services import (
    delete_services,
    ids_of,
    messages,
    sleeper,
    tasks_of,
    until_service,
    until_stable,
)

SERVER = os.environ.get("HOMEPORT_TEST_POSTGRES")


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """A Homeport on a database of its own."""
    if SERVER is None:
        pytest.skip("HOMEPORT_TEST_POSTGRES names no server (make test starts one)")
    with fresh_database(SERVER) as url:
        state = tmp_path_factory.mktemp("postgres") / "state"
        running = Homeport(state, options=("--database", url)).start()
        yield running
        running.down()


def test_a_task_runs_survives_kill_9_and_stops(homeport: Homeport) -> None:
    definition = homeport.register("steady", [{"name": "main", "command": ["sleep", "900"]}])
    arn = homeport.run_task(definition)["taskArn"]
    container = homeport.until_status(arn, "RUNNING")["containers"][0]["runtimeId"]
    homeport.kill()
    homeport.start()
    assert homeport.task(arn)["lastStatus"] == "RUNNING"
    assert container in docker("ps", "-q", "--no-trunc")
    homeport.ecs.stop_task(task=arn)
    stopped = homeport.until_status(arn, "STOPPED")
    assert stopped["containers"][0]["exitCode"] == 137
    assert not (homeport.state_dir / "homeport.db").exists()


def test_fargate_tasks_and_their_exit_codes(homeport: Homeport) -> None:
    definition = homeport.register(
        "batch",
        [{"name": "main", "command": ["sh", "-c", "exit 3"]}],
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
    )
    arn = homeport.run_task(
        definition, launchType="FARGATE", networkConfiguration=homeport.network()
    )["taskArn"]
    stopped = homeport.until_status(arn, "STOPPED")
    assert stopped["containers"][0]["exitCode"] == 3


def test_a_service_is_created_rolled_through_kill_9_and_deleted(homeport: Homeport) -> None:
    first = sleeper(homeport, "rolled")
    homeport.ecs.create_service(
        serviceName="rolled",
        taskDefinition=first,
        desiredCount=3,
        deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100},
    )
    until_stable(homeport, "rolled", 3)
    before = ids_of(homeport, "rolled")
    second = sleeper(homeport, "rolled", cpu=3)
    updated = homeport.ecs.update_service(service="rolled", taskDefinition=second)["service"]
    until_service(homeport, "rolled", lambda service: service["runningCount"] < 3)
    homeport.kill()
    homeport.start()
    service = until_stable(homeport, "rolled", 3)
    assert service["deployments"][0]["id"] == updated["deployments"][0]["id"]
    assert {each["taskDefinitionArn"] for each in tasks_of(homeport, "rolled")} == {second}
    assert not before & ids_of(homeport, "rolled")
    told = messages(homeport, "rolled")
    assert sum(each.endswith("deployment completed.") for each in told) == 2
    delete_services(homeport)
    label = "label=com.amazonaws.ecs.task-definition-family=rolled"
    assert docker("ps", "-q", "--filter", label) == ""
