"""The six cluster operations, asked as the gateway asks them."""

from collections.abc import Callable

import pytest

from ecs_asking import ACCOUNT, DEFAULT, HOME, REGION, Asked, task
from homeport.runtime import Call, Seed
from homeport.services.ecs import errors
from homeport.services.ecs.queries.clusters import active_cluster
from homeport.services.ecs.wiring import seed
from homeport.store import Store


@pytest.fixture
def ecs(store: Store, call: Callable[..., Call]) -> Asked:
    return Asked(store, call)


def described(ecs: Asked, *names: str, include: tuple[str, ...] = ()) -> list[dict[str, object]]:
    return ecs("DescribeClusters", clusters=list(names), include=list(include))["clusters"]


def test_a_new_cluster_is_answered_whole(ecs: Asked) -> None:
    cluster = ecs("CreateCluster", clusterName="web", tags=[{"key": "team", "value": "a"}])
    assert cluster["cluster"] == {
        "clusterArn": f"{HOME}:cluster/web",
        "clusterName": "web",
        "status": "ACTIVE",
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": 0,
        "pendingTasksCount": 0,
        "activeServicesCount": 0,
        "statistics": [],
        "tags": [{"key": "team", "value": "a"}],
        "settings": [{"name": "containerInsights", "value": "disabled"}],
        "capacityProviders": [],
        "defaultCapacityProviderStrategy": [],
    }


def test_creating_a_cluster_again_answers_the_one_that_is_there(ecs: Asked) -> None:
    options = {
        "clusterName": "web",
        "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
        "defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
        "settings": [{"name": "containerInsights", "value": "enhanced"}],
        "tags": [{"key": "team", "value": "a"}],
    }
    first = ecs("CreateCluster", **options)
    assert ecs("CreateCluster", **options) == first
    assert ecs("CreateCluster", clusterName="web") == first


@pytest.mark.parametrize(
    "other",
    [
        {"tags": [{"key": "team", "value": "b"}]},
        {"capacityProviders": ["FARGATE"]},
        {"settings": [{"name": "containerInsights", "value": "enabled"}]},
    ],
)
def test_creating_it_again_with_other_arguments_is_refused(
    ecs: Asked, other: dict[str, object]
) -> None:
    ecs("CreateCluster", clusterName="web")
    with pytest.raises(errors.InvalidParameterException, match="idempotent request are inconsist"):
        ecs("CreateCluster", clusterName="web", **other)


def test_the_default_cluster_no_one_has_made_takes_what_it_is_created_with(ecs: Asked) -> None:
    cluster = ecs("CreateCluster", capacityProviders=["FARGATE"], tags=[{"key": "a"}])["cluster"]
    assert cluster["clusterName"] == "default"
    assert cluster["capacityProviders"] == ["FARGATE"]
    assert cluster["tags"] == [{"key": "a", "value": ""}]
    with pytest.raises(errors.InvalidParameterException):
        ecs("CreateCluster", capacityProviders=["FARGATE_SPOT"])


@pytest.mark.parametrize("name", ["a b", "a/b", "ä", "a" * 256, "arn:aws:ecs:r:a:cluster/x"])
def test_a_name_that_no_cluster_can_have(ecs: Asked, name: str) -> None:
    with pytest.raises(errors.InvalidParameterException, match="Cluster name must match"):
        ecs("CreateCluster", clusterName=name)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"settings": [{"name": "colour", "value": "x"}]}, "should be one of .containerInsights."),
        (
            {"settings": [{"name": "containerInsights", "value": "on"}]},
            "should be one of .enhanced,enabled,disabled.",
        ),
        ({"capacityProviders": ["MINE"]}, "capacity provider MINE was not found"),
        (
            {"defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE"}]},
            "not associated with the cluster",
        ),
        (
            {
                "configuration": {
                    "executeCommandConfiguration": {
                        "logConfiguration": {"cloudWatchLogGroupName": "x"}
                    }
                }
            },
            "You must set logging to 'OVERRIDE' when you supply a log configuration.",
        ),
        (
            {"configuration": {"executeCommandConfiguration": {"logging": "LOUD"}}},
            "logging should be one of",
        ),
    ],
)
def test_options_that_are_refused_make_no_cluster(
    ecs: Asked, options: dict[str, object], complaint: str
) -> None:
    with pytest.raises(errors.InvalidParameterException, match=complaint):
        ecs("CreateCluster", clusterName="web", **options)
    assert described(ecs, "web") == []


def test_a_namespace_is_refused_while_there_is_no_cloud_map(ecs: Asked) -> None:
    with pytest.raises(errors.NamespaceNotFoundException, match="does not serve AWS Cloud Map"):
        ecs("CreateCluster", clusterName="web", serviceConnectDefaults={"namespace": "internal"})
    ecs("UpdateCluster", cluster="default", serviceConnectDefaults={"namespace": ""})


