"""What events provides to the others: the buses, and the rules as the ledger sees them."""

from dataclasses import dataclass

from homeport.contracts.bus import BusEvent
from homeport.contracts.firings import Firings
from homeport.contracts.job_sources import Job
from homeport.kernel.ids import Ids
from homeport.services.events.plan import deliveries, names
from homeport.services.events.plan.documents import write
from homeport.services.events.plan.envelopes import Happening, envelope
from homeport.services.events.plan.names import DEFAULT
from homeport.services.events.queries import buses, inbox, rules, targets
from homeport.services.events.records.buses import Place, PutEvent
from homeport.services.events.records.rules import Rule, Target
from homeport.store import ReadTx, Tx


class StoredBus:
    """Fulfils `Bus` of homeport.contracts."""

    def put(self, tx: Tx, event: BusEvent, *, ids: Ids) -> None:
        place = Place(event.account, event.region, DEFAULT)
        told = Happening(
            source=event.source,
            detail_type=event.detail_type,
            at=event.at,
            resources=event.resources,
            detail=event.detail,
        )
        whole = write(envelope(told, place, event_id=ids.uuid()))
        inbox.put(tx, PutEvent(place=place, at=event.at, envelope=whole))

    def forward(self, tx: Tx, bus_arn: str, envelope: str, *, at: float) -> bool:
        place = names.bus_of_arn(bus_arn)
        if place is None:
            return False
        if place.bus != DEFAULT and buses.find_bus(tx, place) is None:
            return False
        inbox.put(tx, PutEvent(place=place, at=at, envelope=envelope, forwarded=True))
        return True


@dataclass(frozen=True, slots=True)
class RuleJobs:
    """Fulfils `JobSources` for rules."""

    firings: Firings

    def jobs(self, tx: ReadTx, account: str, region: str) -> tuple[Job, ...]:
        found = rules.rules_of(tx, account, region)
        aims = targets.targets_by_region(tx, account, region)
        return tuple(_job(rule, aims.get(rule.arn, ())) for rule in found)

    def job(self, tx: ReadTx, arn: str) -> Job | None:
        rule = rules.find_rule(tx, arn)
        return None if rule is None else _job(rule, targets.targets_of(tx, arn))

    def fire_now(self, tx: Tx, arn: str, *, now: float, ids: Ids) -> tuple[str, ...]:
        rule = rules.find_rule(tx, arn)
        if rule is None:
            raise KeyError(arn)
        if rule.schedule_expression is None:
            return ()
        occasion = deliveries.by_hand(rule, event_id=ids.uuid(), now=now)
        made = [
            deliveries.delivery(occasion, rule, target, now=now)
            for target in targets.targets_of(tx, arn)
        ]
        for each in made:
            if each.problem:
                self.firings.missed(tx, each.wanted, count=1, why=each.problem, now=now, ids=ids)
        return tuple(
            self.firings.fire(tx, each.wanted, now=now, ids=ids)
            for each in made
            if not each.problem
        )


def _job(rule: Rule, aims: tuple[Target, ...]) -> Job:
    return Job(
        arn=rule.arn,
        kind="rule",
        group=rule.place.bus,
        name=rule.name,
        state="ENABLED" if rule.is_enabled else "DISABLED",
        expression=rule.schedule_expression or "",
        next_at=rule.next_at,
        target_arns=tuple(target.arn for target in aims),
        tags=rule.tags,
    )
