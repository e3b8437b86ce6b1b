"""What became of listeners, in sentences, and which draining targets are free.  Pure."""

from collections.abc import Iterable, Mapping

from homeport.contracts.routing_table import ListenerSighting, TargetGroup
from homeport.dataplane.envoy.admin import Cluster, ListenerState
from homeport.dataplane.envoy.resources import ListenerPlaces, Place
from homeport.dataplane.envoy.translate_names import listener_name

Drain = tuple[str, str, int]
"""A draining target: its group, id and port."""


def listener_sightings(
    listeners: Iterable[ListenerPlaces],
    *,
    state: ListenerState,
    shut: Mapping[Place, str],
    away: frozenset[str],
) -> tuple[ListenerSighting, ...]:
    """What to say of each listener.

    `shut` are places that Envoy was not told of, and why; `away` are addresses that this machine
    does not have.  A listener that still waits for something inside Envoy is left out.
    """
    return tuple(
        ListenerSighting(
            listener_arn=each.listener_arn,
            problems=(
                *each.problems,
                *(
                    problem
                    for place in each.places
                    if (problem := _problem(place, state, shut, away)) is not None
                ),
            ),
        )
        for each in listeners
        if state.warming.isdisjoint(listener_name(place) for place in each.places)
    )


def _problem(
    place: Place, state: ListenerState, shut: Mapping[Place, str], away: frozenset[str]
) -> str | None:
    if place in shut:
        return shut[place]
    where = f"{'UDP port' if place.is_udp else 'Port'} {place.port} of {place.address}"
    name = listener_name(place)
    refusal = state.refused.get(name)
    if name not in state.opened:
        return f"{where} is not open: {refusal or state.rejection or 'Envoy does not say why'}."
    if refusal is not None:
        return f"{where} is open as it was before its last change, which Envoy refuses: {refusal}."
    if place.address in away:
        return f"The address {place.address} is not on this machine yet."
    return None


def is_draining(group: TargetGroup) -> bool:
    """Whether a target of the group is being drained."""
    return any(each.draining for each in group.targets)


def idle(
    group: TargetGroup, clusters: Iterable[Cluster], *, names: Iterable[str]
) -> frozenset[Drain]:
    """Draining targets of the group that nobody is connected to, as these clusters have them.

    `names` are all clusters of the group.  For HTTP only requests count: Envoy keeps connections
    for later ones.  A target of UDP is never found idle: nobody says when a conversation is over.
    """
    if group.protocol in {"UDP", "TCP_UDP"}:
        return frozenset()
    gauges = ("rq_active",) if group.protocol in {"HTTP", "HTTPS"} else ("cx_active",)
    found = {each.name: each for each in clusters}
    hosts = {
        (name, host.at): host
        for name in names
        if name in found
        for host in found[name].host_statuses
    }
    busy = {
        at
        for (_, at), host in hosts.items()
        if host.health_status.eds_health_status != "DRAINING" or any(map(host.gauge, gauges))
    }
    present = {at for _, at in hosts}
    return frozenset(
        (group.arn, each.target_id, each.port)
        for each in group.targets
        if each.draining
        and (each.address, each.port) in present
        and (each.address, each.port) not in busy
    )
