"""Attribute operations: what the owner of a container instance says about it."""

from typing import Final

from homeport.kernel.paging import page
from homeport.runtime import Call, operation
from homeport.services.ecs.errors import TargetNotFoundException
from homeport.services.ecs.plan import attributes as plan
from homeport.services.ecs.plan.identifiers import member_arn
from homeport.services.ecs.plan.page_requests import page_size, page_start
from homeport.services.ecs.queries import attributes as queries
from homeport.services.ecs.queries.clusters import active_cluster
from homeport.services.ecs.queries.instances import LIVE, find_instance
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.records.task_definitions import Attribute
from homeport.services.ecs.render.instances import attribute as render_attribute
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx, Tx

LISTED_MAX: Final = 100


@operation("PutAttributes")
def put_attributes(
    tx: Tx, call: Call, request: shapes.PutAttributesRequest
) -> shapes.PutAttributesResponse:
    """Put attributes on instances, or give those that are there another value."""
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    by_target = _by_target(tx, request["attributes"], cluster)
    for target, attributes in by_target.items():
        values = {each.name: each.value for each in attributes}
        plan.check_custom_limit(queries.custom_names(tx, target), list(values))
        queries.put_custom(tx, target, cluster.arn, values)
        tx.changed("instance", target)
    return {"attributes": _shown(by_target)}


@operation("DeleteAttributes")
def delete_attributes(
    tx: Tx, call: Call, request: shapes.DeleteAttributesRequest
) -> shapes.DeleteAttributesResponse:
    """Remove attributes from instances; answers those that were there."""
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    removed: dict[str, list[Attribute]] = {}
    for target, attributes in _by_target(tx, request["attributes"], cluster).items():
        there = {each.name: each for each in queries.attributes_of(tx, target)}
        names = dict.fromkeys(each.name for each in attributes if each.name in there)
        removed[target] = [there[name] for name in names]
        queries.remove(tx, target, list(names))
        tx.changed("instance", target)
    return {"attributes": _shown(removed)}


@operation("ListAttributes")
def list_attributes(
    tx: ReadTx, call: Call, request: shapes.ListAttributesRequest
) -> shapes.ListAttributesResponse:
    """The attributes of a cluster's instances, by name and then by instance."""
    cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
    plan.check_target_type(request["targetType"])
    size = page_size(request.get("maxResults"), LISTED_MAX)
    after_name, _, after_target = page_start(request.get("nextToken")).partition("\n")
    name, value = request.get("attributeName"), request.get("attributeValue")
    plan.check_filter(name, value)
    rows = queries.attributes_of_cluster(
        tx, cluster.arn, name=name, value=value, after=(after_name, after_target), limit=size + 1
    )
    shown, token = page(rows, lambda each: f"{each.name}\n{each.target_id}", size)
    answer: shapes.ListAttributesResponse = {
        "attributes": [render_attribute(each, target=each.target_id) for each in shown]
    }
    if token:
        answer["nextToken"] = token
    return answer


def _by_target(
    tx: ReadTx, given: list[shapes.Attribute], cluster: Cluster
) -> dict[str, list[Attribute]]:
    """The attributes of a request by the ARN of the instance, which is there."""
    found: dict[str, list[Attribute]] = {}
    for attribute in plan.checked_attributes(given):
        reference = attribute.target_id or ""
        target = member_arn(plan.TARGET_TYPE, reference, cluster)
        if target not in found:
            instance = find_instance(tx, target)
            if instance is None or instance.status not in LIVE:
                raise TargetNotFoundException(f"Could not find {reference}")
        found.setdefault(target, []).append(attribute)
    return found


def _shown(by_target: dict[str, list[Attribute]]) -> list[shapes.Attribute]:
    return [
        render_attribute(attribute, target=target)
        for target, attributes in by_target.items()
        for attribute in attributes
    ]
