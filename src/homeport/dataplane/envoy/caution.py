"""How targets are given to an Envoy that is just starting.  Pure.

Envoy opens no listener before the first check of every target is over, and one target that hangs
takes as long as its timeout.  So at its start it is told to check only those that passed before;
the others count as unhealthy, as they did, until it runs and is told to check them too.
"""

from collections.abc import Mapping
from typing import Any

from homeport.dataplane.envoy.resources import Resource


def cautious(
    endpoints: Resource, cluster: Resource, *, passing: frozenset[tuple[str, int]]
) -> Resource:
    """A cluster's endpoints for Envoy's start, `passing` being where the good ones are."""
    if not cluster.get("health_checks"):
        return endpoints
    return endpoints | {
        "endpoints": [
            locality
            | {
                "lb_endpoints": [
                    each if _at(each) in passing else _set_aside(each)
                    for each in locality.get("lb_endpoints", ())
                ]
            }
            for locality in endpoints.get("endpoints", ())
        ]
    }


def _at(endpoint: Mapping[str, Any]) -> tuple[str, int]:
    where = endpoint["endpoint"]["address"]["socket_address"]
    return where["address"], where["port_value"]


def _set_aside(endpoint: Mapping[str, Any]) -> dict[str, Any]:
    checks = endpoint["endpoint"].get("health_check_config", {})
    unchecked = checks | {"disable_active_health_check": True}
    said = endpoint.get("health_status", "UNKNOWN")
    return dict(endpoint) | {
        "health_status": "UNHEALTHY" if said in {"UNKNOWN", "HEALTHY"} else said,
        "endpoint": endpoint["endpoint"] | {"health_check_config": unchecked},
    }
