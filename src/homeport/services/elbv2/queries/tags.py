"""Statements over tags of anything that has an ARN."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, delete, insert, select

from homeport.services.elbv2.records.tags import Tag
from homeport.services.elbv2.tables import tags as table
from homeport.store import ReadTx, Tx

_OF_SOME = (
    select(table)
    .where(table.c.resource_arn.in_(bindparam("arns", expanding=True)))
    .order_by(table.c.resource_arn, table.c.key)
)
_INSERT = insert(table)
_DELETE = delete(table).where(
    table.c.resource_arn.in_(bindparam("arns", expanding=True)),
    table.c.key.in_(bindparam("keys", expanding=True)),
)
_DELETE_ALL = delete(table).where(table.c.resource_arn.in_(bindparam("arns", expanding=True)))


def tags_of(tx: ReadTx, arn: str) -> tuple[Tag, ...]:
    """The tags of a resource, by key."""
    return tags_of_many(tx, [arn])[arn]


def tags_of_many(tx: ReadTx, arns: Sequence[str]) -> Mapping[str, tuple[Tag, ...]]:
    """The tags of resources by ARN, each by key."""
    found: dict[str, list[Tag]] = {arn: [] for arn in arns}
    if arns:
        for row in tx.rows(_OF_SOME, {"arns": list(arns)}):
            found[row.resource_arn].append(Tag(key=row.key, value=row.value))
    return {arn: tuple(tags) for arn, tags in found.items()}


def put_tags(tx: Tx, arn: str, tags: Iterable[Tag]) -> None:
    """Add tags to a resource; those with the same keys are replaced."""
    wanted = {tag.key: tag.value for tag in tags}
    if wanted:
        remove_tags(tx, arn, wanted)
        tx.execute(
            _INSERT,
            [{"resource_arn": arn, "key": key, "value": value} for key, value in wanted.items()],
        )


def remove_tags(tx: Tx, arn: str, keys: Iterable[str]) -> None:
    """Remove the tags with these keys, where there are any."""
    tx.execute(_DELETE, {"arns": [arn], "keys": list(keys)})


def remove_all_tags(tx: Tx, arns: Sequence[str]) -> None:
    """Remove every tag of resources that are being deleted."""
    if arns:
        tx.execute(_DELETE_ALL, {"arns": list(arns)})
