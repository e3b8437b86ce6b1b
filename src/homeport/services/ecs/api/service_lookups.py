"""Services as the operations that change them read requests, find records and answer."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from homeport.services.ecs.api.service_lists import all_shown
from homeport.services.ecs.errors import InvalidParameterException, ServiceNotFoundException
from homeport.services.ecs.plan.identifiers import member_arn
from homeport.services.ecs.queries.services import find_service
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.records.service_requests import ServiceRequest
from homeport.services.ecs.records.services import Service
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx

Asked = TypeVar("Asked", bound=ServiceRequest)


def parsed(request: Mapping[str, object], as_type: type[Asked]) -> Asked:
    """The request as a record; raises InvalidParameterException for what does not fit."""
    try:
        asked = msgspec.convert(request, as_type)
        msgspec.json.encode(asked)  # As it will be kept.
    except (msgspec.ValidationError, UnicodeEncodeError, OverflowError) as error:
        raise InvalidParameterException(f"Invalid request: {error}") from error
    return asked


def service_named(tx: ReadTx, reference: str, cluster: Cluster) -> Service:
    """The service with this name or ARN, whatever its status; raises in ECS's words."""
    service = find_service(tx, member_arn("service", reference, cluster))
    if service is None:
        raise ServiceNotFoundException
    return service


def shown(tx: ReadTx, service: Service, *, tags: bool = False) -> shapes.Service:
    """The service as an operation that changed it answers it."""
    return all_shown(tx, (service,), events=True, tags=tags)[0]
