"""Deployments of services: bounds hold while a client calls, failures are turned back from.

Time passes twenty times as fast here, health checks and ECS's 40 seconds included.
"""

import math
from collections.abc import Iterator

import pytest

from e2e_harness import Homeport, docker, wait_until
from e2e_services import (
    SLEEP,
    container_of,
    delete_services,
    described,
    messages,
    server,
    sleeper,
    story,
    tasks_of,
    until_service,
    until_stable,
)
from e2e_watch import Watch

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    where = tmp_path_factory.mktemp("rollouts") / "state"
    running = Homeport(where, options=("--time-scale", "20"))
    running.start()
    yield running
    running.down()


@pytest.fixture(autouse=True)
def no_service_is_left(homeport: Homeport) -> Iterator[None]:
    yield
    delete_services(homeport)


@pytest.mark.parametrize(("minimum", "maximum"), [(50, 100), (100, 150), (100, 200)])
def test_a_rolling_update_stays_within_its_bounds_while_a_client_calls(
    homeport: Homeport, minimum: int, maximum: int
) -> None:
    count, family = 4, f"rolling-{minimum}-{maximum}"
    homeport.ecs.create_service(
        serviceName="rolling",
        taskDefinition=server(homeport, family),
        desiredCount=count,
        launchType="FARGATE",
        networkConfiguration=homeport.network(),
        deploymentConfiguration={
            "minimumHealthyPercent": minimum,
            "maximumPercent": maximum,
        },
    )
    until_stable(homeport, "rolling", count)
    with Watch(homeport, "rolling", family).watching() as watch:
        second = server(homeport, family)
        homeport.ecs.update_service(service="rolling", taskDefinition=second)
        service = until_stable(homeport, "rolling", count)
    assert service["taskDefinition"] == second
    assert {each["taskDefinitionArn"] for each in tasks_of(homeport, "rolling")} == {second}
    lower = math.ceil(count * minimum / 100)
    upper = count * maximum // 100
    assert min(len(watch.healthy), len(watch.containers), watch.calls) > 5
    assert min(map(len, watch.healthy)) >= lower, watch.healthy
    assert min(watch.containers) >= lower, watch.containers
    assert max(watch.containers) <= upper, watch.containers
    assert watch.missed == []


