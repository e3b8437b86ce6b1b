"""Roles, sessions and the ids that AWS gives them.  Pure: ids and times are arguments."""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from homeport.kernel import arn
from homeport.services.sts.errors import ValidationError

CHAINED_LIFETIME_S_MAX: Final = 3600
DEFAULT_ROLE_LIFETIME_S: Final = 3600
DEFAULT_SESSION_LIFETIME_S: Final = 43_200
ROOT_SESSION_LIFETIME_S_MAX: Final = 3600
"""AWS shortens what root asks for without a word."""

_SESSION_NAME: Final = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_ROLE: Final = re.compile(r"role/(?:[!-.0-~]+/)*(?P<name>[\w+=,.@-]{1,64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Role:
    """A role as its ARN names it; names are unique in an account whatever their path."""

    account: str
    name: str
    partition: str

    @property
    def role_id(self) -> str:
        """The id that IAM would have given the role: always the same for the same role."""
        digest = hashlib.sha256(f"{self.account}/{self.name}".encode()).digest()
        return "AROA" + base64.b32encode(digest).decode()[:17]

    def session_arn(self, session_name: str) -> str:
        """Who a session of the role is."""
        return f"arn:{self.partition}:sts::{self.account}:assumed-role/{self.name}/{session_name}"


def parse_role(text: str) -> Role:
    """The role that an ARN names; raises as STS does for anything else."""
    try:
        parsed = arn.parse(text)
    except arn.BadArn as error:
        raise ValidationError(f"{text} is invalid") from error
    named = _ROLE.fullmatch(parsed.resource)
    if parsed.service != "iam" or parsed.region or not re.fullmatch(r"\d{12}", parsed.account):
        raise ValidationError(f"{text} is invalid")
    if named is None:
        raise ValidationError(f"{text} is invalid")
    return Role(parsed.account, named["name"], parsed.partition)


def check_session_name(name: str) -> None:
    """Raise unless a session may be called so."""
    if not _SESSION_NAME.fullmatch(name):
        raise ValidationError(
            f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"
        )


def check_lifetime(seconds: int, *, chained: bool) -> None:
    """Raise when a session of one role may not start another for so long."""
    if chained and seconds > CHAINED_LIFETIME_S_MAX:
        raise ValidationError(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining."
        )


def user_id(account: str, principal: str) -> str:
    """The UserId of GetCallerIdentity: the account for root, ``AROA…:session`` for a role."""
    parsed = arn.parse(principal)
    if parsed.kind != "assumed-role":
        return account
    role_name, _, session_name = parsed.rest.partition("/")
    return f"{Role(parsed.account, role_name, parsed.partition).role_id}:{session_name}"
