"""Statements over the attributes of container instances."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import and_, bindparam, delete, insert, or_, select

from homeport.services.ecs.records.instances import ARCHITECTURE
from homeport.services.ecs.records.task_definitions import Attribute
from homeport.services.ecs.tables import instance_attributes as table
from homeport.store import ReadTx, Tx

_OF = (
    select(table.c.instance_arn, table.c.name, table.c.value)
    .where(table.c.instance_arn.in_(bindparam("arns", expanding=True)))
    .order_by(table.c.instance_arn, table.c.name)
)
_NAMED_OF = select(table.c.instance_arn, table.c.name, table.c.value).where(
    table.c.instance_arn.in_(bindparam("arns", expanding=True)),
    table.c.name.in_(bindparam("names", expanding=True)),
)
_OF_CLUSTER = (
    select(table.c.instance_arn, table.c.name, table.c.value)
    .where(
        table.c.cluster_arn == bindparam("cluster"),
        or_(
            table.c.name > bindparam("after_name"),
            and_(
                table.c.name == bindparam("after_name"),
                table.c.instance_arn > bindparam("after_instance"),
            ),
        ),
    )
    .order_by(table.c.name, table.c.instance_arn)
    .limit(bindparam("limit"))
)
_NAMED = table.c.name == bindparam("only_name")
_VALUED = table.c.value == bindparam("only_value")
_CUSTOM_NAMES = select(table.c.name).where(
    table.c.instance_arn == bindparam("arn"), table.c.custom.is_(True)
)
_REMOVE = delete(table).where(
    table.c.instance_arn == bindparam("arn"), table.c.name.in_(bindparam("names", expanding=True))
)
_REMOVE_OWN = delete(table).where(
    table.c.instance_arn == bindparam("arn"), table.c.custom.is_(False)
)
_REMOVE_ALL = delete(table).where(table.c.instance_arn == bindparam("arn"))
_INSERT = insert(table)


def attributes_of(tx: ReadTx, instance_arn: str) -> tuple[Attribute, ...]:
    """The attributes of an instance, in order of name."""
    return attributes_of_many(tx, (instance_arn,))[instance_arn]


def attributes_of_many(
    tx: ReadTx, instance_arns: Sequence[str]
) -> dict[str, tuple[Attribute, ...]]:
    """The attributes of each instance, in order of name; every ARN is a key of the answer."""
    found: dict[str, list[Attribute]] = {arn: [] for arn in instance_arns}
    for row in tx.rows(_OF, {"arns": list(instance_arns)}):
        found[row.instance_arn].append(Attribute(name=row.name, value=row.value))
    return {arn: tuple(attributes) for arn, attributes in found.items()}


def values_of_many(
    tx: ReadTx, instance_arns: Sequence[str], names: Collection[str]
) -> dict[str, dict[str, str | None]]:
    """The attributes of these names that each instance has; every ARN is a key of the answer."""
    found: dict[str, dict[str, str | None]] = {arn: {} for arn in instance_arns}
    for row in tx.rows(_NAMED_OF, {"arns": list(instance_arns), "names": sorted(names)}):
        found[row.instance_arn][row.name] = row.value
    return found


def architectures_of(tx: ReadTx, instance_arns: Sequence[str]) -> dict[str, str]:
    """What each instance says of its processor; empty where it says nothing."""
    found = values_of_many(tx, instance_arns, (ARCHITECTURE,))
    return {arn: values.get(ARCHITECTURE) or "" for arn, values in found.items()}


def attributes_of_cluster(
    tx: ReadTx,
    cluster_arn: str,
    *,
    name: str | None,
    value: str | None,
    after: tuple[str, str],
    limit: int,
) -> tuple[Attribute, ...]:
    """Attributes of the instances of a cluster by name and instance, which is their `target_id`.

    Only those of this `name` and `value` where given, and that follow `after`, a name and an ARN.
    """
    statement = _OF_CLUSTER
    if name is not None:
        statement = statement.where(_NAMED)
    if value is not None:
        statement = statement.where(_VALUED)
    parameters = {
        "cluster": cluster_arn,
        "only_name": name,
        "only_value": value,
        "after_name": after[0],
        "after_instance": after[1],
        "limit": limit,
    }
    return tuple(
        Attribute(name=row.name, value=row.value, target_id=row.instance_arn)
        for row in tx.rows(statement, parameters)
    )


def custom_names(tx: ReadTx, instance_arn: str) -> frozenset[str]:
    """The names of the attributes that PutAttributes put on the instance."""
    return frozenset(row.name for row in tx.rows(_CUSTOM_NAMES, {"arn": instance_arn}))


def put_custom(
    tx: Tx, instance_arn: str, cluster_arn: str, attributes: Mapping[str, str | None]
) -> None:
    """Put attributes on an instance; one whose name is there already gets the new value."""
    if attributes:
        tx.execute(_REMOVE, {"arn": instance_arn, "names": list(attributes)})
        tx.execute(_INSERT, _rows(instance_arn, cluster_arn, attributes, custom=True))


def replace_own(
    tx: Tx, instance_arn: str, cluster_arn: str, attributes: Mapping[str, str | None]
) -> None:
    """Make `attributes` what the node says of itself; what PutAttributes put stays and wins."""
    tx.execute(_REMOVE_OWN, {"arn": instance_arn})
    kept = custom_names(tx, instance_arn)
    own = {name: value for name, value in attributes.items() if name not in kept}
    if own:
        tx.execute(_INSERT, _rows(instance_arn, cluster_arn, own, custom=False))


def remove(tx: Tx, instance_arn: str, names: Sequence[str]) -> None:
    """Remove the attributes with these names; one that is not there is no error."""
    tx.execute(_REMOVE, {"arn": instance_arn, "names": list(names)})


def remove_all(tx: Tx, instance_arn: str) -> None:
    """Remove every attribute of an instance that goes away."""
    tx.execute(_REMOVE_ALL, {"arn": instance_arn})


def _rows(
    instance_arn: str, cluster_arn: str, attributes: Mapping[str, str | None], *, custom: bool
) -> list[dict[str, object]]:
    return [
        {
            "instance_arn": instance_arn,
            "cluster_arn": cluster_arn,
            "name": name,
            "value": value,
            "custom": custom,
        }
        for name, value in attributes.items()
    ]
