"""Deployment configurations: create, delete, look up."""

from typing import Final

from homeport.runtime import Call, operation
from homeport.services.codedeploy.api.listing import page
from homeport.services.codedeploy.api.lookups import the_config
from homeport.services.codedeploy.errors import (
    DeploymentConfigAlreadyExists,
    DeploymentConfigInUse,
    DeploymentConfigLimitExceeded,
    InvalidOperation,
)
from homeport.services.codedeploy.plan import names
from homeport.services.codedeploy.plan.deployment_configs import new_shift
from homeport.services.codedeploy.plan.predefined_configs import PREDEFINED
from homeport.services.codedeploy.queries import deployment_configs, deployment_groups
from homeport.services.codedeploy.records.deployment_configs import DeploymentConfig
from homeport.services.codedeploy.render import deployment_configs as render
from homeport.shapes import codedeploy as shapes
from homeport.store import ReadTx, Tx

CONFIGS_MAX: Final = 50


@operation("CreateDeploymentConfig", partial="Of the compute platforms there is ECS alone.")
def create_deployment_config(
    tx: Tx, call: Call, request: shapes.CreateDeploymentConfigInput
) -> shapes.CreateDeploymentConfigOutput:
    """A new way to shift traffic."""
    name = names.config(request["deploymentConfigName"])
    if (
        name in PREDEFINED
        or deployment_configs.find_config(tx, call.account, call.region, name) is not None
    ):
        raise DeploymentConfigAlreadyExists(
            f"Deployment configuration already exists with name: {name}"
        )
    shift = new_shift(request)
    if deployment_configs.count_of(tx, call.account, call.region) >= CONFIGS_MAX:
        raise DeploymentConfigLimitExceeded
    config = DeploymentConfig(id=call.ids.uuid(), name=name, shift=shift, created_at=call.now)
    deployment_configs.insert_config(tx, call.account, call.region, config)
    return {"deploymentConfigId": config.id}


@operation("GetDeploymentConfig")
def get_deployment_config(
    tx: ReadTx, call: Call, request: shapes.GetDeploymentConfigInput
) -> shapes.GetDeploymentConfigOutput:
    """The configuration of this name, predefined or custom."""
    return {
        "deploymentConfigInfo": render.config(the_config(tx, call, request["deploymentConfigName"]))
    }


@operation("ListDeploymentConfigs")
def list_deployment_configs(
    tx: ReadTx, call: Call, request: shapes.ListDeploymentConfigsInput
) -> shapes.ListDeploymentConfigsOutput:
    """The names of all that can be used here, in order."""
    custom = deployment_configs.names_of(tx, call.account, call.region)
    shown, token = page(sorted({*PREDEFINED, *custom}), request.get("nextToken"), str)
    response: shapes.ListDeploymentConfigsOutput = {"deploymentConfigsList": list(shown)}
    if token is not None:
        response["nextToken"] = token
    return response


@operation("DeleteDeploymentConfig")
def delete_deployment_config(
    tx: Tx, call: Call, request: shapes.DeleteDeploymentConfigInput
) -> shapes.DeleteDeploymentConfigResponse:
    """Remove a custom configuration that no group uses; one that is gone already is fine."""
    name = names.config(request["deploymentConfigName"])
    if name in PREDEFINED:
        raise InvalidOperation(f"The predefined deployment configuration {name} can not be deleted")
    config = deployment_configs.find_config(tx, call.account, call.region, name)
    if config is None:
        return {}
    user = deployment_groups.user_of_config(tx, call.account, call.region, name)
    if user is not None:
        raise DeploymentConfigInUse(
            f"The deployment configuration {name} is in use by the deployment group {user}"
        )
    deployment_configs.delete_config(tx, config.id)
    return {}
