"""CodeDeploy as the application joins it."""

from typing import Final

from homeport.runtime import Reconciler, Service, operations_of
from homeport.services.codedeploy.api import (
    applications,
    deployment_configs,
    deployment_groups,
    deployment_lists,
    deployment_orders,
    deployment_targets,
    deployments,
    revisions,
    tags,
)
from homeport.services.codedeploy.reconcile import deployment_wakes
from homeport.services.codedeploy.reconcile import deployments as deploying

_INSTANCES: Final = (
    "Homeport deploys to services of ECS: no deployment has instances. Ask for the deployment's "
    "targets (ListDeploymentTargets, GetDeploymentTarget, BatchGetDeploymentTargets)."
)
_ON_PREMISES: Final = "Homeport deploys to services of ECS: there are no on-premises instances."
_GITHUB: Final = "Homeport deploys AppSpec files that it is handed: it is not connected to GitHub."
UNSUPPORTED: Final = {
    **dict.fromkeys(
        ("BatchGetDeploymentInstances", "GetDeploymentInstance", "ListDeploymentInstances"),
        _INSTANCES,
    ),
    **dict.fromkeys(
        (
            "AddTagsToOnPremisesInstances",
            "BatchGetOnPremisesInstances",
            "DeregisterOnPremisesInstance",
            "GetOnPremisesInstance",
            "ListOnPremisesInstances",
            "RegisterOnPremisesInstance",
            "RemoveTagsFromOnPremisesInstances",
        ),
        _ON_PREMISES,
    ),
    **dict.fromkeys(("DeleteGitHubAccountToken", "ListGitHubAccountTokenNames"), _GITHUB),
}


def services() -> tuple[Service, ...]:
    """The one service of this package."""
    return (
        Service(
            name="codedeploy",
            operations=operations_of(
                (
                    applications,
                    deployment_configs,
                    deployment_groups,
                    deployment_lists,
                    deployment_orders,
                    deployment_targets,
                    deployments,
                    revisions,
                    tags,
                )
            ),
            reconcilers=(
                Reconciler(
                    name="deployments",
                    watches=deploying.WATCHES,
                    reconcile=deploying.reconcile,
                    sweep=deploying.sweep,
                ),
                Reconciler(
                    name="codedeploy wakes",
                    watches=deployment_wakes.WATCHES,
                    reconcile=deployment_wakes.reconcile,
                    sweep=deployment_wakes.sweep,
                ),
            ),
            unsupported=UNSUPPORTED,
        ),
    )
