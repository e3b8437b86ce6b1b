"""Statements over client tokens: which request was answered with what before."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from homeport.services.scheduler.tables import client_tokens as table
from homeport.store import ReadTx, Tx

KEPT_S: Final = 24 * 3600.0
"""How long a token protects against doing the same twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """What a token is unique within."""

    account: str
    region: str
    operation: str
    token: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What a request with this token was, and what was answered."""

    request_digest: str
    answer: dict[str, Any]


_OF = (
    table.c.account == bindparam("of_account"),
    table.c.region == bindparam("of_region"),
    table.c.operation == bindparam("of_operation"),
    table.c.token == bindparam("of_token"),
)
_FIND = select(table.c.request_digest, table.c.answer).where(
    *_OF, table.c.created_at > bindparam("since")
)
_FORGET = delete(table).where(*_OF)
_INSERT = insert(table)
_FORGET_OLD = delete(table).where(table.c.created_at <= bindparam("until"))


def find_answered(tx: ReadTx, key: TokenKey, *, now: float) -> Answered | None:
    """What was answered to this token in the last 24 hours."""
    row = tx.row(_FIND, {**_where(key), "since": now - KEPT_S})
    if row is None:
        return None
    return Answered(row.request_digest, msgspec.json.decode(row.answer))


def remember(tx: Tx, key: TokenKey, answered: Answered, *, now: float) -> None:
    """Keep what was answered to a token; one that had expired is used anew."""
    tx.execute(_FORGET, _where(key))
    row = {
        "account": key.account,
        "region": key.region,
        "operation": key.operation,
        "token": key.token,
        "request_digest": answered.request_digest,
        "answer": msgspec.json.encode(answered.answer),
        "created_at": now,
    }
    tx.execute(_INSERT, row)


def forget_old(tx: Tx, *, now: float) -> None:
    """Drop the tokens that protect no longer."""
    tx.execute(_FORGET_OLD, {"until": now - KEPT_S})


def _where(key: TokenKey) -> dict[str, object]:
    return {
        "of_account": key.account,
        "of_region": key.region,
        "of_operation": key.operation,
        "of_token": key.token,
    }
