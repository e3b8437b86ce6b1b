"""Statements that list services and their deployments.  One SELECT a page."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import Select, and_, bindparam, or_, select

from homeport.services.ecs.records.services import ServiceDeployment
from homeport.services.ecs.tables import service_deployments as deployments
from homeport.services.ecs.tables import services as table
from homeport.store import ReadTx

_COLUMNS: Final = {
    "launch_type": table.c.launch_type,
    "scheduling_strategy": table.c.scheduling_strategy,
}
_D = deployments.c
_FILTERS: Final = {
    "statuses": _D.status.in_(bindparam("statuses", expanding=True)),
    "created_before": _D.created_at < bindparam("created_before"),
    "created_after": _D.created_at > bindparam("created_after"),
    "last_arn": or_(
        _D.created_at < bindparam("last_at"),
        and_(_D.created_at == bindparam("last_at"), _D.arn > bindparam("last_arn")),
    ),
}
_DEPLOYMENT: Final = msgspec.json.Decoder(ServiceDeployment)


def active_arns(
    tx: ReadTx, cluster_arn: str, *, filters: Mapping[str, str], after: str, limit: int
) -> Sequence[str]:
    """ARNs of a cluster's ACTIVE services in order, those that follow `after`.

    `filters` are by column: launch_type, scheduling_strategy.
    """
    parameters = {"cluster": cluster_arn, "after": after, "limit": limit, **filters}
    return [row.arn for row in tx.rows(_active(frozenset(filters)), parameters)]


def deployments_page(
    tx: ReadTx,
    service_arn: str,
    *,
    filters: Mapping[str, object],
    after: tuple[float, str] | None,
    limit: int,
) -> Sequence[ServiceDeployment]:
    """Deployments of a service, newest first, those that follow `after` (when created, ARN).

    `filters` are statuses, created_before and created_after.
    """
    parameters = {"service": service_arn, "limit": limit, **filters}
    if after is not None:
        parameters |= {"last_at": after[0], "last_arn": after[1]}
    names = frozenset(filters) | ({"last_arn"} if after else set())
    return [_DEPLOYMENT.decode(row.body) for row in tx.rows(_deployments(names), parameters)]


@cache
def _active(filters: frozenset[str]) -> Select[Any]:
    statement = select(table.c.arn).where(
        table.c.cluster_arn == bindparam("cluster"),
        table.c.status == "ACTIVE",
        table.c.arn > bindparam("after"),
    )
    for name in sorted(filters):
        statement = statement.where(_COLUMNS[name] == bindparam(name))
    return statement.order_by(table.c.arn).limit(bindparam("limit"))


@cache
def _deployments(filters: frozenset[str]) -> Select[Any]:
    statement = select(_D.body).where(_D.service_arn == bindparam("service"))
    for name in sorted(filters):
        statement = statement.where(_FILTERS[name])
    return statement.order_by(_D.created_at.desc(), _D.arn).limit(bindparam("limit"))
