"""Several agents on one Engine: each its own share, its own containers, one metadata endpoint."""

import json
from typing import Any

import pytest

from e2e_harness import Agent, Homeport, docker, inspect, wait_until

ROLE = "arn:aws:iam::000000000000:role/worker"
ASK = "wget -q -O - $ECS_CONTAINER_METADATA_URI_V4/task"
CREDENTIALS = "wget -q -O - http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"

BODY = '{"ProtectionEnabled":true,"ExpiresInMinutes":60}'
PROTECT = (
    "(printf 'PUT %s/task-protection/v1/state HTTP/1.0\\r\\nHost: agent\\r\\n"
    f"Content-Length: {len(BODY)}\\r\\n\\r\\n%s' "
    f"${{ECS_AGENT_URI#http://169.254.170.2}} '{BODY}'; sleep 3) | nc 169.254.170.2 80"
)
"""What curl would do; busybox's wget cannot PUT."""


@pytest.fixture(scope="module")
def agents(homeport: Homeport) -> tuple[Agent, Agent]:
    """Two agents beside the one of `homeport up`."""
    zone = {"ecs.availability-zone": "us-east-1b", "stack": "green"}
    first = homeport.agent("b", cpu=1024, memory=2048, attributes=zone)
    return first, homeport.agent("c", cpu=512, memory=1024)


@pytest.fixture(scope="module")
def definition(homeport: Homeport) -> str:
    """A task that does nothing, so that a test can ask in its place."""
    containers = [{"name": "main", "command": ["sleep", "900"]}]
    return homeport.register("idle", containers, taskRoleArn=ROLE)


def start_on(homeport: Homeport, definition: str, instance: str) -> dict[str, Any]:
    """A task that runs on this instance."""
    answer = homeport.ecs.start_task(taskDefinition=definition, containerInstances=[instance])
    assert answer["failures"] == []
    return homeport.until_status(answer["tasks"][0]["taskArn"], "RUNNING")


def inside(task: dict[str, Any], script: str) -> str:
    """What a script prints in the task's container."""
    return docker("exec", task["containers"][0]["runtimeId"], "sh", "-c", script)


def answers(task: dict[str, Any]) -> bool:
    """Whether the task can read its own metadata."""
    try:
        return json.loads(inside(task, ASK))["TaskARN"] == task["taskArn"]
    except Exception:
        return False


def own_instance(homeport: Homeport, agents: tuple[Agent, Agent]) -> str:
    """The container instance of `homeport up` itself."""
    arns = homeport.ecs.list_container_instances()["containerInstanceArns"]
    [own] = set(arns) - {each.arn for each in agents}
    return own


def test_an_agent_is_an_instance_with_its_share_and_its_attributes(
    homeport: Homeport, agents: tuple[Agent, Agent]
) -> None:
    [shown] = homeport.ecs.describe_container_instances(containerInstances=[agents[0].arn])[
        "containerInstances"
    ]
    offered = {each["name"]: each.get("integerValue") for each in shown["registeredResources"]}
    assert (offered["CPU"], offered["MEMORY"]) == (1024, 2048)
    said = {each["name"]: each.get("value") for each in shown["attributes"]}
    assert (said["ecs.availability-zone"], said["stack"]) == ("us-east-1b", "green")
    assert shown["agentConnected"]


def test_every_task_reads_its_own_metadata_and_credentials_whoever_holds_the_address(
    homeport: Homeport, agents: tuple[Agent, Agent], definition: str
) -> None:
    instances = [own_instance(homeport, agents), *(each.arn for each in agents)]
    tasks = [start_on(homeport, definition, each) for each in instances]
    for task in tasks:
        assert answers(task)
        assert json.loads(inside(task, CREDENTIALS))["RoleArn"] == ROLE
    homeport.kill()  # It holds the address: another agent takes it over.
    wait_until(lambda: all(answers(each) for each in tasks[1:]), 10)
    homeport.start()
    wait_until(lambda: all(answers(each) for each in tasks), 10)
    holder = next(each for each in agents if "metadata endpoint listens" in "".join(each.log))
    other = next(each for each in agents if each is not holder)
    there = next(each for each in tasks if each["containerInstanceArn"] == other.arn)
    holder.kill()
    wait_until(lambda: answers(there), 10)
    holder.start()
    wait_until(lambda: all(answers(each) for each in tasks), 10)


