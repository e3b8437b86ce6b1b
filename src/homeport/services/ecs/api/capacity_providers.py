"""Capacity provider operations.  Only the built-in ones exist; strategies are plan's business."""

from collections.abc import Sequence
from typing import Any, Final, NoReturn

from msgspec.structs import replace

from homeport.kernel.paging import page
from homeport.runtime import Call, operation
from homeport.services.ecs.api.clusters import shown_after_write
from homeport.services.ecs.errors import (
    ClientException,
    InvalidParameterException,
    ResourceInUseException,
    UnsupportedFeatureException,
)
from homeport.services.ecs.plan.capacity_providers import validate_strategy
from homeport.services.ecs.plan.clusters import checked_providers, strategy_of
from homeport.services.ecs.plan.page_requests import page_size, page_start
from homeport.services.ecs.queries import clusters
from homeport.services.ecs.queries.capacity_providers import in_use
from homeport.services.ecs.records.capacity_providers import BUILT_IN
from homeport.services.ecs.render import capacity_providers as render
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx, Tx

DESCRIBED_MAX: Final = 100
PAGE_MAX: Final = 10
NOT_YET: Final = (
    "Homeport has no Auto Scaling groups and no managed instances yet: the capacity providers "
    "FARGATE and FARGATE_SPOT are the only ones."
)


@operation("PutClusterCapacityProviders")
def put_cluster_capacity_providers(
    tx: Tx, call: Call, request: shapes.PutClusterCapacityProvidersRequest
) -> shapes.PutClusterCapacityProvidersResponse:
    """Replace the capacity providers of a cluster and its default strategy."""
    before = clusters.active_cluster(tx, call.account, call.region, request["cluster"])
    providers = checked_providers(request["capacityProviders"])
    strategy = strategy_of(request["defaultCapacityProviderStrategy"])
    validate_strategy(strategy, providers)
    if in_use(tx, before.arn, set(before.capacity_providers) - set(providers)):
        raise ResourceInUseException(
            "The specified capacity provider is in use and cannot be removed."
        )
    after = replace(before, capacity_providers=providers, default_strategy=strategy)
    clusters.update_cluster(tx, after)
    return {"cluster": shown_after_write(tx, after)}


@operation("DescribeCapacityProviders")
def describe_capacity_providers(
    tx: ReadTx, call: Call, request: shapes.DescribeCapacityProvidersRequest
) -> shapes.DescribeCapacityProvidersResponse:
    """Show the capacity providers that are named, or all; `cluster` leaves only its own."""
    if not set(request.get("include", [])) <= {"TAGS"}:
        raise InvalidParameterException("include should be one of [TAGS]")
    known: Sequence[str] = BUILT_IN
    if "cluster" in request:
        cluster = clusters.active_cluster(tx, call.account, call.region, request["cluster"])
        known = [name for name in BUILT_IN if name in cluster.capacity_providers]
    wanted = request.get("capacityProviders", [])
    if len(wanted) > DESCRIBED_MAX:
        raise InvalidParameterException(
            f"Capacity providers cannot have more than {DESCRIBED_MAX} elements."
        )
    names = {_name_of(call, each): None for each in wanted}
    found = [name for name in known if not names or name in names]
    size = page_size(request.get("maxResults"), PAGE_MAX)
    after = page_start(request.get("nextToken"))
    shown, token = page([name for name in found if name > after], str, size)
    answer: shapes.DescribeCapacityProvidersResponse = {
        "capacityProviders": [render.built_in(call.account, call.region, name) for name in shown],
        "failures": [
            {"arn": render.arn_of(call.account, call.region, name), "reason": "MISSING"}
            for name in names
            if name not in known
        ],
    }
    if token:
        answer["nextToken"] = token
    return answer


@operation("CreateCapacityProvider", refuses="There are no Auto Scaling groups yet.")
def create_capacity_provider(
    tx: ReadTx, call: Call, request: shapes.CreateCapacityProviderRequest
) -> shapes.CreateCapacityProviderResponse:
    """Refuse: a reserved name as AWS does, every other for what is not built yet."""
    if request["name"].lower().startswith(("aws", "ecs", "fargate")):
        raise InvalidParameterException(
            "The specified capacity provider name is invalid. Up to 255 characters are allowed, "
            "including letters (upper and lowercase), numbers, underscores, and hyphens. The "
            'name cannot be prefixed with "aws", "ecs", or "fargate".'
        )
    raise UnsupportedFeatureException(NOT_YET)


@operation("UpdateCapacityProvider", refuses="Only the built-in ones exist.")
def update_capacity_provider(
    tx: ReadTx, call: Call, request: shapes.UpdateCapacityProviderRequest
) -> shapes.UpdateCapacityProviderResponse:
    """Refuse: the built-in providers can't be updated, and there is no other."""
    _refuse(call, request["name"], "updated")


@operation("DeleteCapacityProvider", refuses="Only the built-in ones exist.")
def delete_capacity_provider(
    tx: ReadTx, call: Call, request: shapes.DeleteCapacityProviderRequest
) -> shapes.DeleteCapacityProviderResponse:
    """Refuse: the built-in providers can't be deleted, and there is no other."""
    _refuse(call, request["capacityProvider"], "deleted")


def _refuse(call: Call, reference: str, what: str) -> NoReturn:
    if _name_of(call, reference) in BUILT_IN:
        raise ClientException(
            f"The FARGATE and FARGATE_SPOT capacity providers are reserved and cannot be {what}."
        )
    raise InvalidParameterException(
        "The specified capacity provider was not found. Specify a valid capacity provider name "
        "or ARN and try again."
    )


def _name_of(call: Call, reference: Any) -> str:
    """The name in a name or an ARN; an ARN from elsewhere stays whole, and is no one's name."""
    return str(reference).removeprefix(render.arn_of(call.account, call.region, ""))
