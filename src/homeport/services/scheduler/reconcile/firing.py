"""Fires schedules: the key is a shard; each pass takes a batch of what is due in it.

Sole writer of a schedule's `upcoming`, `anchor` and `passed` once it was made.  What one pass
leaves is still due: the next takes it.  A firing and the schedule's going on are one transaction.
"""

from collections.abc import Iterable
from typing import Final

from homeport.contracts.operations import Asker
from homeport.kernel.errors import AwsError
from homeport.kernel.job_rules import BadJobRule, OnMissed, job_rules
from homeport.runtime import Again, Tick
from homeport.services.scheduler.plan import due, payloads
from homeport.services.scheduler.plan.targets import task_definition_of
from homeport.services.scheduler.queries import groups, schedules
from homeport.services.scheduler.records.schedules import Schedule, Upcoming
from homeport.services.scheduler.render.firings import wanted
from homeport.store import ReadTx, Tx

WATCHES: Final = (schedules.CHANGED,)
SCHEDULES_AT_ONCE: Final = 100
FIRINGS_AT_ONCE: Final = 200

Tags = tuple[tuple[str, str], ...]


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """Fire what is due, then come back when the next is."""
    shard = int(key)
    batch = schedules.due(tx, shard, until=tick.now, most=SCHEDULES_AT_ONCE)
    tags = GroupTags(tx)
    second = tick.span(1.0)
    left = FIRINGS_AT_ONCE
    fired: list[Schedule] = []
    for schedule in batch:
        if left <= 0:
            break
        own = tags.of(schedule)
        rule: OnMissed = ""
        if schedule.passed or due.is_late(schedule, now=tick.now, second=second):
            rule = _on_missed(tx, schedule, own, tick)
        step = due.next_step(schedule, now=tick.now, second=second, rule=rule, at_most=left)
        _record(tx, schedule, step, own, tick)
        left -= len(step.firings)
        fired.append(step.schedule)
    schedules.save_fired(tx, fired)
    next_at = schedules.next_due(tx, shard)
    return None if next_at is None else Again(max(0.0, next_at - tick.now))


def sweep(tx: ReadTx) -> Iterable[str]:
    """Every shard."""
    return tuple(str(shard) for shard in range(schedules.SHARDS))


class GroupTags:
    """The tags of groups, each read once in a pass."""

    def __init__(self, tx: ReadTx) -> None:
        self._tx = tx
        self._known: dict[tuple[str, str, str], Tags] = {}

    def of(self, schedule: Schedule) -> Tags:
        """The tags of a schedule's group."""
        key = (schedule.account, schedule.region, schedule.group)
        if key not in self._known:
            group = groups.find_group(self._tx, *key)
            self._known[key] = () if group is None else group.tags
        return self._known[key]


def _record(tx: Tx, schedule: Schedule, step: due.Step, tags: Tags, tick: Tick) -> None:
    firings = tick.peers.firings
    missed = step.missed
    if missed is not None:
        asked = wanted(schedule, missed.last, payload=_payload(schedule, missed.last), tags=tags)
        firings.missed(tx, asked, count=missed.count, why=missed.why, now=tick.now, ids=tick.ids)
    for firing in step.firings:
        asked = wanted(schedule, firing, payload=_payload(schedule, firing), tags=tags)
        firings.fire(tx, asked, now=tick.now, ids=tick.ids)


def _payload(schedule: Schedule, firing: Upcoming) -> str:
    return payloads.payload(schedule, firing.calendar_at)


def _on_missed(tx: Tx, schedule: Schedule, tags: Tags, tick: Tick) -> OnMissed:
    """What the tags of the task definition say of missed firings, or those of the group."""
    definition = task_definition_of(schedule.target)
    more: Tags = () if definition is None else _tags_of(tx, schedule, definition, tick)
    try:
        return job_rules(tags, more).on_missed
    except BadJobRule:
        return ""


def _tags_of(tx: Tx, schedule: Schedule, definition: str, tick: Tick) -> Tags:
    asker = Asker(
        account=schedule.account,
        region=schedule.region,
        principal=f"arn:aws:iam::{schedule.account}:root",
        now=tick.now,
        ids=tick.ids,
    )
    request = {"taskDefinition": definition, "include": ["TAGS"]}
    try:
        found = tick.peers.operations.ask(tx, asker, "ecs", "DescribeTaskDefinition", request)
    except AwsError:
        return ()
    return tuple((each["key"], each.get("value", "")) for each in found.get("tags", ()))
