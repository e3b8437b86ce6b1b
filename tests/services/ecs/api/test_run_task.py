"""RunTask and StartTask as a client meets them."""

from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from ecs_tasks import FOREIGN, HOME, failures, refused, run
from homeport.contracts.peers import Peers
from homeport.kernel.errors import AwsError
from homeport.services.ecs.errors import (
    ClientException,
    ClusterNotFoundException,
    InvalidParameterException,
    PlatformUnknownException,
    UnsupportedFeatureException,
)
from homeport.store import Store
from ring.driver import Plane
from ring.simulated_node import CAPABILITIES, SimulatedNode
from task_definition_documents import SECRET, container, document, fargate


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    return Plane(store, clock=clock, ids=ids, peers=peers)


@pytest.fixture
def node(plane: Plane) -> SimulatedNode:
    plane.ask("RegisterTaskDefinition", **document(container(cpu=128)))
    plane.ask("RegisterTaskDefinition", **fargate(family="fargate"))
    return SimulatedNode(plane)


# --- RunTask ------------------------------------------------------------------------------------


def test_run_task_answers_the_task_as_describe_tasks_shows_it(
    plane: Plane, node: SimulatedNode
) -> None:
    [task] = run(plane, startedBy="ci/1")
    task_id = task["taskArn"].rpartition("/")[2]
    assert task == {
        "attachments": [],
        "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
        "availabilityZone": "us-east-1a",
        "clusterArn": f"{HOME}:cluster/default",
        "containerInstanceArn": node.arn,
        "containers": [
            {
                "containerArn": task["containers"][0]["containerArn"],
                "taskArn": task["taskArn"],
                "name": "web",
                "image": "busybox",
                "lastStatus": "PENDING",
                "networkBindings": [],
                "networkInterfaces": [],
                "healthStatus": "UNKNOWN",
                "cpu": "128",
                "memory": "64",
            }
        ],
        "cpu": "128",
        "memory": "64",
        "createdAt": 1_700_000_000.0,
        "desiredStatus": "RUNNING",
        "enableExecuteCommand": False,
        "group": "family:web",
        "healthStatus": "UNKNOWN",
        "lastStatus": "PENDING",
        "launchType": "EC2",
        "overrides": {"containerOverrides": [{"name": "web"}], "inferenceAcceleratorOverrides": []},
        "startedBy": "ci/1",
        "tags": [],
        "taskArn": f"{HOME}:task/default/{task_id}",
        "taskDefinitionArn": f"{HOME}:task-definition/web:1",
        "version": 1,
    }
    assert len(task_id) == 32
    assert plane.ask("DescribeTasks", tasks=[task_id]) == {"tasks": [task], "failures": []}


def test_overrides_are_echoed_beside_the_containers_that_have_none(
    plane: Plane, node: SimulatedNode
) -> None:
    plane.ask("RegisterTaskDefinition", **document(container(), container("side")))
    override = {"name": "side", "command": ["x"]}
    [task] = run(plane, overrides={"containerOverrides": [override], "cpu": "256"})
    assert task["overrides"] == {
        "containerOverrides": [{"name": "web"}, override],
        "cpu": "256",
        "inferenceAcceleratorOverrides": [],
    }
    assert task["cpu"] == "256"


def test_ten_copies_are_ten_tasks(plane: Plane, node: SimulatedNode) -> None:
    assert len({task["taskArn"] for task in run(plane, count=10)}) == 10


def test_what_finds_no_place_is_a_failure_beside_what_was_placed(
    plane: Plane, node: SimulatedNode
) -> None:
    plane.ask("RegisterTaskDefinition", **document(container(memory=3000), family="big"))
    answer = plane.ask("RunTask", taskDefinition="big", count=5)
    assert len(answer["tasks"]) == 2
    assert answer["failures"] == [{"arn": node.arn, "reason": "RESOURCE:MEMORY"}]


def test_a_static_port_is_taken_once_on_an_instance(plane: Plane, node: SimulatedNode) -> None:
    mapping = {"containerPort": 80, "hostPort": 8080}
    plane.ask("RegisterTaskDefinition", **document(container(portMappings=[mapping]), family="p"))
    run(plane, taskDefinition="p")
    assert failures(plane, taskDefinition="p") == ["RESOURCE:PORTS"]
    ssh = {"containerPort": 22, "hostPort": 22}
    plane.ask("RegisterTaskDefinition", **document(container(portMappings=[ssh]), family="p"))
    assert failures(plane, taskDefinition="p") == ["RESOURCE:PORTS"]


def test_an_attribute_that_is_required_must_be_there(plane: Plane, node: SimulatedNode) -> None:
    node.hello(attributes={name: None for name in CAPABILITIES if "health-check" not in name})
    check = {"command": ["CMD", "true"]}
    plane.ask("RegisterTaskDefinition", **document(container(healthCheck=check), family="h"))
    assert failures(plane, taskDefinition="h") == ["ATTRIBUTE"]


