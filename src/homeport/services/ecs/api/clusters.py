"""Cluster operations: check the request, record the intent, answer.

What a cluster contains is counted when it is shown; it is never kept.
"""

from collections.abc import Sequence
from typing import Any, Final

from msgspec.structs import replace

from homeport.kernel.paging import page
from homeport.runtime import Call, operation
from homeport.services.ecs.errors import (
    ClusterContainsContainerInstancesException,
    ClusterContainsServicesException,
    ClusterContainsTasksException,
    InvalidParameterException,
)
from homeport.services.ecs.plan import clusters as plan
from homeport.services.ecs.plan.capacity_providers import validate_strategy
from homeport.services.ecs.plan.page_requests import page_size, page_start
from homeport.services.ecs.plan.tags import checked_tags
from homeport.services.ecs.queries import clusters as queries
from homeport.services.ecs.queries import instances, services, tasks
from homeport.services.ecs.queries.settings import effective_setting
from homeport.services.ecs.queries.tags import (
    put_tags,
    remove_all_tags,
    tags_of,
    tags_of_many,
)
from homeport.services.ecs.records.clusters import Cluster, ClusterCounts
from homeport.services.ecs.records.tags import Tag
from homeport.services.ecs.render import clusters as render
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx, Tx

DESCRIBED_MAX: Final = 100
LISTED_MAX: Final = 100

_SHOWN_AFTER_WRITE: Final = ("CONFIGURATIONS", "SETTINGS", "TAGS")


@operation("CreateCluster")
def create_cluster(
    tx: Tx, call: Call, request: shapes.CreateClusterRequest
) -> shapes.CreateClusterResponse:
    """Make a cluster, or answer the ACTIVE one of that name when nothing contradicts it."""
    name = plan.checked_name(request.get("clusterName") or queries.DEFAULT_NAME)
    plan.refuse_namespace(request.get("serviceConnectDefaults"))
    tags = checked_tags(_tags(request.get("tags", [])))
    insights = effective_setting(tx, call.account, call.region, call.principal, plan.INSIGHTS)
    blank = plan.new_cluster(
        account=call.account, region=call.region, name=name, settings=plan.insights(insights)
    )
    before = queries.find_cluster(tx, call.account, call.region, name)
    if before is None or before.status != "ACTIVE":
        after = _configured(blank, request)
        (queries.insert_cluster if before is None else queries.update_cluster)(tx, after)
        put_tags(tx, after.arn, tags)
        return {"cluster": shown_after_write(tx, after)}
    after = _configured(before, request)
    had_tags = tags_of(tx, before.arn)
    if after != before or ("tags" in request and set(tags) != set(had_tags)):
        if not _is_untouched(before, had_tags):
            raise InvalidParameterException(
                "Arguments on this idempotent request are inconsistent with arguments used in "
                "previous request(s)."
            )
        queries.update_cluster(tx, after)
        put_tags(tx, after.arn, tags)
    return {"cluster": shown_after_write(tx, after)}


@operation("DescribeClusters")
def describe_clusters(
    tx: ReadTx, call: Call, request: shapes.DescribeClustersRequest
) -> shapes.DescribeClustersResponse:
    """Show clusters by name or ARN, deleted ones too; what is unknown is a failure MISSING."""
    include = request.get("include", [])
    if not set(include) <= set(render.ALL):
        raise InvalidParameterException(f"include should be one of [{','.join(render.ALL)}]")
    references = request.get("clusters") or [queries.DEFAULT_NAME]
    if len(references) > DESCRIBED_MAX:
        raise InvalidParameterException(f"Clusters cannot have more than {DESCRIBED_MAX} elements.")
    found: dict[str, Cluster] = {}
    failures: dict[str, shapes.Failure] = {}
    for reference in references:
        queries.check_reference(call.account, reference)
        cluster = queries.find_cluster(tx, call.account, call.region, reference)
        if cluster is not None:
            found[cluster.arn] = cluster
            continue
        arn = queries.arn_of(call.account, call.region, reference)
        failures[arn] = {"arn": arn, "reason": "MISSING"}
    return {
        "clusters": _all_shown(tx, tuple(found.values()), include),
        "failures": list(failures.values()),
    }


@operation("ListClusters")
def list_clusters(
    tx: ReadTx, call: Call, request: shapes.ListClustersRequest
) -> shapes.ListClustersResponse:
    """The ARNs of the ACTIVE clusters, in order of name."""
    size = page_size(request.get("maxResults"), LISTED_MAX)
    after = page_start(request.get("nextToken"))
    names = queries.active_names(tx, call.account, call.region, after=after, limit=size + 1)
    shown, token = page(names, str, size)
    arns = [queries.arn_of(call.account, call.region, name) for name in shown]
    return {"clusterArns": arns, "nextToken": token} if token else {"clusterArns": arns}


