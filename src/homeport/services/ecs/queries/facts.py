"""What the cluster query language may ask of container instances, collected for many at once."""

from collections.abc import Sequence

from homeport.services.ecs.queries.attributes import attributes_of_many
from homeport.services.ecs.queries.task_counts import counts_of_instances, groups_of_instances
from homeport.services.ecs.records.instances import ContainerInstance, InstanceFacts
from homeport.store import ReadTx


def facts_of(tx: ReadTx, instances: Sequence[ContainerInstance]) -> dict[str, InstanceFacts]:
    """The facts of each instance, by ARN."""
    arns = [instance.arn for instance in instances]
    attributes = attributes_of_many(tx, arns)
    counts = counts_of_instances(tx, arns)
    groups = groups_of_instances(tx, arns)
    return {
        instance.arn: InstanceFacts(
            ec2_instance_id=instance.ec2_instance_id,
            agent_connected=instance.connected,
            agent_version=instance.agent_version,
            registered_at=instance.registered_at,
            running_tasks=counts[instance.arn].running,
            attributes={each.name: each.value for each in attributes[instance.arn]},
            task_groups=tuple(groups[instance.arn]),
        )
        for instance in instances
    }