def test_member_of_selects_by_the_query_language(plane: Plane, node: SimulatedNode) -> None:
    def constrained(expression: str) -> dict[str, Any]:
        return {"placementConstraints": [{"type": "memberOf", "expression": expression}]}

    run(plane, **constrained("attribute:ecs.os-type == linux"))
    why = failures(plane, **constrained("attribute:ecs.os-type == windows"))
    assert why == ["MemberOf placement constraint unsatisfied."]
    assert refused(
        plane, "RunTask", InvalidParameterException, taskDefinition="web", **constrained("((")
    )


def test_distinct_instances_are_told_by_group(plane: Plane, node: SimulatedNode) -> None:
    other = SimulatedNode(plane, 2)
    distinct = {"placementConstraints": [{"type": "distinctInstance"}]}
    tasks = run(plane, count=2, **distinct)
    assert {task["containerInstanceArn"] for task in tasks} == {node.arn, other.arn}
    why = "DistinctInstance placement constraint unsatisfied."
    assert failures(plane, **distinct) == [why, why]
    run(plane, group="another", **distinct)


def test_a_single_task_finds_the_last_place_in_a_large_cluster_and_then_none(
    plane: Plane, node: SimulatedNode
) -> None:
    arns = {node.arn, *(SimulatedNode(plane, number).arn for number in range(2, 13))}
    plane.ask("RegisterTaskDefinition", **document(container(memory=6000), family="huge"))
    filled = [run(plane, taskDefinition="huge")[0]["containerInstanceArn"] for _ in arns]
    assert sorted(filled) == sorted(arns)
    answer = plane.ask("RunTask", taskDefinition="huge")
    refusals = sorted((each["arn"], each["reason"]) for each in answer["failures"])
    assert refusals == [(arn, "RESOURCE:MEMORY") for arn in sorted(arns)]


def test_a_single_task_follows_its_strategies_over_the_whole_cluster(
    plane: Plane, node: SimulatedNode
) -> None:
    arns = {node.arn, *(SimulatedNode(plane, number).arn for number in range(2, 13))}
    spread = {"placementStrategy": [{"type": "spread", "field": "instanceId"}]}
    placed = [run(plane, **spread)[0]["containerInstanceArn"] for _ in arns]
    assert sorted(placed) == sorted(arns)


def test_a_cluster_without_instances_is_an_error(plane: Plane) -> None:
    plane.ask("RegisterTaskDefinition", **document())
    text = refused(plane, "RunTask", InvalidParameterException, taskDefinition="web")
    assert text == "No Container Instances were found in your cluster."


def test_a_draining_instance_gets_no_tasks(plane: Plane, node: SimulatedNode) -> None:
    plane.ask("UpdateContainerInstancesState", containerInstances=[node.arn], status="DRAINING")
    text = refused(plane, "RunTask", InvalidParameterException, taskDefinition="web")
    assert text == "No Container Instances were found in your cluster."


def test_an_engine_that_does_not_answer_gets_no_tasks(plane: Plane, node: SimulatedNode) -> None:
    node.hello(docker_version="")
    assert failures(plane) == ["AGENT"]