def test_insights_of_the_account_are_those_of_a_new_cluster(ecs: Asked) -> None:
    ecs("PutAccountSettingDefault", name="containerInsights", value="on")
    cluster = ecs("CreateCluster", clusterName="web")["cluster"]
    assert cluster["settings"] == [{"name": "containerInsights", "value": "enabled"}]


def test_without_a_name_the_default_cluster_is_described(ecs: Asked) -> None:
    answer = ecs("DescribeClusters")
    assert [each["clusterArn"] for each in answer["clusters"]] == [DEFAULT]
    assert answer["failures"] == []


def test_an_unknown_cluster_is_a_failure(ecs: Asked) -> None:
    answer = ecs("DescribeClusters", clusters=["nope", "default", DEFAULT, "nope"])
    assert answer["failures"] == [{"arn": f"{HOME}:cluster/nope", "reason": "MISSING"}]
    assert len(answer["clusters"]) == 1


@pytest.mark.parametrize(
    ("reference", "complaint"),
    [
        ("a/b", "Invalid identifier: Unexpected number of separators"),
        (f"{HOME}:cluster/{HOME}:cluster/web", "Unexpected number of separators"),
        ("a b", "Cluster must match"),
        ("a\0", "Cluster must match"),
        (f"{HOME}:cluster/a\0", "Unexpected number of separators"),
        (f"{HOME}:cluster/", "Unexpected number of separators"),
        ("arn:aws:ecs:us-east-1:111111111111:cluster/web", "AccountIDs mismatch"),
    ],
)
def test_a_reference_that_names_no_cluster(ecs: Asked, reference: str, complaint: str) -> None:
    for request in (
        lambda: ecs("DescribeClusters", clusters=[reference]),
        lambda: ecs("DeleteCluster", cluster=reference),
    ):
        with pytest.raises(errors.InvalidParameterException, match=complaint):
            request()


def test_more_than_a_hundred_clusters_are_not_described_at_once(ecs: Asked) -> None:
    with pytest.raises(errors.InvalidParameterException, match="more than 100"):
        described(ecs, *(f"c{number}" for number in range(101)))
    with pytest.raises(errors.InvalidParameterException, match="include should be one of"):
        described(ecs, "default", include=("EVERYTHING",))


