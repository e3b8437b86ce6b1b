"""Container instance operations: what the nodes of a cluster are, and who may leave or drain.

Nodes register themselves over the link (queries/instances); no operation adds one yet.
"""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from homeport.kernel.paging import page
from homeport.runtime import Call, operation
from homeport.services.ecs.errors import (
    InvalidParameterException,
    NoUpdateAvailableException,
)
from homeport.services.ecs.plan import instances as plan
from homeport.services.ecs.plan import query_language
from homeport.services.ecs.plan.identifiers import member_arn
from homeport.services.ecs.plan.page_requests import page_size, page_start
from homeport.services.ecs.queries import attributes, tasks
from homeport.services.ecs.queries import instances as queries
from homeport.services.ecs.queries.clusters import active_cluster
from homeport.services.ecs.queries.facts import facts_of
from homeport.services.ecs.queries.tags import tags_of_many
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.records.instances import ContainerInstance
from homeport.services.ecs.render import instances as render
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx, Tx

DESCRIBED_MAX: Final = 100
LISTED_MAX: Final = 100
UPDATED_MAX: Final = 10
KIND: Final = "container-instance"


@operation("ListContainerInstances")
def list_container_instances(
    tx: ReadTx, call: Call, request: shapes.ListContainerInstancesRequest
) -> shapes.ListContainerInstancesResponse:
    """The ARNs of a cluster's instances that `filter` selects, in order."""
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    size = page_size(request.get("maxResults"), LISTED_MAX)
    after = page_start(request.get("nextToken"))
    statuses: Sequence[str] = queries.LIVE
    if "status" in request:
        statuses = (plan.checked_filter_status(request["status"]),)
    expression = query_language.parse(request["filter"]) if request.get("filter") else None
    found = [
        instance
        for instance in queries.instances_of_cluster(tx, cluster.arn, statuses)
        if instance.arn > after
    ]
    if expression is not None:
        facts = facts_of(tx, found)
        found = [each for each in found if query_language.matches(expression, facts[each.arn])]
    shown, token = page([each.arn for each in found], str, size)
    answer: shapes.ListContainerInstancesResponse = {"containerInstanceArns": list(shown)}
    if token:
        answer["nextToken"] = token
    return answer


@operation("DescribeContainerInstances")
def describe_container_instances(
    tx: ReadTx, call: Call, request: shapes.DescribeContainerInstancesRequest
) -> shapes.DescribeContainerInstancesResponse:
    """Show instances by id or ARN, deregistered ones too; what is unknown is a failure MISSING."""
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    include = request.get("include", [])
    if not set(include) <= set(render.ALL):
        raise InvalidParameterException(f"include should be one of [{','.join(render.ALL)}]")
    arns = _arns(request["containerInstances"], cluster, at_most=DESCRIBED_MAX)
    known = queries.find_instances(tx, arns)
    found = [known[arn] for arn in arns if arn in known]
    return {
        "containerInstances": _all_shown(tx, found, include),
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
    }


@operation("UpdateContainerInstancesState")
def update_container_instances_state(
    tx: Tx, call: Call, request: shapes.UpdateContainerInstancesStateRequest
) -> shapes.UpdateContainerInstancesStateResponse:
    """Make instances ACTIVE or DRAINING: no new task is placed on one that drains."""
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    status = plan.checked_state(request["status"])
    arns = _arns(request["containerInstances"], cluster, at_most=UPDATED_MAX)
    known = queries.find_instances(tx, arns)
    updated: list[ContainerInstance] = []
    failures: list[shapes.Failure] = []
    for arn in arns:
        before = known.get(arn)
        if before is None or before.status not in queries.LIVE:
            failures.append({"arn": arn, "reason": "MISSING" if before is None else "INACTIVE"})
            continue
        after = before
        if before.status != status:
            after = replace(before, status=status, version=before.version + 1)
            queries.save_instance(tx, after, now=call.now)
        updated.append(after)
    return {"containerInstances": _all_shown(tx, updated, ()), "failures": failures}


@operation("DeregisterContainerInstance")
def deregister_container_instance(
    tx: Tx, call: Call, request: shapes.DeregisterContainerInstanceRequest
) -> shapes.DeregisterContainerInstanceResponse:
    """Make an instance INACTIVE; with tasks on it only by force."""
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    before = _live_instance(tx, request["containerInstance"], cluster)
    # Tasks on FARGATE are nobody's instance's: they go on where they are.
    counts = tasks.counts_of_instances(tx, (before.arn,))[before.arn]
    if counts.live and not request.get("force", False):
        raise InvalidParameterException("Found running tasks on the instance.")
    after = replace(before, status="INACTIVE", version=before.version + 1)
    shown = _all_shown(tx, (after,), ())[0]
    queries.deregister(tx, after, now=call.now)
    return {"containerInstance": shown}


@operation("UpdateContainerAgent", partial="Homeport's agent is never updated through ECS.")
def update_container_agent(
    tx: ReadTx, call: Call, request: shapes.UpdateContainerAgentRequest
) -> shapes.UpdateContainerAgentResponse:
    """Answer that there is no update: a node's agent comes with its Homeport."""
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    _live_instance(tx, request["containerInstance"], cluster)
    raise NoUpdateAvailableException


def _live_instance(tx: ReadTx, reference: str, cluster: Cluster) -> ContainerInstance:
    instance = queries.find_instance(tx, member_arn(KIND, reference, cluster))
    if instance is None or instance.status not in queries.LIVE:
        raise InvalidParameterException("The referenced container instance was not found.")
    return instance


def _arns(references: Sequence[str], cluster: Cluster, *, at_most: int) -> list[str]:
    """The ARN of each reference, each once."""
    if not references:
        raise InvalidParameterException("Container Instances cannot be empty.")
    if len(references) > at_most:
        raise InvalidParameterException(
            f"Container Instances cannot have more than {at_most} elements."
        )
    return list(dict.fromkeys(member_arn(KIND, each, cluster) for each in references))


def _all_shown(
    tx: ReadTx, instances: Sequence[ContainerInstance], include: Sequence[str]
) -> list[shapes.ContainerInstance]:
    arns = [instance.arn for instance in instances]
    counts = tasks.counts_of_instances(tx, arns)
    reserved = tasks.reserved_of_many(tx, arns)
    on = attributes.attributes_of_many(tx, arns)
    tags = tags_of_many(tx, arns if "TAGS" in include else ())
    with_health = "CONTAINER_INSTANCE_HEALTH" in include
    return [
        render.instance(
            each,
            remaining=plan.remaining(each, reserved[each.arn]),
            running=counts[each.arn].running,
            pending=counts[each.arn].pending,
            attributes=on[each.arn],
            health=plan.health(each) if with_health else None,
            tags=tags.get(each.arn, ()),
        )
        for each in instances
    ]