BAD: list[tuple[dict[str, Any], type[AwsError], str]] = [
    ({"count": 0}, InvalidParameterException, "count should be between 1 and 10"),
    ({"count": 11}, InvalidParameterException, "count should be between 1 and 10"),
    (
        {"launchType": "CLOUD"},
        InvalidParameterException,
        "launch type should be one of [EC2,FARGATE,EXTERNAL]",
    ),
    (
        {"launchType": "EC2", "capacityProviderStrategy": [{"capacityProvider": "FARGATE"}]},
        InvalidParameterException,
        "Specify either Launch Type or Capacity Provider Strategy, but not both.",
    ),
    ({"startedBy": "x" * 129}, InvalidParameterException, "startedBy longer than 128."),
    ({"group": "x" * 256}, InvalidParameterException, "group longer than 255."),
    ({"group": "service:web"}, InvalidParameterException, "Invalid namespace in group."),
    ({"taskDefinition": "none"}, ClientException, "TaskDefinition not found."),
    ({"taskDefinition": "web:9"}, ClientException, "TaskDefinition not found."),
    (
        {"taskDefinition": f"{FOREIGN}:task-definition/web:1"},
        InvalidParameterException,
        "AccountIDs mismatch",
    ),
    ({"cluster": "none"}, ClusterNotFoundException, "Cluster not found."),
    ({"cluster": f"{FOREIGN}:cluster/x"}, InvalidParameterException, "AccountIDs mismatch"),
    (
        {"launchType": "FARGATE"},
        InvalidParameterException,
        "Task definition does not support launch_type FARGATE.",
    ),
    (
        {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}},
        InvalidParameterException,
        "Network Configuration is not valid for the given networkMode of this task definition.",
    ),
    (
        {"taskDefinition": "fargate", "launchType": "FARGATE"},
        InvalidParameterException,
        "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ),
    (
        {
            "taskDefinition": "fargate",
            "launchType": "FARGATE",
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": []}},
        },
        InvalidParameterException,
        "subnets can not be empty.",
    ),
    (
        {
            "taskDefinition": "fargate",
            "networkConfiguration": {
                "awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}
            },
        },
        InvalidParameterException,
        "Assign public IP is not supported for this launch type.",
    ),
    (
        {"taskDefinition": "fargate", "launchType": "FARGATE", "platformVersion": "9.9"},
        PlatformUnknownException,
        "The specified platform version doesn't exist.",
    ),
    (
        {"platformVersion": "LATEST"},
        InvalidParameterException,
        "The platform version must be null when specifying an EC2 launch type",
    ),
    (
        {
            "taskDefinition": "fargate",
            "launchType": "FARGATE",
            "placementConstraints": [{"type": "distinctInstance"}],
        },
        InvalidParameterException,
        "Placement constraints are not supported with FARGATE launch type.",
    ),
    (
        {"overrides": {"containerOverrides": [{"name": "x"}]}},
        InvalidParameterException,
        "Override for container named x is not a container in the TaskDefinition.",
    ),
    (
        {"clientToken": "x" * 65},
        InvalidParameterException,
        "clientToken must have at most 64 characters, each in the range of 33-126.",
    ),
    (
        {"enableExecuteCommand": True},
        UnsupportedFeatureException,
        "ECS Exec is not supported yet. Run the task without enableExecuteCommand.",
    ),
    (
        {"volumeConfigurations": [{"name": "v"}]},
        UnsupportedFeatureException,
        "Volumes that are configured at launch (volumeConfigurations) are not supported yet.",
    ),
    (
        {"launchType": "EXTERNAL"},
        UnsupportedFeatureException,
        "The EXTERNAL launch type is not supported yet. Use the EC2 launch type.",
    ),
    (
        {"placementStrategy": [{"type": "random", "field": "cpu"}]},
        InvalidParameterException,
        "random field should not be specified",
    ),
]


@pytest.mark.parametrize(("request_", "error", "text"), BAD, ids=[each[2][:40] for each in BAD])
def test_a_bad_request_is_refused_in_ecs_words_and_runs_nothing(
    plane: Plane,
    node: SimulatedNode,
    request_: dict[str, Any],
    error: type[AwsError],
    text: str,
) -> None:
    assert refused(plane, "RunTask", error, **({"taskDefinition": "web"} | request_)) == text
    assert plane.ask("ListTasks") == {"taskArns": []}


def test_propagating_from_a_service_is_an_error(plane: Plane, node: SimulatedNode) -> None:
    request = {"taskDefinition": "web", "propagateTags": "SERVICE"}
    assert "service" in refused(plane, "RunTask", InvalidParameterException, **request)


def test_an_inactive_definition_runs_nothing_new(plane: Plane, node: SimulatedNode) -> None:
    plane.ask("DeregisterTaskDefinition", taskDefinition="web:1")
    text = refused(plane, "RunTask", ClientException, taskDefinition="web:1")
    assert text == "TaskDefinition is inactive"


def test_what_is_not_built_is_refused_with_a_sentence(plane: Plane, node: SimulatedNode) -> None:
    with_secret = document(
        container(secrets=[SECRET]), family="s", executionRoleArn="arn:aws:iam::000000000000:role/x"
    )
    plane.ask("RegisterTaskDefinition", **with_secret)
    text = refused(plane, "RunTask", UnsupportedFeatureException, taskDefinition="s")
    assert "secrets" in text


# --- tags ---------------------------------------------------------------------------------------


def test_tags_come_from_the_request_the_definition_and_ecs(
    plane: Plane, node: SimulatedNode
) -> None:
    plane.ask(
        "RegisterTaskDefinition",
        **document(tags=[{"key": "team", "value": "a"}, {"key": "env", "value": "x"}]),
    )
    [task] = run(
        plane,
        tags=[{"key": "env", "value": "y"}],
        propagateTags="TASK_DEFINITION",
        enableECSManagedTags=True,
    )
    tags = {each["key"]: each["value"] for each in task["tags"]}
    assert tags == {"team": "a", "env": "y", "aws:ecs:clusterName": "default"}
    arn = task["taskArn"]
    assert plane.ask("DescribeTasks", tasks=[arn])["tasks"][0]["tags"] == []
    shown = plane.ask("DescribeTasks", tasks=[arn], include=["TAGS"])["tasks"][0]["tags"]
    assert {each["key"]: each["value"] for each in shown} == tags


def test_stopping_a_task_removes_its_tags(plane: Plane, node: SimulatedNode) -> None:
    [task] = run(plane, tags=[{"key": "a", "value": "b"}])
    plane.ask("StopTask", task=task["taskArn"])
    shown = plane.ask("DescribeTasks", tasks=[task["taskArn"]], include=["TAGS"])["tasks"][0]
    assert shown["tags"] == []
