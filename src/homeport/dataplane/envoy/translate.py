"""From the routing table to Envoy's resources.  Pure: the same table makes the same resources.

What is where: `translate_places` (who is open where), `translate_listeners` and `translate_http`
(what is spoken there), `translate_routes` (rules, for application load balancers),
`translate_streams` (network load balancers), `translate_clusters` and `translate_endpoints` (target
groups).  Nothing is written or read here.
"""

from collections.abc import Iterable

from homeport.contracts.routing_table import Action, Forward, LoadBalancer, RoutingTable
from homeport.dataplane.envoy.resources import Doors, Place, Resource, Resources
from homeport.dataplane.envoy.translate_clusters import cluster_of
from homeport.dataplane.envoy.translate_endpoints import endpoints_of
from homeport.dataplane.envoy.translate_http import can_tell_client, keeps_port
from homeport.dataplane.envoy.translate_listeners import (
    shared_listener,
    stream_listener,
    udp_listener,
    web_listener,
)
from homeport.dataplane.envoy.translate_names import (
    cluster_name,
    door_routes_name,
    guest_routes_name,
    listener_name,
    routes_name,
    stream_name,
)
from homeport.dataplane.envoy.translate_places import Guest, places
from homeport.dataplane.envoy.translate_routes import named_hosts, routes, virtual_host
from homeport.dataplane.envoy.translate_streams import stream
from homeport.dataplane.envoy.translate_terms import Standpoint

__all__ = ["clusters_of", "endpoints_of", "translate"]
DAY_S = 86_400


def translate(table: RoutingTable, doors: Doors, *, directory: str, now: float = 0.0) -> Resources:
    """Everything that Envoy is told, with `directory` as the place of its files.

    Of `now` only the day counts: ids of traces begin with it, and routes change with it.
    """
    plan = places(table.load_balancers, doors)
    clusters, endpoints, groups = _clusters(table, directory)
    known = {group.arn: group for group in table.target_groups}
    zonal = {
        balancer.arn
        for balancer in table.load_balancers
        if any(arn in known and not known[arn].cross_zone for arn in _forwarded(balancer))
    }
    day = int(now) // DAY_S * DAY_S
    made = Resources(
        listeners={},
        clusters=clusters,
        routes={},
        endpoints=endpoints,
        places=plan.listeners,
        groups=groups,
    )
    for place, guest in plan.nodes.items():
        seen = Standpoint(
            balancer=guest.balancer,
            groups=known,
            protocol=guest.listener.protocol,
            port=guest.listener.port,
            zone=guest.node.zone if guest.node and guest.balancer.arn in zonal else "",
            keeps_port=keeps_port([guest.balancer]),
            has_told_client=can_tell_client(guest.balancer),
            day=day,
        )
        _open_node(made, place, guest, seen, directory)
    for place, guests in plan.doors.items():
        standpoints = [
            Standpoint(
                balancer=guest.balancer,
                groups=known,
                protocol=guest.listener.protocol,
                port=place.port,
                ports=doors.ports,
                keeps_port=keeps_port(_sharing(guest, guests)),
                day=day,
            )
            for guest in guests
        ]
        _open_door(made, place, list(zip(guests, standpoints, strict=True)), directory)
    return made


def clusters_of(table: RoutingTable, group_arn: str) -> tuple[str, ...]:
    """The clusters that stand for a target group: one for each load balancer that forwards to it.

    Each connects from an address of its own load balancer, and checks the targets by itself.
    """
    return tuple(
        cluster_name(balancer.arn, group_arn)
        for balancer in table.load_balancers
        if group_arn in _forwarded(balancer)
    )


def _clusters(
    table: RoutingTable, directory: str
) -> tuple[dict[str, Resource], dict[str, Resource], dict[str, str]]:
    """Clusters and endpoints by name, and the target group of each."""
    known = {group.arn: group for group in table.target_groups}
    clusters: dict[str, Resource] = {}
    endpoints: dict[str, Resource] = {}
    groups: dict[str, str] = {}
    for balancer in table.load_balancers:
        for arn in _forwarded(balancer):
            if (group := known.get(arn)) is not None:
                name = cluster_name(balancer.arn, arn)
                clusters[name] = cluster_of(balancer, group, directory=directory)
                endpoints[name] = endpoints_of(group, name)
                groups[name] = arn
    return clusters, endpoints, groups


def _forwarded(balancer: LoadBalancer) -> dict[str, None]:
    """The target groups that its listeners forward to, each once, in order."""
    actions: Iterable[Action] = (
        action
        for listener in balancer.listeners
        for action in (*(rule.action for rule in listener.rules), listener.default)
    )
    return {
        each.arn: None
        for action in actions
        if isinstance(action, Forward)
        for each in action.groups
    }


def _open_node(
    made: Resources, place: Place, guest: Guest, seen: Standpoint, directory: str
) -> None:
    listener = guest.listener
    if guest.is_web:
        name = routes_name(listener, zone=seen.zone)
        made.routes[name] = routes(name, [virtual_host(listener, seen, domains=["*"])])
        made.listeners[listener_name(place)] = web_listener(
            place, guest.balancer, listener, zone=seen.zone, directory=directory
        )
    else:
        _open_stream(made, place, guest, seen, directory)


def _open_door(
    made: Resources, place: Place, guests: list[tuple[Guest, Standpoint]], directory: str
) -> None:
    first, seen = guests[0]
    if not first.is_web:
        _open_stream(made, place, first, seen, directory)
        return
    made.listeners[listener_name(place)] = shared_listener(
        place, [guest for guest, _ in guests], directory=directory
    )
    hosts: list[Resource] = []
    taken: set[str] = {guest.balancer.dns_name.lower() for guest, _ in guests}
    for guest, seen in guests:
        listener = guest.listener
        if listener.protocol == "HTTPS":
            name = guest_routes_name(place, listener)
            made.routes[name] = routes(name, [virtual_host(listener, seen, domains=["*"])])
            continue
        own = [host for host in named_hosts(listener) if host not in taken]
        taken.update(own)
        domains = [guest.balancer.dns_name.lower(), *own, *(() if hosts else ("*",))]
        hosts.append(virtual_host(listener, seen, domains=domains))
    if hosts:
        name = door_routes_name(place)
        made.routes[name] = routes(name, hosts)


def _open_stream(
    made: Resources, place: Place, guest: Guest, seen: Standpoint, directory: str
) -> None:
    if place.is_udp:
        made.listeners[listener_name(place)] = udp_listener(place, guest.listener, seen)
        return
    name = stream_name(guest.listener, zone=seen.zone)
    made.routes[name] = stream(name, guest.listener, seen, directory=directory)
    made.listeners[listener_name(place)] = stream_listener(
        place, guest.listener, stream=name, directory=directory
    )


def _sharing(guest: Guest, guests: list[Guest]) -> list[LoadBalancer]:
    """Those at a door whose requests come through the same filters."""
    if guest.listener.protocol != "HTTP":
        return [guest.balancer]
    return [each.balancer for each in guests if each.listener.protocol == "HTTP"]
