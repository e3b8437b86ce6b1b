"""Container instances and their attributes, asked as the gateway asks them."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from ecs_asking import DEFAULT, HOME, Asked, task
from homeport.runtime import Call
from homeport.services.ecs import errors
from homeport.services.ecs.queries import instances
from homeport.store import Store


@pytest.fixture
def ecs(store: Store, call: Callable[..., Call]) -> Asked:
    return Asked(store, call)


def described(
    ecs: Asked, *references: str, include: tuple[str, ...] = ()
) -> list[dict[str, object]]:
    return ecs(
        "DescribeContainerInstances", containerInstances=list(references), include=list(include)
    )["containerInstances"]


def resource(name: str, value: int) -> dict[str, object]:
    return {
        "name": name,
        "type": "INTEGER",
        "doubleValue": 0.0,
        "longValue": 0,
        "integerValue": value,
    }


def ports(name: str, *values: str) -> dict[str, object]:
    return {
        "name": name,
        "type": "STRINGSET",
        "doubleValue": 0.0,
        "longValue": 0,
        "integerValue": 0,
        "stringSetValue": list(values),
    }


OWN_PORTS = ("22", "2375", "2376", "51678", "51679")


def test_a_node_is_shown_as_ecs_shows_an_instance(ecs: Asked) -> None:
    arn = ecs.add_node(1)
    assert arn == f"{HOME}:container-instance/default/{1:032x}"
    registered = [
        resource("CPU", 2048),
        resource("MEMORY", 4096),
        ports("PORTS", *OWN_PORTS),
        ports("PORTS_UDP"),
    ]
    assert described(ecs, arn) == [
        {
            "containerInstanceArn": arn,
            "ec2InstanceId": "i-0" + "0" * 16,
            "version": 1,
            "versionInfo": {"agentVersion": "1.2.3", "dockerVersion": "DockerVersion: 20.10.24"},
            "remainingResources": registered,
            "registeredResources": registered,
            "status": "ACTIVE",
            "agentConnected": True,
            "runningTasksCount": 0,
            "pendingTasksCount": 0,
            "attributes": [
                {"name": "ecs.availability-zone", "value": "us-east-1a"},
                {"name": "ecs.cpu-architecture", "value": "x86_64"},
                {"name": "ecs.os-type", "value": "linux"},
            ],
            "registeredAt": 1_700_000_000.0,
            "attachments": [],
            "tags": [],
        }
    ]


def test_what_remains_is_what_unreleased_tasks_leave(ecs: Asked) -> None:
    arn = ecs.add_node()
    ecs.add_tasks(
        task(1, instance_arn=arn, reserved_cpu=256, reserved_memory=512, host_ports=(80,)),
        task(2, instance_arn=arn, reserved_cpu=256, host_ports_udp=(53,), last_status="PENDING"),
        task(3, instance_arn=arn, launch_type="FARGATE"),
        task(4, instance_arn=arn, reserved_cpu=1024, released=True, last_status="STOPPED"),
    )
    (shown,) = described(ecs, arn)
    assert shown["remainingResources"] == [
        resource("CPU", 1536),
        resource("MEMORY", 3584),
        ports("PORTS", *OWN_PORTS, "80"),
        ports("PORTS_UDP", "53"),
    ]
    assert (shown["runningTasksCount"], shown["pendingTasksCount"]) == (1, 1)


def test_tags_and_health_are_shown_when_they_are_asked_for(ecs: Asked) -> None:
    arn = ecs.add_node()
    ecs("TagResource", resourceArn=arn, tags=[{"key": "rack", "value": "7"}])
    (shown,) = described(ecs, arn, include=("TAGS", "CONTAINER_INSTANCE_HEALTH"))
    assert shown["tags"] == [{"key": "rack", "value": "7"}]
    assert shown["healthStatus"] == {
        "overallStatus": "OK",
        "details": [{"type": "CONTAINER_RUNTIME", "status": "OK"}],
    }
    ecs.add_node(docker_version="")
    (shown,) = described(ecs, arn, include=("CONTAINER_INSTANCE_HEALTH",))
    assert shown["healthStatus"]["overallStatus"] == "IMPAIRED"  # type: ignore[index]


def test_unknown_instances_are_failures(ecs: Asked) -> None:
    arn = ecs.add_node()
    answer = ecs("DescribeContainerInstances", containerInstances=["feed", arn, arn])
    assert [each["containerInstanceArn"] for each in answer["containerInstances"]] == [arn]
    assert answer["failures"] == [
        {"arn": f"{HOME}:container-instance/default/feed", "reason": "MISSING"}
    ]


@pytest.mark.parametrize(
    ("references", "complaint"),
    [
        ([], "Container Instances cannot be empty."),
        ([f"{number:032x}" for number in range(101)], "more than 100"),
        (["web/feed"], "Identifier is for cluster web. Your cluster is default"),
    ],
)
def test_references_that_are_refused(ecs: Asked, references: list[str], complaint: str) -> None:
    with pytest.raises(errors.InvalidParameterException, match=complaint):
        described(ecs, *references)


def test_instances_are_listed_by_status_and_filter_in_pages(ecs: Asked) -> None:
    arns = [ecs.add_node(number) for number in range(1, 5)]
    ecs("UpdateContainerInstancesState", containerInstances=[arns[0]], status="DRAINING")
    ecs("DeregisterContainerInstance", containerInstance=arns[3])
    ecs(
        "PutAttributes",
        attributes=[{"name": "stack", "value": "prod", "targetId": arns[1]}],
    )
    ecs.add_tasks(task(1, instance_arn=arns[2], group="service:web"))

    def listed(**options: object) -> list[str]:
        return ecs("ListContainerInstances", **options)["containerInstanceArns"]

    assert listed() == arns[:3]
    assert listed(status="DRAINING") == arns[:1]
    assert listed(status="REGISTERING") == []
    assert listed(filter="attribute:stack == prod") == [arns[1]]
    assert listed(filter="task:group == service:web and runningTasksCount == 1") == [arns[2]]
    assert listed(filter="attribute:ecs.os-type == linux", status="ACTIVE") == arns[1:3]
    first = ecs("ListContainerInstances", maxResults=2)
    assert first["containerInstanceArns"] == arns[:2]
    rest = ecs("ListContainerInstances", maxResults=2, nextToken=first["nextToken"])
    assert rest == {"containerInstanceArns": [arns[2]]}


@pytest.mark.parametrize(
    "bad", [{"status": "INACTIVE"}, {"filter": "colour == red"}, {"maxResults": 101}]
)
def test_a_list_that_cannot_be(ecs: Asked, bad: dict[str, object]) -> None:
    with pytest.raises(errors.InvalidParameterException):
        ecs("ListContainerInstances", **bad)


def test_instances_of_an_unknown_cluster_are_not_listed(ecs: Asked) -> None:
    with pytest.raises(errors.ClusterNotFoundException):
        ecs("ListContainerInstances", cluster="nope")


def test_an_instance_is_drained_and_made_active_again(ecs: Asked) -> None:
    arn = ecs.add_node()
    answer = ecs(
        "UpdateContainerInstancesState", containerInstances=[arn, "feed"], status="DRAINING"
    )
    assert [each["status"] for each in answer["containerInstances"]] == ["DRAINING"]
    assert answer["containerInstances"][0]["version"] == 2
    assert [each["reason"] for each in answer["failures"]] == ["MISSING"]
    again = ecs("UpdateContainerInstancesState", containerInstances=[arn], status="ACTIVE")
    assert again["containerInstances"][0]["status"] == "ACTIVE"
    with pytest.raises(
        errors.InvalidParameterException,
        match=r"Container instance status should be one of \[ACTIVE, DRAINING\]",
    ):
        ecs("UpdateContainerInstancesState", containerInstances=[arn], status="INACTIVE")
    with pytest.raises(errors.InvalidParameterException, match="more than 10"):
        ecs(
            "UpdateContainerInstancesState", containerInstances=list("abcdefghijk"), status="ACTIVE"
        )


def test_an_instance_with_tasks_is_deregistered_by_force_only(ecs: Asked) -> None:
    arn = ecs.add_node()
    ecs.add_tasks(task(1, instance_arn=arn))
    with pytest.raises(
        errors.InvalidParameterException, match=r"Found running tasks on the instance\."
    ):
        ecs("DeregisterContainerInstance", containerInstance=arn)
    gone = ecs("DeregisterContainerInstance", containerInstance=arn, force=True)
    assert gone["containerInstance"]["status"] == "INACTIVE"
    assert described(ecs, arn)[0]["status"] == "INACTIVE"
    assert ecs("DescribeClusters")["clusters"][0]["registeredContainerInstancesCount"] == 0
    with pytest.raises(errors.InvalidParameterException, match="was not found"):
        ecs("DeregisterContainerInstance", containerInstance=arn)


def test_fargate_tasks_do_not_hold_the_instance_that_no_one_sees_them_on(ecs: Asked) -> None:
    arn = ecs.add_node()
    ecs.add_tasks(task(1, instance_arn=arn, launch_type="FARGATE"))
    ecs("DeregisterContainerInstance", containerInstance=arn)


def test_deregistering_announces_the_instance(ecs: Asked) -> None:
    arn = ecs.add_node()
    heard: list[tuple[str, str]] = []
    ecs.store.feed.listen(lambda changes: heard.extend((each.kind, each.key) for each in changes))
    ecs("DeregisterContainerInstance", containerInstance=arn)
    assert ("instance", arn) in heard


def test_a_node_that_comes_back_is_the_same_instance(ecs: Asked) -> None:
    arn = ecs.add_node(7)
    ecs("UpdateContainerInstancesState", containerInstances=[arn], status="DRAINING")
    ecs("PutAttributes", attributes=[{"name": "stack", "value": "prod", "targetId": arn}])
    again = ecs.add_node(7, attributes={"ecs.os-type": "linux", "stack": "test", "new": None})
    (shown,) = described(ecs, again)
    assert again == arn
    assert shown["status"] == "DRAINING"
    assert shown["attributes"] == [
        {"name": "ecs.availability-zone", "value": "us-east-1a"},
        {"name": "ecs.os-type", "value": "linux"},
        {"name": "new"},
        {"name": "stack", "value": "prod"},
    ]


def test_a_deregistered_node_that_says_hello_is_registered_anew(ecs: Asked) -> None:
    arn = ecs.add_node()
    ecs("PutAttributes", attributes=[{"name": "stack", "value": "prod", "targetId": arn}])
    ecs("DeregisterContainerInstance", containerInstance=arn)
    assert ecs.add_node() == arn
    (shown,) = described(ecs, arn)
    assert shown["status"] == "ACTIVE"
    assert all(each["name"] != "stack" for each in shown["attributes"])  # type: ignore[attr-defined]


def test_generations_only_count_up(ecs: Asked) -> None:
    arn = ecs.add_node()

    def three(tx: object) -> list[int]:
        return [instances.next_generation(tx, arn) for _ in range(3)]  # type: ignore[arg-type]

    assert ecs.store.write(three) == [1, 2, 3]
    ecs.add_node()
    assert ecs.store.read(lambda tx: instances.generation(tx, arn)) == 3


def test_there_is_never_an_update_of_the_agent(ecs: Asked) -> None:
    arn = ecs.add_node()
    with pytest.raises(errors.NoUpdateAvailableException):
        ecs("UpdateContainerAgent", containerInstance=arn)
    with pytest.raises(errors.InvalidParameterException):
        ecs("UpdateContainerAgent", containerInstance="feed")


def test_attributes_are_put_listed_and_deleted(ecs: Asked) -> None:
    one, two = ecs.add_node(1), ecs.add_node(2)
    put = ecs(
        "PutAttributes",
        cluster=DEFAULT,
        attributes=[
            {"name": "stack", "value": "prod", "targetId": one},
            {
                "name": "ssd",
                "targetId": two.rpartition("/")[2],
                "targetType": "container-instance",
            },
        ],
    )
    assert put["attributes"] == [
        {"name": "stack", "value": "prod", "targetId": one},
        {"name": "ssd", "targetId": two},
    ]
    ecs("PutAttributes", attributes=[{"name": "stack", "value": "test", "targetId": two}])

    def listed(**options: object) -> list[dict[str, str]]:
        return ecs("ListAttributes", targetType="container-instance", **options)["attributes"]

    assert listed(attributeName="stack") == [
        {"name": "stack", "value": "prod", "targetId": one},
        {"name": "stack", "value": "test", "targetId": two},
    ]
    assert listed(attributeName="stack", attributeValue="test") == [
        {"name": "stack", "value": "test", "targetId": two}
    ]
    assert len(listed()) == 9
    deleted = ecs(
        "DeleteAttributes",
        attributes=[{"name": "stack", "targetId": one}, {"name": "gone", "targetId": one}],
    )
    assert deleted["attributes"] == [{"name": "stack", "value": "prod", "targetId": one}]
    assert len(listed(attributeName="stack")) == 1


def test_attributes_are_listed_in_pages(ecs: Asked) -> None:
    for number in range(1, 4):
        ecs.add_node(number)
    everything = ecs("ListAttributes", targetType="container-instance")["attributes"]
    seen: list[object] = []
    token: dict[str, str] = {}
    while True:
        answer = ecs("ListAttributes", targetType="container-instance", maxResults=4, **token)
        seen += answer["attributes"]
        if "nextToken" not in answer:
            break
        token = {"nextToken": answer["nextToken"]}
    assert seen == everything
    assert len(everything) == 9


@pytest.mark.parametrize(
    ("attributes", "error"),
    [
        ([], errors.InvalidParameterException),
        ([{"name": "a", "targetId": "feed"}], errors.TargetNotFoundException),
        ([{"name": "a"}], errors.InvalidParameterException),
        ([{"name": "", "targetId": "x"}], errors.InvalidParameterException),
        ([{"name": "a b", "targetId": "x"}], errors.InvalidParameterException),
        ([{"name": "a", "value": " b", "targetId": "x"}], errors.InvalidParameterException),
        ([{"name": "a", "value": "b!", "targetId": "x"}], errors.InvalidParameterException),
        ([{"name": "a", "targetType": "task", "targetId": "x"}], errors.InvalidParameterException),
        ([{"name": "a", "targetId": "x"}] * 11, errors.InvalidParameterException),
    ],
)
def test_attributes_that_are_refused(
    ecs: Asked, attributes: list[dict[str, str]], error: type[Exception]
) -> None:
    for operation in ("PutAttributes", "DeleteAttributes"):
        with pytest.raises(error):
            ecs(operation, attributes=attributes)


def test_an_instance_has_ten_custom_attributes_at_most(ecs: Asked) -> None:
    arn = ecs.add_node()
    ten = [{"name": f"a{number}", "targetId": arn} for number in range(10)]
    ecs("PutAttributes", attributes=ten)
    ecs("PutAttributes", attributes=ten)
    with pytest.raises(errors.AttributeLimitExceededException):
        ecs("PutAttributes", attributes=[{"name": "b", "targetId": arn}])


def test_a_list_of_attributes_that_cannot_be(ecs: Asked) -> None:
    with pytest.raises(errors.InvalidParameterException, match="targetType must be"):
        ecs("ListAttributes", targetType="task")
    with pytest.raises(errors.InvalidParameterException, match="attributeName must be specified"):
        ecs("ListAttributes", targetType="container-instance", attributeValue="x")


def test_every_node_of_the_region_is_listed_with_what_is_left_of_it(ecs: Asked) -> None:
    ecs("CreateCluster", clusterName="web")
    one, two = ecs.add_node(1), ecs.add_node(2, cluster="web")
    ecs.add_tasks(
        task(1, instance_arn=one, reserved_cpu=256, reserved_memory=512),
        task(2, instance_arn=one, launch_type="FARGATE", last_status="PENDING"),
    )
    listed = ecs("ListNodes")["nodes"]
    assert [each["instanceArn"] for each in listed] == [one, two]
    assert listed[0] == {
        "instanceArn": one,
        "clusterArn": DEFAULT,
        "connected": True,
        "engineConnected": True,
        "dockerVersion": "20.10.24",
        "runningTasks": 1,
        "pendingTasks": 1,
        "cpu": 2048,
        "memoryMib": 4096,
        "cpuRemaining": 1792,
        "memoryRemaining": 3584,
    }


def test_a_disconnected_instance_is_shown_as_such(ecs: Asked) -> None:
    arn = ecs.add_node()

    def lose(tx: object) -> None:
        instance = instances.find_instance(tx, arn)  # type: ignore[arg-type]
        assert instance is not None
        instances.save_instance(tx, replace(instance, connected=False), now=0.0)  # type: ignore[arg-type]

    ecs.store.write(lose)
    (shown,) = described(ecs, arn, include=("CONTAINER_INSTANCE_HEALTH",))
    assert shown["agentConnected"] is False
    assert shown["healthStatus"]["overallStatus"] == "INSUFFICIENT_DATA"  # type: ignore[index]
