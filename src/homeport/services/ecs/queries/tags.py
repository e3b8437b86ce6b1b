"""Statements over tags, by the ARN of what they are on.  Whether a tag is allowed is plan/tags."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from homeport.services.ecs.records.tags import Tag
from homeport.services.ecs.tables import tags as table
from homeport.store import ReadTx, Tx

ARNS_A_QUERY: Final = 500
"""How many ARNs one statement names; SQLite bounds the parameters of a statement."""

_OF = (
    select(table.c.key, table.c.value)
    .where(table.c.resource_arn == bindparam("arn"))
    .order_by(table.c.key)
)
_OF_MANY = (
    select(table.c.resource_arn, table.c.key, table.c.value)
    .where(table.c.resource_arn.in_(bindparam("arns", expanding=True)))
    .order_by(table.c.resource_arn, table.c.key)
)
_REMOVE = delete(table).where(
    table.c.resource_arn == bindparam("arn"),
    table.c.key.in_(bindparam("keys", expanding=True)),
)
_REMOVE_ALL = delete(table).where(table.c.resource_arn == bindparam("arn"))
_INSERT = insert(table)


def tags_of(tx: ReadTx, arn: str) -> tuple[Tag, ...]:
    """The tags of a resource, in order of key; none for a resource that does not exist."""
    return tuple(Tag(key=row.key, value=row.value) for row in tx.rows(_OF, {"arn": arn}))


def tags_of_many(tx: ReadTx, arns: Sequence[str]) -> dict[str, tuple[Tag, ...]]:
    """The tags of each of `arns`; every ARN is a key of the answer."""
    found: dict[str, list[Tag]] = {arn: [] for arn in arns}
    for start in range(0, len(arns), ARNS_A_QUERY):
        for row in tx.rows(_OF_MANY, {"arns": arns[start : start + ARNS_A_QUERY]}):
            found[row.resource_arn].append(Tag(key=row.key, value=row.value))
    return {arn: tuple(tags) for arn, tags in found.items()}


def put_tags(tx: Tx, arn: str, tags: Iterable[Tag]) -> None:
    """Add `tags`; one whose key is there already gets the new value."""
    put_tags_of_many(tx, {arn: tuple(tags)})


def put_tags_of_many(tx: Tx, tags_by_arn: dict[str, tuple[Tag, ...]]) -> None:
    """`put_tags` for several resources with one insert."""
    rows = []
    for arn, tags in tags_by_arn.items():
        wanted = {tag.key: tag.value for tag in tags}
        if wanted:
            tx.execute(_REMOVE, {"arn": arn, "keys": list(wanted)})
        rows += [{"resource_arn": arn, "key": key, "value": wanted[key]} for key in wanted]
    if rows:
        tx.execute(_INSERT, rows)


def remove_tags(tx: Tx, arn: str, keys: Sequence[str]) -> None:
    """Remove the tags with these keys; a key that is not there is no error."""
    if keys:
        tx.execute(_REMOVE, {"arn": arn, "keys": list(keys)})


def remove_all_tags(tx: Tx, arn: str) -> None:
    """Remove every tag of a resource that goes away."""
    tx.execute(_REMOVE_ALL, {"arn": arn})
