"""Wakes deployments to which a change of their service, listeners, or alarms may matter."""

from collections.abc import Iterable
from typing import Final

from homeport.kernel import arn as arns
from homeport.runtime import Tick
from homeport.services.codedeploy.queries import deployments
from homeport.store import ReadTx, Tx

WATCHES: Final = ("alarm", "service", "task set", "traffic")


def sweep(tx: ReadTx) -> Iterable[str]:
    """Nothing: deployments look at everything of theirs in their own sweep."""
    return ()


def reconcile(tx: Tx, key: str, tick: Tick) -> None:
    """Have those deployments look again that look at what has changed."""
    for deployment_id in deployments.watchers(tx, _watched(key)):
        deployments.announce(tx, deployment_id)


def _watched(key: str) -> str:
    """The ARN by which deployments look at it: of a task set, its service's.

    ``…:task-set/CLUSTER/SERVICE/ecs-svc/DIGITS`` belongs to ``…:service/CLUSTER/SERVICE``.
    """
    try:
        arn = arns.parse(key)
    except arns.BadArn:
        return key
    if arn.service != "ecs" or arn.kind != "task-set":
        return key
    cluster, service = arn.rest.split("/")[:2]
    return f"arn:{arn.partition}:ecs:{arn.region}:{arn.account}:service/{cluster}/{service}"
