"""Statements that forget services, their deployments and their revisions.  All in batches."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import bindparam, delete, exists, select

from homeport.services.ecs.queries.services import find_services
from homeport.services.ecs.records.services import Service
from homeport.services.ecs.tables import (
    service_deployments,
    service_events,
    service_revisions,
    services,
    tags,
    task_sets,
)
from homeport.store import ReadTx, Tx

FORGOTTEN_AT_ONCE: Final = 200
"""How many deployments, or services, one transaction removes."""

_D, _R, _S, _E = service_deployments.c, service_revisions.c, services.c, service_events.c
_NEWER = service_deployments.alias()

_OLD_DEPLOYMENTS = (
    select(_D.arn, _D.service_arn)
    .where(
        _D.created_at < bindparam("until"),
        # The newest deployment is the one that the service is at, however old it is.
        exists().where(_NEWER.c.service_arn == _D.service_arn, _NEWER.c.created_at > _D.created_at),
    )
    .order_by(_D.created_at)
    .limit(FORGOTTEN_AT_ONCE)
)
_FORGET_DEPLOYMENTS = delete(service_deployments).where(
    _D.arn.in_(bindparam("arns", expanding=True))
)
_OLD_REVISIONS = select(_R.arn).where(
    _R.service_arn.in_(bindparam("services", expanding=True)), _R.created_at < bindparam("until")
)
_FORGET_REVISIONS = delete(service_revisions).where(_R.arn.in_(bindparam("arns", expanding=True)))
_OLD_SERVICES = (
    select(_S.arn)
    .where(
        _S.status == "INACTIVE",
        ~exists().where(_E.service_arn == _S.arn, _E.at > bindparam("until")),
        ~exists().where(_R.service_arn == _S.arn, _R.created_at > bindparam("until")),
    )
    .order_by(_S.arn)
    .limit(FORGOTTEN_AT_ONCE)
)
_OF_SERVICES: Final = tuple(
    delete(each).where(column.in_(bindparam("arns", expanding=True)))
    for each, column in (
        (services, _S.arn),
        (service_deployments, _D.service_arn),
        (service_revisions, _R.service_arn),
        (service_events, _E.service_arn),
        (task_sets, task_sets.c.service_arn),
        (tags, tags.c.resource_arn),
    )
)


def forget_old_deployments(tx: Tx, *, until: float) -> int:
    """Drop some deployments that began before `until`, and revisions that are used no longer.

    A service keeps its newest deployment, what it is at and what it would be rolled back to.
    Answers how many deployments were dropped.
    """
    old = tx.rows(_OLD_DEPLOYMENTS, {"until": until})
    if not old:
        return 0
    tx.execute(_FORGET_DEPLOYMENTS, {"arns": [row.arn for row in old]})
    owners = list(dict.fromkeys(row.service_arn for row in old))
    used = {arn for each in find_services(tx, owners).values() for arn in _used(each)}
    revisions = tx.rows(_OLD_REVISIONS, {"services": owners, "until": until})
    unused = [row.arn for row in revisions if row.arn not in used]
    for first in range(0, len(unused), FORGOTTEN_AT_ONCE):
        tx.execute(_FORGET_REVISIONS, {"arns": unused[first : first + FORGOTTEN_AT_ONCE]})
    return len(old)


def forget_old_services(tx: Tx, *, until: float) -> int:
    """Drop some INACTIVE services of which nothing was told since `until`, with all that is theirs;
    how many."""
    arns = _old_services(tx, until)
    if arns:
        for statement in _OF_SERVICES:
            tx.execute(statement, {"arns": arns})
    return len(arns)


def _old_services(tx: ReadTx, until: float) -> Sequence[str]:
    arns = [row.arn for row in tx.rows(_OLD_SERVICES, {"until": until})]
    # Of one that never had a task set nothing may ever have been told.
    found = find_services(tx, arns) if arns else {}
    return [arn for arn in arns if found[arn].created_at <= until]


def _used(service: Service) -> Iterable[str]:
    yield from (each.revision_arn for each in service.rollouts)
    if service.completed_revision_arn is not None:
        yield service.completed_revision_arn
