"""Reading a cluster's instances as placement needs them, in a few statements for all of them."""

from collections.abc import Collection, Sequence

from homeport.services.ecs.queries.attributes import values_of_many
from homeport.services.ecs.queries.facts import facts_of
from homeport.services.ecs.queries.task_counts import groups_of_instances, reserved_of_many
from homeport.services.ecs.records.instances import ContainerInstance
from homeport.services.ecs.records.surveys import Survey
from homeport.store import ReadTx


def survey(
    tx: ReadTx,
    machines: Sequence[ContainerInstance],
    *,
    attributes: Collection[str],
    groups: bool,
    facts: bool,
) -> Survey:
    """What is known of `machines`: of their attributes (a machine has dozens) only those named.

    `groups` and `facts` cost a statement or more each.
    """
    arns = [each.arn for each in machines]
    return Survey(
        machines=tuple(machines),
        reserved=reserved_of_many(tx, arns),
        attributes=values_of_many(tx, arns, attributes),
        groups=groups_of_instances(tx, arns) if groups else {},
        facts=facts_of(tx, machines) if facts else {},
    )
