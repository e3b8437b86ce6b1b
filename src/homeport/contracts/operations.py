"""Operations of one service asked for by another, in the same transaction.  Provided by app."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from homeport.kernel.ids import Ids
from homeport.store import Tx

CODE_DEPLOY_ROLE: Final = (
    "role/aws-service-role/codedeploy.amazonaws.com/AWSServiceRoleForCodeDeploy"
)
"""Who CodeDeploy is when it asks: `code_deploy_principal`.  Of the task sets that it asks for ECS
shows `startedBy` CODE_DEPLOY; no client can be this principal."""


def code_deploy_principal(account: str) -> str:
    """The `principal` of an Asker by which CodeDeploy asks for operations of an account."""
    return f"arn:aws:iam::{account}:{CODE_DEPLOY_ROLE}"


def is_code_deploy(principal: str) -> bool:
    """Whether it is CodeDeploy that asks."""
    return principal.startswith("arn:aws:iam::") and principal.endswith(f":{CODE_DEPLOY_ROLE}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """On whose behalf an operation is asked for, and when."""

    account: str
    region: str
    principal: str
    """An ARN: what a call of the API would be signed by."""
    now: float
    ids: Ids


class Operations(Protocol):
    """Asks for what the API offers."""

    def ask(
        self, tx: Tx, asker: Asker, service: str, operation: str, request: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Answer as the API would; `service` is botocore's name of its model.

        Raises `AwsError` as the API would: then the operation has changed nothing.  The request is
        one that its model allows: that is not checked again.
        """