def test_a_bad_image_returns_to_the_old_revision(homeport: Homeport) -> None:
    good = sleeper(homeport, "breaking")
    homeport.ecs.create_service(
        serviceName="breaking",
        taskDefinition=good,
        desiredCount=2,
        deploymentConfiguration=BREAKER,
    )
    first = until_stable(homeport, "breaking", 2)["deployments"][0]["id"]
    kept = {each["taskArn"] for each in tasks_of(homeport, "breaking")}
    bad = sleeper(homeport, "breaking", image="registry.invalid/none:1")
    updated = homeport.ecs.update_service(service="breaking", taskDefinition=bad)["service"]
    second = updated["deployments"][0]["id"]
    service = until_service(
        homeport,
        "breaking",
        lambda service: service["taskDefinition"] == good and len(service["deployments"]) == 1,
    )
    assert service["deployments"][0]["id"] == first
    assert {each["taskArn"] for each in tasks_of(homeport, "breaking")} == kept
    told = messages(homeport, "breaking")
    failed = f"(service breaking) (deployment {second}) deployment failed: tasks failed to start."
    turned = f"(service breaking) rolling back to deployment {first}."
    assert told.index(failed) + 1 == told.index(turned)
    until_stable(homeport, "breaking", 2)
    brief = homeport.ecs.list_service_deployments(service="breaking")["serviceDeployments"][0]
    assert brief["status"] == "ROLLBACK_SUCCESSFUL"
    (deployment,) = homeport.ecs.describe_service_deployments(
        serviceDeploymentArns=[brief["serviceDeploymentArn"]]
    )["serviceDeployments"]
    assert deployment["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert deployment["deploymentCircuitBreaker"]["threshold"] == 3
    assert deployment["rollback"]["serviceRevisionArn"].endswith(first.removeprefix("ecs-svc/"))


def test_a_task_whose_health_check_fails_is_replaced(homeport: Homeport) -> None:
    definition = server(homeport, "ailing")
    homeport.ecs.create_service(
        serviceName="ailing",
        taskDefinition=definition,
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration=homeport.network(),
    )
    until_stable(homeport, "ailing", 2)
    sick = tasks_of(homeport, "ailing")[0]
    docker("exec", container_of(sick), "rm", "/index.html")
    stopped = homeport.until_status(sick["taskArn"], "STOPPED", 60)
    assert stopped["stoppedReason"] == "Task failed container health checks"
    assert stopped["stopCode"] == "ServiceSchedulerInitiated"
    until_stable(homeport, "ailing", 2)
    sick_id = sick["taskArn"].rpartition("/")[2]
    told = messages(homeport, "ailing")
    assert f"(service ailing) (task {sick_id}) failed container health checks." in told
    assert any(
        each.endswith("Amazon ECS replaced 1 tasks due to an unhealthy status.") for each in told
    )


def test_a_new_deployment_can_be_forced(homeport: Homeport) -> None:
    homeport.ecs.create_service(
        serviceName="forced", taskDefinition=sleeper(homeport), desiredCount=2
    )
    before = until_stable(homeport, "forced", 2)["deployments"][0]["id"]
    old = {each["taskArn"] for each in tasks_of(homeport, "forced")}
    homeport.ecs.update_service(service="forced", forceNewDeployment=True)
    after = until_stable(homeport, "forced", 2)["deployments"][0]["id"]
    assert after != before
    assert not old & {each["taskArn"] for each in tasks_of(homeport, "forced")}


def test_three_updates_in_a_row_end_at_the_last(homeport: Homeport) -> None:
    homeport.ecs.create_service(
        serviceName="hasty", taskDefinition=sleeper(homeport, "hasty"), desiredCount=3
    )
    until_stable(homeport, "hasty", 3)
    revisions = [sleeper(homeport, "hasty", cpu=number) for number in (1, 2, 3)]
    for revision in revisions:
        updated = homeport.ecs.update_service(service="hasty", taskDefinition=revision)["service"]
    assert [each["status"] for each in updated["deployments"]].count("PRIMARY") == 1
    service = until_stable(homeport, "hasty", 3)
    assert service["taskDefinition"] == revisions[2]
    assert {each["taskDefinitionArn"] for each in tasks_of(homeport, "hasty")} == {revisions[2]}
    briefs = homeport.ecs.list_service_deployments(service="hasty")["serviceDeployments"]
    assert [each["status"] for each in briefs] == ["SUCCESSFUL", "STOPPED", "STOPPED", "SUCCESSFUL"]


def test_a_deployment_that_is_stopped_rolls_back(homeport: Homeport) -> None:
    good = sleeper(homeport, "stopped")
    homeport.ecs.create_service(serviceName="stopped", taskDefinition=good, desiredCount=2)
    until_stable(homeport, "stopped", 2)
    slow = homeport.register(
        "stopped",
        [
            {
                "name": "app",
                "command": SLEEP,
                "healthCheck": {"command": ["CMD-SHELL", "false"], "retries": 10},
            }
        ],
    )
    homeport.ecs.update_service(service="stopped", taskDefinition=slow)
    arn = homeport.ecs.list_service_deployments(service="stopped")["serviceDeployments"][0][
        "serviceDeploymentArn"
    ]
    homeport.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    service = until_stable(homeport, "stopped", 2)
    assert service["taskDefinition"] == good


def test_kill_9_in_the_middle_of_a_rollout_goes_on_where_it_was(homeport: Homeport) -> None:
    homeport.ecs.create_service(
        serviceName="interrupted",
        taskDefinition=sleeper(homeport, "interrupted"),
        desiredCount=4,
        deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 100},
    )
    until_stable(homeport, "interrupted", 4)
    second = sleeper(homeport, "interrupted", cpu=7)
    homeport.ecs.update_service(service="interrupted", taskDefinition=second)
    begun = until_service(
        homeport,
        "interrupted",
        lambda service: 0 < service["deployments"][0]["runningCount"] < 4,
    )
    homeport.kill()
    homeport.start()
    after = described(homeport, "interrupted")
    assert after["deployments"][0]["id"] == begun["deployments"][0]["id"]
    service = until_stable(homeport, "interrupted", 4)
    assert service["taskDefinition"] == second, story(homeport, "interrupted")
    label = "label=com.amazonaws.ecs.task-definition-family=interrupted"
    wait_until(lambda: len(docker("ps", "-q", "--filter", label).split()) == 4, 20)


def test_homeport_rests_with_all_tasks_stopped_and_goes_on_at_its_next_start(
    homeport: Homeport,
) -> None:
    homeport.ecs.create_service(
        serviceName="resting", taskDefinition=sleeper(homeport, "resting"), desiredCount=2
    )
    before = until_stable(homeport, "resting", 2)["deployments"]
    homeport.down(stop_tasks=True)
    label = "label=com.amazonaws.ecs.task-definition-family=resting"
    assert docker("ps", "-q", "--filter", label) == ""
    homeport.start()
    service = until_stable(homeport, "resting", 2)
    assert [each["id"] for each in service["deployments"]] == [each["id"] for each in before]
