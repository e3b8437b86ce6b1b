"""Targets as endpoints: the only thing that changes when targets come and go.  Pure.

Which targets a request may go to at all is said by metadata: those in use are a subset of their
own, so that even when all of them fail their checks, draining ones get no new request.
"""

from typing import Final

from homeport.contracts.routing_table import HealthCheck, Target, TargetGroup
from homeport.dataplane.envoy.resources import Resource
from homeport.dataplane.envoy.translate_terms import API

IN_USE: Final = "in_use"
ZONE: Final = "zone"


def endpoints_of(group: TargetGroup, cluster: str) -> Resource:
    """Where the targets of a group are, for one of its clusters."""
    used: dict[str, Resource] = {}
    endpoints = [_endpoint(target, group.health, used) for target in group.targets]
    return {
        "@type": f"{API}.config.endpoint.v3.ClusterLoadAssignment",
        "cluster_name": cluster,
        "endpoints": [{"lb_endpoints": endpoints}] if endpoints else [],
    }


def _endpoint(target: Target, health: HealthCheck, used: dict[str, Resource]) -> Resource:
    where = {"socket_address": {"address": target.address, "port_value": target.port}}
    endpoint: Resource = {"address": where}
    if health.enabled:
        port = target.port if health.port is None else health.port
        endpoint["health_check_config"] = {
            "port_value": port,
            "hostname": f"{target.address}:{port}",
        }
    if target.draining:
        return {"endpoint": endpoint, "health_status": "DRAINING"}
    metadata = used.get(target.zone)
    if metadata is None:
        facts = {IN_USE: True, ZONE: target.zone}
        metadata = used[target.zone] = {"filter_metadata": {"envoy.lb": facts}}
    return {"endpoint": endpoint, "metadata": metadata}
