"""Statements over deployments.

Announces ``deployment`` with a deployment's id for every change of it.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, false, insert, select, update

from homeport.services.codedeploy.records.deployments import Deployment
from homeport.services.codedeploy.tables import deployments as table
from homeport.services.codedeploy.tables import watches
from homeport.store import ReadTx, Tx

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Deployment)

_IN_GROUP = table.c.group_id == bindparam("group_id")
_NEWEST_FIRST = (table.c.created_at.desc(), table.c.id.desc())

_BY_ID = select(table.c.body).where(table.c.id == bindparam("id"))
_BY_IDS = select(table.c.id, table.c.body).where(
    table.c.id.in_(bindparam("ids", expanding=True)),
    table.c.account == bindparam("account"),
    table.c.region == bindparam("region"),
)
_OF_GROUP = select(table.c.body).where(_IN_GROUP).order_by(*_NEWEST_FIRST)
_OPEN_OF_GROUP = (
    select(table.c.body).where(_IN_GROUP, table.c.is_over == false()).order_by(*_NEWEST_FIRST)
)
_LAST_OF_GROUP = (
    select(table.c.body)
    .where(_IN_GROUP, table.c.status == bindparam("status"))
    .order_by(*_NEWEST_FIRST)
    .limit(1)
)
_OPEN = select(table.c.id).where(table.c.is_over == false()).order_by(table.c.id)
_INSERT = insert(table)
_UPDATE = (
    update(table)
    .where(table.c.id == bindparam("of"))
    .values(status=bindparam("new_status"), is_over=bindparam("over"), body=bindparam("new_body"))
)

_WATCH = insert(watches)
_UNWATCH = delete(watches).where(watches.c.deployment_id == bindparam("of"))
_WATCHERS = (
    select(watches.c.deployment_id)
    .where(watches.c.arn == bindparam("arn"))
    .order_by(watches.c.deployment_id)
)


def find_deployment(tx: ReadTx, deployment_id: str) -> Deployment | None:
    """The deployment of this id, whosever it is."""
    body = tx.scalar(_BY_ID, {"id": deployment_id})
    return None if body is None else _DECODER.decode(body)


def find_own(tx: ReadTx, account: str, region: str, deployment_id: str) -> Deployment | None:
    """The account's deployment of this id in the region."""
    return find_all(tx, account, region, [deployment_id]).get(deployment_id)


def find_all(
    tx: ReadTx, account: str, region: str, deployment_ids: Sequence[str]
) -> dict[str, Deployment]:
    """Those of the account's deployments in the region that have one of these ids, by id."""
    if not deployment_ids:
        return {}
    where = {"account": account, "region": region, "ids": list(deployment_ids)}
    return {row.id: _DECODER.decode(row.body) for row in tx.rows(_BY_IDS, where)}


def of_group(tx: ReadTx, group_id: str) -> tuple[Deployment, ...]:
    """The group's deployments, the newest first."""
    rows = tx.rows(_OF_GROUP, {"group_id": group_id})
    return tuple(_DECODER.decode(row.body) for row in rows)


def open_of_group(tx: ReadTx, group_id: str) -> Deployment | None:
    """The group's deployment that is under way; there is one at most."""
    body = tx.scalar(_OPEN_OF_GROUP, {"group_id": group_id})
    return None if body is None else _DECODER.decode(body)


def last_of_group(tx: ReadTx, group_id: str, status: str) -> Deployment | None:
    """The group's newest deployment of this status."""
    body = tx.scalar(_LAST_OF_GROUP, {"group_id": group_id, "status": status})
    return None if body is None else _DECODER.decode(body)


def open_ids(tx: ReadTx) -> tuple[str, ...]:
    """Every deployment that is under way."""
    return tuple(row.id for row in tx.rows(_OPEN))


def watchers(tx: ReadTx, arn: str) -> tuple[str, ...]:
    """The deployments under way that look at this service, listener, or alarm."""
    return tuple(row.deployment_id for row in tx.rows(_WATCHERS, {"arn": arn}))


def insert_deployment(tx: Tx, deployment: Deployment) -> None:
    """Add a new deployment: the reconciler takes it from here."""
    row = {
        "id": deployment.id,
        "account": deployment.account,
        "region": deployment.region,
        "group_id": deployment.group_id,
        "status": deployment.status,
        "is_over": deployment.is_over,
        "created_at": deployment.created_at,
        "body": _ENCODER.encode(deployment),
    }
    tx.execute(_INSERT, row)
    if not deployment.is_over:
        tx.execute(_WATCH, [{"arn": a, "deployment_id": deployment.id} for a in _seen(deployment)])
    tx.changed("deployment", deployment.id)


def save_deployment(tx: Tx, deployment: Deployment) -> None:
    """Replace the record; one that is over looks at nothing any more."""
    row = {
        "of": deployment.id,
        "new_status": deployment.status,
        "over": deployment.is_over,
        "new_body": _ENCODER.encode(deployment),
    }
    tx.execute(_UPDATE, row)
    if deployment.is_over:
        tx.execute(_UNWATCH, {"of": deployment.id})
    tx.changed("deployment", deployment.id)


def announce(tx: Tx, deployment_id: str) -> None:
    """Have the deployment looked at again."""
    tx.changed("deployment", deployment_id)


def _seen(deployment: Deployment) -> tuple[str, ...]:
    where = f"{deployment.region}:{deployment.account}"
    balancing = deployment.balancing
    listeners = [balancing.production_listener, balancing.test_listener or ""]
    alarms = [f"arn:aws:cloudwatch:{where}:alarm:{name}" for name in deployment.alarms.watched]
    arns = [deployment.service_arn, *listeners, *alarms]
    return tuple(dict.fromkeys(arn for arn in arns if arn))