def test_an_agent_that_ends_leaves_its_tasks_and_finds_them_again(
    homeport: Homeport, agents: tuple[Agent, Agent], definition: str
) -> None:
    agent = agents[0]
    task, arn = start_on(homeport, definition, agent.arn), agent.arn
    container = task["containers"][0]["runtimeId"]
    agent.stop()
    wait_until(lambda: homeport.task(task["taskArn"])["connectivity"] == "DISCONNECTED", 10)
    assert inspect(container)["State"]["Running"]
    agent.start()
    assert agent.arn == arn
    wait_until(lambda: homeport.task(task["taskArn"])["connectivity"] == "CONNECTED", 10)
    assert homeport.task(task["taskArn"])["lastStatus"] == "RUNNING"
    homeport.ecs.stop_task(task=task["taskArn"])
    homeport.until_status(task["taskArn"], "STOPPED")


def networks_of(task: dict[str, Any]) -> set[str]:
    """The Docker networks in which a task stands: by a holder, or by its only container."""
    of = inspect(task["containers"][0]["runtimeId"])
    mode: str = of["HostConfig"]["NetworkMode"]
    if mode.startswith("container:"):
        of = inspect(mode.removeprefix("container:"))
    return set(of["NetworkSettings"]["Networks"])


def test_agents_of_one_engine_share_the_bridge_of_a_vpc_and_nothing_else(
    homeport: Homeport, agents: tuple[Agent, Agent]
) -> None:
    definition = homeport.register(
        "own-address", [{"name": "main", "command": ["sleep", "900"]}], networkMode="awsvpc"
    )
    asked = [
        homeport.ecs.start_task(
            taskDefinition=definition,
            containerInstances=[each.arn],
            networkConfiguration=homeport.network(),
        )["tasks"][0]["taskArn"]
        for each in agents
        for _ in range(2)
    ]
    tasks = [homeport.until_status(each, "RUNNING") for each in asked]
    assert len({network for each in tasks for network in networks_of(each)}) == 1
    addresses = [
        each["containers"][0]["networkInterfaces"][0]["privateIpv4Address"] for each in tasks
    ]
    assert inside(tasks[0], f"ping -c 1 -W 5 {addresses[-1]}")
    nodes = {
        each["taskArn"]: inspect(each["containers"][0]["runtimeId"])["Config"]["Labels"][
            "homeport.node"
        ]
        for each in tasks
    }
    for each in tasks:
        assert each["containerInstanceArn"].endswith(nodes[each["taskArn"]])
    agents[0].kill()
    agents[0].start()  # It takes up what is its own: the other's containers are not touched.
    assert [homeport.task(each)["lastStatus"] for each in asked] == ["RUNNING"] * 4


def test_a_task_protects_itself_through_its_agent(
    homeport: Homeport, agents: tuple[Agent, Agent], definition: str
) -> None:
    alone = start_on(homeport, definition, agents[1].arn)
    told = json.loads(inside(alone, "wget -q -O - $ECS_AGENT_URI/task-protection/v1/state"))
    failure = {"Arn": alone["taskArn"], "Reason": "TASK_NOT_VALID"}
    assert told["failure"].items() >= failure.items()
    there = {"type": "memberOf", "expression": "attribute:stack == green"}
    homeport.ecs.create_service(
        serviceName="safe", taskDefinition=definition, desiredCount=1, placementConstraints=[there]
    )
    try:
        wait_until(lambda: homeport.ecs.list_tasks(serviceName="safe")["taskArns"] != [], 10)
        [arn] = homeport.ecs.list_tasks(serviceName="safe")["taskArns"]
        task = homeport.until_status(arn, "RUNNING")
        assert task["containerInstanceArn"] == agents[0].arn
        answer = inside(task, PROTECT)
        assert answer.startswith("HTTP/1.1 200 OK"), answer
        protection = json.loads(answer.splitlines()[-1])["protection"]
        assert (protection["TaskArn"], protection["ProtectionEnabled"]) == (arn, True)
        [known] = homeport.ecs.get_task_protection(cluster="default", tasks=[arn])["protectedTasks"]
        assert known["protectionEnabled"]
    finally:
        homeport.ecs.delete_service(service="safe", force=True)
