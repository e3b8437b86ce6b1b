"""Statements over rules.

Announces ``rule schedule`` when the time at which a rule is due next is another.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from homeport.services.events.records.buses import Place
from homeport.services.events.records.rules import Rule
from homeport.services.events.tables import rules as table
from homeport.store import ReadTx, Tx

SCHEDULES: Final = "rule schedule"
"""Announced when a rule is due at another time than before."""
SCHEDULES_KEY: Final = "rule schedules"
"""The one key of the loop that fires rules by their schedules."""

_HIGHEST: Final = "\U0010ffff"
_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Rule)

_OF_REGION = (table.c.account == bindparam("account")) & (table.c.region == bindparam("region"))
_OF_BUS = _OF_REGION & (table.c.bus == bindparam("of_bus"))
_MATCHING = table.c.matches.is_(True)

_FIND = select(table.c.body).where(table.c.arn == bindparam("key"))
_SOME = select(table.c.body).where(table.c.arn.in_(bindparam("keys", expanding=True)))
_PAGE = (
    select(table.c.body)
    .where(
        _OF_BUS,
        table.c.name > bindparam("after"),
        table.c.name >= bindparam("lowest"),
        table.c.name < bindparam("highest"),
    )
    .order_by(table.c.name)
    .limit(bindparam("count"))
)
_ALL = select(table.c.body).where(_OF_REGION).order_by(table.c.bus, table.c.name)
_COUNT = select(func.count()).select_from(table).where(_OF_BUS)
_ANY_OF_BUS = select(table.c.arn).where(_MATCHING, _OF_BUS).limit(1)
_ANY = select(table.c.arn).where(_MATCHING, table.c.bus == bindparam("of_bus")).limit(1)
_MATCHERS = select(table.c.body).where(_MATCHING, _OF_BUS).order_by(table.c.name)
_DUE = (
    select(table.c.body)
    .where(table.c.next_at <= bindparam("until"))
    .order_by(table.c.next_at)
    .limit(bindparam("count"))
)
_NEXT = select(func.min(table.c.next_at)).where(table.c.next_at.is_not(None))
_INSERT = insert(table)
_UPDATE = (
    update(table)
    .where(table.c.arn == bindparam("key"))
    .values(
        matches=bindparam("now_matches"),
        next_at=bindparam("due_at"),
        body=bindparam("content"),
    )
)
_DELETE = delete(table).where(table.c.arn == bindparam("key"))


def find_rule(tx: ReadTx, arn: str) -> Rule | None:
    """The rule with this ARN."""
    body = tx.scalar(_FIND, {"key": arn})
    return None if body is None else _DECODER.decode(body)


def find_rules(tx: ReadTx, arns: Sequence[str]) -> dict[str, Rule]:
    """Those of the rules that exist, by ARN."""
    found = (_DECODER.decode(row.body) for row in tx.rows(_SOME, {"keys": list(arns)}))
    return {rule.arn: rule for rule in found}


def rules_after(
    tx: ReadTx, place: Place, *, after: str, prefix: str, count: int
) -> tuple[Rule, ...]:
    """The first rules of a bus after a name, by name."""
    found = {
        **_bus(place),
        "after": after,
        "lowest": prefix,
        "highest": prefix + _HIGHEST,
        "count": count,
    }
    return tuple(_DECODER.decode(row.body) for row in tx.rows(_PAGE, found))


def rules_of(tx: ReadTx, account: str, region: str) -> tuple[Rule, ...]:
    """All rules of a region, by bus and name."""
    rows = tx.rows(_ALL, {"account": account, "region": region})
    return tuple(_DECODER.decode(row.body) for row in rows)


def count_of(tx: ReadTx, place: Place) -> int:
    """How many rules a bus has."""
    return int(tx.scalar(_COUNT, _bus(place)))


def is_listened_to(tx: ReadTx, place: Place) -> bool:
    """Whether any rule of the bus would look at an event."""
    return tx.row(_ANY_OF_BUS, _bus(place)) is not None


def is_any_bus_listened_to(tx: ReadTx, name: str) -> bool:
    """Whether any rule would look at an event, on a bus of this name in any account and region."""
    return tx.row(_ANY, {"of_bus": name}) is not None


def matchers_of(tx: ReadTx, place: Place) -> tuple[Rule, ...]:
    """The rules of a bus that look at events, by name."""
    return tuple(_DECODER.decode(row.body) for row in tx.rows(_MATCHERS, _bus(place)))


def due_rules(tx: ReadTx, until: float, count: int) -> tuple[Rule, ...]:
    """The rules whose schedule is due by a time, those that wait longest first."""
    rows = tx.rows(_DUE, {"until": until, "count": count})
    return tuple(_DECODER.decode(row.body) for row in rows)


def next_due(tx: ReadTx) -> float | None:
    """When the next rule is due by its schedule."""
    found = tx.scalar(_NEXT)
    return None if found is None else float(found)


def save_rule(tx: Tx, before: Rule | None, after: Rule) -> None:
    """Store a rule, new or known."""
    if before is None:
        home = {
            "account": after.place.account,
            "region": after.place.region,
            "bus": after.place.bus,
        }
        row = {
            "arn": after.arn,
            **home,
            "name": after.name,
            "matches": _matches(after),
            "next_at": after.next_at,
            "body": _ENCODER.encode(after),
        }
        tx.execute(_INSERT, row)
    else:
        changed = {
            "key": after.arn,
            "now_matches": _matches(after),
            "due_at": after.next_at,
            "content": _ENCODER.encode(after),
        }
        tx.execute(_UPDATE, changed)
    if after.next_at not in (None, None if before is None else before.next_at):
        tx.changed(SCHEDULES, SCHEDULES_KEY)


def delete_rule(tx: Tx, arn: str) -> None:
    """Remove the rule alone."""
    tx.execute(_DELETE, {"key": arn})


def _matches(rule: Rule) -> bool:
    return rule.is_enabled and rule.event_pattern is not None


def _bus(place: Place) -> dict[str, object]:
    return {"account": place.account, "region": place.region, "of_bus": place.bus}