@operation("UpdateCluster")
def update_cluster(
    tx: Tx, call: Call, request: shapes.UpdateClusterRequest
) -> shapes.UpdateClusterResponse:
    """Replace the settings and the configuration that are given, and leave the rest."""
    before = queries.active_cluster(tx, call.account, call.region, request["cluster"])
    plan.refuse_namespace(request.get("serviceConnectDefaults"))
    after = before
    if "settings" in request:
        after = replace(after, settings=plan.checked_settings(request["settings"]))
    if "configuration" in request:
        configuration = plan.checked_configuration(request["configuration"])
        after = replace(after, configuration=configuration)
    queries.update_cluster(tx, after)
    return {"cluster": shown_after_write(tx, after)}


@operation("UpdateClusterSettings")
def update_cluster_settings(
    tx: Tx, call: Call, request: shapes.UpdateClusterSettingsRequest
) -> shapes.UpdateClusterSettingsResponse:
    """Replace the settings of a cluster."""
    before = queries.active_cluster(tx, call.account, call.region, request["cluster"])
    if not request["settings"]:
        raise InvalidParameterException("Settings can not be empty.")
    after = replace(before, settings=plan.checked_settings(request["settings"]))
    queries.update_cluster(tx, after)
    return {"cluster": shown_after_write(tx, after)}


@operation("DeleteCluster")
def delete_cluster(
    tx: Tx, call: Call, request: shapes.DeleteClusterRequest
) -> shapes.DeleteClusterResponse:
    """Make an empty cluster INACTIVE; it can still be described, and created again."""
    before = queries.active_cluster(tx, call.account, call.region, request["cluster"])
    if instances.count_of_clusters(tx, (before.arn,)):
        raise ClusterContainsContainerInstancesException
    if services.counts_of_clusters(tx, (before.arn,))[before.arn]:
        raise ClusterContainsServicesException
    by_launch_type = tasks.counts_of_clusters(tx, (before.arn,))[before.arn]
    if any(counts.live for counts in by_launch_type.values()):
        raise ClusterContainsTasksException
    after = replace(before, status="INACTIVE", capacity_providers=(), default_strategy=())
    queries.update_cluster(tx, after)
    remove_all_tags(tx, after.arn)
    return {"cluster": _shown(tx, after)}


def _configured(cluster: Cluster, request: shapes.CreateClusterRequest) -> Cluster:
    """The cluster with everything that the request says about it."""
    after = cluster
    if request.get("settings"):
        after = replace(after, settings=plan.checked_settings(request["settings"]))
    if "configuration" in request:
        configuration = plan.checked_configuration(request["configuration"])
        after = replace(after, configuration=configuration)
    if "capacityProviders" in request:
        providers = plan.checked_providers(request["capacityProviders"])
        after = replace(after, capacity_providers=providers)
    if "defaultCapacityProviderStrategy" in request:
        strategy = plan.strategy_of(request["defaultCapacityProviderStrategy"])
        validate_strategy(strategy, after.capacity_providers)
        after = replace(after, default_strategy=strategy)
    return after


def _is_untouched(cluster: Cluster, tags: tuple[Tag, ...]) -> bool:
    """Whether this is ``default`` as every region starts with it, which no one has made yet."""
    blank = plan.new_cluster(
        account=cluster.account, region=cluster.region, name=queries.DEFAULT_NAME
    )
    return cluster == blank and not tags


def _tags(given: Sequence[Any]) -> tuple[Tag, ...]:
    return tuple(Tag(key=tag.get("key", ""), value=tag.get("value", "")) for tag in given)


def shown_after_write(tx: ReadTx, cluster: Cluster) -> shapes.Cluster:
    """The cluster as an operation that changed it answers it."""
    return _shown(tx, cluster, include=_SHOWN_AFTER_WRITE)


def _shown(tx: ReadTx, cluster: Cluster, *, include: Sequence[str] = ()) -> shapes.Cluster:
    return _all_shown(tx, (cluster,), include)[0]


def _all_shown(
    tx: ReadTx, clusters: Sequence[Cluster], include: Sequence[str]
) -> list[shapes.Cluster]:
    arns = [cluster.arn for cluster in clusters]
    machines = instances.count_of_clusters(tx, arns)
    by_cluster = tasks.counts_of_clusters(tx, arns)
    of_services = services.counts_of_clusters(tx, arns)
    tags = tags_of_many(tx, arns if "TAGS" in include else ())
    return [
        render.cluster(
            cluster,
            ClusterCounts(
                instances=machines.get(cluster.arn, 0),
                running={each: of.running for each, of in by_cluster[cluster.arn].items()},
                pending={each: of.pending for each, of in by_cluster[cluster.arn].items()},
                services=of_services[cluster.arn],
            ),
            include=include,
            tags=tags.get(cluster.arn, ()),
        )
        for cluster in clusters
    ]
