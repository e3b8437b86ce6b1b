"""Events for EventBridge: when there is one, and what it says."""

import threading
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from conftest import TurnedClock
from ecs_asking import ACCOUNT, DEFAULT, HOME, REGION, Asked, task
from homeport.link.messages import EngineState
from homeport.runtime import Call
from homeport.services.ecs.api.bus_events import EcsEvents
from homeport.services.ecs.facade.fleet import EcsFleet
from homeport.services.ecs.queries import bus_events as queries
from homeport.services.ecs.queries.tasks import insert_tasks, save_task
from homeport.services.ecs.records.bus_events import (
    BusEvent,
    DeploymentStateChange,
    ServiceAction,
)
from homeport.services.ecs.records.task_definitions import Attribute
from homeport.services.ecs.records.tasks import (
    NetworkBinding,
    Task,
    TaskContainer,
    TaskInterface,
)
from homeport.store import Store, Tx
from homeport.store.sqlite import SqliteStore

EVENTS = EcsEvents()
AT = 1_700_000_000.0


@pytest.fixture
def ecs(store: Store, call: Callable[..., Call]) -> Asked:
    return Asked(store, call)


def told(ecs: Asked, after: int = 0) -> list[dict[str, Any]]:
    events = ecs.store.read(lambda tx: EVENTS.events_after(tx, after))
    return [dict(each.envelope) for each in events]


def newest(ecs: Asked) -> int:
    return ecs.store.read(EVENTS.last_sequence)


def a_container(**changes: Any) -> TaskContainer:
    members: dict[str, Any] = {
        "name": "main",
        "arn": f"{HOME}:container/default/1/c",
        "image": "nginx",
        "essential": True,
        "cpu": 0,
        "docker_name": "d",
        "last_status": "RUNNING",
        "runtime_id": "abc",
        "image_digest": "sha256:1",
    }
    return TaskContainer(**(members | changes))


def on_fargate() -> Task:
    """A task that has an address and runs."""
    eni = TaskInterface(
        attachment_id="a-1",
        status="ATTACHED",
        subnet_id="subnet-1",
        interface_id="eni-1",
        mac_address="0a:98",
        private_ipv4="10.0.0.139",
    )
    return task(
        1,
        launch_type="FARGATE",
        network_mode="awsvpc",
        cpu="256",
        memory="512",
        platform_version="1.4.0",
        availability_zone="us-east-1a",
        attributes=(Attribute(name="ecs.cpu-architecture", value="x86_64"),),
        containers=(a_container(),),
        interface=eni,
        connectivity="CONNECTED",
        connectivity_at=AT + 0.0004,
        pull_started_at=AT + 1.5,
        started_at=AT + 2.0006,
        version=4,
    )


def test_a_task_on_fargate_is_told_as_eventbridge_delivers_it(ecs: Asked) -> None:
    of = on_fargate()
    ecs.add_tasks(of)
    (event,) = told(ecs)
    detail = event.pop("detail")
    assert event.pop("id")
    assert event == {
        "version": "0",
        "detail-type": "ECS Task State Change",
        "source": "aws.ecs",
        "account": ACCOUNT,
        "time": "2023-11-14T22:13:20Z",
        "region": REGION,
        "resources": [of.arn],
    }
    assert detail == {
        "attachments": [
            {
                "id": "a-1",
                "type": "eni",
                "status": "ATTACHED",
                "details": [
                    {"name": "subnetId", "value": "subnet-1"},
                    {"name": "networkInterfaceId", "value": "eni-1"},
                    {"name": "macAddress", "value": "0a:98"},
                    {"name": "privateIPv4Address", "value": "10.0.0.139"},
                ],
            }
        ],
        "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
        "availabilityZone": "us-east-1a",
        "clusterArn": DEFAULT,
        "connectivity": "CONNECTED",
        "connectivityAt": "2023-11-14T22:13:20.000Z",
        "containers": [
            {
                "containerArn": f"{HOME}:container/default/1/c",
                "taskArn": of.arn,
                "name": "main",
                "image": "nginx",
                "imageDigest": "sha256:1",
                "runtimeId": "abc",
                "lastStatus": "RUNNING",
                "networkBindings": [],
                "networkInterfaces": [{"attachmentId": "a-1", "privateIpv4Address": "10.0.0.139"}],
                "cpu": "0",
            }
        ],
        "cpu": "256",
        "createdAt": "2023-11-14T22:13:20.000Z",
        "desiredStatus": "RUNNING",
        "enableExecuteCommand": False,
        "group": "family:web",
        "lastStatus": "RUNNING",
        "launchType": "FARGATE",
        "memory": "512",
        "overrides": {
            "containerOverrides": [{"name": "main"}],
            "inferenceAcceleratorOverrides": [],
        },
        "platformVersion": "1.4.0",
        "pullStartedAt": "2023-11-14T22:13:21.500Z",
        "startedAt": "2023-11-14T22:13:22.001Z",
        "taskArn": of.arn,
        "taskDefinitionArn": of.definition_arn,
        "updatedAt": "2023-11-14T22:13:20.000Z",
        "version": 4,
    }


