"""Have services look again when the room of their cluster has changed.

Decides nothing: which services it may matter to is a query, what they make of it is theirs.
"""

from typing import Final

from homeport.runtime import Tick
from homeport.services.ecs.queries import instances
from homeport.services.ecs.queries.service_tasks import services_on_instance
from homeport.services.ecs.queries.services import (
    concerned_by_instances,
    service_arn,
    waiting_in_cluster,
)
from homeport.store import ReadTx, Tx

WATCHES: Final = ("instance", "capacity")


def reconcile(tx: Tx, key: str, tick: Tick) -> None:
    """Wake the services to which a change of an instance, or of a cluster's room, may matter.

    `key` is the ARN of the instance, or of the cluster in which a task has ended.
    """
    instance = instances.find_instance(tx, key)
    if instance is None:
        woken = set(waiting_in_cluster(tx, key))
    else:
        home = (instance.account, instance.region)
        woken = set(concerned_by_instances(tx, instance.cluster_arn))
        for cluster_arn, name in services_on_instance(tx, key):
            woken.add(service_arn(*home, cluster_arn.rpartition("/")[2], name))
    for arn in sorted(woken):
        tx.changed("service", arn)


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """Nothing: every service is swept by itself."""
    return ()
