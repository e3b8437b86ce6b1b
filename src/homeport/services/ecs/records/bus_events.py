"""Events for EventBridge, as they are kept: what happened to which record, rendered when read."""

from typing import Literal

from msgspec import Struct


class BusEvent(Struct, frozen=True, kw_only=True):
    """One event.  `body` is the task, the instance or the detail at that moment, as JSON."""

    id: str
    at: float
    account: str
    region: str
    kind: Literal["task", "instance", "service action", "deployment", "hook"]
    resource: str
    """ARN of the task, the instance, the service or its deployment."""
    body: bytes
    sequence: int = 0
    """Given by the store, in the order of the writes."""


class ServiceAction(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The detail of an ``ECS Service Action``."""

    event_type: str
    """INFO, WARN or ERROR."""
    event_name: str
    cluster_arn: str
    created_at: str
    """ISO 8601, UTC, milliseconds."""
    reason: str | None = None
    container_instance_arns: tuple[str, ...] | None = None
    capacity_provider_arns: tuple[str, ...] | None = None


class DeploymentStateChange(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The detail of an ``ECS Deployment State Change``."""

    event_type: str
    event_name: str
    deployment_id: str
    updated_at: str
    reason: str
    cluster_arn: str | None = None


class HookStateChange(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The detail of an ``ECS Hook State Change``."""

    event_type: str
    event_name: str
    hook_id: str
    hook_type: str
    expires_at: str
    lifecycle_stage: str
    cluster_arn: str
    service_arn: str
    service_deployment_arn: str
    updated_at: str
