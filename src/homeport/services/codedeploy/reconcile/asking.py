"""What a deployment asks of ECS, as the CodeDeploy service."""

from collections.abc import Mapping
from typing import Any

from homeport.contracts.operations import Asker, code_deploy_principal
from homeport.runtime import Tick
from homeport.services.codedeploy.records.deployments import Deployment
from homeport.store import Tx


def ask_ecs(
    tx: Tx, tick: Tick, deployment: Deployment, operation: str, request: Mapping[str, Any]
) -> dict[str, Any]:
    """Answer as ECS's API would; raises `AwsError` where it would."""
    asker = Asker(
        account=deployment.account,
        region=deployment.region,
        principal=code_deploy_principal(deployment.account),
        now=tick.now,
        ids=tick.ids,
    )
    return tick.peers.operations.ask(tx, asker, "ecs", operation, request)
