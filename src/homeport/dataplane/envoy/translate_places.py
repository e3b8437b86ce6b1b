"""Where each ELB listener is to be open, and who shares a port.  Pure; how is decided elsewhere."""

from msgspec import Struct

from homeport.contracts.routing_table import Listener, LoadBalancer, Node
from homeport.dataplane.envoy.resources import Doors, ListenerPlaces, Place
from homeport.dataplane.envoy.translate_terms import WEB

_DATAGRAMS = {"TCP": (False,), "TLS": (False,), "UDP": (True,), "TCP_UDP": (False, True)}


class Guest(Struct, frozen=True, kw_only=True):
    """A listener of a load balancer at some place."""

    balancer: LoadBalancer
    listener: Listener
    node: Node | None = None
    """Whose address it is; None at a door."""

    @property
    def is_web(self) -> bool:
        """Whether it is of an application load balancer."""
        return self.listener.protocol in WEB


class Plan(Struct, frozen=True, kw_only=True):
    """Who is where."""

    nodes: dict[Place, Guest]
    """At addresses of load balancers."""
    doors: dict[Place, list[Guest]]
    """At doors: several, if all are of application load balancers."""
    listeners: tuple[ListenerPlaces, ...]


def places(balancers: tuple[LoadBalancer, ...], doors: Doors) -> Plan:
    """Give each listener its places; at a door, the first by name has the choice."""
    guests = [
        Guest(balancer=balancer, listener=listener)
        for balancer in sorted(balancers, key=lambda each: (each.name, each.arn))
        for listener in balancer.listeners
    ]
    plan = Plan(nodes={}, doors={}, listeners=())
    found: dict[str, list[Place]] = {guest.listener.arn: [] for guest in guests}
    problems: dict[str, list[str]] = {guest.listener.arn: [] for guest in guests}
    for guest in guests:
        for node in guest.balancer.nodes:
            for place in _at(node.address, guest.listener, guest.listener.port):
                if place not in plan.nodes:
                    plan.nodes[place] = Guest(
                        balancer=guest.balancer, listener=guest.listener, node=node
                    )
                    found[guest.listener.arn].append(place)
                else:
                    problems[guest.listener.arn].append(_taken(place, plan.nodes[place]))
    for guest in guests:
        if guest.balancer.scheme != "internet-facing":
            continue
        port = doors.ports.get(guest.listener.port, guest.listener.port)
        for place in _at(doors.host, guest.listener, port):
            host = _host_of(place, guest, plan)
            if host is not None:
                problems[guest.listener.arn].append(_taken(place, host))
            elif place not in found[guest.listener.arn]:
                plan.doors.setdefault(place, []).append(guest)
                found[guest.listener.arn].append(place)
    listeners = tuple(
        ListenerPlaces(listener_arn=arn, places=tuple(found[arn]), problems=tuple(problems[arn]))
        for arn in found
    )
    return Plan(nodes=plan.nodes, doors=plan.doors, listeners=listeners)


def _at(address: str, listener: Listener, port: int) -> list[Place]:
    kinds = _DATAGRAMS.get(listener.protocol, (False,))
    return [Place(address=address, port=port, is_udp=is_udp) for is_udp in kinds]


def _host_of(place: Place, guest: Guest, plan: Plan) -> Guest | None:
    """Who has the place already and cannot share it with this one."""
    node = plan.nodes.get(place)
    if node is not None:
        return None if node.listener.arn == guest.listener.arn else node
    others = plan.doors.get(place, [])
    for other in others:
        is_same = other.listener.protocol == guest.listener.protocol
        if not (other.is_web and guest.is_web) or (
            is_same and other.balancer.arn == guest.balancer.arn
        ):
            return other
    return None


def _taken(place: Place, host: Guest) -> str:
    kind = "UDP port" if place.is_udp else "Port"
    return (
        f"{kind} {place.port} of {place.address} belongs to a listener of load balancer "
        f"{host.balancer.name}: only HTTP and HTTPS listeners of different ones share a port."
    )
