"""Statements over service deployments and service revisions."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from homeport.services.ecs.records.services import ServiceDeployment, ServiceRevision
from homeport.services.ecs.tables import service_deployments, service_revisions
from homeport.store import ReadTx, Tx

_ENCODER: Final = msgspec.json.Encoder()
_REVISION: Final = msgspec.json.Decoder(ServiceRevision)
_DEPLOYMENT: Final = msgspec.json.Decoder(ServiceDeployment)

_R, _D = service_revisions.c, service_deployments.c
_REVISION_BY_ARN = select(_R.body).where(_R.arn == bindparam("arn"))
_REVISIONS_BY_ARN = select(_R.arn, _R.body).where(_R.arn.in_(bindparam("arns", expanding=True)))
_NEWEST_REVISION = (
    select(_R.body)
    .where(_R.service_arn == bindparam("service"))
    .order_by(_R.created_at.desc())
    .limit(1)
)
_INSERT_REVISION = insert(service_revisions)
_UPDATE_REVISION = (
    update(service_revisions).where(_R.arn == bindparam("of")).values(body=bindparam("body"))
)
_DEPLOYMENT_BY_ARN = select(_D.body).where(_D.arn == bindparam("arn"))
_DEPLOYMENTS_BY_ARN = select(_D.arn, _D.body).where(_D.arn.in_(bindparam("arns", expanding=True)))
_DEPLOYMENTS_OF = (
    select(_D.body)
    .where(_D.service_arn == bindparam("service"))
    .order_by(_D.created_at.desc(), _D.arn)
)
_INSERT_DEPLOYMENT = insert(service_deployments)
_UPDATE_DEPLOYMENT = (
    update(service_deployments)
    .where(_D.arn == bindparam("of"))
    .values(status=bindparam("status"), body=bindparam("body"))
)
_FORGET_REVISIONS = delete(service_revisions).where(_R.service_arn == bindparam("service"))
_FORGET_REVISION = delete(service_revisions).where(_R.arn == bindparam("of"))
_FORGET_DEPLOYMENTS = delete(service_deployments).where(_D.service_arn == bindparam("service"))


def find_revision(tx: ReadTx, arn: str) -> ServiceRevision | None:
    """The service revision with this ARN."""
    body = tx.scalar(_REVISION_BY_ARN, {"arn": arn})
    return None if body is None else _REVISION.decode(body)


def find_revisions(tx: ReadTx, arns: Sequence[str]) -> dict[str, ServiceRevision]:
    """Those of `arns` that exist, by ARN."""
    rows = tx.rows(_REVISIONS_BY_ARN, {"arns": list(arns)})
    return {row.arn: _REVISION.decode(row.body) for row in rows}


def newest_revision(tx: ReadTx, service_arn: str) -> ServiceRevision | None:
    """The revision of a service that was made last."""
    body = tx.scalar(_NEWEST_REVISION, {"service": service_arn})
    return None if body is None else _REVISION.decode(body)


def insert_revision(tx: Tx, revision: ServiceRevision) -> None:
    """Add a revision."""
    tx.execute(
        _INSERT_REVISION,
        {
            "arn": revision.arn,
            "service_arn": revision.service_arn,
            "created_at": revision.created_at,
            "body": _ENCODER.encode(revision),
        },
    )


def save_revision(tx: Tx, revision: ServiceRevision) -> None:
    """Replace a revision's record: only the digests of its images ever change."""
    tx.execute(_UPDATE_REVISION, {"of": revision.arn, "body": _ENCODER.encode(revision)})


def find_deployment(tx: ReadTx, arn: str) -> ServiceDeployment | None:
    """The service deployment with this ARN."""
    body = tx.scalar(_DEPLOYMENT_BY_ARN, {"arn": arn})
    return None if body is None else _DEPLOYMENT.decode(body)


def find_deployments(tx: ReadTx, arns: Sequence[str]) -> dict[str, ServiceDeployment]:
    """Those of `arns` that exist, by ARN."""
    rows = tx.rows(_DEPLOYMENTS_BY_ARN, {"arns": list(arns)})
    return {row.arn: _DEPLOYMENT.decode(row.body) for row in rows}


def deployments_of_service(tx: ReadTx, service_arn: str) -> tuple[ServiceDeployment, ...]:
    """Every deployment of a service, newest first."""
    rows = tx.rows(_DEPLOYMENTS_OF, {"service": service_arn})
    return tuple(_DEPLOYMENT.decode(row.body) for row in rows)


def insert_deployment(tx: Tx, deployment: ServiceDeployment) -> None:
    """Add a service deployment."""
    tx.execute(
        _INSERT_DEPLOYMENT,
        {
            "arn": deployment.arn,
            "service_arn": deployment.service_arn,
            "created_at": deployment.created_at,
            "status": deployment.status,
            "body": _ENCODER.encode(deployment),
        },
    )


def save_deployment(tx: Tx, before: ServiceDeployment, after: ServiceDeployment) -> None:
    """Replace the record `before` by `after`; nothing is written when they are the same."""
    if before != after:
        what = {"of": after.arn, "status": after.status, "body": _ENCODER.encode(after)}
        tx.execute(_UPDATE_DEPLOYMENT, what)
        tx.changed("service", after.service_arn)


def forget_revision(tx: Tx, arn: str) -> None:
    """Drop one revision that nothing is of any more."""
    tx.execute(_FORGET_REVISION, {"of": arn})


def forget_history(tx: Tx, service_arn: str) -> None:
    """Drop the revisions and deployments of a service whose name is used anew."""
    tx.execute(_FORGET_REVISIONS, {"service": service_arn})
    tx.execute(_FORGET_DEPLOYMENTS, {"service": service_arn})
