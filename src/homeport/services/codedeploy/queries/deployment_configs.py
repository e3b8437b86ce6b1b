"""Statements over custom deployment configurations."""

from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from homeport.services.codedeploy.records.deployment_configs import DeploymentConfig
from homeport.services.codedeploy.tables import deployment_configs as table
from homeport.store import ReadTx, Tx

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(DeploymentConfig)

_OF_REGION = (table.c.account == bindparam("account")) & (table.c.region == bindparam("region"))
_NAMED = select(table.c.body).where(_OF_REGION, table.c.name == bindparam("config_name"))
_NAMES = select(table.c.name).where(_OF_REGION).order_by(table.c.name)
_COUNT = select(func.count()).select_from(table).where(_OF_REGION)
_INSERT = insert(table)
_UPDATE = update(table).where(table.c.id == bindparam("of")).values(body=bindparam("new_body"))
_DELETE = delete(table).where(table.c.id == bindparam("of"))


def find_config(tx: ReadTx, account: str, region: str, name: str) -> DeploymentConfig | None:
    """The region's custom configuration of this name."""
    where = {"account": account, "region": region, "config_name": name}
    body = tx.scalar(_NAMED, where)
    return None if body is None else _DECODER.decode(body)


def names_of(tx: ReadTx, account: str, region: str) -> tuple[str, ...]:
    """The names of the region's custom configurations, in order."""
    rows = tx.rows(_NAMES, {"account": account, "region": region})
    return tuple(row.name for row in rows)


def count_of(tx: ReadTx, account: str, region: str) -> int:
    """How many custom configurations the region has."""
    return int(tx.scalar(_COUNT, {"account": account, "region": region}))


def insert_config(tx: Tx, account: str, region: str, config: DeploymentConfig) -> None:
    """Add a new configuration."""
    row = {
        "id": config.id,
        "account": account,
        "region": region,
        "name": config.name,
        "body": _ENCODER.encode(config),
    }
    tx.execute(_INSERT, row)


def save_config(tx: Tx, config: DeploymentConfig) -> None:
    """Replace the record of the configuration."""
    tx.execute(_UPDATE, {"of": config.id, "new_body": _ENCODER.encode(config)})


def delete_config(tx: Tx, config_id: str) -> None:
    """Remove the configuration."""
    tx.execute(_DELETE, {"of": config_id})
