"""Translation that one load balancer cannot stop for the others."""

from collections.abc import Iterable

import structlog
from msgspec.structs import replace

from homeport.contracts.routing_table import LoadBalancer, RoutingTable
from homeport.dataplane.envoy.resources import Doors, ListenerPlaces, Resources
from homeport.dataplane.envoy.translate import translate

_log = structlog.get_logger("homeport.envoy")


def translate_what_can_be(
    table: RoutingTable, doors: Doors, *, directory: str, now: float
) -> Resources:
    """Envoy's resources for every load balancer that can be translated; the others say why not."""
    try:
        return translate(table, doors, directory=directory, now=now)
    except Exception:
        _log.exception("the routing table cannot be translated as a whole")
    good: list[LoadBalancer] = []
    shut: list[ListenerPlaces] = []
    for balancer in table.load_balancers:
        together = replace(table, load_balancers=(*good, balancer))
        try:
            translate(together, doors, directory=directory, now=now)
        except Exception as error:
            _log.exception("left out a load balancer", load_balancer=balancer.arn)
            shut.extend(_shut(balancer, error))
        else:
            good.append(balancer)
    kept = replace(table, load_balancers=tuple(good))
    made = translate(kept, doors, directory=directory, now=now)
    return replace(made, places=(*made.places, *shut))


def _shut(balancer: LoadBalancer, error: Exception) -> Iterable[ListenerPlaces]:
    why = f"Homeport cannot make Envoy's configuration for {balancer.name}: {error!r}."
    return (
        ListenerPlaces(listener_arn=each.arn, places=(), problems=(why,))
        for each in balancer.listeners
    )
