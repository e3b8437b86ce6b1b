"""How a service is deployed, and how far a deployment that shifts traffic is, as ECS shows it."""

from typing import Any

import msgspec

from homeport.services.ecs.records.services import (
    DeploymentConfiguration,
    ServiceDeployment,
    ServiceRevision,
)
from homeport.services.ecs.records.shifting import HookRun, WatchedAlarms
from homeport.services.ecs.records.strategies import LifecycleHook
from homeport.services.ecs.render.tasks import moment
from homeport.shapes import ecs as shapes


def deployment_configuration(of: DeploymentConfiguration) -> shapes.DeploymentConfiguration:
    """The model's `DeploymentConfiguration`, with what ECS shows although no one said it."""
    breaker = of.deployment_circuit_breaker
    shown: shapes.DeploymentConfiguration = {
        "deploymentCircuitBreaker": {
            "enable": breaker is not None and breaker.enable,
            "rollback": breaker is not None and breaker.rollback,
        },
        "maximumPercent": of.maximum_percent,
        "minimumHealthyPercent": of.minimum_healthy_percent,
        "strategy": of.strategy,
        "bakeTimeInMinutes": of.bake_time_in_minutes or 0,
    }
    if of.alarms is not None:
        shown["alarms"] = {
            "alarmNames": list(of.alarms.alarm_names),
            "rollback": of.alarms.rollback,
            "enable": of.alarms.enable,
        }
    if of.lifecycle_hooks:
        shown["lifecycleHooks"] = [_hook(each) for each in of.lifecycle_hooks]
    if of.linear_configuration is not None:
        shown["linearConfiguration"] = msgspec.to_builtins(of.linear_configuration)
    if of.canary_configuration is not None:
        shown["canaryConfiguration"] = msgspec.to_builtins(of.canary_configuration)
    return shown


def load_balancers(of: ServiceRevision) -> list[shapes.LoadBalancer]:
    """The model's `LoadBalancers`."""
    found: list[shapes.LoadBalancer] = []
    for each in of.load_balancers:
        shown: shapes.LoadBalancer = {
            "targetGroupArn": each.target_group_arn,
            "containerName": each.container_name,
            "containerPort": each.container_port,
        }
        if each.advanced_configuration is not None:
            shown["advancedConfiguration"] = msgspec.to_builtins(each.advanced_configuration)
        found.append(shown)
    return found


def alarms(of: WatchedAlarms) -> shapes.ServiceDeploymentAlarms:
    """The model's `ServiceDeploymentAlarms`."""
    shown: shapes.ServiceDeploymentAlarms = {"status": of.status}
    if of.names:
        shown["alarmNames"] = list(of.names)
    if of.triggered:
        shown["triggeredAlarmNames"] = list(of.triggered)
    return shown


def show_stage(shown: Any, of: ServiceDeployment) -> None:
    """Show the stage of a deployment that shifts traffic, and its hooks."""
    shifting = of.shifting
    if shifting is None:
        return
    shown["lifecycleStage"] = shifting.stage
    if shifting.hooks:
        shown["lifecycleHookDetails"] = [_run(each) for each in shifting.hooks]


def _hook(of: LifecycleHook) -> shapes.DeploymentLifecycleHook:
    shown: shapes.DeploymentLifecycleHook = {
        "targetType": of.target_type,
        "lifecycleStages": list(of.lifecycle_stages),
    }
    if of.hook_target_arn is not None:
        shown["hookTargetArn"] = of.hook_target_arn
    if of.role_arn is not None:
        shown["roleArn"] = of.role_arn
    if of.hook_details is not None:
        shown["hookDetails"] = msgspec.json.decode(of.hook_details)
    if of.timeout_configuration is not None:
        shown["timeoutConfiguration"] = msgspec.to_builtins(of.timeout_configuration)
    return shown


def _run(of: HookRun) -> shapes.DeploymentLifecycleHookDetail:
    shown: shapes.DeploymentLifecycleHookDetail = {
        "hookId": of.id,
        "targetType": of.target_type,
        "status": of.status,
        "expiresAt": moment(of.expires_at),
        "timeoutAction": of.timeout_action,
    }
    if of.target_arn is not None:
        shown["targetArn"] = of.target_arn
    return shown
