"""What CreateTaskSet is asked for on behalf of a deployment.  Pure.

What the AppSpec does not name the replacement has as the original task set has it.
"""

from collections.abc import Mapping
from typing import Final

from homeport.services.codedeploy.records.app_specs import AppSpec
from homeport.services.codedeploy.records.deployments import Deployment
from homeport.services.codedeploy.records.group_options import TargetGroup

_TAKEN_OVER: Final = (
    "networkConfiguration",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "serviceRegistries",
)


def create_request(
    deployment: Deployment, group: TargetGroup, original: Mapping[str, object]
) -> dict[str, object]:
    """The request; `original` is the original task set as DescribeTaskSets shows it."""
    spec = deployment.app_spec
    request = {name: original[name] for name in _TAKEN_OVER if original.get(name)}
    if spec.network is not None:
        request["networkConfiguration"] = _network(spec)
    if spec.capacity_providers:
        request.pop("launchType", None)
        request["capacityProviderStrategy"] = _strategy(spec)
    if spec.platform_version is not None:
        request["platformVersion"] = spec.platform_version
    return request | {
        "cluster": deployment.cluster,
        "service": deployment.service,
        "externalId": deployment.id,
        "taskDefinition": spec.task_definition,
        "loadBalancers": [
            {
                "targetGroupArn": group.arn,
                "containerName": spec.container_name,
                "containerPort": spec.container_port,
            }
        ],
        "scale": {"value": 100.0, "unit": "PERCENT"},
    }


def _network(spec: AppSpec) -> dict[str, object]:
    network = spec.network
    if network is None:
        return {}
    return {
        "awsvpcConfiguration": {
            "subnets": list(network.subnets),
            "securityGroups": list(network.security_groups),
            "assignPublicIp": network.assign_public_ip,
        }
    }


def _strategy(spec: AppSpec) -> list[dict[str, object]]:
    return [
        {"capacityProvider": each.capacity_provider, "base": each.base, "weight": each.weight}
        for each in spec.capacity_providers
    ]
