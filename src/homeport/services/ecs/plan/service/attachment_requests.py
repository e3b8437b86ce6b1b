"""Registries, Service Connect, volumes: what a service would use beside load balancers.  Pure.

What ECS refuses is refused in its words as far as the request alone tells.  The rest is refused
too, by a sentence: Homeport does not connect services to any of these yet.
"""

import re
from collections.abc import Sequence
from typing import Final

from homeport.services.ecs.errors import InvalidParameterException, UnsupportedFeatureException
from homeport.services.ecs.plan.service.balancer_requests import check_asked
from homeport.services.ecs.records.service_requests import (
    AskedConnect,
    AskedRegistry,
    AskedVolume,
    ServiceRequest,
)
from homeport.services.ecs.records.task_definitions import TaskDefinition

REGISTRIES_MAX: Final = 1
ALIASES_MAX: Final = 1

DNS_NAME_LENGTH_MAX: Final = 127

_DNS_NAME: Final = re.compile(r"[a-z0-9_][a-z0-9_-]*(\.[a-z0-9_-]+)*")


def check_attachments(
    request: ServiceRequest,
    definition: TaskDefinition,
    *,
    compatibility: str,
    cluster_namespace: str | None,
) -> None:
    """Raise when the request asks for any of them, or for load balancers as none can be had.

    Empty lists ask for nothing.
    """
    check_asked(request.load_balancers or (), definition, compatibility)
    _check_registries(request.service_registries)
    _check_connect(request.service_connect_configuration, definition, cluster_namespace)
    _check_volumes(request.volume_configurations, definition)
    if request.vpc_lattice_configurations:
        raise UnsupportedFeatureException(
            "Homeport does not connect services to VPC Lattice (vpcLatticeConfigurations)."
        )


def _check_registries(asked: Sequence[AskedRegistry]) -> None:
    if len(asked) > REGISTRIES_MAX:
        raise InvalidParameterException(
            f"service registries can have at most {REGISTRIES_MAX} items"
        )
    if asked:
        raise UnsupportedFeatureException(
            "Homeport does not serve AWS Cloud Map yet, so services can't be registered there "
            "(serviceRegistries). Create the service without."
        )


def _check_connect(
    asked: AskedConnect | None, definition: TaskDefinition, cluster_namespace: str | None
) -> None:
    if asked is None or not asked.enabled:
        return
    if not (asked.namespace or cluster_namespace):
        raise InvalidParameterException("Namespace is missing")
    names = {
        mapping.name
        for each in definition.container_definitions
        for mapping in each.port_mappings
        if mapping.name
    }
    for endpoint in asked.services:
        if endpoint.port_name not in names:
            raise InvalidParameterException(
                f"portName({endpoint.port_name}) does not refer to any named PortMapping in the "
                "container definitions"
            )
        aliases = endpoint.client_aliases
        if len(aliases) > ALIASES_MAX:
            raise InvalidParameterException(
                f"{len(aliases)} clientAliases exceeds the max limit of {ALIASES_MAX}"
            )
        for name in (each.dns_name for each in aliases if each.dns_name is not None):
            if len(name) > DNS_NAME_LENGTH_MAX or not _DNS_NAME.fullmatch(name):
                raise InvalidParameterException("The DNS name that you provided is invalid")
    raise UnsupportedFeatureException(
        "Homeport does not run Service Connect yet (serviceConnectConfiguration). Create the "
        "service without, or with enabled set to false."
    )


def _check_volumes(asked: Sequence[AskedVolume], definition: TaskDefinition) -> None:
    names = {each.name for each in definition.volumes}
    for each in asked:
        if each.name not in names:
            raise InvalidParameterException(
                f"The volume name '{each.name}' in your request does not have a matching volume "
                "in your Task Definition"
            )
    if asked:
        raise UnsupportedFeatureException(
            "Volumes that are configured at launch (volumeConfigurations) are not supported yet."
        )
