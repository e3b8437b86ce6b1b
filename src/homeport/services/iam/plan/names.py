"""Ids, paths and names, and which managed policies are AWS's own."""

from typing import Final

from homeport.kernel.ids import Ids
from homeport.services.iam.errors import ValidationError

AWS_POLICIES: Final = "arn:aws:iam::aws:policy/"
TAGS_MAX: Final = 50
ATTACHED_MAX: Final = 10
VERSIONS_MAX: Final = 5


def entity_id(prefix: str, ids: Ids) -> str:
    """An id such as ``ANPA`` and 17 letters and digits."""
    return prefix + ids.hex(17).upper()


def path_of(path: str | None) -> str:
    """The path of a new entity: ``/``, or one that begins and ends with a slash."""
    if path is None:
        return "/"
    if not (path.startswith("/") and path.endswith("/")):
        raise ValidationError(
            "The specified value for path is invalid. It must begin and end with / and contain "
            "only alphanumeric characters and/or / characters."
        )
    return path


def is_aws_policy(arn: str) -> bool:
    """Whether a policy's ARN names one that AWS keeps for everybody."""
    return arn.startswith(AWS_POLICIES) and len(arn) > len(AWS_POLICIES)


def own_policy_name(arn: str, account: str) -> str | None:
    """The name of the account's policy with this ARN; None for anybody else's."""
    start = f"arn:aws:iam::{account}:policy/"
    return arn.rpartition("/")[2] if arn.startswith(start) else None
