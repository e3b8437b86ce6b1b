"""Statements over container instances and their attributes.

What is left of an instance is counted from its tasks (queries/tasks), never kept here.  A new
version of an instance is an event for EventBridge.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, func, insert, select, update

from homeport.kernel.ids import named_uuid
from homeport.link.messages import Hello
from homeport.services.ecs.queries import bus_events
from homeport.services.ecs.queries.attributes import attributes_of, remove_all, replace_own
from homeport.services.ecs.queries.tags import remove_all_tags
from homeport.services.ecs.queries.task_counts import reserved
from homeport.services.ecs.records.bus_events import BusEvent
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.records.instances import ContainerInstance, InstanceState, Resources
from homeport.services.ecs.tables import container_instances as table
from homeport.store import ReadTx, Tx

__all__ = [
    "active_arns",
    "attributes_of",
    "count_of_clusters",
    "deregister",
    "draining_arns",
    "find_instance",
    "find_instances",
    "generation",
    "instances_of_cluster",
    "instances_of_region",
    "next_generation",
    "node_arn",
    "register_node",
    "save_instance",
]

LIVE: Final = ("ACTIVE", "DRAINING")

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(ContainerInstance)

_BY_ARN = select(table.c.body).where(table.c.arn == bindparam("arn"))
_BY_ARNS = select(table.c.arn, table.c.body).where(
    table.c.arn.in_(bindparam("arns", expanding=True))
)
_OF_CLUSTER = (
    select(table.c.body)
    .where(
        table.c.cluster_arn == bindparam("cluster"),
        table.c.status.in_(bindparam("statuses", expanding=True)),
    )
    .order_by(table.c.arn)
)
_ARNS_OF_CLUSTER = (
    select(table.c.arn)
    .where(table.c.cluster_arn == bindparam("cluster"), table.c.status == "ACTIVE")
    .order_by(table.c.arn)
)
_OF_REGION = (
    select(table.c.body)
    .where(
        table.c.account == bindparam("account"),
        table.c.region == bindparam("region"),
        table.c.status.in_(LIVE),
    )
    .order_by(table.c.arn)
)
_DRAINING = select(table.c.arn).where(
    table.c.cluster_arn == bindparam("cluster"), table.c.status == "DRAINING"
)
_COUNTS = (
    select(table.c.cluster_arn, func.count().label("instances"))
    .where(
        table.c.cluster_arn.in_(bindparam("clusters", expanding=True)),
        table.c.status.in_(LIVE),
    )
    .group_by(table.c.cluster_arn)
)
_UPDATE = (
    update(table)
    .where(table.c.arn == bindparam("of"))
    .values(status=bindparam("status"), connected=bindparam("connected"), body=bindparam("body"))
)
_INSERT = insert(table)
_NEXT_GENERATION = (
    update(table)
    .where(table.c.arn == bindparam("of"))
    .values(generation=table.c.generation + 1)
    .returning(table.c.generation)
)
_GENERATION = select(table.c.generation).where(table.c.arn == bindparam("arn"))


def find_instance(tx: ReadTx, arn: str) -> ContainerInstance | None:
    """The container instance with this ARN, whatever its status."""
    body = tx.scalar(_BY_ARN, {"arn": arn})
    return None if body is None else _DECODER.decode(body)


def find_instances(tx: ReadTx, arns: Sequence[str]) -> dict[str, ContainerInstance]:
    """Those of `arns` that exist, whatever their status, by ARN."""
    rows = tx.rows(_BY_ARNS, {"arns": list(arns)})
    return {row.arn: _DECODER.decode(row.body) for row in rows}


def instances_of_cluster(
    tx: ReadTx, cluster_arn: str, statuses: Sequence[str] = LIVE
) -> tuple[ContainerInstance, ...]:
    """The container instances of a cluster in one of these statuses, in order of ARN."""
    rows = tx.rows(_OF_CLUSTER, {"cluster": cluster_arn, "statuses": list(statuses)})
    return tuple(_DECODER.decode(row.body) for row in rows)


def active_arns(tx: ReadTx, cluster_arn: str) -> tuple[str, ...]:
    """The ACTIVE instances of a cluster, in order of ARN; their records are not read."""
    return tuple(row.arn for row in tx.rows(_ARNS_OF_CLUSTER, {"cluster": cluster_arn}))


def instances_of_region(tx: ReadTx, account: str, region: str) -> tuple[ContainerInstance, ...]:
    """The ACTIVE and DRAINING instances of every cluster, in order of ARN."""
    rows = tx.rows(_OF_REGION, {"account": account, "region": region})
    return tuple(_DECODER.decode(row.body) for row in rows)


def draining_arns(tx: ReadTx, cluster_arn: str) -> frozenset[str]:
    """The instances of a cluster that are DRAINING."""
    return frozenset(row.arn for row in tx.rows(_DRAINING, {"cluster": cluster_arn}))


def count_of_clusters(tx: ReadTx, cluster_arns: Sequence[str]) -> Mapping[str, int]:
    """How many ACTIVE and DRAINING instances each cluster has; clusters without any are absent."""
    rows = tx.rows(_COUNTS, {"clusters": list(cluster_arns)})
    return {row.cluster_arn: row.instances for row in rows}


def save_instance(tx: Tx, instance: ContainerInstance, *, now: float) -> None:
    """Add the instance or replace its record; its generation is left alone.

    Whoever changes anything gives it a new version, and its attributes before that.
    """
    columns = {
        "status": instance.status,
        "connected": instance.connected,
        "body": _ENCODER.encode(instance),
    }
    if not tx.execute(_UPDATE, {"of": instance.arn, **columns}):
        tx.execute(
            _INSERT,
            {
                "arn": instance.arn,
                "account": instance.account,
                "region": instance.region,
                "cluster_arn": instance.cluster_arn,
                "generation": 0,
                **columns,
            },
        )
    tx.changed("instance", instance.arn)
    bus_events.emit(tx, [_state_change(tx, instance, at=now)])


def deregister(tx: Tx, instance: ContainerInstance, *, now: float) -> None:
    """Save an instance that is INACTIVE from now on; what was put on it goes."""
    save_instance(tx, instance, now=now)
    remove_all(tx, instance.arn)
    remove_all_tags(tx, instance.arn)


def next_generation(tx: Tx, instance_arn: str) -> int:
    """Count up the generation of the instance's assignments and answer it."""
    return int(tx.scalar(_NEXT_GENERATION, {"of": instance_arn}))


