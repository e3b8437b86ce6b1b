"""Look at events in the order in which they were put, and fire the rules that match them.

Sole remover of events that wait.  There is one key: an event and the firings that follow from it
are one transaction, so that each event is looked at once and those of a source stay in order.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final

import msgspec

from homeport.contracts.events import SequencedEvent
from homeport.runtime import Again, Tick
from homeport.services.events.plan.deliveries import Occasion, delivery, index_of
from homeport.services.events.plan.names import DEFAULT
from homeport.services.events.queries import inbox, rules, targets
from homeport.services.events.reconcile.handing import hand
from homeport.services.events.records.buses import Place, PutEvent
from homeport.store import ReadTx, Tx

WATCHES: Final = ("event", inbox.NEWS)
AT_ONCE: Final = 100
"""Events of the inbox in one transaction."""


class Seen(msgspec.Struct, frozen=True):
    """An event as rules see it."""

    place: Place
    at: float
    envelope: Mapping[str, Any]
    forwarded: bool


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """Take the oldest events, fire what matches, forget them."""
    of_services = _of_ecs(tx, tick)
    waiting = inbox.oldest(tx, AT_ONCE)
    seen = [*(_of_ecs_event(each) for each in of_services), *map(_of_put_event, waiting)]
    for place, events in groupby(seen, key=lambda each: each.place):
        _route(tx, place, events, tick)
    inbox.remove(tx, waiting)
    return Again(0.0) if of_services or len(waiting) == AT_ONCE else None


def sweep(tx: ReadTx) -> Iterable[str]:
    """The one key."""
    return (inbox.KEY,)


def _of_ecs(tx: Tx, tick: Tick) -> tuple[SequencedEvent, ...]:
    """The next events of ECS; where no rule would look at them they are not even read."""
    if rules.is_any_bus_listened_to(tx, DEFAULT):
        return tick.peers.events.take_unrouted(tx)
    tick.peers.events.pass_by(tx)
    return ()


def _route(tx: Tx, place: Place, events: Iterator[Seen], tick: Tick) -> None:
    """Fire the rules of one bus that match some events, event by event."""
    listening = {rule.arn: rule for rule in rules.matchers_of(tx, place)}
    if not listening:
        return
    texts = tuple((rule.arn, rule.event_pattern or "") for rule in listening.values())
    index = index_of(texts)
    matched = [(event, index.matching(event.envelope)) for event in events]
    wanted = sorted({arn for _, arns in matched for arn in arns})
    aims = targets.targets_by_rule(tx, wanted) if wanted else {}
    for event, arns in matched:
        occasion = Occasion(
            event=event.envelope,
            scheduled_for=event.at,
            due_at=tick.now,
            forwarded=event.forwarded,
        )
        for arn in arns:
            for target in aims.get(arn, ()):
                hand(tx, delivery(occasion, listening[arn], target, now=tick.now), tick)


def _of_put_event(event: PutEvent) -> Seen:
    envelope = msgspec.json.decode(event.envelope)
    return Seen(event.place, event.at, envelope, event.forwarded)


def _of_ecs_event(event: SequencedEvent) -> Seen:
    envelope = event.envelope
    place = Place(str(envelope["account"]), str(envelope["region"]), DEFAULT)
    return Seen(place, event.at, envelope, forwarded=False)
