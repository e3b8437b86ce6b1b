"""How Envoy's resources are called, and which file each is in.  Pure, and nothing is written here.

A name says what it stands for and stays the same for as long as that exists, so that only what
changed is written again.  Names are safe as names of files.
"""

import hashlib
import re
from functools import lru_cache

from homeport.contracts.routing_table import Listener, LoadBalancer
from homeport.dataplane.envoy.resources import Place


def cluster_name(balancer_arn: str, group_arn: str) -> str:
    """The cluster of a target group as one load balancer connects to it, from its own address."""
    return f"{_name_in(group_arn)}-{_digest(f'{group_arn} {balancer_arn}')}"


def routes_name(listener: Listener, *, zone: str = "") -> str:
    """The routes of an ELB listener; of one zone, where zones have targets of their own."""
    return "-".join(filter(None, ("routes", _digest(listener.arn), _safe(zone))))


def door_routes_name(place: Place) -> str:
    """The routes of all load balancers whose plain HTTP shares a door."""
    return f"door-{_safe(place.address)}-{place.port}"


def guest_routes_name(place: Place, listener: Listener) -> str:
    """The routes of an ELB listener at a door, where TLS tells it from the others."""
    return f"door-{_safe(place.address)}-{place.port}-{_digest(listener.arn)}"


def stream_name(listener: Listener, *, zone: str = "") -> str:
    """Where the connections of a TCP listener go; one of `Resources.routes`, for it is alike."""
    return "-".join(filter(None, ("stream", _digest(listener.arn), _safe(zone))))


def listener_name(place: Place) -> str:
    """The listener at an address and port."""
    return f"{_safe(place.address)}-{place.port}-{'udp' if place.is_udp else 'tcp'}"


def balancer_name(balancer: LoadBalancer) -> str:
    """A load balancer, in virtual hosts and files of its own."""
    return f"{_safe(balancer.name)}-{_digest(balancer.arn)}"


def listener_stats_name(listener: Listener) -> str:
    """What Envoy's counters of an ELB listener begin with."""
    return f"elb-{_digest(listener.arn)}"


def group_token(group_arn: str) -> str:
    """What the cookie of a client that stays with a target group says."""
    return _digest(group_arn)


def endpoints_path(directory: str, cluster: str) -> str:
    """The file with the endpoints of a cluster."""
    return f"{directory}/endpoints/{cluster}.json"


def routes_path(directory: str, name: str) -> str:
    """The file with one of `Resources.routes`."""
    return f"{directory}/routes/{name}.json"


def access_log_path(directory: str, balancer: LoadBalancer) -> str:
    """The file that Envoy writes the requests of a load balancer to."""
    return f"{directory}/access/{balancer_name(balancer)}.log"


def health_log_path(directory: str) -> str:
    """The file that Envoy writes what its health checks see to."""
    return f"{directory}/health.log"


def _name_in(arn: str) -> str:
    return _safe(arn.split("/")[1] if "/" in arn else arn)


@lru_cache(maxsize=8192)
def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@lru_cache(maxsize=8192)
def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "_", text)