def generation(tx: ReadTx, instance_arn: str) -> int:
    """The generation of the instance's newest assignment; 0 before the first."""
    return int(tx.scalar(_GENERATION, {"arn": instance_arn}) or 0)


def node_arn(cluster: Cluster, node_id: str) -> str:
    """The ARN of the instance that the node with this id is in `cluster`."""
    home = f"arn:aws:ecs:{cluster.region}:{cluster.account}"
    return f"{home}:container-instance/{cluster.name}/{node_id}"


def register_node(
    tx: Tx, cluster: Cluster, hello: Hello, *, plane: str = "", now: float
) -> ContainerInstance:
    """Record that a node has told `plane` who it is and what it has; it counts as connected.

    The same node in the same cluster is the same instance: it keeps its custom attributes and
    its status, except that a deregistered instance (INACTIVE) is registered anew.
    """
    arn = node_arn(cluster, hello.node_id)
    before = find_instance(tx, arn)
    zone = hello.attributes.get("ecs.availability-zone") or f"{cluster.region}a"
    known = before if before is not None and before.status in LIVE else None
    instance = ContainerInstance(
        arn=arn,
        account=cluster.account,
        region=cluster.region,
        cluster_arn=cluster.arn,
        node_id=hello.node_id,
        ec2_instance_id=f"i-0{hello.node_id[:16]}",
        status=known.status if known else "ACTIVE",
        connected=True,
        session=before.session + 1 if before else 1,
        plane=plane,
        registered=Resources(
            cpu=hello.cpu,
            memory_mib=hello.memory_mib,
            ports=tuple(sorted(set(hello.reserved_ports))),
        ),
        agent_version=hello.agent_version,
        docker_version=hello.docker_version,
        engine_connected=bool(hello.docker_version),
        registered_at=known.registered_at if known else now,
        version=before.version + 1 if before else 1,
        availability_zone=zone,
    )
    replace_own(tx, arn, cluster.arn, {**hello.attributes, "ecs.availability-zone": zone})
    save_instance(tx, instance, now=now)
    return instance


def _state_change(tx: ReadTx, instance: ContainerInstance, *, at: float) -> BusEvent:
    state = InstanceState(
        instance=instance,
        reserved=reserved(tx, instance.arn),
        attributes=attributes_of(tx, instance.arn),
    )
    return BusEvent(
        id=named_uuid(f"{instance.arn}/{instance.version}"),
        at=at,
        account=instance.account,
        region=instance.region,
        kind="instance",
        resource=instance.arn,
        body=_ENCODER.encode(state),
    )
