"""Statements over revisions."""

from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from homeport.services.codedeploy.records.revisions import Revision
from homeport.services.codedeploy.tables import revisions as table
from homeport.store import ReadTx, Tx

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Revision)

_OF_APPLICATION = table.c.application_id == bindparam("of")
_THE_ONE = (
    _OF_APPLICATION
    & (table.c.kind == bindparam("of_kind"))
    & (table.c.sha256 == bindparam("of_sha256"))
)
_FIND = select(table.c.body).where(_THE_ONE)
_ALL = select(table.c.body).where(_OF_APPLICATION).order_by(table.c.kind, table.c.sha256)
_INSERT = insert(table)
_UPDATE = update(table).where(_THE_ONE).values(body=bindparam("new_body"))
_DELETE_ALL = delete(table).where(_OF_APPLICATION)


def find_revision(tx: ReadTx, application_id: str, kind: str, sha256: str) -> Revision | None:
    """The application's revision of this type whose content has this hash."""
    where = {"of": application_id, "of_kind": kind, "of_sha256": sha256}
    body = tx.scalar(_FIND, where)
    return None if body is None else _DECODER.decode(body)


def revisions_of(tx: ReadTx, application_id: str) -> tuple[Revision, ...]:
    """The application's revisions, by type and hash."""
    rows = tx.rows(_ALL, {"of": application_id})
    return tuple(_DECODER.decode(row.body) for row in rows)


def insert_revision(tx: Tx, revision: Revision) -> None:
    """Add a new revision."""
    row = {
        "application_id": revision.application_id,
        "kind": revision.kind,
        "sha256": revision.sha256,
        "body": _ENCODER.encode(revision),
    }
    tx.execute(_INSERT, row)


def save_revision(tx: Tx, revision: Revision) -> None:
    """Replace the record of the revision."""
    row = {
        "of": revision.application_id,
        "of_kind": revision.kind,
        "of_sha256": revision.sha256,
        "new_body": _ENCODER.encode(revision),
    }
    tx.execute(_UPDATE, row)


def delete_all(tx: Tx, application_id: str) -> None:
    """Remove every revision of an application that is being deleted."""
    tx.execute(_DELETE_ALL, {"of": application_id})
