"""Finding what a request names, or refusing it as CodeDeploy does."""

from homeport.runtime import Call
from homeport.services.codedeploy.errors import (
    ApplicationDoesNotExist,
    DeploymentConfigDoesNotExist,
    DeploymentDoesNotExist,
    DeploymentGroupDoesNotExist,
)
from homeport.services.codedeploy.plan import names
from homeport.services.codedeploy.plan.predefined_configs import PREDEFINED
from homeport.services.codedeploy.queries import (
    applications,
    deployment_configs,
    deployment_groups,
    deployments,
)
from homeport.services.codedeploy.records.applications import Application
from homeport.services.codedeploy.records.deployment_configs import DeploymentConfig
from homeport.services.codedeploy.records.deployment_groups import DeploymentGroup
from homeport.services.codedeploy.records.deployments import Deployment
from homeport.store import ReadTx


def the_application(tx: ReadTx, call: Call, name: str | None) -> Application:
    """The application of this name."""
    wanted = names.application(name)
    found = applications.find_application(tx, call.account, call.region, wanted)
    if found is None:
        raise ApplicationDoesNotExist(f"No application found for name: {wanted}")
    return found


def the_group(tx: ReadTx, application: Application, name: str | None) -> DeploymentGroup:
    """The application's deployment group of this name."""
    wanted = names.group(name)
    found = deployment_groups.find_group(tx, application.id, wanted)
    if found is None:
        raise DeploymentGroupDoesNotExist(f"No Deployment Group found for name: {wanted}")
    return found


def the_config(tx: ReadTx, call: Call, name: str | None) -> DeploymentConfig:
    """The deployment configuration of this name, predefined or custom."""
    wanted = names.config(name)
    if wanted in PREDEFINED:
        return PREDEFINED[wanted]
    found = deployment_configs.find_config(tx, call.account, call.region, wanted)
    if found is None:
        raise DeploymentConfigDoesNotExist(f"No Deployment Configuration found for name: {wanted}")
    return found


def the_deployment(tx: ReadTx, call: Call, deployment_id: str | None) -> Deployment:
    """The deployment of this id."""
    wanted = names.deployment(deployment_id)
    found = deployments.find_own(tx, call.account, call.region, wanted)
    if found is None:
        raise DeploymentDoesNotExist(f"The deployment {wanted} could not be found")
    return found
