"""Statements over deployment groups."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from homeport.services.codedeploy.records.deployment_groups import DeploymentGroup
from homeport.services.codedeploy.tables import applications
from homeport.services.codedeploy.tables import deployment_groups as table
from homeport.store import ReadTx, Tx

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(DeploymentGroup)

_OF_APPLICATION = table.c.application_id == bindparam("application_id")
_NAMED = select(table.c.name, table.c.body).where(
    _OF_APPLICATION, table.c.name.in_(bindparam("names", expanding=True))
)
_NAMES = select(table.c.name).where(_OF_APPLICATION).order_by(table.c.name)
_ALL = select(table.c.body).where(_OF_APPLICATION).order_by(table.c.name)
_COUNT = select(func.count()).select_from(table).where(_OF_APPLICATION)
_OF_SERVICE = select(table.c.body).where(table.c.service_arn == bindparam("service_arn"))
_USERS = (
    select(table.c.name)
    .join(applications, applications.c.id == table.c.application_id)
    .where(
        applications.c.account == bindparam("account"),
        applications.c.region == bindparam("region"),
        table.c.config_name == bindparam("config_name"),
    )
    .order_by(table.c.name)
    .limit(1)
)
_CALLED = (
    select(table.c.id, applications.c.name.label("application"), table.c.name)
    .join(applications, applications.c.id == table.c.application_id)
    .where(table.c.id.in_(bindparam("ids", expanding=True)))
)
_INSERT = insert(table)
_UPDATE = (
    update(table)
    .where(table.c.id == bindparam("of"))
    .values(
        name=bindparam("new_name"),
        config_name=bindparam("new_config"),
        service_arn=bindparam("new_service"),
        body=bindparam("new_body"),
    )
)
_DELETE = delete(table).where(table.c.id == bindparam("of"))


def find_group(tx: ReadTx, application_id: str, name: str) -> DeploymentGroup | None:
    """The application's deployment group of this name."""
    return find_all(tx, application_id, [name]).get(name)


def find_all(tx: ReadTx, application_id: str, names: Sequence[str]) -> dict[str, DeploymentGroup]:
    """Those of the application's groups that have one of these names, by name."""
    rows = tx.rows(_NAMED, {"application_id": application_id, "names": list(names)})
    return {row.name: _DECODER.decode(row.body) for row in rows}


def groups_of(tx: ReadTx, application_id: str) -> tuple[DeploymentGroup, ...]:
    """The application's groups, by name."""
    rows = tx.rows(_ALL, {"application_id": application_id})
    return tuple(_DECODER.decode(row.body) for row in rows)


def names_of(tx: ReadTx, application_id: str) -> tuple[str, ...]:
    """The names of the application's groups, in order."""
    rows = tx.rows(_NAMES, {"application_id": application_id})
    return tuple(row.name for row in rows)


def count_of(tx: ReadTx, application_id: str) -> int:
    """How many groups the application has."""
    return int(tx.scalar(_COUNT, {"application_id": application_id}))


def of_service(tx: ReadTx, service_arn: str) -> tuple[DeploymentGroup, ...]:
    """The groups that deploy to this service; there is one at most."""
    rows = tx.rows(_OF_SERVICE, {"service_arn": service_arn})
    return tuple(_DECODER.decode(row.body) for row in rows)


def user_of_config(tx: ReadTx, account: str, region: str, config_name: str) -> str | None:
    """The name of a group of the region that shifts traffic by this configuration, if any does."""
    where = {"account": account, "region": region, "config_name": config_name}
    name: str | None = tx.scalar(_USERS, where)
    return name


def names_by_id(tx: ReadTx, group_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """What those of these groups that exist are called: the application's name, the group's."""
    if not group_ids:
        return {}
    rows = tx.rows(_CALLED, {"ids": list(group_ids)})
    return {row.id: (row.application, row.name) for row in rows}


def insert_group(tx: Tx, group: DeploymentGroup) -> None:
    """Add a new group."""
    row = {
        "id": group.id,
        "application_id": group.application_id,
        "name": group.name,
        "config_name": group.config_name,
        "service_arn": group.service_arn,
        "body": _ENCODER.encode(group),
    }
    tx.execute(_INSERT, row)


def save_group(tx: Tx, group: DeploymentGroup) -> None:
    """Replace the record of the group."""
    row = {
        "of": group.id,
        "new_name": group.name,
        "new_config": group.config_name,
        "new_service": group.service_arn,
        "new_body": _ENCODER.encode(group),
    }
    tx.execute(_UPDATE, row)


def delete_group(tx: Tx, group_id: str) -> None:
    """Remove the group; its deployments stay."""
    tx.execute(_DELETE, {"of": group_id})
