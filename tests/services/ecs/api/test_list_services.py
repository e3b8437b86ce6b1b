"""ListServices, ListServicesByNamespace, and how clusters count their services."""

from collections.abc import Callable
from typing import Any

import pytest

from ecs_asking import HOME, Asked
from homeport.runtime import Call
from homeport.services.ecs import errors
from homeport.services.ecs.records.clusters import StrategyItem
from homeport.store import Store
from known_services import put, service

SPOT = (StrategyItem(capacity_provider="FARGATE_SPOT", weight=1),)


@pytest.fixture
def ecs(store: Store, call: Callable[..., Call]) -> Asked:
    return Asked(store, call)


def names(ecs: Asked, **request: Any) -> list[str]:
    return [arn.rpartition("/")[2] for arn in ecs("ListServices", **request)["serviceArns"]]


def test_only_active_services_of_the_cluster_are_listed(ecs: Asked) -> None:
    ecs("CreateCluster", clusterName="second")
    elsewhere = service(
        arn=f"{HOME}:service/second/web",
        cluster_arn=f"{HOME}:cluster/second",
        cluster_name="second",
    )
    ecs.store.write(
        lambda tx: put(
            tx,
            service("a"),
            service("b", status="DRAINING"),
            service("c", status="INACTIVE"),
            elsewhere,
        )
    )
    assert ecs("ListServices") == {"serviceArns": [f"{HOME}:service/default/a"]}
    assert ecs("ListServices", cluster="second") == {"serviceArns": [elsewhere.arn]}


def test_filters_let_through_what_has_all_of_them(ecs: Asked) -> None:
    ecs.store.write(
        lambda tx: put(
            tx,
            service("daemon", launch_type="EC2", scheduling_strategy="DAEMON"),
            service("fargate"),
            service("replica", launch_type="EC2"),
            service("spot", launch_type=None, capacity_provider_strategy=SPOT),
        )
    )
    assert names(ecs) == ["daemon", "fargate", "replica", "spot"]
    assert names(ecs, launchType="EC2") == ["daemon", "replica"]
    assert names(ecs, launchType="FARGATE") == ["fargate"]
    assert names(ecs, schedulingStrategy="REPLICA") == ["fargate", "replica", "spot"]
    assert names(ecs, launchType="EC2", schedulingStrategy="DAEMON") == ["daemon"]
    assert names(ecs, resourceManagementType="CUSTOMER") == names(ecs)
    assert names(ecs, resourceManagementType="ECS") == []


def test_a_page_has_ten_services_unless_more_are_asked_for(ecs: Asked) -> None:
    known = [f"s{number:02d}" for number in range(23)]
    ecs.store.write(lambda tx: put(tx, *(service(name) for name in known)))
    seen: list[str] = []
    answer: dict[str, Any] = {"nextToken": None}
    pages = 0
    while "nextToken" in answer:
        more = {"nextToken": answer["nextToken"]} if answer["nextToken"] else {}
        answer = ecs("ListServices", **more)
        seen += answer["serviceArns"]
        pages += 1
    assert [arn.rpartition("/")[2] for arn in seen] == known
    assert pages == 3
    assert names(ecs, maxResults=100) == known


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"maxResults": 0}, "maxResults must be between 1 and 100."),
        ({"maxResults": 101}, "maxResults must be between 1 and 100."),
        ({"nextToken": "?"}, "Invalid token."),
        (
            {"launchType": "LAMBDA"},
            "launch type should be one of [EC2,FARGATE,EXTERNAL]",
        ),
        ({"schedulingStrategy": "X"}, "scheduling strategy should be one of [REPLICA,DAEMON]"),
        (
            {"resourceManagementType": "X"},
            "resourceManagementType should be one of [CUSTOMER,ECS]",
        ),
    ],
)
def test_filters_that_mean_nothing_are_refused(
    ecs: Asked, request_: dict[str, Any], message: str
) -> None:
    with pytest.raises(errors.InvalidParameterException) as raised:
        ecs("ListServices", **request_)
    assert raised.value.message == message


def test_services_of_an_unknown_cluster_are_an_error(ecs: Asked) -> None:
    with pytest.raises(errors.ClusterNotFoundException):
        ecs("ListServices", cluster="none")


def test_no_service_is_in_a_namespace(ecs: Asked) -> None:
    ecs.store.write(lambda tx: put(tx, service()))
    assert ecs("ListServicesByNamespace", namespace="shop") == {"serviceArns": []}
    for wrong in ({"namespace": ""}, {"namespace": "a", "maxResults": 101}):
        with pytest.raises(errors.InvalidParameterException):
            ecs("ListServicesByNamespace", **wrong)


def test_a_cluster_counts_its_services_by_status_and_launch_type(ecs: Asked) -> None:
    ecs.store.write(
        lambda tx: put(
            tx,
            service("a"),
            service("b", launch_type="EC2"),
            service("c", launch_type="EC2", status="DRAINING"),
            service("d", launch_type=None, capacity_provider_strategy=SPOT),
            service("e", status="INACTIVE"),
        )
    )
    (cluster,) = ecs("DescribeClusters", include=["STATISTICS"])["clusters"]
    assert cluster["activeServicesCount"] == 3
    counted = {each["name"]: each["value"] for each in cluster["statistics"]}
    assert {name: value for name, value in counted.items() if value != "0"} == {
        "activeEC2ServiceCount": "1",
        "activeFargateServiceCount": "2",
        "drainingEC2ServiceCount": "1",
    }


@pytest.mark.parametrize("status", ["ACTIVE", "DRAINING"])
def test_a_cluster_with_services_cannot_be_deleted(ecs: Asked, status: str) -> None:
    ecs.store.write(lambda tx: put(tx, service(status=status)))
    with pytest.raises(errors.ClusterContainsServicesException) as raised:
        ecs("DeleteCluster", cluster="default")
    assert raised.value.message == "The Cluster cannot be deleted while Services are active."


def test_a_cluster_whose_services_are_over_can_be_deleted(ecs: Asked) -> None:
    ecs.store.write(lambda tx: put(tx, service(status="INACTIVE", rollouts=())))
    assert ecs("DeleteCluster", cluster="default")["cluster"]["status"] == "INACTIVE"