def test_each_version_of_a_task_is_an_event_and_the_end_says_why(ecs: Asked) -> None:
    before = task(1, instance_arn=f"{HOME}:container-instance/default/1", last_status="PENDING")
    binding = NetworkBinding(bind_ip="0.0.0.0", container_port=80, host_port=8080, protocol="tcp")
    running = replace(
        before,
        version=2,
        last_status="RUNNING",
        containers=(a_container(bindings=(binding,), memory=64),),
    )
    unseen = replace(running, report_sequence=9)
    over = replace(
        unseen,
        version=3,
        last_status="STOPPED",
        desired_status="STOPPED",
        stop_code="EssentialContainerExited",
        stopped_reason="Essential container in task exited",
        stopping_at=AT + 3.25,
        execution_stopped_at=AT + 3.25,
        stopped_at=AT + 4,
        containers=(a_container(last_status="STOPPED", exit_code=3, reason="x" * 2_000),),
    )
    ecs.add_tasks(before)
    for step, (old, new) in enumerate(((before, running), (running, unseen), (unseen, over))):
        ecs.store.write(lambda tx, pair=(old, new), at=AT + step: save_task(tx, *pair, now=at))
    first, second, third = (each["detail"] for each in told(ecs))
    assert [each["version"] for each in (first, second, third)] == [1, 2, 3]
    assert second["containerInstanceArn"] == f"{HOME}:container-instance/default/1"
    assert second["containers"][0]["networkBindings"] == [
        {"bindIP": "0.0.0.0", "containerPort": 80, "hostPort": 8080, "protocol": "tcp"}
    ]
    assert third["stopCode"] == "EssentialContainerExited"
    assert third["stoppedReason"] == "Essential container in task exited"
    assert third["stoppingAt"] == third["executionStoppedAt"] == "2023-11-14T22:13:23.250Z"
    assert third["stoppedAt"] == "2023-11-14T22:13:24.000Z"
    assert third["updatedAt"] == "2023-11-14T22:13:22.000Z"
    assert third["containers"][0]["exitCode"] == 3
    assert len(third["containers"][0]["reason"]) == 1_024


def test_health_and_tags_are_not_part_of_a_tasks_events(ecs: Asked) -> None:
    ecs.add_tasks(task(1, containers=(a_container(has_health_check=True, health="HEALTHY"),)))
    (event,) = told(ecs)
    for shown in (event["detail"], *event["detail"]["containers"]):
        assert not {"healthStatus", "tags"} & set(shown)


