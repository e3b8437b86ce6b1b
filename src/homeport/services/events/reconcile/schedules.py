"""Fire the rules that have a schedule expression when their time has come.

Sole writer of a rule's timing, beside PutRule, EnableRule and DisableRule.  There is one key: each
pass takes the rules that are due by an index, so that rules that wait cost nothing.
"""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from homeport.kernel.job_rules import job_rules
from homeport.runtime import Again, Tick
from homeport.services.events.plan import schedules
from homeport.services.events.plan.deliveries import Delivery, delivery, on_schedule, wanted
from homeport.services.events.queries import rules, targets
from homeport.services.events.reconcile.handing import hand, missed
from homeport.services.events.records.rules import Rule, Target
from homeport.store import ReadTx, Tx

WATCHES: Final = (rules.SCHEDULES,)
AT_ONCE: Final = 200
"""Rules in one transaction."""
MISSED: Final = "Homeport was not there to fire it within a minute of its time."


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """Fire what is due, and look again when the next rule is."""
    due = rules.due_rules(tx, tick.now, AT_ONCE)
    aims = targets.targets_by_rule(tx, [rule.arn for rule in due]) if due else {}
    for rule in due:
        _look(tx, rule, aims.get(rule.arn, ()), tick)
    following = rules.next_due(tx)
    return None if following is None else Again(max(0.0, following - tick.now))


def sweep(tx: ReadTx) -> Iterable[str]:
    """The one key."""
    return (rules.SCHEDULES_KEY,)


def _look(tx: Tx, rule: Rule, aims: tuple[Target, ...], tick: Tick) -> None:
    if rule.timing is None or rule.schedule_expression is None:
        return
    lateness = schedules.Lateness(
        second=tick.span(1.0),
        on_missed=job_rules(rule.tags).on_missed,
        awake_since=tick.awake_since,
    )
    look = schedules.looked(rule.schedule_expression, rule.timing, now=tick.now, lateness=lateness)
    for target in aims:
        if look.missed and look.last_missed is not None:
            lost = Delivery(
                wanted=wanted(rule, target, on_schedule(rule, look.last_missed), payload=""),
                problem=MISSED,
            )
            missed(tx, lost, tick, count=look.missed)
        for due in look.fire:
            hand(tx, delivery(on_schedule(rule, due), rule, target, now=tick.now), tick)
    rules.save_rule(tx, rule, replace(rule, timing=look.timing))
