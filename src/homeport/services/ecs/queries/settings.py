"""Statements over account settings.  Which names and values there are is records/settings."""

from sqlalchemy import bindparam, delete, insert, select, update

from homeport.services.ecs.records.settings import KINDS, AccountSetting
from homeport.services.ecs.tables import account_settings as table
from homeport.store import ReadTx, Tx

_OF_PRINCIPALS = select(table.c.principal, table.c.name, table.c.value).where(
    table.c.account == bindparam("account"),
    table.c.region == bindparam("region"),
    table.c.principal.in_(bindparam("principals", expanding=True)),
)
_AT = (
    table.c.account == bindparam("of_account"),
    table.c.region == bindparam("of_region"),
    table.c.principal == bindparam("of_principal"),
    table.c.name == bindparam("of_name"),
)
_ONE = select(table.c.principal, table.c.value).where(
    table.c.account == bindparam("account"),
    table.c.region == bindparam("region"),
    table.c.principal.in_(bindparam("principals", expanding=True)),
    table.c.name == bindparam("name"),
)
_UPDATE = update(table).where(*_AT).values(value=bindparam("value"))
_INSERT = insert(table)
_DELETE = delete(table).where(*_AT)


def settings_key(principal: str) -> str:
    """Under what the settings of `principal` are kept: the role of an assumed role, "" for root.

    The root user's settings are the defaults of the account.
    """
    prefix, _, resource = principal.rpartition(":")
    if resource == "root":
        return ""
    if resource.startswith("assumed-role/"):
        account = prefix.rpartition(":")[2]
        return f"arn:aws:iam::{account}:role/{resource.split('/')[1]}"
    return principal


def effective_setting(tx: ReadTx, account: str, region: str, principal: str, name: str) -> str:
    """What holds for `principal`: its own value, else the account's, else Amazon's default."""
    key = settings_key(principal)
    parameters = {"account": account, "region": region, "principals": [key, ""], "name": name}
    found = {row.principal: str(row.value) for row in tx.rows(_ONE, parameters)}
    return found.get(key) or found.get("") or KINDS[name].default


def settings_of(
    tx: ReadTx, account: str, region: str, principals: tuple[str, ...]
) -> tuple[AccountSetting, ...]:
    """Every setting made for one of `principals` (keys as `settings_key` answers them)."""
    parameters = {"account": account, "region": region, "principals": list(principals)}
    return tuple(
        AccountSetting(name=row.name, value=row.value, principal=row.principal)
        for row in tx.rows(_OF_PRINCIPALS, parameters)
    )


def put_setting(tx: Tx, account: str, region: str, setting: AccountSetting) -> None:
    """Make or replace a setting."""
    at = _at(account, region, setting.principal, setting.name)
    if not tx.execute(_UPDATE, at | {"value": setting.value}):
        row = {"account": account, "region": region, "principal": setting.principal}
        tx.execute(_INSERT, row | {"name": setting.name, "value": setting.value})


def remove_setting(tx: Tx, account: str, region: str, principal: str, name: str) -> None:
    """Forget a setting; one that was never made is no error."""
    tx.execute(_DELETE, _at(account, region, principal, name))


def _at(account: str, region: str, principal: str, name: str) -> dict[str, object]:
    return {
        "of_account": account,
        "of_region": region,
        "of_principal": principal,
        "of_name": name,
    }