def test_details_are_shown_when_they_are_asked_for(ecs: Asked) -> None:
    configuration = {"executeCommandConfiguration": {"logging": "NONE"}}
    ecs("CreateCluster", clusterName="web", configuration=configuration, tags=[{"key": "a"}])
    (bare,) = described(ecs, "web")
    assert "configuration" not in bare
    assert bare["settings"] == bare["tags"] == bare["statistics"] == []
    (whole,) = described(
        ecs, "web", include=("ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "TAGS", "STATISTICS")
    )
    assert whole["configuration"] == configuration
    assert whole["attachments"] == []
    assert whole["tags"] == [{"key": "a", "value": ""}]
    assert whole["settings"] == [{"name": "containerInsights", "value": "disabled"}]


def test_counts_are_counted_when_the_cluster_is_shown(ecs: Asked) -> None:
    arn = ecs.add_node()
    ecs.add_tasks(
        task(1, instance_arn=arn),
        task(2, instance_arn=arn, last_status="PENDING"),
        task(3, instance_arn=arn, launch_type="FARGATE"),
        task(4, instance_arn=arn, last_status="STOPPED", desired_status="STOPPED"),
        task(5, instance_arn=arn, launch_type="FARGATE", last_status="PROVISIONING"),
    )
    (cluster,) = described(ecs, "default", include=("STATISTICS",))
    assert cluster["registeredContainerInstancesCount"] == 1
    assert cluster["runningTasksCount"] == 2
    assert cluster["pendingTasksCount"] == 2
    statistics = {each["name"]: each["value"] for each in cluster["statistics"]}  # type: ignore[attr-defined]
    assert list(statistics) == [
        "runningEC2TasksCount",
        "runningFargateTasksCount",
        "pendingEC2TasksCount",
        "pendingFargateTasksCount",
        "runningExternalTasksCount",
        "pendingExternalTasksCount",
        "runningManagedInstancesTasksCount",
        "pendingManagedInstancesTasksCount",
        "activeEC2ServiceCount",
        "activeFargateServiceCount",
        "drainingEC2ServiceCount",
        "drainingFargateServiceCount",
        "activeExternalServiceCount",
        "drainingExternalServiceCount",
        "activeManagedInstancesServiceCount",
        "drainingManagedInstancesServiceCount",
    ]
    assert {name: value for name, value in statistics.items() if value != "0"} == {
        "runningEC2TasksCount": "1",
        "runningFargateTasksCount": "1",
        "pendingEC2TasksCount": "1",
        "pendingFargateTasksCount": "1",
    }


def test_clusters_are_listed_in_pages(ecs: Asked) -> None:
    for number in range(5):
        ecs("CreateCluster", clusterName=f"c{number}")
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        answer = ecs("ListClusters", maxResults=2, **token)
        assert len(answer["clusterArns"]) <= 2
        seen += answer["clusterArns"]
        if "nextToken" not in answer:
            break
        token = {"nextToken": answer["nextToken"]}
    assert seen == [f"{HOME}:cluster/{name}" for name in ("c0", "c1", "c2", "c3", "c4", "default")]


@pytest.mark.parametrize("bad", [{"maxResults": 0}, {"maxResults": 101}, {"nextToken": "???"}])
def test_a_page_that_cannot_be(ecs: Asked, bad: dict[str, object]) -> None:
    with pytest.raises(errors.InvalidParameterException):
        ecs("ListClusters", **bad)


def test_an_update_replaces_what_is_given_and_leaves_the_rest(ecs: Asked) -> None:
    configuration = {"executeCommandConfiguration": {"logging": "NONE"}}
    ecs("UpdateCluster", cluster="default", configuration=configuration)
    setting = {"name": "containerInsights", "value": "enhanced"}
    cluster = ecs("UpdateClusterSettings", cluster=DEFAULT, settings=[setting])["cluster"]
    assert cluster["configuration"] == configuration
    assert cluster["settings"] == [setting]
    with pytest.raises(errors.ClusterNotFoundException, match=r"Cluster not found\."):
        ecs("UpdateCluster", cluster="nope")
    with pytest.raises(errors.InvalidParameterException):
        ecs("UpdateClusterSettings", cluster="default", settings=[])


def test_a_deleted_cluster_is_inactive_and_can_be_created_again(ecs: Asked) -> None:
    ecs("CreateCluster", clusterName="web", tags=[{"key": "a"}], capacityProviders=["FARGATE"])
    assert ecs("DeleteCluster", cluster="web")["cluster"]["status"] == "INACTIVE"
    (shown,) = described(ecs, "web", include=("TAGS",))
    assert (shown["status"], shown["tags"]) == ("INACTIVE", [])
    assert ecs("ListClusters")["clusterArns"] == [DEFAULT]
    with pytest.raises(errors.ClusterNotFoundException, match="The referenced cluster was inact"):
        ecs("DeleteCluster", cluster="web")
    again = ecs("CreateCluster", clusterName="web")["cluster"]
    assert (again["status"], again["tags"], again["capacityProviders"]) == ("ACTIVE", [], [])


def test_a_cluster_with_something_in_it_is_not_deleted(ecs: Asked) -> None:
    arn = ecs.add_node()
    with pytest.raises(
        errors.ClusterContainsContainerInstancesException,
        match=r"The Cluster cannot be deleted while Container Instances are active or draining\.",
    ):
        ecs("DeleteCluster", cluster="default")
    ecs("DeregisterContainerInstance", containerInstance=arn)
    ecs.add_tasks(task(1, last_status="PROVISIONING"))
    with pytest.raises(
        errors.ClusterContainsTasksException,
        match=r"The Cluster cannot be deleted while Tasks are active\.",
    ):
        ecs("DeleteCluster", cluster="default")


def test_every_region_starts_with_its_default_cluster_and_keeps_it_as_it_is(ecs: Asked) -> None:
    what = Seed(
        account=ACCOUNT, home_region=REGION, regions=(REGION, "eu-west-1"), now=0.0, ids=None
    )
    ecs("UpdateClusterSettings", cluster="default", settings=[_ENABLED])
    ecs.store.write(lambda tx: seed(tx, what))
    ecs.store.write(lambda tx: seed(tx, what))
    there = ecs.store.read(lambda tx: active_cluster(tx, ACCOUNT, "eu-west-1", None))
    assert there.arn == f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/default"
    assert described(ecs, "default", include=("SETTINGS",))[0]["settings"] == [_ENABLED]


def test_a_deleted_default_cluster_is_not_seeded_again(ecs: Asked) -> None:
    ecs("DeleteCluster", cluster="default")
    what = Seed(account=ACCOUNT, home_region=REGION, regions=(REGION,), now=0.0, ids=None)
    ecs.store.write(lambda tx: seed(tx, what))
    assert ecs("ListClusters")["clusterArns"] == []


_ENABLED = {"name": "containerInsights", "value": "enabled"}
