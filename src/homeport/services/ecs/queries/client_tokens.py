"""Statements over client tokens: which request was answered with which tasks before."""

from dataclasses import dataclass
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from homeport.services.ecs.tables import client_tokens as table
from homeport.store import ReadTx, Tx

KEPT_S: Final = 24 * 3600.0
"""How long a token protects against doing the same twice."""

_FIND = select(table.c.request_digest, table.c.resources).where(
    table.c.account == bindparam("account"),
    table.c.region == bindparam("region"),
    table.c.operation == bindparam("operation"),
    table.c.cluster_arn == bindparam("cluster_arn"),
    table.c.token == bindparam("token"),
    table.c.created_at > bindparam("since"),
)
_FORGET = delete(table).where(
    table.c.account == bindparam("account"),
    table.c.region == bindparam("region"),
    table.c.operation == bindparam("operation"),
    table.c.cluster_arn == bindparam("cluster_arn"),
    table.c.token == bindparam("token"),
)
_INSERT = insert(table)
_FORGET_OLD = delete(table).where(table.c.created_at <= bindparam("until"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """What a token is unique within."""

    account: str
    region: str
    operation: str
    cluster_arn: str
    token: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What a request with this token was, and the ARNs of what it made."""

    request_digest: str
    resources: tuple[str, ...]


def find_answered(tx: ReadTx, key: TokenKey, *, now: float) -> Answered | None:
    """What was answered to this token in the last 24 hours."""
    row = tx.row(_FIND, {**_key(key), "since": now - KEPT_S})
    if row is None:
        return None
    return Answered(row.request_digest, msgspec.json.decode(row.resources, type=tuple[str, ...]))


def remember(tx: Tx, key: TokenKey, answered: Answered, *, now: float) -> None:
    """Keep what was answered to a token; one that had expired is used anew."""
    tx.execute(_FORGET, _key(key))
    tx.execute(
        _INSERT,
        {
            **_key(key),
            "request_digest": answered.request_digest,
            "resources": msgspec.json.encode(answered.resources).decode(),
            "created_at": now,
        },
    )


def forget_old(tx: Tx, *, now: float) -> None:
    """Drop the tokens that protect no longer."""
    tx.execute(_FORGET_OLD, {"until": now - KEPT_S})


def _key(key: TokenKey) -> dict[str, object]:
    return {
        "account": key.account,
        "region": key.region,
        "operation": key.operation,
        "cluster_arn": key.cluster_arn,
        "token": key.token,
    }
