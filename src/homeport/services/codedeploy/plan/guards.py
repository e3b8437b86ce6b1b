"""Reasons for which a deployment does not go on.  Pure."""

from collections.abc import Callable
from typing import Final

from homeport.services.codedeploy.plan import events, shifting, sides
from homeport.services.codedeploy.plan.moves import End
from homeport.services.codedeploy.records.deployments import Deployment
from homeport.services.codedeploy.records.sights import ServiceSight, Sight

MANUAL_STOP: Final = "The deployment was stopped by a user."
NO_PRIMARY: Final = "The Amazon ECS service does not have a primary task set."


def reason_to_end(deployment: Deployment, sight: Sight) -> End | None:
    """The first reason, the clients' wish before the others; None as long as all is well."""
    checks: tuple[Callable[[Deployment, Sight], End | None], ...] = (
        stopped_by_user,
        stopped_by_alarm,
        _service,
        _start,
        _task_sets,
        _listeners,
    )
    for check in checks:
        found = check(deployment, sight)
        if found is not None:
            return found
    return None


def failed(code: str, message: str) -> End:
    """A failure of the deployment itself."""
    return End(status="Failed", code=code, message=message, event="DEPLOYMENT_FAILURE")


def stopped_by_user(deployment: Deployment, sight: Sight) -> End | None:
    """StopDeployment was called."""
    if deployment.wishes.stop_at is None:
        return None
    return End(
        status="Stopped",
        code="MANUAL_STOP",
        message=MANUAL_STOP,
        event="DEPLOYMENT_STOP_ON_REQUEST",
    )


def stopped_by_alarm(deployment: Deployment, sight: Sight) -> End | None:
    """An alarm is active, or cannot be looked up although it has to be."""
    states = dict(sight.alarms)
    active = [name for name in deployment.alarms.watched if states.get(name) == "ALARM"]
    if active:
        return _by_alarm(
            "ALARM_ACTIVE",
            "One or more alarms have been activated according to the Amazon CloudWatch metrics "
            "you selected, and the affected deployments have been stopped. Activated alarms: "
            f"{', '.join(active)}",
        )
    unknown = [name for name in deployment.alarms.watched if name not in states]
    if unknown and not deployment.alarms.ignore_poll_failure:
        return _by_alarm(
            "CODEDEPLOY_RESOURCE_CANNOT_BE_FOUND",
            "The deployment was stopped because the state of these alarms cannot be retrieved "
            f"from Amazon CloudWatch: {', '.join(unknown)}",
        )
    return None


def is_shifted(deployment: Deployment) -> bool:
    """Whether all production traffic has reached the replacement, which is the primary one."""
    return events.event_of(deployment, "AllowTraffic").status == "Succeeded"


def service_problem(deployment: Deployment, service: ServiceSight | None) -> End | None:
    """Why the service cannot be deployed to, if it cannot."""
    name = deployment.service
    if service is None:
        return failed(
            "INVALID_ECS_SERVICE",
            f"The Amazon ECS service {name} in cluster {deployment.cluster} cannot be found.",
        )
    if service.status != "ACTIVE":
        return failed(
            "INVALID_ECS_SERVICE", f"The Amazon ECS service {name} is {service.status}, not ACTIVE."
        )
    if service.controller != "CODE_DEPLOY":
        return failed(
            "INVALID_ECS_SERVICE",
            f"The Amazon ECS service {name} is not configured for a CODE_DEPLOY deployment "
            "controller.",
        )
    return None


def _by_alarm(code: str, message: str) -> End:
    return End(status="Stopped", code=code, message=message, event="DEPLOYMENT_STOP_ON_ALARM")


def _service(deployment: Deployment, sight: Sight) -> End | None:
    return service_problem(deployment, sight.service)


def _start(deployment: Deployment, sight: Sight) -> End | None:
    """Whether traffic can be shifted at all; asked until the sides are known."""
    if deployment.progress.original is not None or sight.service is None:
        return None
    primary = sight.service.primary
    if primary is None:
        return failed("INVALID_ECS_SERVICE", NO_PRIMARY)
    group = sides.group_of(deployment, primary)
    rules = shifting.of_pair(deployment, sight.production)
    forwarded = {arn for rule in rules for arn, weight in rule.groups if weight > 0}
    listener = deployment.balancing.production_listener
    if group is None or (rules and group.arn not in forwarded):
        return _elb(
            "The ELB could not be updated due to the following error: Primary taskset target group "
            f"must be behind listener {listener}"
        )
    foreign = shifting.strangers(rules, shifting.pair_of(deployment))
    if foreign:
        return _elb(
            f"A rule of listener {listener} forwards to target groups that are not the deployment "
            f"group's, too: {', '.join(foreign)}"
        )
    if deployment.shift.kind != "all_at_once" and any(rule.kind == "network" for rule in rules):
        return _elb(
            "A Network Load Balancer supports only the deployment configuration "
            f"CodeDeployDefault.ECSAllAtOnce, not {deployment.config_name}."
        )
    return None


def _task_sets(deployment: Deployment, sight: Sight) -> End | None:
    original, replacement = deployment.progress.original, deployment.progress.replacement
    if replacement is not None and not sides.is_usable(replacement):
        return failed(
            "ECS_UPDATE_ERROR",
            f"The replacement task set {replacement.task_set_id} was deleted during the "
            "deployment.",
        )
    if is_shifted(deployment) or original is None or sides.is_usable(original):
        return None
    return failed(
        "ECS_UPDATE_ERROR",
        f"The original task set {original.task_set_id} was deleted during the deployment.",
    )


def _listeners(deployment: Deployment, sight: Sight) -> End | None:
    if is_shifted(deployment):
        return None
    balancing = deployment.balancing
    if not shifting.of_pair(deployment, sight.production):
        return _not_behind(balancing.production_listener)
    test = balancing.test_listener
    if test is None or events.is_over(deployment, "AfterAllowTestTraffic"):
        return None
    if not shifting.of_pair(deployment, sight.test):
        return _not_behind(test)
    return None


def _not_behind(listener: str) -> End:
    return _elb(
        f"The listener {listener} does not exist, or forwards to none of the deployment group's "
        "target groups."
    )


def _elb(message: str) -> End:
    return failed("ELASTIC_LOAD_BALANCING_INVALID", message)
