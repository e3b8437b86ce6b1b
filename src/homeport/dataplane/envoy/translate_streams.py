"""Connections and datagrams as a network load balancer passes them on.  Pure.

Where connections go is configuration of its own, beside the routes: it changes without a new
listener, so that those that are open stay.
"""

from typing import Final

from homeport.contracts.routing_table import Action, Forward, Listener, TargetGroup
from homeport.dataplane.envoy.resources import Resource
from homeport.dataplane.envoy.translate_actions import metadata_match
from homeport.dataplane.envoy.translate_logs import connection_log
from homeport.dataplane.envoy.translate_names import (
    cluster_name,
    listener_stats_name,
    routes_path,
)
from homeport.dataplane.envoy.translate_terms import (
    API,
    EXTENSIONS,
    Standpoint,
    duration,
    extension,
    file_source,
)

ATTEMPTS_MAX: Final = 3
"""Targets that a connection is tried with."""
UDP_IDLE_S: Final = 120.0
NOWHERE: Final = "no-target-group"
"""A cluster that does not exist: connections are closed at once."""
_CLIENT_PORT: Final = extension(
    "envoy.matching.inputs.source_port", "matching.common_inputs.network.v3.SourcePortInput"
)
_TCP_PROXY: Final = "filters.network.tcp_proxy.v3.TcpProxy"


def stream_filters(name: str, *, directory: str) -> list[Resource]:
    """The filters of TCP connections: all that they do is said elsewhere."""
    return [
        {
            "name": name,
            "config_discovery": {
                "config_source": file_source(routes_path(directory, name)),
                "type_urls": [f"{EXTENSIONS}.{_TCP_PROXY}"],
            },
        }
    ]


def stream(name: str, listener: Listener, seen: Standpoint, *, directory: str) -> Resource:
    """What becomes of the TCP connections of a listener."""
    proxy: Resource = {
        "@type": f"{EXTENSIONS}.{_TCP_PROXY}",
        "stat_prefix": listener_stats_name(listener),
        "idle_timeout": duration(listener.idle_timeout_s),
        "max_connect_attempts": ATTEMPTS_MAX,
    }
    taking = _taking(listener.default, seen)
    if any(group.stickiness is not None for group, _ in taking):
        proxy["hash_policy"] = [{"source_ip": {}}]
    clusters = [
        {"name": cluster_name(seen.balancer.arn, group.arn), "weight": weight}
        | metadata_match(group, seen.zone)
        for group, weight in taking
    ]
    match clusters:
        case []:
            proxy["cluster"] = NOWHERE
        case [only]:
            proxy["cluster"] = only.pop("name")
            only.pop("weight")
            proxy |= only
        case _:
            proxy["weighted_clusters"] = {"clusters": clusters}
    logs = connection_log(seen.balancer, listener, directory=directory)
    if logs:
        proxy["access_log"] = logs
    return {
        "@type": f"{API}.config.core.v3.TypedExtensionConfig",
        "name": name,
        "typed_config": proxy,
    }


def datagram_filter(listener: Listener, seen: Standpoint) -> Resource:
    """What becomes of datagrams: those from one port of a client go to one target group."""
    taking = _taking(listener.default, seen)
    proxy: Resource = {
        "stat_prefix": listener_stats_name(listener),
        "idle_timeout": duration(UDP_IDLE_S),
        "matcher": _share_out(
            [(cluster_name(seen.balancer.arn, group.arn), weight) for group, weight in taking]
        ),
    }
    if any(group.stickiness is not None for group, _ in taking):
        proxy["hash_policies"] = [{"source_ip": True}]
    return extension(
        "envoy.filters.udp_listener.udp_proxy", "filters.udp.udp_proxy.v3.UdpProxyConfig", **proxy
    )


def _share_out(clusters: list[tuple[str, int]]) -> Resource:
    """Each cluster gets its share of what those before it left, by a hash of the client's port.

    Envoy has no weights for datagrams.  As shares grow, clients only move to those that grow.
    """
    *others, (last, _) = clusters or [(NOWHERE, 1)]
    left, matchers = sum(weight for _, weight in clusters), []
    for number, (cluster, weight) in enumerate(others):
        hashing = extension(
            "share",
            "matching.input_matchers.consistent_hashing.v3.ConsistentHashing",
            modulo=left,
            threshold=left - weight,  # From here on it matches.
            seed=number,
        )
        matchers.append(
            {
                "predicate": {"single_predicate": {"input": _CLIENT_PORT, "custom_match": hashing}},
                "on_match": {"action": _route(cluster)},
            }
        )
        left -= weight
    rest: Resource = {"on_no_match": {"action": _route(last)}}
    return rest | ({"matcher_list": {"matchers": matchers}} if matchers else {})


def _route(cluster: str) -> Resource:
    return extension("route", "filters.udp.udp_proxy.v3.Route", cluster=cluster)


def _taking(action: Action, seen: Standpoint) -> list[tuple[TargetGroup, int]]:
    if not isinstance(action, Forward):
        return []
    return [
        (seen.groups[each.arn], each.weight)
        for each in action.groups
        if each.weight > 0 and each.arn in seen.groups
    ]
