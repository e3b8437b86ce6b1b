"""Target groups as clusters: how targets are connected to and chosen.  Pure.

Where targets are is not in here (`translate_endpoints`), so that a cluster stays as it is, with
its connections, while they come and go.
"""

from typing import Final

from homeport.contracts.routing_table import LoadBalancer, TargetGroup
from homeport.dataplane.envoy.resources import Resource
from homeport.dataplane.envoy.translate_checks import health_check
from homeport.dataplane.envoy.translate_endpoints import IN_USE, ZONE
from homeport.dataplane.envoy.translate_names import cluster_name, endpoints_path
from homeport.dataplane.envoy.translate_terms import (
    API,
    EXTENSIONS,
    METADATA,
    UNLIMITED,
    WEB,
    duration,
    extension,
    file_source,
)

CONNECT_TIMEOUT_S: Final = 10.0
"""After so long without a connection, ELB gives up on a target."""
HEADERS_MAX: Final = 1000
LEAST_OF: Final = 5
"""Least outstanding requests: the best of so many targets taken at random."""
_BIND_WITHOUT_PORT: Final = {
    "description": "IP_BIND_ADDRESS_NO_PORT: a source port is shared between destinations",
    "level": 0,
    "name": 24,
    "int_value": 1,
    "state": "STATE_PREBIND",
}


def cluster_of(balancer: LoadBalancer, group: TargetGroup, *, directory: str) -> Resource:
    """A target group as one load balancer connects to it."""
    name = cluster_name(balancer.arn, group.arn)
    cluster: Resource = {
        "@type": f"{API}.config.cluster.v3.Cluster",
        "name": name,
        "type": "EDS",
        "eds_cluster_config": {"eds_config": file_source(endpoints_path(directory, name))},
        "connect_timeout": duration(CONNECT_TIMEOUT_S),
        "lb_subset_config": _subsets(group),
        # In whole percent: all get traffic when none is healthy (with 100 targets or more, when
        # fewer than one in a hundred is).
        # Every change of health is followed at once: by default, Envoy gathers them for a second.
        "common_lb_config": {
            "healthy_panic_threshold": {"value": 1},
            "update_merge_window": duration(0),
        },
        "ignore_health_on_host_removal": True,
        "circuit_breakers": {
            "thresholds": [
                {"priority": priority}
                | dict.fromkeys(
                    ("max_connections", "max_pending_requests", "max_requests", "max_retries"),
                    UNLIMITED,
                )
                for priority in ("DEFAULT", "HIGH")
            ]
        },
        "metadata": {"filter_metadata": {METADATA: {"target_group": group.arn}}},
        **_choice(group),
        **_transport(group),
    }
    if balancer.nodes:
        cluster["upstream_bind_config"] = {
            "source_address": {"address": balancer.nodes[0].address, "port_value": 0},
            "freebind": True,
            "socket_options": [_BIND_WITHOUT_PORT],
        }
    if group.protocol in WEB:
        cluster["typed_extension_protocol_options"] = _http(balancer, group)
    elif group.protocol in {"TCP", "TLS"}:
        cluster["close_connections_on_host_health_failure"] = True
    if group.health.enabled:
        cluster["health_checks"] = [health_check(group, directory=directory)]
    return cluster


def _subsets(group: TargetGroup) -> Resource:
    """Targets in use, and those of one zone.  Without any selector, Envoy has no subsets at all."""
    keys = [IN_USE] if group.cross_zone else [IN_USE, ZONE]
    return {
        "fallback_policy": "DEFAULT_SUBSET",
        "default_subset": {IN_USE: True},
        "subset_selectors": [{"keys": keys, "fallback_policy": "NO_FALLBACK"}],
    }


def _choice(group: TargetGroup) -> Resource:
    """How one of the targets is chosen."""
    slow = {}
    if group.slow_start_s:
        slow = {"slow_start_config": {"slow_start_window": duration(group.slow_start_s)}}
    if group.stickiness is not None and group.stickiness.kind == "source_ip":
        return {"lb_policy": "MAGLEV"}
    match group.algorithm:
        case "least_outstanding_requests":
            how = {"choice_count": LEAST_OF, **slow}
            return {"lb_policy": "LEAST_REQUEST", "least_request_lb_config": how}
        case "weighted_random":
            return {"lb_policy": "RANDOM"}
        case _ if slow:
            return {"lb_policy": "ROUND_ROBIN", "round_robin_lb_config": slow}
        case _:
            return {"lb_policy": "ROUND_ROBIN"}


def _http(balancer: LoadBalancer, group: TargetGroup) -> Resource:
    spoken = "http_protocol_options" if group.version == "HTTP1" else "http2_protocol_options"
    return {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": f"{EXTENSIONS}.upstreams.http.v3.HttpProtocolOptions",
            "common_http_protocol_options": {
                "idle_timeout": duration(balancer.idle_timeout_s),
                "max_headers_count": HEADERS_MAX,
            },
            "explicit_http_config": {spoken: {}},
        }
    }


def _transport(group: TargetGroup) -> Resource:
    """TLS without verification, as ELB does it; another for checks where they differ."""
    is_tls = group.protocol in {"HTTPS", "TLS"}
    checks_tls = group.health.protocol == "HTTPS"
    transport: Resource = {}
    if is_tls or group.proxy_protocol_v2:
        transport["transport_socket"] = _socket(group, is_tls=is_tls)
    if group.health.enabled and checks_tls != is_tls:
        transport["transport_socket_matches"] = [
            {
                "name": "check",
                "match": {"check": True},
                "transport_socket": _socket(group, is_tls=checks_tls),
            }
        ]
    return transport


def _socket(group: TargetGroup, *, is_tls: bool) -> Resource:
    inner = extension(
        "envoy.transport_sockets.raw_buffer", "transport_sockets.raw_buffer.v3.RawBuffer"
    )
    if is_tls:
        common: Resource = {
            "tls_params": {
                "tls_minimum_protocol_version": "TLSv1_0",
                "tls_maximum_protocol_version": "TLSv1_3",
            }
        }
        if group.protocol in WEB:
            common["alpn_protocols"] = ["http/1.1" if group.version == "HTTP1" else "h2"]
        inner = extension(
            "envoy.transport_sockets.tls",
            "transport_sockets.tls.v3.UpstreamTlsContext",
            common_tls_context=common,
        )
    if not group.proxy_protocol_v2:
        return inner
    return extension(
        "envoy.transport_sockets.upstream_proxy_protocol",
        "transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport",
        config={"version": "V2"},
        transport_socket=inner,
    )
