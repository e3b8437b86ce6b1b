"""What is known of every target's health, and which of it was not reported yet.

It knows no Envoy and no store: events and looks go in, sightings come out.
"""

from collections.abc import Iterable

from homeport.contracts.routing_table import Target, TargetGroup, TargetSighting
from homeport.dataplane.envoy.admin import Cluster, Host
from homeport.dataplane.envoy.health_events import Checked, HealthEvent, after, combined, sighting

Place = tuple[str, int]
"""Where a target answers."""
Key = tuple[str, str, int]
"""A target's group, id and port."""


class HealthBook:
    """Health by target, put together from the clusters that check it."""

    def __init__(self) -> None:
        self._groups: dict[str, TargetGroup] = {}
        self._clusters: dict[str, str] = {}
        self._checkers: dict[str, tuple[str, ...]] = {}
        """By group: the clusters that check it."""
        self._targets: dict[str, dict[Place, tuple[Target, ...]]] = {}
        """By group: who is where."""
        self._members: dict[str, frozenset[tuple[str, int]]] = {}
        """By group: ids and ports."""
        self._checked: dict[str, dict[Place, Checked]] = {}
        """By cluster."""
        self._told: dict[Key, TargetSighting] = {}
        self._news: dict[Key, TargetSighting] = {}

    def know(self, groups: Iterable[TargetGroup], clusters: dict[str, str]) -> None:
        """These are all target groups, and all clusters with the group that each stands for."""
        before = self._groups
        self._groups = {group.arn: group for group in groups}
        self._targets = {arn: _by_place(group) for arn, group in self._groups.items()}
        self._members = {arn: _members(group) for arn, group in self._groups.items()}
        self._clusters = clusters
        self._checkers = {}
        for name, arn in clusters.items():
            self._checkers[arn] = (*self._checkers.get(arn, ()), name)
        self._checked = {name: self._checked.get(name, {}) for name in clusters}
        for name in clusters:
            self._forget_strangers(name)
        self._told = {key: each for key, each in self._told.items() if self._is_known(key)}
        self._news = {key: each for key, each in self._news.items() if self._is_known(key)}
        for arn in before.keys() & self._groups.keys():
            if before[arn].health != self._groups[arn].health:
                self._begin_anew(arn)
            self._tell_again(before[arn], self._groups[arn])

    def know_group(self, group: TargetGroup) -> None:
        """A target group's targets have changed."""
        before = self._groups.get(group.arn, group)
        self._groups[group.arn] = group
        self._targets[group.arn] = _by_place(group)
        self._members[group.arn] = _members(group)
        for name in self._checkers.get(group.arn, ()):
            self._forget_strangers(name)
        for kept in (self._told, self._news):
            for key in [key for key in kept if key[0] == group.arn and not self._is_known(key)]:
                del kept[key]
        self._tell_again(before, group)

    def hear(self, event: HealthEvent) -> None:
        """Take note of what a check saw."""
        group = self._groups.get(self._clusters.get(event.cluster, ""))
        place = event.address, event.port
        if group is None or place not in self._targets[group.arn]:
            return
        checks = self._checked[event.cluster]
        before = checks.get(place, Checked())
        threshold = group.health.unhealthy_threshold
        checks[place] = after(before, event, unhealthy_threshold=threshold)
        self._conclude(group.arn, place)

    def look(self, clusters: Iterable[Cluster], *, now: float) -> None:
        """Take note of what Envoy holds: events may have been lost, or were before our time."""
        for cluster in clusters:
            group = self._groups.get(self._clusters.get(cluster.name, ""))
            if group is None or not group.health.enabled:
                continue
            checks = self._checked[cluster.name]
            for host in cluster.host_statuses:
                known = host.at in self._targets[group.arn]
                if known and _passes(host) and not checks.get(host.at, Checked()).passes:
                    checks[host.at] = Checked(state="healthy", passes=True, at=now)
                    self._conclude(group.arn, host.at)

    def passing(self, cluster: str) -> frozenset[Place]:
        """Where a cluster's targets are that passed their last checks."""
        checks = self._checked.get(cluster, {})
        return frozenset(place for place, each in checks.items() if each.passes)

    def take_news(self) -> dict[str, tuple[TargetSighting, ...]]:
        """What was not reported yet, by target group."""
        by_group: dict[str, list[TargetSighting]] = {}
        for (arn, _, _), each in self._news.items():
            by_group.setdefault(arn, []).append(each)
        self._told |= self._news
        self._news = {}
        return {arn: tuple(each) for arn, each in by_group.items()}

    def give_back(self, news: dict[str, tuple[TargetSighting, ...]]) -> None:
        """These could not be reported: they are news again, unless there are newer ones."""
        old = {
            (arn, each.target_id, each.port): each
            for arn, sightings in news.items()
            for each in sightings
        }
        self._news = {key: each for key, each in old.items() if self._is_known(key)} | self._news

    def _conclude(self, group_arn: str, place: Place) -> None:
        checks = tuple(
            self._checked[name][place]
            for name in self._checkers.get(group_arn, ())
            if place in self._checked[name]
        )
        if not checks:
            return
        concluded = combined(checks)
        for each in self._targets[group_arn][place]:
            key = group_arn, each.target_id, each.port
            before = self._news.get(key, self._told.get(key))
            if concluded.state == "initial" and (before or each.last_seen != "initial"):
                continue  # It takes nothing back that was said before, by whoever.
            seen = sighting(each.target_id, each.port, concluded)
            if not _says_the_same(before, seen):
                self._news[key] = seen

    def _begin_anew(self, group_arn: str) -> None:
        """Its targets are checked in another way: what was seen says nothing any more."""
        for name in self._checkers.get(group_arn, ()):
            self._checked[name] = {}
        for kept in (self._told, self._news):
            for key in [key for key in kept if key[0] == group_arn]:
                del kept[key]

    def _tell_again(self, before: TargetGroup, now: TargetGroup) -> None:
        """What was told of a target does not count any more: Envoy did not notice, who asks did.

        It went and came back unseen, or its group was not used for a while.
        """
        since = {(each.target_id, each.port): each.registered_at for each in before.targets}
        for each in now.targets:
            place = each.target_id, each.port
            told = self._told.get((now.arn, *place))
            is_new = since.get(place, each.registered_at) != each.registered_at
            counts = told is None or told.state == each.last_seen or each.last_seen != "initial"
            if is_new or not counts:
                self._told.pop((now.arn, *place), None)
                self._conclude(now.arn, (each.address, each.port))

    def _forget_strangers(self, cluster: str) -> None:
        places = self._targets.get(self._clusters[cluster], {})
        checks = self._checked[cluster]
        self._checked[cluster] = {place: each for place, each in checks.items() if place in places}

    def _is_known(self, key: Key) -> bool:
        arn, target_id, port = key
        return (target_id, port) in self._members.get(arn, ())


def _members(group: TargetGroup) -> frozenset[tuple[str, int]]:
    return frozenset((each.target_id, each.port) for each in group.targets)


def _by_place(group: TargetGroup) -> dict[Place, tuple[Target, ...]]:
    places: dict[Place, tuple[Target, ...]] = {}
    for each in group.targets:
        place = each.address, each.port
        places[place] = (*places.get(place, ()), each)
    return places


def _passes(host: Host) -> bool:
    health = host.health_status
    is_checked = not (health.failed_active_health_check or health.pending_active_hc)
    return is_checked and health.eds_health_status in {"UNKNOWN", "HEALTHY"}


def _says_the_same(before: TargetSighting | None, now: TargetSighting) -> bool:
    def said(of: TargetSighting) -> tuple[str, str, str]:
        return of.state, of.reason, of.description

    return before is not None and said(before) == said(now)
