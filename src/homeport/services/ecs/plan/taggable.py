"""What the ARN of a resource to be tagged names.  Pure: whether it exists is asked elsewhere."""

import re
from typing import Final

from msgspec import Struct

from homeport.kernel import arn as arns
from homeport.services.ecs.errors import InvalidParameterException

KINDS: Final = (
    "capacity-provider",
    "cluster",
    "container-instance",
    "service",
    "task",
    "task-definition",
    "task-set",
)
_REST: Final = re.compile(r"[A-Za-z0-9_./:-]+")
_IN_CLUSTERS: Final = frozenset({"container-instance", "service", "task", "task-set"})


class Resource(Struct, frozen=True, kw_only=True):
    """A resource that can carry tags."""

    kind: str
    arn: str
    region: str


def resource_of(arn: str, account: str) -> Resource:
    """The resource that `arn` names; raises InvalidParameterException for what can't be tagged."""
    try:
        parsed = arns.parse(arn)
    except arns.BadArn as bad:
        raise InvalidParameterException("The ARN provided is invalid.") from bad
    if parsed.service != "ecs" or parsed.kind not in KINDS or not _REST.fullmatch(parsed.rest):
        raise InvalidParameterException("The ARN provided is invalid.")
    if parsed.account != account:
        raise InvalidParameterException("AccountIDs mismatch")
    if parsed.kind in _IN_CLUSTERS and "/" not in parsed.rest:
        raise InvalidParameterException("Long arn format must be used for tagging operations")
    return Resource(kind=parsed.kind, arn=arn, region=parsed.region)
