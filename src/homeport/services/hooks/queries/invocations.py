"""Invocations, read and written."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from homeport.services.hooks.records.hooks import Asked
from homeport.services.hooks.tables import invocations
from homeport.store import ReadTx, Tx

CHANGED: Final = "hook invocation"
"""The kind of change that wakes who does the asking; its key is the invocation's id."""

_FIND: Final = select(invocations.c.body).where(invocations.c.id == bindparam("wanted"))
_RUNNING: Final = (
    select(invocations.c.body)
    .where(invocations.c.status == "RUNNING")
    .order_by(invocations.c.created_at, invocations.c.id)
)
_NEWEST: Final = (
    select(invocations.c.body)
    .where(
        invocations.c.account == bindparam("in_account"),
        invocations.c.region == bindparam("in_region"),
        invocations.c.name == bindparam("called"),
    )
    .order_by(invocations.c.created_at.desc(), invocations.c.id)
    .limit(bindparam("most"))
)
_INSERT: Final = insert(invocations)
_SAVE: Final = (
    update(invocations)
    .where(invocations.c.id == bindparam("wanted"))
    .values(status=bindparam("status"), body=bindparam("body"))
)
_FORGET: Final = delete(invocations).where(
    invocations.c.status != "RUNNING", invocations.c.created_at < bindparam("until")
)


def find_invocation(tx: ReadTx, invocation_id: str) -> Asked | None:
    """The invocation with this id."""
    body = tx.scalar(_FIND, {"wanted": invocation_id})
    return None if body is None else msgspec.json.decode(body, type=Asked)


def running(tx: ReadTx) -> Sequence[Asked]:
    """The invocations that have no answer yet, the oldest first."""
    return [msgspec.json.decode(row.body, type=Asked) for row in tx.rows(_RUNNING)]


def newest_of(tx: ReadTx, account: str, region: str, name: str, *, most: int) -> Sequence[Asked]:
    """The newest invocations of a function, whatever came of them."""
    asked = {"in_account": account, "in_region": region, "called": name, "most": most}
    return [msgspec.json.decode(row.body, type=Asked) for row in tx.rows(_NEWEST, asked)]


def insert_invocation(tx: Tx, asked: Asked) -> None:
    """Record an invocation, and wake who does the asking; or who asked, if it is over already."""
    row = {
        "id": asked.id,
        "account": asked.account,
        "region": asked.region,
        "name": asked.name,
        "status": asked.status,
        "created_at": asked.created_at,
        "body": msgspec.json.encode(asked),
    }
    tx.execute(_INSERT, row)
    _announce(tx, asked)


def save_invocation(tx: Tx, before: Asked, after: Asked) -> None:
    """Write what has changed of an invocation."""
    if after == before:
        return
    row = {"wanted": after.id, "status": after.status, "body": msgspec.json.encode(after)}
    tx.execute(_SAVE, row)
    _announce(tx, after)


def forget_old(tx: Tx, *, until: float) -> int:
    """Remove invocations that are over and older than this."""
    return tx.execute(_FORGET, {"until": until})


def _announce(tx: Tx, asked: Asked) -> None:
    tx.changed(CHANGED, asked.id)
    if asked.status != "RUNNING":
        tx.changed(*asked.wake)
