"""Whatever dies, containers are neither lost nor doubled, and what is reported is what happened."""

import subprocess
from typing import Any

from e2e_harness import Homeport, docker, inspect, wait_until


def start_tasks(homeport: Homeport, count: int) -> dict[str, str]:
    """Docker id of the one container of each of `count` running tasks, by task ARN."""
    definition = homeport.register("steady", [{"name": "main", "command": ["sleep", "900"]}])
    arns: list[str] = []
    while len(arns) < count:
        answer = homeport.ecs.run_task(taskDefinition=definition, count=min(10, count - len(arns)))
        assert answer["failures"] == []
        arns += [task["taskArn"] for task in answer["tasks"]]
    return {
        arn: homeport.until_status(arn, "RUNNING")["containers"][0]["runtimeId"] for arn in arns
    }


def facts(task: dict[str, Any]) -> dict[str, Any]:
    """A task without what a reconnection may rightly change."""
    return {
        name: value
        for name, value in task.items()
        if name not in ("version", "connectivity", "connectivityAt")
    }


def described(homeport: Homeport, arns: list[str]) -> dict[str, Any]:
    tasks = homeport.ecs.describe_tasks(tasks=arns)["tasks"]
    return {task["taskArn"]: facts(task) for task in tasks}


def test_kill_9_and_a_new_start_find_the_same_twenty_containers(homeport: Homeport) -> None:
    containers = start_tasks(homeport, 20)
    before = described(homeport, list(containers))
    homeport.kill()
    victim_arn, victim = next(iter(containers.items()))
    docker("kill", victim)
    homeport.start()

    stopped = homeport.until_status(victim_arn, "STOPPED")
    assert stopped["stopCode"] == "EssentialContainerExited"
    assert stopped["containers"][0]["exitCode"] == 137
    after = described(homeport, list(containers))
    del before[victim_arn], after[victim_arn]
    assert after == before
    running = set(docker("ps", "-q", "--no-trunc").splitlines())
    assert {containers[arn] for arn in before} <= running


def test_what_was_asked_while_nothing_ran_is_done_at_the_next_start(homeport: Homeport) -> None:
    """An acknowledged StopTask survives kill -9 right after its answer."""
    [(arn, container)] = start_tasks(homeport, 1).items()
    homeport.ecs.stop_task(task=arn)
    homeport.kill()
    homeport.start()
    homeport.until_status(arn, "STOPPED")
    wait_until(lambda: container not in docker("ps", "-aq", "--no-trunc"), 30)


def test_a_run_task_acknowledged_right_before_kill_9_runs_exactly_once(homeport: Homeport) -> None:
    definition = homeport.register("once", [{"name": "main", "command": ["sleep", "900"]}])
    arn = homeport.run_task(definition)["taskArn"]
    homeport.kill()
    homeport.start()
    homeport.until_status(arn, "RUNNING")
    label = f"label=com.amazonaws.ecs.task-arn={arn}"
    assert len(docker("ps", "-aq", "--filter", label).splitlines()) == 1


def test_a_restart_of_the_engine_with_live_restore_changes_nothing(homeport: Homeport) -> None:
    containers = start_tasks(homeport, 3)
    before = described(homeport, list(containers))
    subprocess.run(["scripts/lab", "restart-dockerd"], check=True)
    wait_until(lambda: "Docker is down" not in homeport.run("status"), 60)
    for container in containers.values():
        assert inspect(container)["State"]["Running"]
    assert described(homeport, list(containers)) == before
    [(fresh, _)] = start_tasks(homeport, 1).items()
    assert homeport.task(fresh)["lastStatus"] == "RUNNING"


def test_containers_that_nobody_wants_are_removed(homeport: Homeport) -> None:
    """A container of a task that the state no longer knows is an orphan of this node."""
    [(arn, container)] = start_tasks(homeport, 1).items()
    homeport.kill()
    (homeport.state_dir / "homeport.db").unlink()
    for leftover in homeport.state_dir.glob("homeport.db-*"):
        leftover.unlink()
    homeport._clients.clear()
    homeport.start()
    wait_until(lambda: container not in docker("ps", "-aq", "--no-trunc"), 60)
    assert homeport.ecs.describe_tasks(tasks=[arn])["failures"][0]["reason"] == "MISSING"


def test_tasks_stopped_at_any_moment_with_a_crash_between_leave_nothing(homeport: Homeport) -> None:
    """StopTask right after RunTask, on every kind of network, and kill -9 in the middle of it."""
    one = {"name": "one", "command": ["sleep", "900"]}
    definitions = [
        (homeport.register("hasty", [one]), {}),
        (homeport.register("hasty-host", [one], networkMode="host"), {}),
        (
            homeport.register("hasty-pair", [one, one | {"name": "two"}], networkMode="awsvpc"),
            {"networkConfiguration": homeport.network()},
        ),
    ]
    arns = []
    for number in range(15):
        definition, members = definitions[number % 3]
        arns.append(homeport.run_task(definition, **members)["taskArn"])
        homeport.ecs.stop_task(task=arns[-1])
        if number == 7:
            homeport.kill()
            homeport.start()
    for arn in arns:
        assert homeport.until_status(arn, "STOPPED")["stopCode"] == "UserInitiated"
    wait_until(lambda: "ecs-hasty" not in docker("ps", "-a", "--format", "{{.Names}}"), 30)
    assert homeport.client("ec2").describe_network_interfaces()["NetworkInterfaces"] == []
