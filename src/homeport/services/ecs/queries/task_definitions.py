"""Statements over task definitions.  What may be registered is decided in plan/task_definition."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)

from homeport.kernel import arn as arns
from homeport.services.ecs.queries.services import is_definition_used
from homeport.services.ecs.records.task_definitions import TaskDefinition
from homeport.services.ecs.tables import task_definition_families as families
from homeport.services.ecs.tables import task_definitions as table
from homeport.services.ecs.tables import tasks
from homeport.store import ReadTx, Tx

REVISION_MAX: Final = 2_147_483_647

_FAMILY: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(TaskDefinition)


class Reference(Struct, frozen=True, kw_only=True):
    """What ``family``, ``family:revision`` or an ARN names.  The revision is as it was written."""

    account: str | None = None
    region: str | None = None
    family: str
    revision: str | None = None

    @property
    def number(self) -> int | None:
        """The revision as a number; None when it is none that any definition could have."""
        text = self.revision
        if text is None or not (text.isascii() and text.isdigit() and len(text) <= 10):
            return None
        return int(text) if int(text) <= REVISION_MAX else None


def parse_reference(text: str) -> Reference | None:
    """Take a reference apart; None when it cannot name a task definition."""
    account = region = None
    name = text
    if arns.is_arn(text):
        try:
            arn = arns.parse(text)
        except arns.BadArn:
            return None
        if arn.service != "ecs" or arn.kind != "task-definition":
            return None
        account, region, name = arn.account, arn.region, arn.rest
    family, colon, revision = name.partition(":")
    if not _FAMILY.fullmatch(family):
        return None
    return Reference(
        account=account, region=region, family=family, revision=revision if colon else None
    )


def is_foreign(account: str, reference: str) -> bool:
    """Whether the reference is an ARN of another account."""
    parsed = parse_reference(reference)
    return parsed is not None and parsed.account not in (None, account)


def definition_arn(account: str, region: str, family: str, revision: int) -> str:
    """The ARN of a revision, whether there is one or not."""
    return f"arn:aws:ecs:{region}:{account}:task-definition/{family}:{revision}"


_OF_ACCOUNT: Final = (
    table.c.account == bindparam("account"),
    table.c.region == bindparam("region"),
)
_OF_KEY: Final = (
    table.c.account == bindparam("of_account"),
    table.c.region == bindparam("of_region"),
    table.c.family == bindparam("of_family"),
    table.c.revision == bindparam("of_revision"),
)

_REVISION = select(table.c.body).where(
    *_OF_ACCOUNT, table.c.family == bindparam("family"), table.c.revision == bindparam("revision")
)
_NEWEST = (
    select(table.c.body)
    .where(*_OF_ACCOUNT, table.c.status == "ACTIVE", table.c.family == bindparam("family"))
    .order_by(table.c.revision.desc())
    .limit(1)
)
_NEXT_REVISION = (
    update(families)
    .where(
        families.c.account == bindparam("of_account"),
        families.c.region == bindparam("of_region"),
        families.c.family == bindparam("of_family"),
    )
    .values(last_revision=families.c.last_revision + 1)
    .returning(families.c.last_revision)
)
# Words that both databases know.  PostgreSQL answers a race with a serialization failure, which
# the store retries; a plain insert would fail for good.
_NEW_FAMILY = text(
    "INSERT INTO ecs_task_definition_families (account, region, family, last_revision) "
    "VALUES (:account, :region, :family, 1) ON CONFLICT DO NOTHING"
)
_INSERT = insert(table)
_UPDATE = update(table).where(*_OF_KEY).values(status=bindparam("status"), body=bindparam("body"))
_DELETE = delete(table).where(*_OF_KEY)
_DELETING = select(table.c.account, table.c.region, table.c.family, table.c.revision).where(
    table.c.status == "DELETE_IN_PROGRESS"
)
_USER = (
    select(tasks.c.arn)
    .where(
        tasks.c.definition_arn == bindparam("arn"),
        or_(tasks.c.last_status != "STOPPED", tasks.c.released.is_(False)),
    )
    .limit(1)
)


def find_body(tx: ReadTx, account: str, region: str, reference: str) -> bytes | None:
    """What `find` finds, as the JSON text in which ECS answers it."""
    parsed = parse_reference(reference)
    if parsed is None:
        return None
    if parsed.account is not None and (parsed.account, parsed.region) != (account, region):
        return None
    key: dict[str, object] = {"account": account, "region": region, "family": parsed.family}
    body: bytes | None
    if parsed.revision is None:
        body = tx.scalar(_NEWEST, key)
    elif parsed.number is None:
        return None
    else:
        body = tx.scalar(_REVISION, key | {"revision": parsed.number})
    return body


def arn_of(body: bytes) -> str:
    """The ARN of the revision of which this is stored."""
    return _DECODER.decode(body).task_definition_arn or ""


def find(tx: ReadTx, account: str, region: str, reference: str) -> TaskDefinition | None:
    """The definition of a family (its newest ACTIVE revision), a family:revision or an ARN.

    A named revision is found whatever its status.  An ARN of another account or region finds
    nothing.
    """
    body = find_body(tx, account, region, reference)
    return None if body is None else _DECODER.decode(body)


class FamilyRace(Exception):
    """Another transaction is registering the first revision of the family."""


def next_revision(tx: Tx, account: str, region: str, family: str) -> int:
    """Count up the family's revisions and answer the new one; none is ever given out twice."""
    key = {"account": account, "region": region, "family": family}
    revision = tx.scalar(_NEXT_REVISION, {f"of_{name}": value for name, value in key.items()})
    if revision is not None:
        return int(revision)
    if not tx.execute(_NEW_FAMILY, key):
        raise FamilyRace(family)
    return 1


