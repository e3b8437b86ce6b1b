"""Statements over the targets of rules."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Row, bindparam, delete, insert, select, update

from homeport.services.events.records.buses import Place
from homeport.services.events.records.rules import Target
from homeport.services.events.tables import rules
from homeport.services.events.tables import targets as table
from homeport.store import ReadTx, Tx

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Target)

_NAMED = (table.c.rule_arn == bindparam("rule")) & (table.c.id == bindparam("of"))
_OF_RULES = (
    select(table.c.rule_arn, table.c.body)
    .where(table.c.rule_arn.in_(bindparam("rules", expanding=True)))
    .order_by(table.c.rule_arn, table.c.id)
)
_OF_REGION = (
    select(table.c.rule_arn, table.c.body)
    .join(rules, table.c.rule_arn == rules.c.arn)
    .where(rules.c.account == bindparam("account"), rules.c.region == bindparam("region"))
    .order_by(table.c.rule_arn, table.c.id)
)
_RULE_NAMES = (
    select(rules.c.name)
    .join(table, table.c.rule_arn == rules.c.arn)
    .where(
        table.c.arn == bindparam("target"),
        rules.c.account == bindparam("account"),
        rules.c.region == bindparam("region"),
        rules.c.bus == bindparam("of_bus"),
        rules.c.name > bindparam("after"),
    )
    .distinct()
    .order_by(rules.c.name)
    .limit(bindparam("count"))
)
_INSERT = insert(table)
_UPDATE = update(table).where(_NAMED).values(arn=bindparam("new_arn"), body=bindparam("content"))
_DELETE = delete(table).where(_NAMED)


def targets_of(tx: ReadTx, rule_arn: str) -> tuple[Target, ...]:
    """The targets of a rule, by id."""
    return targets_by_rule(tx, [rule_arn]).get(rule_arn, ())


def targets_by_rule(tx: ReadTx, rule_arns: Sequence[str]) -> dict[str, tuple[Target, ...]]:
    """The targets of rules, by id; rules without any are left out."""
    return _by_rule(tx.rows(_OF_RULES, {"rules": list(rule_arns)}))


def targets_by_region(tx: ReadTx, account: str, region: str) -> dict[str, tuple[Target, ...]]:
    """The targets of all rules of a region, by rule and id."""
    return _by_rule(tx.rows(_OF_REGION, {"account": account, "region": region}))


def rule_names_after(
    tx: ReadTx, place: Place, target_arn: str, *, after: str, count: int
) -> tuple[str, ...]:
    """The names of the rules of a bus with this target, after a name."""
    home = {"account": place.account, "region": place.region, "of_bus": place.bus}
    found = {**home, "target": target_arn, "after": after, "count": count}
    return tuple(row.name for row in tx.rows(_RULE_NAMES, found))


def save_target(tx: Tx, rule_arn: str, target: Target) -> None:
    """Store a target of a rule; one of the same id is replaced."""
    content = _ENCODER.encode(target)
    key = {"rule": rule_arn, "of": target.id}
    if tx.execute(_UPDATE, {**key, "new_arn": target.arn, "content": content}):
        return
    row = {"rule_arn": rule_arn, "id": target.id, "arn": target.arn, "body": content}
    tx.execute(_INSERT, row)


def delete_target(tx: Tx, rule_arn: str, target_id: str) -> bool:
    """Remove a target; whether there was one."""
    return tx.execute(_DELETE, {"rule": rule_arn, "of": target_id}) > 0


def _by_rule(rows: Sequence[Row[Any]]) -> dict[str, tuple[Target, ...]]:
    found: dict[str, tuple[Target, ...]] = {}
    for row in rows:
        found[row.rule_arn] = (*found.get(row.rule_arn, ()), _DECODER.decode(row.body))
    return found
