"""HTTP as an application load balancer speaks it with clients.  Pure.

Nothing in here depends on rules, targets or weights: those change without a new listener.
"""

from collections.abc import Sequence
from typing import Final

from homeport.contracts.routing_table import LoadBalancer
from homeport.dataplane.envoy.resources import Resource
from homeport.dataplane.envoy.translate_figures import count_own_answers
from homeport.dataplane.envoy.translate_names import routes_path
from homeport.dataplane.envoy.translate_pages import replies
from homeport.dataplane.envoy.translate_terms import (
    SESSIONS,
    SOURCE,
    duration,
    extension,
    file_source,
)

HEADERS_KIB: Final = 64
HEADERS_MAX: Final = 1000
STREAMS_MAX: Final = 128
"""Requests at once in an HTTP/2 connection of a client."""
_REPLIES: Final = replies()


def http_filters(
    balancers: Sequence[LoadBalancer],
    *,
    routes: str,
    stats: str,
    logs: Sequence[Resource],
    directory: str,
    tells_client: bool = False,
) -> list[Resource]:
    """The filters of connections whose requests are for these load balancers.

    Where several share a port, what cannot differ between them is as the most patient wants it.
    """
    manager: Resource = {
        "stat_prefix": stats,
        "rds": {
            "route_config_name": routes,
            "config_source": file_source(routes_path(directory, routes)),
        },
        "http_filters": [
            extension(SESSIONS, "filters.http.stateful_session.v3.StatefulSession")
            | {"disabled": True},  # But for routes that say how.
            extension(
                "envoy.filters.http.router",
                "filters.http.router.v3.Router",
                suppress_envoy_headers=True,
            ),
        ],
        "use_remote_address": True,
        "skip_xff_append": not tells_client,  # Then routes say what becomes of it.
        # No client is trusted with headers that tell Envoy what to do.
        "internal_address_config": {
            "cidr_ranges": [{"address_prefix": "255.255.255.255", "prefix_len": 32}]
        },
        "generate_request_id": False,
        "server_header_transformation": "PASS_THROUGH",
        "strip_any_host_port": not keeps_port(balancers),
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "local_reply_config": _REPLIES,
        **_limits(balancers),
    }
    manager["access_log"] = [*logs, count_own_answers(stats)]
    return [
        extension(
            "envoy.filters.network.set_filter_state",
            "filters.network.set_filter_state.v3.Config",
            on_new_connection=[_SOURCE_STATE],
        ),
        extension(
            "envoy.filters.network.http_connection_manager",
            "filters.network.http_connection_manager.v3.HttpConnectionManager",
            **manager,
        ),
    ]


def keeps_port(balancers: Sequence[LoadBalancer]) -> bool:
    """Whether hosts keep their ports, because one of them passes them on untouched."""
    return any(balancer.preserve_host for balancer in balancers)


def can_tell_client(balancer: LoadBalancer) -> bool:
    """Whether Envoy itself appends the client's address to what came, which is cheapest.

    For clients on loopback it would tell another address.
    """
    is_plain = balancer.forwarded_for == "append" and not balancer.forwards_client_port
    return is_plain and not any(node.address.startswith("127.") for node in balancer.nodes)


_SOURCE_STATE: Final = {
    "object_key": SOURCE,
    "factory_key": "envoy.network.ip",
    "format_string": {
        "text_format_source": {"inline_string": "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"}
    },
}


def _limits(balancers: Sequence[LoadBalancer]) -> Resource:
    idle = duration(max(balancer.idle_timeout_s for balancer in balancers))
    drops = all(balancer.drop_invalid_headers for balancer in balancers)
    return {
        "common_http_protocol_options": {
            "idle_timeout": idle,
            "max_connection_duration": duration(max(each.keep_alive_s for each in balancers)),
            "max_headers_count": HEADERS_MAX,
            "headers_with_underscores_action": "DROP_HEADER" if drops else "ALLOW",
        },
        "http1_safe_max_connection_duration": True,
        "http_protocol_options": {
            "accept_http_10": True,
            "default_host_for_http_10": balancers[0].dns_name,
            "allow_custom_methods": True,
        },
        "http2_protocol_options": {"max_concurrent_streams": STREAMS_MAX},
        "max_request_headers_kb": HEADERS_KIB,
        # Runs from the first byte of a request: no timer besides for its headers.
        "stream_idle_timeout": idle,
    }
