"""Standalone tasks with boto3: how they start, what they see, how they end."""

from typing import Any

import pytest

from e2e_harness import Homeport, docker, inspect, wait_until

SLEEP = ["sleep", "600"]
KINDS = ["EC2", "FARGATE"]


def run_sleeping(homeport: Homeport, kind: str, **container: Any) -> dict[str, Any]:
    """A task of one container on either launch type, asked to run."""
    main = {"name": "main", "command": SLEEP} | container
    if kind == "EC2":
        return homeport.run_task(homeport.register("sleeper", [main]))
    definition = homeport.register(
        "sleeper-fargate",
        [main],
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
    )
    return homeport.run_task(
        definition, launchType="FARGATE", networkConfiguration=homeport.network()
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_task_runs_a_real_container_and_stops_with_the_waiters(
    homeport: Homeport, kind: str
) -> None:
    task = run_sleeping(homeport, kind)
    homeport.ecs.get_waiter("tasks_running").wait(
        tasks=[task["taskArn"]], WaiterConfig={"Delay": 1}
    )
    running = homeport.task(task["taskArn"])
    container = running["containers"][0]
    assert running["lastStatus"] == "RUNNING"
    assert running["connectivity"] == "CONNECTED"
    seen = inspect(container["runtimeId"])
    assert seen["State"]["Running"]
    assert seen["Config"]["Cmd"] == SLEEP
    assert seen["Config"]["Labels"]["com.amazonaws.ecs.task-arn"] == task["taskArn"]

    homeport.ecs.stop_task(task=task["taskArn"], reason="enough")
    homeport.ecs.get_waiter("tasks_stopped").wait(
        tasks=[task["taskArn"]], WaiterConfig={"Delay": 1}
    )
    stopped = homeport.task(task["taskArn"])
    assert stopped["stopCode"] == "UserInitiated"
    assert stopped["stoppedReason"] == "enough"
    assert stopped["containers"][0]["exitCode"] == 137
    assert stopped["createdAt"] <= stopped["startedAt"] <= stopped["stoppedAt"]
    wait_until(lambda: container["runtimeId"][:12] not in docker("ps", "-aq"), 30)


def test_an_awsvpc_task_has_the_address_that_it_reports(homeport: Homeport) -> None:
    task = run_sleeping(
        homeport, "FARGATE", command=["sh", "-c", "echo here > index.html; httpd -f -p 8080"]
    )
    running = homeport.until_status(task["taskArn"], "RUNNING")
    attachment = running["attachments"][0]
    details = {each["name"]: each["value"] for each in attachment["details"]}
    assert attachment["type"] == "ElasticNetworkInterface"
    assert attachment["status"] == "ATTACHED"
    address = details["privateIPv4Address"]
    interfaces = running["containers"][0]["networkInterfaces"]
    assert interfaces[0]["privateIpv4Address"] == address
    runtime = running["containers"][0]["runtimeId"]
    shown = docker("exec", runtime, "sh", "-c", "cat /sys/class/net/eth*/address")
    assert details["macAddress"] == shown
    body: list[str] = []

    def answers() -> bool:
        import urllib.error
        import urllib.request

        try:
            with urllib.request.urlopen(f"http://{address}:8080/", timeout=2) as response:
                body[:] = [response.read().decode()]
        except urllib.error.URLError:
            return False
        return True

    wait_until(answers, 20)
    assert body == ["here\n"]


def test_containers_of_a_task_talk_over_localhost_once_the_first_is_healthy(
    homeport: Homeport,
) -> None:
    definition = homeport.register(
        "pair",
        [
            {
                "name": "web",
                "command": ["sh", "-c", "sleep 2; echo hello > index.html; httpd -f -p 8080"],
                "healthCheck": {
                    "command": ["CMD-SHELL", "wget -q -O /dev/null http://localhost:8080/"],
                    "interval": 5,
                    "startPeriod": 1,
                },
            },
            {
                "name": "client",
                "command": ["sh", "-c", "wget -q -O - http://localhost:8080/ && sleep 600"],
                "dependsOn": [{"containerName": "web", "condition": "HEALTHY"}],
            },
        ],
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
    )
    task = homeport.run_task(
        definition, launchType="FARGATE", networkConfiguration=homeport.network()
    )
    running = homeport.until_status(task["taskArn"], "RUNNING")
    by_name = {each["name"]: each for each in running["containers"]}
    assert by_name["web"]["healthStatus"] == "HEALTHY"
    client = by_name["client"]["runtimeId"]
    wait_until(lambda: docker("logs", client) == "hello", 10)


def test_a_batch_task_stops_with_its_exit_code(homeport: Homeport) -> None:
    definition = homeport.register("batch", [{"name": "main", "command": ["sh", "-c", "exit 3"]}])
    task = homeport.run_task(definition)
    stopped = homeport.until_status(task["taskArn"], "STOPPED")
    assert stopped["stopCode"] == "EssentialContainerExited"
    assert stopped["stoppedReason"] == "Essential container in task exited"
    assert stopped["containers"][0]["exitCode"] == 3
    assert stopped["executionStoppedAt"] <= stopped["stoppedAt"]


def test_a_container_that_takes_too_much_memory_is_reported_by_the_kernels_evidence(
    homeport: Homeport,
) -> None:
    hog = ["sh", "-c", "x=a; while true; do x=$x$x; done"]
    definition = homeport.register("hog", [{"name": "main", "command": hog, "memory": 16}])
    task = homeport.run_task(definition)
    container = homeport.until_status(task["taskArn"], "STOPPED")["containers"][0]
    assert container["exitCode"] == 137
    assert container["reason"] == "OutOfMemoryError: Container killed due to memory usage"


def test_an_image_that_cannot_be_pulled_says_so(homeport: Homeport) -> None:
    definition = homeport.register("ghost", [{"name": "main", "image": "127.0.0.1:9/ghost:1"}])
    task = homeport.run_task(definition)
    stopped = homeport.until_status(task["taskArn"], "STOPPED")
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["containers"][0]["reason"].startswith("CannotPullContainerError: ")
    assert "exitCode" not in stopped["containers"][0]


def test_a_command_that_does_not_exist_says_so(homeport: Homeport) -> None:
    definition = homeport.register("typo", [{"name": "main", "command": ["no-such-command"]}])
    stopped = homeport.until_status(homeport.run_task(definition)["taskArn"], "STOPPED")
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["containers"][0]["reason"].startswith("CannotStartContainerError: ")


def test_stop_task_answers_at_once_and_the_container_has_its_time(homeport: Homeport) -> None:
    deaf = ["sh", "-c", "trap '' TERM; while true; do sleep 1; done"]
    definition = homeport.register("deaf", [{"name": "main", "command": deaf, "stopTimeout": 5}])
    arn = homeport.run_task(definition)["taskArn"]
    runtime = homeport.until_status(arn, "RUNNING")["containers"][0]["runtimeId"]
    answer = homeport.ecs.stop_task(task=arn)["task"]
    assert answer["desiredStatus"] == "STOPPED"
    assert answer["lastStatus"] != "STOPPED"
    assert inspect(runtime)["State"]["Running"]
    stopped = homeport.until_status(arn, "STOPPED")
    assert stopped["stoppedReason"] == "Task stopped by user"
    assert stopped["containers"][0]["exitCode"] == 137
    assert stopped["stoppedAt"].timestamp() - stopped["stoppingAt"].timestamp() >= 4.5


def test_a_container_killed_from_outside_ends_its_task(homeport: Homeport) -> None:
    arn = run_sleeping(homeport, "EC2")["taskArn"]
    runtime = homeport.until_status(arn, "RUNNING")["containers"][0]["runtimeId"]
    docker("kill", runtime)
    stopped = homeport.until_status(arn, "STOPPED")
    assert stopped["stopCode"] == "EssentialContainerExited"
    assert stopped["containers"][0]["exitCode"] == 137


def test_metadata_v4_is_read_from_inside(homeport: Homeport) -> None:
    script = "wget -q -O - $ECS_CONTAINER_METADATA_URI_V4/task && echo && sleep 600"
    for kind in KINDS:
        arn = run_sleeping(homeport, kind, command=["sh", "-c", script])["taskArn"]
        runtime = homeport.until_status(arn, "RUNNING")["containers"][0]["runtimeId"]
        wait_until(lambda runtime=runtime: docker("logs", runtime).endswith("}"), 20)
        assert arn in docker("logs", runtime)


def test_host_ports_lead_into_bridge_containers_and_a_taken_one_is_refused(
    homeport: Homeport,
) -> None:
    web = {"name": "main", "command": ["httpd", "-f", "-p", "80"]}
    dynamic = homeport.register("dynamic", [web | {"portMappings": [{"containerPort": 80}]}])
    first = homeport.until_status(homeport.run_task(dynamic)["taskArn"], "RUNNING")
    binding = first["containers"][0]["networkBindings"][0]
    assert binding["containerPort"] == 80
    assert binding["hostPort"] > 1024
    ports = [{"containerPort": 80, "hostPort": 18_080}]
    fixed = homeport.register("fixed", [web | {"portMappings": ports}])
    homeport.until_status(homeport.run_task(fixed)["taskArn"], "RUNNING")
    refused = homeport.ecs.run_task(taskDefinition=fixed)
    assert refused["tasks"] == []
    assert [each["reason"] for each in refused["failures"]] == ["RESOURCE:PORTS"]


def test_a_task_larger_than_the_machine_is_refused(homeport: Homeport) -> None:
    huge = homeport.register("huge", [{"name": "main", "memory": 10_000_000}])
    answer = homeport.ecs.run_task(taskDefinition=huge)
    assert [each["reason"] for each in answer["failures"]] == ["RESOURCE:MEMORY"]


def test_why_tells_the_whole_story(homeport: Homeport) -> None:
    script = "echo last words; exit 7"
    definition = homeport.register("why", [{"name": "main", "command": ["sh", "-c", script]}])
    arn = homeport.run_task(definition)["taskArn"]
    homeport.until_status(arn, "STOPPED")
    page = homeport.run("why", arn)
    assert "exit code 7" in page
    assert "last words" in page
    assert "Essential container in task exited" in page
