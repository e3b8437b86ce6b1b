"""Statements over services.

Announces ``service`` with the service's ARN for every change of a service.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from homeport.services.ecs.records.services import Service
from homeport.services.ecs.tables import services as table
from homeport.store import ReadTx, Tx

LIVE: Final = ("ACTIVE", "DRAINING")

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Service)

_BY_ARN = select(table.c.body).where(table.c.arn == bindparam("arn"))
_BY_ARNS = select(table.c.arn, table.c.body).where(
    table.c.arn.in_(bindparam("arns", expanding=True))
)
_INSERT = insert(table)
_DELETE = delete(table).where(table.c.arn == bindparam("of"))
_MOVING: Final = ("status", "launch_type", "waiting", "definition_arns", "body")
_UPDATE = (
    update(table)
    .where(table.c.arn == bindparam("of"))
    .values({name: bindparam(name) for name in _MOVING})
)
_LIVE_ARNS = select(table.c.arn).where(table.c.status.in_(LIVE)).order_by(table.c.arn)
_CONCERNED = select(table.c.arn).where(
    table.c.status == "ACTIVE",
    (table.c.cluster_arn == bindparam("cluster")) | table.c.waiting.is_(True),
)
_WAITING = select(table.c.arn).where(
    table.c.cluster_arn == bindparam("cluster"),
    table.c.status == "ACTIVE",
    table.c.waiting.is_(True),
)
_COUNTS = (
    select(table.c.cluster_arn, table.c.status, table.c.launch_type, func.count().label("services"))
    .where(table.c.cluster_arn.in_(bindparam("clusters", expanding=True)), table.c.status.in_(LIVE))
    .group_by(table.c.cluster_arn, table.c.status, table.c.launch_type)
)
_USING = (
    select(table.c.arn)
    .where(
        table.c.status.in_(LIVE),
        table.c.definition_arns.like(bindparam("definition"), escape="\\"),
    )
    .limit(1)
)


def service_arn(account: str, region: str, cluster_name: str, name: str) -> str:
    """The ARN of the service `name` of a cluster."""
    return f"arn:aws:ecs:{region}:{account}:service/{cluster_name}/{name}"


def find_service(tx: ReadTx, arn: str) -> Service | None:
    """The service with this ARN, whatever its status."""
    body = tx.scalar(_BY_ARN, {"arn": arn})
    return None if body is None else _DECODER.decode(body)


def find_services(tx: ReadTx, arns: Sequence[str]) -> dict[str, Service]:
    """Those of `arns` that exist, whatever their status, by ARN."""
    rows = tx.rows(_BY_ARNS, {"arns": list(arns)})
    return {row.arn: _DECODER.decode(row.body) for row in rows}


def insert_service(tx: Tx, service: Service) -> None:
    """Add a service, in the place of an INACTIVE one of the same name."""
    tx.execute(_DELETE, {"of": service.arn})
    tx.execute(
        _INSERT,
        {
            "arn": service.arn,
            "account": service.account,
            "region": service.region,
            "cluster_arn": service.cluster_arn,
            "name": service.name,
            "scheduling_strategy": service.scheduling_strategy,
            **_moving(service),
        },
    )
    tx.changed("service", service.arn)


def save_service(tx: Tx, before: Service, after: Service) -> None:
    """Replace the record `before` by `after`; nothing is written when they are the same."""
    if before == after:
        return
    tx.execute(_UPDATE, {"of": after.arn, **_moving(after)})
    tx.changed("service", after.arn)


def live_arns(tx: ReadTx) -> tuple[str, ...]:
    """Every ACTIVE and DRAINING service, of every account and region."""
    return tuple(row.arn for row in tx.rows(_LIVE_ARNS))


def live_services(tx: ReadTx) -> tuple[Service, ...]:
    """The same, whole."""
    return tuple(find_services(tx, live_arns(tx)).values())


def concerned_by_instances(tx: ReadTx, cluster_arn: str) -> tuple[str, ...]:
    """Services to which it may matter that an instance of the cluster has changed.

    Those of the cluster, and those that wait for room: Fargate's may be on any node.
    """
    return tuple(row.arn for row in tx.rows(_CONCERNED, {"cluster": cluster_arn}))


def waiting_in_cluster(tx: ReadTx, cluster_arn: str) -> tuple[str, ...]:
    """Services of the cluster of which a task has found no place."""
    return tuple(row.arn for row in tx.rows(_WAITING, {"cluster": cluster_arn}))


def counts_of_clusters(
    tx: ReadTx, cluster_arns: Sequence[str]
) -> Mapping[str, dict[str, dict[str, int]]]:
    """How many services each cluster has, by status (ACTIVE, DRAINING) and launch type.

    A capacity provider strategy counts as FARGATE: there are no other providers.  Every ARN is a
    key of the answer.
    """
    found: dict[str, dict[str, dict[str, int]]] = {arn: {} for arn in cluster_arns}
    for row in tx.rows(_COUNTS, {"clusters": list(cluster_arns)}):
        counts = found[row.cluster_arn].setdefault(row.status, {})
        launch_type = row.launch_type or "FARGATE"
        counts[launch_type] = counts.get(launch_type, 0) + row.services
    return found


def is_definition_used(tx: ReadTx, definition_arn: str) -> bool:
    """Whether a rollout of a live service is of this task definition."""
    literal = definition_arn.replace("_", "\\_")  # LIKE would take it for any character.
    return tx.row(_USING, {"definition": f"%{literal},%"}) is not None


def _moving(service: Service) -> dict[str, object]:
    return {
        "status": service.status,
        "launch_type": service.launch_type,
        "waiting": service.waiting,
        "definition_arns": "".join(f"{each.definition_arn}," for each in service.rollouts),
        "body": _ENCODER.encode(service),
    }
