"""Whether new requests and connections go by what listeners say now: what to ask Envoy, and what
its answers mean.  Pure; who asks is in `confirming`.

Every file of routes has a version, which Envoy tells once it has taken the file.  A listener's
`shift` is taken when all routes that its open places use are, and no newer form of those places is
refused or still waiting.  A place that is not open carries no traffic and has no say.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from homeport.contracts.routing_table import Listener, RoutingTable
from homeport.dataplane.envoy.admin import ListenerState
from homeport.dataplane.envoy.resources import Place, Resource, Resources
from homeport.dataplane.envoy.translate_names import (
    door_routes_name,
    guest_routes_name,
    listener_name,
    routes_name,
    stream_name,
)

REASON_MAX: Final = 300
Versions = frozenset[tuple[str, str]]
"""Names of routes, each with a version."""


class Wanted(Struct, frozen=True, kw_only=True):
    """What has to be seen before a listener's `shift` is taken."""

    listener_arn: str
    shift: int
    places: dict[str, frozenset[str]]
    """Envoy's listeners that it is open by, and of each the routes that are its own."""


def wanted_shifts(table: RoutingTable, resources: Resources) -> tuple[Wanted, ...]:
    """What every listener of the table waits for, where Envoy is told these resources."""
    places = {each.listener_arn: each.places for each in resources.places}
    return tuple(
        Wanted(
            listener_arn=listener.arn,
            shift=listener.shift,
            places={
                name: _own_routes(resources.listeners[name], place, listener)
                for place in places.get(listener.arn, ())
                if (name := listener_name(place)) in resources.listeners
            },
        )
        for balancer in table.load_balancers
        for listener in balancer.listeners
    )


def is_taken(
    wanted: Wanted, state: ListenerState, *, told: Mapping[str, str], taken: Versions
) -> bool:
    """Whether Envoy does what is wanted; `told` and `taken` as for `missing`."""
    opened = wanted.places.keys() & state.opened
    if not opened or not opened.isdisjoint(state.warming | state.refused.keys()):
        return False
    return not missing(wanted, state, told=told, taken=taken)


def missing(
    wanted: Wanted, state: ListenerState, *, told: Mapping[str, str], taken: Versions
) -> frozenset[str]:
    """The routes of its open places that Envoy does not have as it was told.

    `told` are the versions of all routes that Envoy was told, by name; `taken` those that it says
    it has.
    """
    used = {name for place in wanted.places.keys() & state.opened for name in wanted.places[place]}
    return frozenset(name for name in used if (name, told.get(name, "")) not in taken)


def refusal(log: str) -> str:
    """Why Envoy did not take a file, from the end of its log; empty if it does not say."""
    for line in reversed(log.splitlines()):
        _, found, why = line.partition("Filesystem config update ")
        if found:
            _, _, why = why.partition(": ")
            # It may go on with the file, which is long, and nobody else's business.
            return _short(why.partition(': {"')[0].strip(" ."))
    return ""


def _short(said: str) -> str:
    """A text with as much left out in the middle as nobody would read."""
    if len(said) <= REASON_MAX:
        return said
    return f"{said[: REASON_MAX // 3]} … {said[-REASON_MAX // 3 * 2 :]}"


def _own_routes(resource: Resource, place: Place, listener: Listener) -> frozenset[str]:
    """Of the routes that an Envoy listener uses, those that this listener's rules are in."""
    exact = {door_routes_name(place), guest_routes_name(place, listener)}
    prefixes = (routes_name(listener), stream_name(listener))
    return frozenset(
        name
        for name in _used_routes(resource)
        if name in exact or name in prefixes or name.startswith(tuple(f"{p}-" for p in prefixes))
    )


def _used_routes(resource: Mapping[str, Any]) -> Iterable[str]:
    for chain in resource.get("filter_chains", ()):
        for each in chain["filters"]:
            if "config_discovery" in each:
                yield each["name"]
            elif "rds" in each["typed_config"]:
                yield each["typed_config"]["rds"]["route_config_name"]
