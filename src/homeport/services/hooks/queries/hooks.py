"""Hooks, read and written."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from homeport.services.hooks.records.hooks import Hook
from homeport.services.hooks.tables import hooks
from homeport.store import ReadTx, Tx

_IN_REGION: Final = (
    hooks.c.account == bindparam("in_account"),
    hooks.c.region == bindparam("in_region"),
)
_FIND: Final = select(hooks.c.body).where(*_IN_REGION, hooks.c.name == bindparam("called"))
_LIST: Final = select(hooks.c.body).where(*_IN_REGION).order_by(hooks.c.name)
_INSERT: Final = insert(hooks)
_DELETE: Final = delete(hooks).where(*_IN_REGION, hooks.c.name == bindparam("called"))


def find_hook(tx: ReadTx, account: str, region: str, name: str) -> Hook | None:
    """What stands for the function."""
    body = tx.scalar(_FIND, {"in_account": account, "in_region": region, "called": name})
    return None if body is None else msgspec.json.decode(body, type=Hook)


def list_hooks(tx: ReadTx, account: str, region: str) -> Sequence[Hook]:
    """Every hook, by name."""
    rows = tx.rows(_LIST, {"in_account": account, "in_region": region})
    return [msgspec.json.decode(row.body, type=Hook) for row in rows]


def put_hook(tx: Tx, hook: Hook) -> None:
    """Keep the hook in the place of the one of its name."""
    delete_hook(tx, hook.account, hook.region, hook.name)
    tx.execute(
        _INSERT,
        {
            "account": hook.account,
            "region": hook.region,
            "name": hook.name,
            "body": msgspec.json.encode(hook),
        },
    )


def delete_hook(tx: Tx, account: str, region: str, name: str) -> bool:
    """Forget the hook; False when there is none."""
    found = tx.execute(_DELETE, {"in_account": account, "in_region": region, "called": name})
    return found > 0
