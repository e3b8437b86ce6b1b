"""Deployment groups: one service of ECS, and how it is deployed to."""

from msgspec import Struct, field

from homeport.services.codedeploy.records.applications import Tag
from homeport.services.codedeploy.records.group_options import (
    AlarmOptions,
    AutoRollback,
    Balancing,
    BlueGreen,
)


class ServiceNames(Struct, frozen=True, kw_only=True):
    """The one item of `ecsServices`, as the request named it: by names or by ARNs."""

    cluster: str
    service: str


class DeploymentGroup(Struct, frozen=True, kw_only=True):
    """What CreateDeploymentGroup and UpdateDeploymentGroup have set."""

    id: str
    application_id: str
    name: str
    config_name: str
    service_role_arn: str
    ecs_service: ServiceNames
    cluster: str
    """Name of the service's cluster."""
    service: str
    """Name of the service."""
    service_arn: str
    balancing: Balancing
    blue_green: BlueGreen = field(default_factory=BlueGreen)
    auto_rollback: AutoRollback = field(default_factory=AutoRollback)
    alarms: AlarmOptions = field(default_factory=AlarmOptions)
    outdated_instances: str = "UPDATE"
    """`outdatedInstancesStrategy`: it says nothing of services, and is shown as it was given."""
    tags: tuple[Tag, ...] = ()
