"""Statements over clusters.  What a cluster contains is counted by the queries of its contents."""

import re
from typing import Final

import msgspec
from sqlalchemy import bindparam, insert, select, update

from homeport.kernel import arn as arns
from homeport.services.ecs.errors import ClusterNotFoundException, InvalidParameterException
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.tables import clusters as table
from homeport.store import ReadTx, Tx

DEFAULT_NAME: Final = "default"

_SEPARATORS: Final = "Invalid identifier: Unexpected number of separators"
_NAME: Final = re.compile(r"[a-zA-Z0-9\-_]{1,255}")

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Cluster)

_BY_ARN = select(table.c.body).where(table.c.arn == bindparam("arn"))
_INSERT = insert(table)
_UPDATE = (
    update(table)
    .where(table.c.arn == bindparam("of"))
    .values(status=bindparam("status"), body=bindparam("body"))
)
_ACTIVE_NAMES = (
    select(table.c.name)
    .where(
        table.c.account == bindparam("account"),
        table.c.region == bindparam("region"),
        table.c.status == "ACTIVE",
        table.c.name > bindparam("after"),
    )
    .order_by(table.c.name)
    .limit(bindparam("limit"))
)


def cluster_arn(account: str, region: str, name: str) -> str:
    """The ARN of the cluster with this name, whether there is one or not."""
    return f"arn:aws:ecs:{region}:{account}:cluster/{name}"


def arn_of(account: str, region: str, reference: str) -> str:
    """The ARN that a name or an ARN of a cluster stands for."""
    return reference if arns.is_arn(reference) else cluster_arn(account, region, reference)


def find_cluster(tx: ReadTx, account: str, region: str, reference: str | None) -> Cluster | None:
    """The cluster of this name or ARN, ACTIVE or not; None stands for ``default``.

    An ARN of another account or region, or of something else, finds nothing.
    """
    arn = arn_of(account, region, reference or DEFAULT_NAME)
    if not arn.startswith(f"arn:aws:ecs:{region}:{account}:cluster/"):
        return None
    body = tx.scalar(_BY_ARN, {"arn": arn})
    return None if body is None else _DECODER.decode(body)


def active_cluster(tx: ReadTx, account: str, region: str, reference: str | None) -> Cluster:
    """The ACTIVE cluster of this name or ARN; None stands for ``default``.

    Raises ClusterNotFoundException, or InvalidParameterException for another account's ARN.
    """
    check_reference(account, reference)
    cluster = find_cluster(tx, account, region, reference)
    if cluster is None:
        raise ClusterNotFoundException
    if cluster.status != "ACTIVE":
        raise ClusterNotFoundException("The referenced cluster was inactive.")
    return cluster


def check_reference(account: str, reference: str | None) -> None:
    """Raise InvalidParameterException for what is neither a name nor an ARN of this account."""
    if not reference or _NAME.fullmatch(reference):
        return
    if not arns.is_arn(reference):
        if "/" in reference or ":" in reference:
            raise InvalidParameterException(_SEPARATORS)
        raise InvalidParameterException(
            f"Cluster must match ^[a-zA-Z0-9\\-_]{{1,255}}$, but was {reference}"
        )
    try:
        arn = arns.parse(reference)
    except arns.BadArn as bad:
        raise InvalidParameterException(_SEPARATORS) from bad
    if not _NAME.fullmatch(arn.rest):
        raise InvalidParameterException(_SEPARATORS)
    if arn.account != account:
        raise InvalidParameterException("AccountIDs mismatch")


def active_names(
    tx: ReadTx, account: str, region: str, *, after: str, limit: int
) -> tuple[str, ...]:
    """Names of ACTIVE clusters in order, from the one that follows `after`."""
    parameters = {"account": account, "region": region, "after": after, "limit": limit}
    return tuple(row.name for row in tx.rows(_ACTIVE_NAMES, parameters))


def insert_cluster(tx: Tx, cluster: Cluster) -> None:
    """Add a cluster; its name must be new to its account and region."""
    tx.execute(
        _INSERT,
        {
            "arn": cluster.arn,
            "account": cluster.account,
            "region": cluster.region,
            "name": cluster.name,
            "status": cluster.status,
            "body": _ENCODER.encode(cluster),
        },
    )
    tx.changed("cluster", cluster.arn)


def update_cluster(tx: Tx, cluster: Cluster) -> None:
    """Replace the record of a cluster that exists."""
    parameters = {
        "of": cluster.arn,
        "status": cluster.status,
        "body": _ENCODER.encode(cluster),
    }
    tx.execute(_UPDATE, parameters)
    tx.changed("cluster", cluster.arn)
