"""Tasks with an address of their own: provisioned, attached, detached, released."""

from typing import Any

import pytest
from sqlalchemy import update

from homeport.services.ec2.tables import subnets as subnet_table
from homeport.services.ecs.errors import InvalidParameterException
from ring.driver import ACCOUNT, REGION, Plane
from ring.simulated_node import SimulatedNode
from task_definition_documents import ROLE, container, fargate

NO_CAPACITY = (
    "Capacity is unavailable at this time. Please try again later or in a different availability "
    "zone"
)
NO_SUBNET = (
    "Error retrieving subnet information for [subnet-none]: The subnet ID 'subnet-none' does not "
    "exist (ErrorCode: InvalidSubnetID.NotFound)"
)
NO_GROUP = (
    "Error retrieving security group information for [sg-none]: The security group 'sg-none' does "
    "not exist (ErrorCode: InvalidGroup.NotFound)"
)


@pytest.fixture
def node(plane: Plane) -> SimulatedNode:
    roles = {"taskRoleArn": ROLE, "executionRoleArn": f"{ROLE}Two"}
    plane.ask("RegisterTaskDefinition", **fargate(container(), **roles))
    return SimulatedNode(plane)


def subnets(plane: Plane) -> list[str]:
    networks = plane.peers.networks
    found = plane.store.read(lambda tx: networks.default_subnets(tx, ACCOUNT, REGION))
    return [each.subnet_id for each in found]


def run(plane: Plane, **request: Any) -> dict[str, Any]:
    network = {"awsvpcConfiguration": {"subnets": subnets(plane)[:1]}}
    members = {"taskDefinition": "web", "launchType": "FARGATE", "networkConfiguration": network}
    return plane.ask("RunTask", **(members | request))


def one(plane: Plane, **request: Any) -> str:
    [task] = run(plane, **request)["tasks"]
    return task["taskArn"]


def shown(plane: Plane, arn: str) -> dict[str, Any]:
    [task] = plane.ask("DescribeTasks", tasks=[arn])["tasks"]
    return task


def details(task: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in task["attachments"][0]["details"]}


def interfaces(plane: Plane) -> list[dict[str, Any]]:
    return plane.ask("DescribeNetworkInterfaces")["NetworkInterfaces"]


def test_a_fargate_task_goes_through_every_status_in_order(
    plane: Plane, node: SimulatedNode
) -> None:
    arn = one(plane)
    first = shown(plane, arn)
    assert first["lastStatus"] == "PROVISIONING"
    assert first["attachments"][0]["status"] == "PRECREATED"
    assert (first["platformVersion"], first["platformFamily"]) == ("1.4.0", "Linux")
    assert first["ephemeralStorage"] == {"sizeInGiB": 20}
    assert "containerInstanceArn" not in first
    assert node.pull() == ()

    plane.drain()
    pending = shown(plane, arn)
    assert (pending["lastStatus"], pending["attachments"][0]["status"]) == ("PENDING", "ATTACHING")
    address = details(pending)["privateIPv4Address"]
    assert [each["PrivateIpAddress"] for each in interfaces(plane)] == [address]

    [assignment] = node.pull()
    assert assignment.spec is not None
    assert assignment.spec.interface is not None
    assert assignment.spec.interface.private_ipv4 == address
    statuses = []
    for step in range(9):
        if step == 4:
            plane.ask("StopTask", task=arn)
            plane.drain()
            statuses.append(shown(plane, arn)["lastStatus"])
            node.pull()
        if arn in node.tasks:
            node.step(arn)
        node.deliver() if node.outbox else None
        statuses.append(shown(plane, arn)["lastStatus"])
        plane.drain()
        node.pull()
    assert list(dict.fromkeys(statuses)) == [
        "ACTIVATING",
        "RUNNING",
        "DEACTIVATING",
        "STOPPING",
        "DEPROVISIONING",
        "STOPPED",
    ]
    stopped = shown(plane, arn)
    assert stopped["attachments"][0]["status"] == "DELETED"
    assert interfaces(plane) == []
    assert node.tasks == {}


def test_containers_show_the_tasks_address(plane: Plane, node: SimulatedNode) -> None:
    arn = one(plane)
    plane.drain()
    node.pull()
    node.run(arn)
    task = shown(plane, arn)
    assert task["attachments"][0]["status"] == "ATTACHED"
    assert task["containers"][0]["networkInterfaces"] == [
        {
            "attachmentId": task["attachments"][0]["id"],
            "privateIpv4Address": details(task)["privateIPv4Address"],
        }
    ]


def test_a_full_subnet_stops_the_task_with_ec2s_reason(plane: Plane, node: SimulatedNode) -> None:
    full = update(subnet_table).values(last_address=0)
    plane.store.write(lambda tx: tx.execute(full))
    arn = one(plane)
    plane.drain()
    task = shown(plane, arn)
    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "TaskFailedToStart")
    assert task["stoppedReason"] == (
        "Unexpected EC2 error while attempting to Create Network Interface in subnet "
        f"'{subnets(plane)[0]}': InsufficientFreeAddressesInSubnet"
    )
    assert node.pull() == ()


