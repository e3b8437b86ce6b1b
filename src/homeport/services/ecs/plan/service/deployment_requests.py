"""How a service is to be deployed, as a request asks for it.  Pure."""

from typing import Final

from homeport.services.ecs.errors import InvalidParameterException, UnsupportedFeatureException
from homeport.services.ecs.records.service_requests import AskedDeployments, ServiceRequest
from homeport.services.ecs.records.services import DeploymentConfiguration

CONTROLLERS: Final = ("ECS", "CODE_DEPLOY", "EXTERNAL")
STRATEGIES: Final = ("ROLLING", "BLUE_GREEN", "LINEAR", "CANARY")

_DEFAULTS: Final = {
    "REPLICA": DeploymentConfiguration(minimum_healthy_percent=100, maximum_percent=200),
    "DAEMON": DeploymentConfiguration(minimum_healthy_percent=0, maximum_percent=100),
}


def check_controller(request: ServiceRequest) -> None:
    """Raise for every deployment controller but ECS's own, in ECS's words where it has some."""
    match request.controller:
        case "ECS":
            return
        case "CODE_DEPLOY":
            if not request.load_balancers:
                raise InvalidParameterException(
                    "To use the CODE_DEPLOY deployment controller, the service requires an "
                    "Application Load Balancer or Network Load Balancer"
                )
            raise UnsupportedFeatureException(
                "Homeport does not serve AWS CodeDeploy yet, so the CODE_DEPLOY deployment "
                "controller is not supported. Use the ECS deployment controller."
            )
        case "EXTERNAL":
            if request.task_definition:
                raise InvalidParameterException("TaskDefinition must be blank")
            if request.load_balancers:
                raise InvalidParameterException("LoadBalancers must be empty or null")
            raise UnsupportedFeatureException(
                "Homeport does not run task sets yet, so the EXTERNAL deployment controller is "
                "not supported. Use the ECS deployment controller."
            )
        case _:
            raise InvalidParameterException(
                f"deployment controller type should be one of [{','.join(CONTROLLERS)}]"
            )


def configured(
    asked: AskedDeployments | None,
    before: DeploymentConfiguration | None,
    scheduling: str,
) -> DeploymentConfiguration:
    """The configuration of a service: what is asked for, and else what it was or what ECS fills in.

    Raises for percentages that are impossible, and for what is not a rolling deployment.
    """
    base = before or _DEFAULTS[scheduling]
    if asked is None:
        return base
    _check_strategy(asked)
    minimum, maximum = asked.minimum_healthy_percent, asked.maximum_percent
    after = DeploymentConfiguration(
        minimum_healthy_percent=base.minimum_healthy_percent if minimum is None else minimum,
        maximum_percent=base.maximum_percent if maximum is None else maximum,
        deployment_circuit_breaker=asked.deployment_circuit_breaker
        or base.deployment_circuit_breaker,
    )
    _check_percentages(after, scheduling)
    return after


def _check_percentages(of: DeploymentConfiguration, scheduling: str) -> None:
    if of.minimum_healthy_percent < 0:
        raise InvalidParameterException("minimumHealthyPercent must be at least 0")
    if of.minimum_healthy_percent > 100:
        raise InvalidParameterException("minimumHealthyPercent must be at most 100")
    if of.maximum_percent < 100:
        raise InvalidParameterException("maximumPercent must be at least 100")
    if scheduling == "DAEMON" and of.maximum_percent > 100:
        raise InvalidParameterException(
            "The daemon scheduling strategy does not support values above 100 for maximumPercent"
        )
    if of.minimum_healthy_percent == of.maximum_percent == 100:
        raise InvalidParameterException(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block "
            "deployments"
        )


def _check_strategy(asked: AskedDeployments) -> None:
    strategy = asked.strategy or "ROLLING"
    if strategy not in STRATEGIES:
        raise InvalidParameterException(
            f"deployment strategy should be one of [{','.join(STRATEGIES)}]"
        )
    if strategy != "ROLLING":
        raise UnsupportedFeatureException(
            f"Homeport does not support {strategy} deployments yet. Use the ROLLING strategy."
        )
    for member, given in (
        ("lifecycleHooks", asked.lifecycle_hooks),
        ("bakeTimeInMinutes", asked.bake_time_in_minutes),
        ("linearConfiguration", asked.linear_configuration),
        ("canaryConfiguration", asked.canary_configuration),
    ):
        if given:
            raise UnsupportedFeatureException(
                f"Homeport does not support {member} of deploymentConfiguration yet."
            )
    alarms = asked.alarms
    if alarms is not None and (alarms.enable or alarms.alarm_names):
        raise UnsupportedFeatureException(
            "Homeport does not serve CloudWatch alarms yet, so they can't stop a deployment."
        )
