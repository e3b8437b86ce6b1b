"""Service operations that change nothing: describe and list.  Services are made in `services`."""

from collections.abc import Sequence
from typing import Final

from homeport.kernel.paging import page
from homeport.runtime import Call, operation
from homeport.services.ecs.api.task_set_lookups import shown_of_services
from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan.identifiers import member_arn
from homeport.services.ecs.plan.page_requests import page_size, page_start
from homeport.services.ecs.plan.run_task import LAUNCH_TYPES
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries import service_lists as lists
from homeport.services.ecs.queries import services as queries
from homeport.services.ecs.queries.clusters import active_cluster
from homeport.services.ecs.queries.service_events import events_of
from homeport.services.ecs.queries.service_tasks import counts_of_services
from homeport.services.ecs.queries.tags import tags_of_many
from homeport.services.ecs.records.services import Service, ServiceRevision
from homeport.services.ecs.render import services as render
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx

KIND: Final = "service"
DESCRIBED_MAX: Final = 10
LISTED_MAX: Final = 100
LISTED_DEFAULT: Final = 10

_STRATEGIES: Final = ("REPLICA", "DAEMON")
_MANAGED_BY: Final = ("CUSTOMER", "ECS")


@operation("DescribeServices")
def describe_services(
    tx: ReadTx, call: Call, request: shapes.DescribeServicesRequest
) -> shapes.DescribeServicesResponse:
    """Show services of a cluster, deleted ones too; what is unknown is a failure MISSING."""
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    references = request["services"]
    if not references:
        raise InvalidParameterException("Services cannot be empty.")
    if len(references) > DESCRIBED_MAX:
        raise InvalidParameterException(f"Services cannot have more than {DESCRIBED_MAX} elements.")
    include = request.get("include") or ()
    if not set(include) <= set(render.ALL):
        raise InvalidParameterException(f"include should be one of [{','.join(render.ALL)}]")
    arns = list(dict.fromkeys(member_arn(KIND, each, cluster) for each in references))
    known = queries.find_services(tx, arns)
    found = [known[arn] for arn in arns if arn in known]
    return {
        "services": all_shown(tx, found, events=True, tags="TAGS" in include),
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
    }


@operation("ListServices")
def list_services(
    tx: ReadTx, call: Call, request: shapes.ListServicesRequest
) -> shapes.ListServicesResponse:
    """The ARNs of the ACTIVE services of a cluster that every filter lets through, in order."""
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    size = page_size(request.get("maxResults"), LISTED_MAX, default=LISTED_DEFAULT)
    after = page_start(request.get("nextToken"))
    filters = _filters(request)
    managed_by = request.get("resourceManagementType")
    if managed_by and managed_by not in _MANAGED_BY:
        raise InvalidParameterException(
            f"resourceManagementType should be one of [{','.join(_MANAGED_BY)}]"
        )
    if managed_by == "ECS":
        return {"serviceArns": []}  # Express services: there are none.
    arns = lists.active_arns(tx, cluster.arn, filters=filters, after=after, limit=size + 1)
    shown, token = page(arns, str, size)
    answer: shapes.ListServicesResponse = {"serviceArns": list(shown)}
    if token is not None:
        answer["nextToken"] = token
    return answer


@operation(
    "ListServicesByNamespace",
    partial="There is no Cloud Map yet, and so no service in any namespace.",
)
def list_services_by_namespace(
    tx: ReadTx,
    call: Call,
    request: shapes.ListServicesByNamespaceRequest,
) -> shapes.ListServicesByNamespaceResponse:
    """No service at all: none can be put into a namespace yet."""
    page_size(request.get("maxResults"), LISTED_MAX, default=LISTED_DEFAULT)
    page_start(request.get("nextToken"))
    if not request["namespace"]:
        raise InvalidParameterException("Namespace cannot be empty.")
    return {"serviceArns": []}


def all_shown(
    tx: ReadTx, services: Sequence[Service], *, events: bool, tags: bool
) -> list[shapes.Service]:
    """Services of one cluster, in order, with their counts as they are now; a query for each
    kind of thing, whatever the number of services."""
    if not services:
        return []
    revisions = _revisions(tx, services)
    own_sets = shown_of_services(tx, services, revisions, tags=tags)
    counts = counts_of_services(tx, services[0].cluster_arn, [each.name for each in services])
    tagged = tags_of_many(tx, [each.arn for each in services]) if tags else None
    return [
        render.service(
            each,
            revisions,
            counts[each.name],
            events=events_of(tx, each.arn) if events else (),
            tags=tagged[each.arn] if tagged is not None else None,
            task_sets=own_sets.get(each.arn, ()),
        )
        for each in services
    ]


def _revisions(tx: ReadTx, services: Sequence[Service]) -> dict[str, ServiceRevision]:
    """What the services should be or, once they are deleted, were last."""
    wanted = [rollout.revision_arn for each in services for rollout in each.rollouts]
    wanted += [each.completed_revision_arn for each in services if each.completed_revision_arn]
    found = deployments.find_revisions(tx, list(dict.fromkeys(wanted)))
    for each in services:
        if not each.rollouts and each.completed_revision_arn not in found:
            last = deployments.newest_revision(tx, each.arn)
            found |= {} if last is None else {last.arn: last}
    return found


def _filters(request: shapes.ListServicesRequest) -> dict[str, str]:
    filters: dict[str, str] = {}
    if request.get("launchType"):
        if request["launchType"] not in LAUNCH_TYPES:
            raise InvalidParameterException(
                f"launch type should be one of [{','.join(LAUNCH_TYPES)}]"
            )
        filters["launch_type"] = request["launchType"]
    if request.get("schedulingStrategy"):
        if request["schedulingStrategy"] not in _STRATEGIES:
            raise InvalidParameterException(
                f"scheduling strategy should be one of [{','.join(_STRATEGIES)}]"
            )
        filters["scheduling_strategy"] = request["schedulingStrategy"]
    return filters
