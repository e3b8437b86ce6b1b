"""What load balancing provides to the others: homeport.contracts.routing.

Sole writer of what was seen of targets and listeners, and so of a load balancer's state.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from homeport.contracts.certificates import Certificates, IssuedCertificate
from homeport.contracts.metrics import Metrics
from homeport.contracts.routing_table import (
    ListenerSighting,
    RoutingTable,
    TargetGroup,
    TargetSighting,
    TrafficFigures,
)
from homeport.kernel.clock import Clock
from homeport.services.elbv2.plan import draining
from homeport.services.elbv2.plan.load_balancer_states import state_of
from homeport.services.elbv2.plan.metrics import Hosts, data_of, hosts_of
from homeport.services.elbv2.plan.target_group_attributes import attributes_of
from homeport.services.elbv2.plan.target_health import (
    health_of,
    is_routed_to,
    observed,
    usage_of,
)
from homeport.services.elbv2.queries import (
    forwards,
    listener_sightings,
    listeners,
    load_balancers,
    rules,
    target_groups,
    usage,
)
from homeport.services.elbv2.queries import targets as registered
from homeport.services.elbv2.records.listeners import Listener, Rule
from homeport.services.elbv2.records.target_groups import ListenerProblems, Target
from homeport.services.elbv2.render.routing import certificates_of, routing_of
from homeport.services.elbv2.render.target_routing import routed_group
from homeport.store import ReadTx, Tx


class ElbRouting:
    """The routing table, for the data plane."""

    def __init__(self, *, certificates: Certificates, metrics: Metrics) -> None:
        """`certificates`: where those of TLS listeners are found; `metrics`: where what went
        through is kept."""
        self._certificates = certificates
        self._metrics = metrics

    def table(self, tx: ReadTx, clock: Clock) -> RoutingTable:
        ports: dict[str, list[Listener]] = {}
        for listener in listeners.every_listener(tx):
            ports.setdefault(listener.load_balancer_arn, []).append(listener)
        ways: dict[str, list[Rule]] = {}
        for rule in rules.every_rule(tx):
            ways.setdefault(rule.listener_arn, []).append(rule)
        known = self._known_certificates(tx, [each for some in ports.values() for each in some])
        return RoutingTable(
            load_balancers=tuple(
                routing_of(each, ports.get(each.arn, ()), ways, known, clock.span)
                for each in load_balancers.every_load_balancer(tx)
            ),
            target_groups=_routed(tx, sorted(forwards.groups_in_use(tx)), clock),
        )

    def target_groups(
        self, tx: ReadTx, arns: tuple[str, ...], clock: Clock
    ) -> tuple[TargetGroup, ...]:
        return _routed(tx, arns, clock)

    def _known_certificates(
        self, tx: ReadTx, some: Sequence[Listener]
    ) -> dict[str, IssuedCertificate]:
        found = {arn: self._certificates.certificate(tx, arn) for arn in certificates_of(some)}
        return {arn: each for arn, each in found.items() if each is not None}

    def saw_listeners(self, tx: Tx, sightings: tuple[ListenerSighting, ...], *, now: float) -> None:
        del now
        of_load_balancer: dict[str, list[str]] = {}
        for listener in listeners.every_listener(tx):
            of_load_balancer.setdefault(listener.load_balancer_arn, []).append(listener.arn)
        living = {arn for arns in of_load_balancer.values() for arn in arns}
        seen = _recorded(tx, sightings, living)
        for before in load_balancers.every_load_balancer(tx):
            state, reason = state_of(before.state, of_load_balancer.get(before.arn, []), seen)
            after = replace(before, state=state, state_reason=reason)
            if after != before:
                load_balancers.record_state(tx, after)
                tx.changed("load balancer state", after.arn)

    def saw_targets(
        self, tx: Tx, group_arn: str, sightings: tuple[TargetSighting, ...], *, now: float
    ) -> None:
        group = target_groups.find_group(tx, group_arn)
        if group is None or not group.in_use:
            return
        found = registered.find_targets(tx, group_arn, [each.target_id for each in sightings])
        after: dict[tuple[str, int], Target] = {}
        for each in sightings:
            key = (each.target_id, each.port)
            if key in found:
                after[key] = observed(
                    found[key],
                    state=each.state,
                    reason=each.reason,
                    description=each.description,
                    at=each.at or now,
                )
        registered.save_observed(
            tx, [target for key, target in after.items() if target != found[key]]
        )

    def saw_drained(
        self, tx: Tx, group_arn: str, targets: tuple[tuple[str, int], ...], *, now: float
    ) -> None:
        del now
        found = registered.find_targets(tx, group_arn, [target_id for target_id, _ in targets])
        drained = [found[key] for key in dict.fromkeys(targets) if key in found]
        freed = [draining.freed(target) for target in drained]
        registered.save_targets(
            tx, [after for before, after in zip(drained, freed, strict=True) if after != before]
        )

    def saw_shift(self, tx: Tx, listener_arn: str, shift: int, *, now: float) -> None:
        del now
        listener = listeners.find_listener(tx, listener_arn)
        if listener is not None and listener.live_shift < shift <= listener.shift:
            listeners.record_live(tx, replace(listener, live_shift=shift))

    def saw_traffic(self, tx: Tx, figures: tuple[TrafficFigures, ...], *, now: float) -> None:
        del now
        hosts = _hosts(tx, sorted({each.group_arn for each in figures if each.group_arn}))
        for (account, region), data in data_of(figures, hosts).items():
            self._metrics.put(tx, account, region, data)


def _routed(tx: ReadTx, arns: Sequence[str], clock: Clock) -> tuple[TargetGroup, ...]:
    """Those of these target groups that a listener forwards to, as the data plane sees them."""
    groups = target_groups.find_groups(tx, arns)
    users = usage.users_of_many(tx, list(groups))
    members = registered.targets_of_many(tx, list(groups))
    routed = []
    for group in groups.values():
        used = usage_of(users[group.arn])
        if used.is_used:
            routed.append(
                routed_group(
                    group,
                    attributes=attributes_of(group),
                    targets=[each for each in members[group.arn] if is_routed_to(each, used)],
                    users=users[group.arn],
                    span=clock.span,
                )
            )
    return tuple(routed)


def _hosts(tx: ReadTx, arns: Sequence[str]) -> dict[str, Hosts]:
    """How the targets of those of these groups are that are still there."""
    groups = target_groups.find_groups(tx, arns)
    users = usage.users_of_many(tx, list(groups))
    members = registered.targets_of_many(tx, list(groups))
    found = {}
    for arn, group in groups.items():
        used = usage_of(users[arn])
        found[arn] = hosts_of(health_of(each, group, used) for each in members[arn])
    return found


def _recorded(
    tx: Tx, sightings: Sequence[ListenerSighting], living: set[str]
) -> dict[str, ListenerProblems]:
    """What is known of the living listeners once these sightings are recorded."""
    known = dict(listener_sightings.every_sighting(tx))
    new = {
        each.listener_arn: ListenerProblems(listener_arn=each.listener_arn, problems=each.problems)
        for each in sightings
        if each.listener_arn in living
    }
    listener_sightings.replace_sightings(
        tx, [each for arn, each in new.items() if each != known.get(arn)]
    )
    listener_sightings.forget(tx, known.keys() - living)
    return {arn: each for arn, each in {**known, **new}.items() if arn in living}
