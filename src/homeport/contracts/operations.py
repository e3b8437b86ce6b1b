"""Operations of one service asked for by another, in the same transaction.  Provided by app."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from homeport.kernel.errors import AwsError
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


EVENT_BRIDGE_ROLE: Final = (
    "role/aws-service-role/events.amazonaws.com/AWSServiceRoleForCloudWatchEvents"
)
"""Who EventBridge is when a rule invokes a target without a role; no client can be it."""


def event_bridge_principal(account: str) -> str:
    """The `principal` of an Asker by which EventBridge asks for operations of an account."""
    return f"arn:aws:iam::{account}:{EVENT_BRIDGE_ROLE}"


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

    def offers(self, service: str, operation: str) -> bool:
        """Whether the operation is served: not one that only refuses."""

    def request_for(
        self, service: str, operation: str, members: Mapping[str, Any], *, strict: bool = False
    ) -> dict[str, Any]:
        """The request that `ask` takes, of one that somebody wrote down as JSON.

        Names of members may begin with a capital or a small letter, times may be texts.  Members
        that the model does not have are dropped, or refused when `strict`.  Raises `AwsError` as
        the API would for what the model does not allow, and `KeyError` for an operation that is not
        offered.
        """

    def error_code(self, service: str, error: AwsError) -> str:
        """The code by which clients of the service know an error."""
