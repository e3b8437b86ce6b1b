"""Capacity providers: the built-in ones, and what clusters do with them."""

from collections.abc import Callable

import pytest

from ecs_asking import HOME, Asked, task
from homeport.runtime import Call
from homeport.services.ecs import errors
from homeport.store import Store

FARGATE = {
    "capacityProviderArn": f"{HOME}:capacity-provider/FARGATE",
    "name": "FARGATE",
    "status": "ACTIVE",
    "tags": [],
    "type": "FARGATE",
}


@pytest.fixture
def ecs(store: Store, call: Callable[..., Call]) -> Asked:
    return Asked(store, call)


def test_the_built_in_providers_are_there(ecs: Asked) -> None:
    answer = ecs("DescribeCapacityProviders", include=["TAGS"])
    assert [each["name"] for each in answer["capacityProviders"]] == ["FARGATE", "FARGATE_SPOT"]
    assert answer["capacityProviders"][0] == FARGATE
    assert answer["failures"] == []


def test_providers_are_described_by_name_and_by_arn(ecs: Asked) -> None:
    wanted = [f"{HOME}:capacity-provider/FARGATE", "MINE"]
    answer = ecs("DescribeCapacityProviders", capacityProviders=wanted)
    assert answer["capacityProviders"] == [FARGATE]
    assert answer["failures"] == [{"arn": f"{HOME}:capacity-provider/MINE", "reason": "MISSING"}]


def test_providers_are_described_in_pages(ecs: Asked) -> None:
    first = ecs("DescribeCapacityProviders", maxResults=1)
    second = ecs("DescribeCapacityProviders", maxResults=1, nextToken=first["nextToken"])
    assert [each["name"] for each in second["capacityProviders"]] == ["FARGATE_SPOT"]
    assert "nextToken" not in second
    with pytest.raises(errors.InvalidParameterException):
        ecs("DescribeCapacityProviders", maxResults=11)


def test_a_cluster_gets_its_providers_and_its_default_strategy(ecs: Asked) -> None:
    cluster = ecs(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[
            {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
            {"capacityProvider": "FARGATE_SPOT", "weight": 4},
        ],
    )["cluster"]
    assert cluster["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    assert cluster["defaultCapacityProviderStrategy"] == [
        {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 4, "base": 0},
    ]
    assert ecs("DescribeCapacityProviders", cluster="default")["capacityProviders"]
    cleared = ecs(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=[],
        defaultCapacityProviderStrategy=[],
    )["cluster"]
    assert cleared["capacityProviders"] == cleared["defaultCapacityProviderStrategy"] == []
    assert ecs("DescribeCapacityProviders", cluster="default")["capacityProviders"] == []


def test_a_provider_in_use_stays_with_its_cluster(ecs: Asked) -> None:
    def put(*names: str) -> object:
        return ecs(
            "PutClusterCapacityProviders",
            cluster="default",
            capacityProviders=list(names),
            defaultCapacityProviderStrategy=[],
        )

    put("FARGATE", "FARGATE_SPOT")
    ecs.add_tasks(
        task(1, launch_type="FARGATE", capacity_provider="FARGATE_SPOT"),
        task(2, launch_type="FARGATE", capacity_provider="FARGATE", last_status="STOPPED"),
    )
    with pytest.raises(errors.ResourceInUseException, match="is in use and cannot be removed"):
        put("FARGATE")
    put("FARGATE_SPOT")


@pytest.mark.parametrize(
    ("providers", "strategy", "complaint"),
    [
        (["MINE"], [], "capacity provider MINE was not found"),
        (["FARGATE", "FARGATE"], [], "duplicates"),
        (["FARGATE"], [{"capacityProvider": "FARGATE_SPOT"}], "not associated with the cluster"),
    ],
)
def test_providers_that_are_refused(
    ecs: Asked, providers: list[str], strategy: list[object], complaint: str
) -> None:
    with pytest.raises(errors.InvalidParameterException, match=complaint):
        ecs(
            "PutClusterCapacityProviders",
            cluster="default",
            capacityProviders=providers,
            defaultCapacityProviderStrategy=strategy,
        )


def test_other_providers_are_refused_in_a_sentence(ecs: Asked) -> None:
    with pytest.raises(errors.UnsupportedFeatureException, match="Auto Scaling groups"):
        ecs("CreateCapacityProvider", name="mine", autoScalingGroupProvider={})
    with pytest.raises(errors.InvalidParameterException, match="cannot be prefixed with"):
        ecs("CreateCapacityProvider", name="ecs-mine", autoScalingGroupProvider={})
    with pytest.raises(errors.InvalidParameterException, match="was not found"):
        ecs("DeleteCapacityProvider", capacityProvider="mine")
    for operation, member in (
        ("DeleteCapacityProvider", "capacityProvider"),
        ("UpdateCapacityProvider", "name"),
    ):
        with pytest.raises(errors.ClientException, match="are reserved and cannot be"):
            ecs(operation, **{member: "FARGATE"})
