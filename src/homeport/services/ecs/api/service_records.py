"""What became of a service: its deployments and its revisions, as they are kept."""

from collections.abc import Iterable, Sequence
from typing import Final

from homeport.kernel.paging import page
from homeport.runtime import Call, operation
from homeport.services.ecs.errors import InvalidParameterException, ServiceNotFoundException
from homeport.services.ecs.plan.identifiers import member_arn, record_arn
from homeport.services.ecs.plan.page_requests import page_size, page_start
from homeport.services.ecs.queries import service_deployments as queries
from homeport.services.ecs.queries.clusters import active_cluster
from homeport.services.ecs.queries.service_lists import deployments_page
from homeport.services.ecs.queries.service_tasks import counts_of_services
from homeport.services.ecs.queries.services import find_service, find_services
from homeport.services.ecs.records.service_views import RolloutCounts
from homeport.services.ecs.records.services import Service, ServiceDeployment
from homeport.services.ecs.render import service_deployments as render
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx

DESCRIBED_MAX: Final = 20
LISTED_MAX: Final = 100
LISTED_DEFAULT: Final = 20

STATUSES: Final = (
    "PENDING",
    "SUCCESSFUL",
    "STOPPED",
    "STOP_REQUESTED",
    "IN_PROGRESS",
    "ROLLBACK_REQUESTED",
    "ROLLBACK_IN_PROGRESS",
    "ROLLBACK_SUCCESSFUL",
    "ROLLBACK_FAILED",
)


@operation("ListServiceDeployments")
def list_service_deployments(
    tx: ReadTx, call: Call, request: shapes.ListServiceDeploymentsRequest
) -> shapes.ListServiceDeploymentsResponse:
    """The deployments of a service that every filter lets through, newest first."""
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    service_arn = member_arn("service", request["service"], cluster)
    size = page_size(request.get("maxResults"), LISTED_MAX, default=LISTED_DEFAULT)
    after = _place(page_start(request.get("nextToken")))
    filters = _filters(request)
    if find_service(tx, service_arn) is None:
        raise ServiceNotFoundException
    found = deployments_page(tx, service_arn, filters=filters, after=after, limit=size + 1)
    shown, token = page(found, _key, size)
    answer: shapes.ListServiceDeploymentsResponse = {
        "serviceDeployments": [render.brief(each) for each in shown]
    }
    if token is not None:
        answer["nextToken"] = token
    return answer


@operation("DescribeServiceDeployments")
def describe_service_deployments(
    tx: ReadTx, call: Call, request: shapes.DescribeServiceDeploymentsRequest
) -> shapes.DescribeServiceDeploymentsResponse:
    """Show deployments with what runs of them now; what is unknown is a failure MISSING."""
    given = request["serviceDeploymentArns"]
    arns = _checked(call, "service-deployment", given, "Service deployment ARNs")
    known = queries.find_deployments(tx, arns)
    found = [known[arn] for arn in arns if arn in known]
    services = find_services(tx, list({each.service_arn: None for each in found}))
    counts = _counts(tx, services.values())
    return {
        "serviceDeployments": [
            render.deployment(
                each, services.get(each.service_arn), counts.get(each.service_arn, {})
            )
            for each in found
        ],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
    }


@operation("DescribeServiceRevisions")
def describe_service_revisions(
    tx: ReadTx, call: Call, request: shapes.DescribeServiceRevisionsRequest
) -> shapes.DescribeServiceRevisionsResponse:
    """Show what services were at some time; what is unknown is a failure MISSING."""
    given = request["serviceRevisionArns"]
    arns = _checked(call, "service-revision", given, "Service revision ARNs")
    known = queries.find_revisions(tx, arns)
    return {
        "serviceRevisions": [render.revision(known[arn]) for arn in arns if arn in known],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
    }


def _checked(call: Call, kind: str, given: Sequence[str], what: str) -> list[str]:
    """The ARNs, each once; raises for too few, too many, and what is no such ARN."""
    if not given:
        raise InvalidParameterException(f"{what} cannot be empty.")
    if len(given) > DESCRIBED_MAX:
        raise InvalidParameterException(f"{what} cannot have more than {DESCRIBED_MAX} elements.")
    return list(dict.fromkeys(record_arn(kind, each, call.account, call.region) for each in given))


def _counts(tx: ReadTx, services: Iterable[Service]) -> dict[str, dict[str, RolloutCounts]]:
    """Counts by service ARN and rollout id; one query for each cluster."""
    by_cluster: dict[str, dict[str, str]] = {}
    for each in services:
        by_cluster.setdefault(each.cluster_arn, {})[each.name] = each.arn
    return {
        arns[name]: counts
        for cluster_arn, arns in by_cluster.items()
        for name, counts in counts_of_services(tx, cluster_arn, list(arns)).items()
    }


def _filters(request: shapes.ListServiceDeploymentsRequest) -> dict[str, object]:
    filters: dict[str, object] = {}
    statuses = request.get("status")
    if statuses:
        if not set(statuses) <= set(STATUSES):
            raise InvalidParameterException(f"status should be one of [{','.join(STATUSES)}]")
        filters["statuses"] = list(dict.fromkeys(statuses))
    created = request.get("createdAt") or {}
    if "before" in created:
        filters["created_before"] = created["before"]
    if "after" in created:
        filters["created_after"] = created["after"]
    return filters


def _key(deployment: ServiceDeployment) -> str:
    """A deployment's place in the list; `repr` of a float is read back as the same float."""
    return f"{deployment.created_at!r} {deployment.arn}"


def _place(key: str) -> tuple[float, str] | None:
    if not key:
        return None
    at, _, arn = key.partition(" ")
    try:
        return float(at), arn
    except ValueError as error:
        raise InvalidParameterException("Invalid token.") from error