def test_a_task_stopped_before_it_was_provisioned_never_reaches_a_node(
    plane: Plane, node: SimulatedNode
) -> None:
    arn = one(plane)
    plane.ask("StopTask", task=arn)
    plane.drain()
    assert shown(plane, arn)["lastStatus"] == "STOPPED"
    assert interfaces(plane) == []
    assert node.pull() == ()


def test_fargate_needs_a_connected_node(plane: Plane, node: SimulatedNode) -> None:
    node.goodbye()
    answer = run(plane)
    assert answer["tasks"] == []
    assert [each["reason"] for each in answer["failures"]] == [NO_CAPACITY]


def test_fargate_takes_nothing_from_the_instance_and_is_not_listed_by_it(
    plane: Plane, node: SimulatedNode
) -> None:
    arn = one(plane)
    [machine] = plane.ask("DescribeContainerInstances", containerInstances=[node.arn])[
        "containerInstances"
    ]
    assert machine["remainingResources"] == machine["registeredResources"]
    assert plane.ask("ListTasks", containerInstance=node.arn) == {"taskArns": []}
    assert plane.ask("ListTasks", launchType="FARGATE") == {"taskArns": [arn]}


def test_an_ec2_task_with_an_address_takes_resources_and_shows_its_instance(
    plane: Plane, node: SimulatedNode
) -> None:
    arn = one(plane, launchType="EC2")
    task = shown(plane, arn)
    assert task["containerInstanceArn"] == node.arn
    assert task["lastStatus"] == "PROVISIONING"
    [machine] = plane.ask("DescribeContainerInstances", containerInstances=[node.arn])[
        "containerInstances"
    ]
    assert machine["remainingResources"] != machine["registeredResources"]


def test_capacity_providers_deal_the_copies_out(plane: Plane, node: SimulatedNode) -> None:
    strategy = [
        {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 3},
    ]
    plane.ask(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=strategy,
    )
    network = {"awsvpcConfiguration": {"subnets": subnets(plane)}}
    tasks = plane.ask("RunTask", taskDefinition="web", networkConfiguration=network, count=9)[
        "tasks"
    ]
    providers = [task["capacityProviderName"] for task in tasks]
    assert (providers.count("FARGATE"), providers.count("FARGATE_SPOT")) == (3, 6)
    assert {task["launchType"] for task in tasks} == {"FARGATE"}
    assert len({task["availabilityZone"] for task in tasks}) == 3


@pytest.mark.parametrize(
    ("network", "text"),
    [({"subnets": ["subnet-none"]}, NO_SUBNET), ({"securityGroups": ["sg-none"]}, NO_GROUP)],
)
def test_networks_must_exist(
    plane: Plane, node: SimulatedNode, network: dict[str, Any], text: str
) -> None:
    configuration = {"subnets": subnets(plane)[:1]} | network
    with pytest.raises(InvalidParameterException) as refused:
        run(plane, networkConfiguration={"awsvpcConfiguration": configuration})
    assert refused.value.message == text


def test_a_task_gets_credentials_of_its_roles_until_it_is_gone(
    plane: Plane, node: SimulatedNode
) -> None:
    arn = one(plane)
    plane.drain()
    [assignment] = node.pull()
    spec = assignment.spec
    assert spec is not None
    assert spec.task_role_credentials_id
    assert spec.execution_role_credentials_id

    def credentials(credentials_id: str) -> Any:
        fleet, clock = plane.peers.fleet, plane.clock
        return plane.store.write(
            lambda tx: fleet.task_credentials(
                tx, node.arn, credentials_id, now=clock.now(), ids=plane.ids, clock=clock
            )
        )

    task_id = arn.rpartition("/")[2]
    key = credentials(spec.task_role_credentials_id)
    assert key.role_arn == ROLE
    assert key.principal.endswith(f"/{task_id}")
    assert credentials(spec.execution_role_credentials_id).role_arn == f"{ROLE}Two"
    machine = credentials(f"node-{1:032x}")
    assert machine.role_arn == f"arn:aws:iam::{ACCOUNT}:role/homeport-node"
    for guess in (task_id, f"{task_id}-{'0' * 32}", f"node-{2:032x}", "", "ü"):
        assert credentials(guess) is None
    plane.ask("StopTask", task=arn)
    node.settle()
    assert credentials(spec.task_role_credentials_id) is None


def test_forced_deregistration_leaves_fargate_tasks_alone(
    plane: Plane, node: SimulatedNode
) -> None:
    fargate_task, machine_task = one(plane), one(plane, launchType="EC2")
    node.settle()
    plane.ask("DeregisterContainerInstance", containerInstance=node.arn, force=True)
    node.settle()
    assert shown(plane, fargate_task)["lastStatus"] == "RUNNING"
    assert shown(plane, machine_task)["lastStatus"] == "STOPPED"
    assert len(interfaces(plane)) == 1