def test_an_instance_is_told_when_its_node_joins_with_what_it_has(ecs: Asked) -> None:
    arn = ecs.add_node(reserved_ports=(22, 2375))
    (event,) = told(ecs)
    assert event["detail-type"] == "ECS Container Instance State Change"
    assert event["resources"] == [arn]
    detail = event["detail"]
    assert {"name": "ecs.os-type", "value": "linux"} in detail.pop("attributes")
    assert detail == {
        "agentConnected": True,
        "clusterArn": DEFAULT,
        "containerInstanceArn": arn,
        "ec2InstanceId": "i-0" + f"{1:032x}"[:16],
        "registeredResources": [
            {"name": "CPU", "type": "INTEGER", "integerValue": 2048},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": 4096},
            {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", "2375"]},
            {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
        ],
        "remainingResources": [
            {"name": "CPU", "type": "INTEGER", "integerValue": 2048},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": 4096},
            {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", "2375"]},
            {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
        ],
        "status": "ACTIVE",
        "version": 1,
        "versionInfo": {
            "agentVersion": "1.2.3",
            "dockerVersion": "DockerVersion: 20.10.24",
        },
        "updatedAt": "2023-11-14T22:13:20.000Z",
    }


def test_an_instance_is_told_as_it_was_at_the_moment(
    ecs: Asked, clock: TurnedClock, call: Callable[..., Call]
) -> None:
    arn = ecs.add_node()
    takes = {"reserved_cpu": 48, "reserved_memory": 96, "host_ports": (8080,)}
    ecs.add_tasks(task(1, instance_arn=arn, **takes))
    ecs("PutAttributes", attributes=[{"name": "rack", "value": "1", "targetId": arn}])
    mark = newest(ecs)
    clock.turn(5)
    ecs("UpdateContainerInstancesState", containerInstances=[arn], status="DRAINING")
    fleet = EcsFleet(identities=call().peers.identities, clock=clock)
    down = EngineState(connected=False, docker_version="")
    ecs.store.write(lambda tx: fleet.engine_state(tx, arn, down, now=clock.at))
    ecs.store.write(lambda tx: fleet.engine_state(tx, arn, down, now=clock.at))
    ecs.store.write(lambda tx: fleet.disconnect_all(tx, now=clock.at))
    ecs("DeregisterContainerInstance", containerInstance=arn, force=True)
    events = told(ecs, mark)
    instances = [each["detail"] for each in events if each["resources"] == [arn]]
    assert [(each["status"], each["agentConnected"]) for each in instances] == [
        ("DRAINING", True),
        ("DRAINING", True),
        ("DRAINING", False),
        ("INACTIVE", False),
    ]
    assert [each["version"] for each in instances] == [2, 3, 4, 5]
    first = instances[0]
    cpu, memory, ports, _ = first["remainingResources"]
    assert (cpu["integerValue"], memory["integerValue"]) == (2_000, 4_000)
    assert ports["stringSetValue"][-1] == "8080"
    assert {"name": "rack", "value": "1"} in first["attributes"]
    assert first["updatedAt"] == "2023-11-14T22:13:25.000Z"


def test_what_is_told_of_services_is_told_as_it_was_written(ecs: Asked) -> None:
    action = ServiceAction(
        event_type="INFO",
        event_name="SERVICE_STEADY_STATE",
        cluster_arn=DEFAULT,
        created_at="2023-11-14T22:13:20.000Z",
    )
    change = DeploymentStateChange(
        event_type="ERROR",
        event_name="SERVICE_DEPLOYMENT_FAILED",
        deployment_id="ecs-svc/1",
        updated_at="2023-11-14T22:13:20.000Z",
        reason="ECS deployment circuit breaker: task failed to start.",
        cluster_arn=DEFAULT,
    )
    arn = f"{HOME}:service/default/web"
    said: tuple[tuple[Any, Any], ...] = (("service action", action), ("deployment", change))
    ecs.store.write(
        lambda tx: queries.emit(
            tx,
            [
                BusEvent(
                    id=kind,
                    at=AT + 0.9,
                    account=ACCOUNT,
                    region=REGION,
                    kind=kind,
                    resource=arn,
                    body=msgspec.json.encode(detail),
                )
                for kind, detail in said
            ],
        )
    )
    first, second = told(ecs)
    assert (first["detail-type"], first["resources"]) == ("ECS Service Action", [arn])
    assert first["time"] == "2023-11-14T22:13:20Z"
    assert first["detail"] == {
        "eventType": "INFO",
        "eventName": "SERVICE_STEADY_STATE",
        "clusterArn": DEFAULT,
        "createdAt": "2023-11-14T22:13:20.000Z",
    }
    assert second["detail-type"] == "ECS Deployment State Change"
    assert second["detail"] == {
        "eventType": "ERROR",
        "eventName": "SERVICE_DEPLOYMENT_FAILED",
        "deploymentId": "ecs-svc/1",
        "updatedAt": "2023-11-14T22:13:20.000Z",
        "reason": "ECS deployment circuit breaker: task failed to start.",
        "clusterArn": DEFAULT,
    }


def test_events_are_read_in_order_from_any_place_and_a_bounded_number_at_once(ecs: Asked) -> None:
    ecs.add_tasks(*(task(number) for number in range(queries.READ_AT_ONCE + 3)))
    first = ecs.store.read(lambda tx: EVENTS.events_after(tx, 0))
    assert len(first) == queries.READ_AT_ONCE
    start = first[0].sequence
    assert [each.sequence - start for each in first] == list(range(queries.READ_AT_ONCE))
    rest = ecs.store.read(lambda tx: EVENTS.events_after(tx, first[-1].sequence))
    assert [each.sequence - start for each in rest] == [500, 501, 502]
    assert newest(ecs) == rest[-1].sequence
    assert ecs.store.read(lambda tx: EVENTS.events_after(tx, rest[-1].sequence)) == ()


def test_the_same_version_always_has_the_same_id(ecs: Asked) -> None:
    ecs.add_tasks(task(1), task(2))
    (first, second) = told(ecs)
    assert first["id"] != second["id"]
    ecs.store.write(lambda tx: queries.emit(tx, queries.events_after(tx, 0)[:1]))
    assert told(ecs)[2]["id"] == first["id"]


def test_where_writers_commit_out_of_order_a_late_event_is_read_by_who_asks_again(
    ecs: Asked,
) -> None:
    if isinstance(ecs.store, SqliteStore):
        pytest.skip("SQLite has one writer: its events are in the order of the commits")
    written, go_on = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        insert_tasks(tx, (task(1),))
        written.set()
        assert go_on.wait(10)

    late = threading.Thread(target=lambda: ecs.store.write(slow))
    late.start()
    assert written.wait(10)
    ecs.add_tasks(task(2))
    assert [each["resources"] for each in told(ecs)] == [[task(2).arn]]
    go_on.set()
    late.join()
    assert [each["resources"] for each in told(ecs)] == [[task(1).arn], [task(2).arn]]