def encoded(definition: TaskDefinition) -> bytes:
    """The definition as the JSON text in which ECS answers it, and in which it is stored.

    Raises UnicodeEncodeError for text that is not Unicode (a lone surrogate).
    """
    return _ENCODER.encode(definition)


def insert_definition(tx: Tx, account: str, region: str, definition: TaskDefinition) -> bytes:
    """Add a revision; answers what was stored."""
    body = encoded(definition)
    row = {
        "account": account,
        "region": region,
        "family": definition.family,
        "revision": definition.revision,
        "status": definition.status,
        "registered_at": definition.registered_at,
        "body": body,
    }
    tx.execute(_INSERT, row)
    return body


def save_definition(tx: Tx, account: str, region: str, definition: TaskDefinition) -> bytes:
    """Replace the record of a revision that exists; answers what was stored."""
    body = encoded(definition)
    key = _key(account, region, definition.family, definition.revision)
    tx.execute(_UPDATE, {**key, "status": definition.status, "body": body})
    if definition.status == "DELETE_IN_PROGRESS":
        arn = definition_arn(account, region, definition.family, definition.revision)
        tx.changed("definition", arn)
    return body


def delete_definition(tx: Tx, account: str, region: str, definition: TaskDefinition) -> None:
    """Remove a revision for good; its number stays taken."""
    tx.execute(_DELETE, _key(account, region, definition.family, definition.revision))


def _key(account: str, region: str, family: str, revision: int) -> dict[str, object]:
    return {
        "of_account": account,
        "of_region": region,
        "of_family": family,
        "of_revision": revision,
    }


def is_used(tx: ReadTx, arn: str) -> bool:
    """Whether some task of this definition runs or has something left, or a service is of it."""
    return tx.scalar(_USER, {"arn": arn}) is not None or is_definition_used(tx, arn)


def arns_to_delete(tx: ReadTx) -> tuple[str, ...]:
    """Every revision that waits for its removal, of all accounts and regions."""
    return tuple(
        definition_arn(row.account, row.region, row.family, row.revision)
        for row in tx.rows(_DELETING)
    )


def _listing(*, of_family: bool, descending: bool, continued: bool) -> Select[tuple[str, int]]:
    place = tuple_(table.c.family, table.c.revision)
    after = tuple_(bindparam("after_family"), bindparam("after_revision"))
    statement = select(table.c.family, table.c.revision).where(
        *_OF_ACCOUNT, table.c.status == bindparam("status")
    )
    if of_family:
        statement = statement.where(table.c.family == bindparam("family"))
    if continued:
        statement = statement.where(place < after if descending else place > after)
    order: list[ColumnElement[Any]] = [table.c.family.asc(), table.c.revision.asc()]
    if descending:
        order = [table.c.family.desc(), table.c.revision.desc()]
    return statement.order_by(*order).limit(bindparam("limit"))


_LISTINGS: Final[Mapping[tuple[bool, bool, bool], Select[tuple[str, int]]]] = {
    (of_family, descending, continued): _listing(
        of_family=of_family, descending=descending, continued=continued
    )
    for of_family in (False, True)
    for descending in (False, True)
    for continued in (False, True)
}


def revisions(
    tx: ReadTx,
    account: str,
    region: str,
    *,
    status: str,
    family: str | None,
    descending: bool,
    after: tuple[str, int] | None,
    limit: int,
) -> Sequence[tuple[str, int]]:
    """Families and revisions in order (or its reverse), those that follow `after`."""
    if family is not None and not _FAMILY.fullmatch(family):
        return ()
    parameters: dict[str, object] = {
        "account": account,
        "region": region,
        "status": status,
        "limit": limit,
    }
    if family is not None:
        parameters["family"] = family
    if after is not None:
        parameters |= {"after_family": after[0], "after_revision": after[1]}
    statement = _LISTINGS[family is not None, descending, after is not None]
    return [(row.family, row.revision) for row in tx.rows(statement, parameters)]


_ANY_REVISION = exists().where(
    table.c.account == families.c.account,
    table.c.region == families.c.region,
    table.c.family == families.c.family,
)
_ACTIVE_REVISION = _ANY_REVISION.where(table.c.status == "ACTIVE")
_FAMILIES = (
    select(families.c.family)
    .where(
        families.c.account == bindparam("account"),
        families.c.region == bindparam("region"),
        families.c.family > bindparam("after"),
        func.substr(families.c.family, 1, bindparam("length")) == bindparam("prefix"),
    )
    .order_by(families.c.family)
    .limit(bindparam("limit"))
)
_FAMILIES_BY_STATUS: Final = {
    "ACTIVE": _FAMILIES.where(_ACTIVE_REVISION),
    "INACTIVE": _FAMILIES.where(_ANY_REVISION, ~_ACTIVE_REVISION),
    "ALL": _FAMILIES.where(_ANY_REVISION),
}


def family_names(
    tx: ReadTx, account: str, region: str, *, status: str, prefix: str, after: str, limit: int
) -> Sequence[str]:
    """Families in order that begin with `prefix`, from the one that follows `after`.

    ACTIVE ones have an ACTIVE revision, INACTIVE ones have revisions but no ACTIVE one.
    """
    if prefix and not _FAMILY.fullmatch(prefix):
        return ()
    parameters = {
        "account": account,
        "region": region,
        "after": after,
        "length": len(prefix),
        "prefix": prefix,
        "limit": limit,
    }
    return [row.family for row in tx.rows(_FAMILIES_BY_STATUS[status], parameters)]
