"""Every statement of STS; contract records in and out."""

from typing import Any, Final

import msgspec
from sqlalchemy import Row, bindparam, delete, insert, select

from homeport.contracts.identity import AccessKey
from homeport.kernel.ids import Ids
from homeport.services.sts.records import KeyBody
from homeport.services.sts.tables import access_keys
from homeport.store import ReadTx, Tx

TOKEN_START: Final = "FwoGZXIvYXdzE"
TOKEN_DIGITS: Final = 512
"""AWS's session tokens are long; who stores them too short should learn it here."""

_FIND = select(access_keys).where(access_keys.c.access_key_id == bindparam("key"))
_INSERT = insert(access_keys)
_DELETE = delete(access_keys).where(access_keys.c.access_key_id == bindparam("key"))
_DELETE_LASTING = delete(access_keys).where(access_keys.c.expires_at.is_(None))
_DELETE_EXPIRED = delete(access_keys).where(access_keys.c.expires_at < bindparam("before"))


def find_key(tx: ReadTx, access_key_id: str) -> AccessKey | None:
    """The key with this id, expired or not."""
    if not (access_key_id.isascii() and access_key_id.isalnum()):
        return None  # Not even a database should be asked about what a stranger sends.
    row = tx.row(_FIND, {"key": access_key_id})
    return None if row is None else _key(row)


def insert_key(tx: Tx, key: AccessKey) -> None:
    """Record a new key."""
    body = KeyBody(
        secret_access_key=key.secret_access_key,
        principal=key.principal,
        session_token=key.session_token,
        role_arn=key.role_arn,
    )
    tx.execute(
        _INSERT,
        {
            "access_key_id": key.access_key_id,
            "account": key.account,
            "expires_at": key.expires_at,
            "body": msgspec.json.encode(body),
        },
    )


def new_temporary_key(
    tx: Tx, *, account: str, principal: str, role_arn: str | None, expires_at: float, ids: Ids
) -> AccessKey:
    """Make and record a key of `principal` that must be sent with its session token."""
    key = AccessKey(
        access_key_id="ASIA" + ids.hex(16).upper(),
        secret_access_key=ids.hex(40),
        session_token=TOKEN_START + ids.hex(TOKEN_DIGITS),
        account=account,
        principal=principal,
        expires_at=expires_at,
        role_arn=role_arn,
    )
    insert_key(tx, key)
    return key


def replace_lasting_keys(tx: Tx, key: AccessKey) -> None:
    """Make `key` the only one that does not expire."""
    tx.execute(_DELETE_LASTING)
    tx.execute(_DELETE, {"key": key.access_key_id})
    insert_key(tx, key)


def delete_expired(tx: Tx, before: float) -> int:
    """Remove the keys that expired before a time; answers how many."""
    return tx.execute(_DELETE_EXPIRED, {"before": before})


def _key(row: Row[Any]) -> AccessKey:
    body = msgspec.json.decode(row.body, type=KeyBody)
    return AccessKey(
        access_key_id=row.access_key_id,
        secret_access_key=body.secret_access_key,
        session_token=body.session_token,
        account=row.account,
        principal=body.principal,
        expires_at=row.expires_at,
        role_arn=body.role_arn,
    )
