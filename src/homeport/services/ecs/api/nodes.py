"""Homeport's own view of the machines: every node of a region, and what is left of it."""

from homeport.runtime import Call, operation
from homeport.services.ecs.plan.instances import remaining
from homeport.services.ecs.queries import instances, tasks
from homeport.shapes import homeport as shapes
from homeport.store import ReadTx


@operation("ListNodes")
def list_nodes(
    tx: ReadTx, call: Call, request: shapes.ListNodesRequest
) -> shapes.ListNodesResponse:
    """Every registered node of the region.  Tasks on FARGATE count too: this is where they run."""
    nodes = instances.instances_of_region(tx, call.account, call.region)
    arns = [node.arn for node in nodes]
    counts = tasks.counts_of_instances(tx, arns, fargate=True)
    reserved = tasks.reserved_of_many(tx, arns)
    shown: list[shapes.Node] = []
    for node in nodes:
        left = remaining(node, reserved[node.arn])
        shown.append(
            {
                "instanceArn": node.arn,
                "clusterArn": node.cluster_arn,
                "connected": node.connected,
                "engineConnected": node.engine_connected,
                "dockerVersion": node.docker_version,
                "runningTasks": counts[node.arn].running,
                "pendingTasks": counts[node.arn].pending,
                "cpu": node.registered.cpu,
                "memoryMib": node.registered.memory_mib,
                "cpuRemaining": left.cpu,
                "memoryRemaining": left.memory_mib,
            }
        )
    return {"nodes": shown}
