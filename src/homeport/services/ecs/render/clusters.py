"""Clusters as ECS shows them.  What is counted is counted before, nothing is looked up here."""

from collections.abc import Collection, Iterable
from typing import Final

import msgspec

from homeport.services.ecs.records.clusters import Cluster, ClusterCounts
from homeport.services.ecs.records.tags import Tag
from homeport.services.ecs.render.tags import tags as render_tags
from homeport.shapes import ecs as shapes

ALL: Final = ("ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS")
"""What `include` of DescribeClusters may name."""

_LAUNCH_TYPES: Final = (
    ("EC2", "EC2"),
    ("FARGATE", "Fargate"),
    ("EXTERNAL", "External"),
    ("MANAGED_INSTANCES", "ManagedInstances"),
)


def cluster(
    of: Cluster,
    counts: ClusterCounts,
    *,
    include: Collection[str] = (),
    tags: Iterable[Tag] = (),
) -> shapes.Cluster:
    """A cluster as the model's `Cluster`, with the parts that `include` names."""
    shown: shapes.Cluster = {
        "clusterArn": of.arn,
        "clusterName": of.name,
        "status": of.status,
        "registeredContainerInstancesCount": counts.instances,
        "runningTasksCount": sum(counts.running.values()),
        "pendingTasksCount": sum(counts.pending.values()),
        "activeServicesCount": sum(counts.services.get("ACTIVE", {}).values()),
        "statistics": _statistics(counts) if "STATISTICS" in include else [],
        "tags": render_tags(tags) if "TAGS" in include else [],
        "settings": [],
        "capacityProviders": list(of.capacity_providers),
        "defaultCapacityProviderStrategy": [
            {
                "capacityProvider": item.capacity_provider,
                "weight": item.weight,
                "base": item.base,
            }
            for item in of.default_strategy
        ],
    }
    if "SETTINGS" in include:
        shown["settings"] = [{"name": each.name, "value": each.value} for each in of.settings]
    if "CONFIGURATIONS" in include and of.configuration is not None:
        shown["configuration"] = msgspec.json.decode(of.configuration)
    if "ATTACHMENTS" in include:
        shown["attachments"] = []
    if of.service_connect_namespace is not None:
        shown["serviceConnectDefaults"] = {"namespace": of.service_connect_namespace}
    return shown


def _statistics(counts: ClusterCounts) -> list[shapes.KeyValuePair]:
    """Counts by launch type, in ECS's order."""
    tasks = [
        (f"{state}{name}TasksCount", by_launch_type.get(launch_type, 0))
        for pair in (_LAUNCH_TYPES[:2], _LAUNCH_TYPES[2:3], _LAUNCH_TYPES[3:])
        for state, by_launch_type in (("running", counts.running), ("pending", counts.pending))
        for launch_type, name in pair
    ]
    services = [
        (f"{state}{name}ServiceCount", counts.services.get(status, {}).get(launch_type, 0))
        for pair in (_LAUNCH_TYPES[:2], _LAUNCH_TYPES[2:3], _LAUNCH_TYPES[3:])
        for state, status in (("active", "ACTIVE"), ("draining", "DRAINING"))
        for launch_type, name in pair
    ]
    return [{"name": name, "value": str(count)} for name, count in (*tasks, *services)]
