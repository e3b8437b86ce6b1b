"""Which controller deploys a service, and what that leaves for requests to ask.  Pure.

Where ECS's words are not known the sentence is ours.
"""

from collections.abc import Iterator
from typing import Final

from homeport.services.ecs.errors import InvalidParameterException, UnsupportedFeatureException
from homeport.services.ecs.records.service_requests import (
    CreateRequest,
    ServiceRequest,
    UpdateRequest,
)
from homeport.services.ecs.records.services import DeploymentConfiguration

CONTROLLERS: Final = ("ECS", "CODE_DEPLOY", "EXTERNAL")

BALANCERS_MAX: Final = 1
"""Neither CODE_DEPLOY nor EXTERNAL services have task sets in several target groups."""

_INSTEAD: Final = {
    "CODE_DEPLOY": "Use AWS CodeDeploy to trigger a new deployment.",
    "EXTERNAL": "Create a new task set instead.",
}


def check_controller(request: CreateRequest) -> None:
    """Raise for a controller that there is not, and for what a new service can't have under it."""
    match request.controller:
        case "ECS":
            return
        case "CODE_DEPLOY":
            if not request.load_balancers:
                raise InvalidParameterException(
                    "To use the CODE_DEPLOY deployment controller, the service requires an "
                    "Application Load Balancer or Network Load Balancer"
                )
            check_one_balancer(len(request.load_balancers))
        case "EXTERNAL":
            _check_blank(request)
        case _:
            raise _unknown()
    if request.scheduling_strategy == "DAEMON":
        raise InvalidParameterException(
            "The daemon scheduling strategy does not support the "
            f"{request.controller} deployment controller"
        )
    _check_configuration(request, request.controller)


def check_controlled(request: UpdateRequest, controller: str) -> None:
    """Raise for what UpdateService can't change of a service under this controller.

    What is named is refused, whether it would change anything or not.
    """
    asked = request.deployment_controller
    if asked is not None and asked.type not in CONTROLLERS:
        raise _unknown()
    if asked is not None and asked.type != controller:
        raise UnsupportedFeatureException(
            f"Homeport does not change the deployment controller of a service: it is {controller}. "
            "Create another service."
        )
    if controller == "ECS":
        return
    article = "an" if controller == "EXTERNAL" else "a"
    tail = f"on services with {article} {controller} deployment controller. {_INSTEAD[controller]}"
    for what in _fixed(request, controller):
        raise InvalidParameterException(f"Unable to update {what} {tail}")
    if request.force_new_deployment:
        raise InvalidParameterException(f"Cannot force a new deployment {tail}")
    if request.capacity_provider_strategy is not None:
        raise InvalidParameterException(f"Unable to update capacity provider strategy {tail}")
    _check_configuration(request, controller)


def check_one_balancer(count: int) -> None:
    """Raise for more target groups than a task set can be in."""
    if count > BALANCERS_MAX:
        raise InvalidParameterException(f"load balancers can have at most {BALANCERS_MAX} items")


def controlled(of: DeploymentConfiguration, controller: str) -> DeploymentConfiguration:
    """What of a deployment configuration means something under the controller.

    Circuit breaker and alarms are for the ECS controller; others are asked for them in vain, as in
    ECS.
    """
    if controller == "ECS":
        return of
    return DeploymentConfiguration(
        minimum_healthy_percent=of.minimum_healthy_percent,
        maximum_percent=of.maximum_percent,
    )


def _check_blank(request: CreateRequest) -> None:
    """An EXTERNAL service says nothing of what its task sets say each."""
    if request.task_definition:
        raise InvalidParameterException("TaskDefinition must be blank")
    if request.load_balancers:
        raise InvalidParameterException("LoadBalancers must be empty or null")
    if request.network_configuration is not None:
        raise InvalidParameterException("NetworkConfiguration must be blank")
    if request.platform_version:
        raise InvalidParameterException("PlatformVersion must be blank")
    if request.role:
        raise InvalidParameterException(
            "You cannot specify an IAM role for services that require a service linked role"
        )


def _check_configuration(request: ServiceRequest, controller: str) -> None:
    configuration = request.deployment_configuration
    if configuration is not None and configuration.strategy not in (None, "ROLLING"):
        raise InvalidParameterException(
            f"The {configuration.strategy} deployment strategy is not supported with the "
            f"{controller} deployment controller."
        )
    for each in request.load_balancers or ():
        if each.advanced_configuration is not None:
            raise InvalidParameterException(
                "advancedConfiguration is not supported with the "
                f"{controller} deployment controller."
            )
    if request.availability_zone_rebalancing == "ENABLED":
        raise UnsupportedFeatureException(
            "Homeport does not rebalance task sets over Availability Zones. Leave "
            "availabilityZoneRebalancing out or set it to DISABLED."
        )


def _fixed(request: UpdateRequest, controller: str) -> Iterator[str]:
    """What is asked for that only a deployment changes, in the order in which ECS refuses it."""
    if request.task_definition:
        yield "task definition"
    if request.network_configuration is not None:
        yield "network parameters"
    if request.platform_version:
        yield "platform version"
    if request.load_balancers is not None:
        yield "load balancers"
    if request.service_registries:
        yield "service registries"
    if request.service_connect_configuration is not None:
        yield "service connect configuration"
    if request.volume_configurations:
        yield "volume configurations"
    if request.vpc_lattice_configurations:
        yield "VPC Lattice configurations"
    if controller == "EXTERNAL" and request.deployment_configuration is not None:
        yield "deployment configuration"


def _unknown() -> InvalidParameterException:
    return InvalidParameterException(
        f"deployment controller type should be one of [{','.join(CONTROLLERS)}]"
    )
