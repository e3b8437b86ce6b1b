"""Rules as routes.  Pure; conditions and actions are translated beside it."""

from typing import Any, Final

from homeport.contracts.routing_table import HostIs, Listener
from homeport.dataplane.envoy.resources import Resource
from homeport.dataplane.envoy.translate_actions import routes_for
from homeport.dataplane.envoy.translate_conditions import ANY_PATH, match_of
from homeport.dataplane.envoy.translate_names import balancer_name
from homeport.dataplane.envoy.translate_terms import API, Standpoint, header

_RANDOM: Final = '%COALESCE({"operators":["UNIQUE_ID"]}):8%'
_CLIENT: Final = "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"
_CLIENT_AND_PORT: Final = "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%"


def routes(name: str, hosts: list[Resource]) -> Resource:
    """Routes of that name for virtual hosts."""
    return {
        "@type": f"{API}.config.route.v3.RouteConfiguration",
        "name": name,
        "virtual_hosts": hosts,
        "ignore_port_in_host_matching": True,
        "validate_clusters": False,
    }


def virtual_host(listener: Listener, seen: Standpoint, *, domains: list[str]) -> Resource:
    """The rules of a listener, for requests to these hosts."""
    found = []
    for rule in listener.rules:
        match = match_of(rule.conditions, keeps_port=seen.keeps_port)
        for route in routes_for(match, rule.action, seen):
            found.append({"name": rule.arn, **route})
    for route in routes_for(ANY_PATH, listener.default, seen):
        found.append({"name": listener.arn, **route})
    return {
        "name": balancer_name(seen.balancer),
        "domains": domains,
        "routes": found,
        **_request_headers(seen),
    }


def named_hosts(listener: Listener) -> list[str]:
    """Hosts that the rules of a listener name, as far as virtual hosts can be named so."""
    found = {}
    for rule in listener.rules:
        for condition in rule.conditions:
            if isinstance(condition, HostIs):
                found.update(dict.fromkeys(value.lower() for value in condition.values))
    return [host for host in found if _is_domain(host)]


def _is_domain(host: str) -> bool:
    rest = host.removeprefix("*")
    return bool(rest) and "*" not in rest and "?" not in rest


def _request_headers(seen: Standpoint) -> dict[str, Any]:
    """What targets are told of the client, in headers."""
    balancer = seen.balancer
    trace = f"Root=1-{seen.day:08x}-{_RANDOM}%START_TIME(%s%6f)%"
    added = [
        header("x-forwarded-port", str(seen.port)),
        header("x-amzn-trace-id", trace, how="ADD_IF_ABSENT"),
    ]
    removed = ["x-envoy-external-address"]
    match balancer.forwarded_for:
        case "append" if not seen.has_told_client:
            client = _CLIENT_AND_PORT if balancer.forwards_client_port else _CLIENT
            added.append(header("x-forwarded-for", client, how="APPEND_IF_EXISTS_OR_ADD"))
        case "remove":
            removed.append("x-forwarded-for")
        case _:
            pass
    if balancer.forwards_tls_facts and seen.protocol == "HTTPS":
        added.append(header("x-amzn-tls-version", "%DOWNSTREAM_TLS_VERSION%"))
        added.append(header("x-amzn-tls-cipher-suite", "%DOWNSTREAM_TLS_CIPHER%"))
    return {"request_headers_to_add": added, "request_headers_to_remove": removed}
