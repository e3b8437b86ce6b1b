"""Listeners: an address and port, and what is spoken there.  Pure.

Which load balancer is where, and who shares a port, is decided in `translate_places`.
"""

from collections.abc import Sequence

from homeport.contracts.routing_table import Listener, LoadBalancer
from homeport.dataplane.envoy.resources import Place, Resource
from homeport.dataplane.envoy.translate_http import can_tell_client, http_filters
from homeport.dataplane.envoy.translate_logs import request_log
from homeport.dataplane.envoy.translate_names import (
    door_routes_name,
    guest_routes_name,
    listener_name,
    listener_stats_name,
    routes_name,
)
from homeport.dataplane.envoy.translate_places import Guest
from homeport.dataplane.envoy.translate_streams import datagram_filter, stream_filters
from homeport.dataplane.envoy.translate_terms import API, Standpoint, extension, socket_address
from homeport.dataplane.envoy.translate_tls import alpn_of, tls


def udp_listener(place: Place, listener: Listener, seen: Standpoint) -> Resource:
    """A listener for datagrams."""
    return _listener(place) | {
        "udp_listener_config": {},
        "listener_filters": [datagram_filter(listener, seen)],
    }


def stream_listener(place: Place, listener: Listener, *, stream: str, directory: str) -> Resource:
    """A listener of a network load balancer; what it does with connections is in `stream`."""
    chain: Resource = {"filters": stream_filters(stream, directory=directory)}
    if listener.protocol == "TLS":
        chain["transport_socket"] = tls(listener, alpn=alpn_of(listener.alpn))
    return _listener(place) | {"filter_chains": [chain]}


def web_listener(
    place: Place, balancer: LoadBalancer, listener: Listener, *, zone: str, directory: str
) -> Resource:
    """A listener of an application load balancer at an address of its own."""
    chain: Resource = {
        "filters": http_filters(
            [balancer],
            routes=routes_name(listener, zone=zone),
            stats=listener_stats_name(listener),
            logs=request_log(balancer, listener, directory=directory),
            directory=directory,
            tells_client=can_tell_client(balancer),
        )
    }
    if listener.protocol == "HTTPS":
        chain["transport_socket"] = _web_tls(balancer, listener)
    return _listener(place) | {"filter_chains": [chain]}


def shared_listener(place: Place, guests: Sequence[Guest], *, directory: str) -> Resource:
    """A listener at a door, for all application load balancers that have this port.

    Plain HTTP is told apart by the host of each request, TLS by the host that the client names
    when it connects; the first has whatever names none.
    """
    plain = [guest for guest in guests if guest.listener.protocol == "HTTP"]
    secure = [guest for guest in guests if guest.listener.protocol == "HTTPS"]
    chains = []
    taken: set[str] = set()
    for guest in secure if len(secure) > 1 else ():
        names = [name for name in _server_names(guest) if name not in taken]
        taken.update(names)
        if names:
            chains.append(_secure_chain(place, guest, names=names, directory=directory))
    if secure:
        chains.append(_secure_chain(place, secure[0], names=[], directory=directory))
    if plain:
        chains.append(_plain_chain(place, plain, directory=directory))
    shared = _listener(place) | {"filter_chains": chains}
    if secure:
        shared["listener_filters"] = [
            extension(
                "envoy.filters.listener.tls_inspector",
                "filters.listener.tls_inspector.v3.TlsInspector",
            )
        ]
    return shared


def _listener(place: Place) -> Resource:
    return {
        "@type": f"{API}.config.listener.v3.Listener",
        "name": listener_name(place),
        "address": socket_address(place.address, place.port, is_udp=place.is_udp),
        "freebind": True,
    }


def _plain_chain(place: Place, guests: Sequence[Guest], *, directory: str) -> Resource:
    logs = [
        log
        for guest in guests
        for log in request_log(
            guest.balancer, guest.listener, directory=directory, is_shared=len(guests) > 1
        )
    ]
    return {
        "name": "plain",
        "filter_chain_match": {"transport_protocol": "raw_buffer"},
        "filters": http_filters(
            [guest.balancer for guest in guests],
            routes=door_routes_name(place),
            stats=f"door-{place.port}",
            logs=logs,
            directory=directory,
        ),
    }


def _secure_chain(place: Place, guest: Guest, *, names: list[str], directory: str) -> Resource:
    balancer, listener = guest.balancer, guest.listener
    match: Resource = {"transport_protocol": "tls"}
    if names:
        match["server_names"] = names
    return {
        "name": f"{listener_stats_name(listener)}{'-named' if names else ''}",
        "filter_chain_match": match,
        "filters": http_filters(
            [balancer],
            routes=guest_routes_name(place, listener),
            stats=listener_stats_name(listener),
            logs=request_log(balancer, listener, directory=directory),
            directory=directory,
        ),
        "transport_socket": _web_tls(balancer, listener),
    }


def _server_names(guest: Guest) -> list[str]:
    names = [guest.balancer.dns_name]
    for certificate in guest.listener.certificates:
        names.extend(certificate.names)
    lower = dict.fromkeys(name.lower() for name in names)
    return [name for name in lower if "*" not in name.removeprefix("*.") and name != "*"]


def _web_tls(balancer: LoadBalancer, listener: Listener) -> Resource:
    return tls(listener, alpn=("h2", "http/1.1") if balancer.http2 else ("http/1.1",))
