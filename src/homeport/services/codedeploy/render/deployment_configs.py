"""Deployment configurations as the API shows them."""

from homeport.kernel.traffic_shift import Shift
from homeport.services.codedeploy.records.deployment_configs import DeploymentConfig
from homeport.shapes import codedeploy as shapes


def config(of: DeploymentConfig) -> shapes.DeploymentConfigInfo:
    """A configuration of GetDeploymentConfig."""
    return {
        "deploymentConfigId": of.id,
        "deploymentConfigName": of.name,
        "createTime": of.created_at,
        "computePlatform": "ECS",
        "trafficRoutingConfig": _routing(of.shift),
    }


def _routing(shift: Shift) -> shapes.TrafficRoutingConfig:
    percent, minutes = shift.tenths // 10, int(shift.interval_s // 60)
    match shift.kind:
        case "canary":
            return {
                "type": "TimeBasedCanary",
                "timeBasedCanary": {"canaryPercentage": percent, "canaryInterval": minutes},
            }
        case "linear":
            return {
                "type": "TimeBasedLinear",
                "timeBasedLinear": {"linearPercentage": percent, "linearInterval": minutes},
            }
        case _:
            return {"type": "AllAtOnce"}
