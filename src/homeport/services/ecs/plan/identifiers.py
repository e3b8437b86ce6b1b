"""How clients name what is in a cluster: by id, or by ARN in its long or its short form.  Pure."""

import re
from typing import Final

from homeport.kernel import arn as arns
from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.records.clusters import Cluster

_INVALID: Final = "Invalid identifier: "
_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,255}")


def member_arn(kind: str, reference: str, cluster: Cluster) -> str:
    """The long ARN of what `reference` names; `kind` is ``task`` or ``container-instance``.

    Raises InvalidParameterException for what is neither an id nor an ARN of that kind, account
    and cluster.  Whether it exists is another question.
    """
    home = f"arn:aws:ecs:{cluster.region}:{cluster.account}:{kind}/{cluster.name}/"
    if not arns.is_arn(reference):
        return home + _id_of(reference, cluster)
    try:
        arn = arns.parse(reference)
    except arns.BadArn as bad:
        raise InvalidParameterException(f"{_INVALID}Unexpected number of separators") from bad
    if arn.service != "ecs" or arn.kind != kind:
        raise InvalidParameterException(f"{_INVALID}Identifier is not for a {kind}")
    if arn.account != cluster.account:
        raise InvalidParameterException("AccountIDs mismatch")
    if arn.region != cluster.region:
        raise InvalidParameterException(f"{_INVALID}Identifier is for region {arn.region}")
    return home + _id_of(arn.rest, cluster)


def record_arn(kind: str, reference: str, account: str, region: str) -> str:
    """The ARN as it is, of what only has ARNs: `kind` is ``service-deployment`` or the like.

    Raises InvalidParameterException for what is no ARN of that kind, account and region.
    """
    try:
        arn = arns.parse(reference)
    except arns.BadArn as bad:
        raise InvalidParameterException(f"{_INVALID}Unexpected number of separators") from bad
    if arn.service != "ecs" or arn.kind != kind:
        raise InvalidParameterException(f"{_INVALID}Identifier is not for a {kind}")
    if arn.account != account:
        raise InvalidParameterException("AccountIDs mismatch")
    if arn.region != region:
        raise InvalidParameterException(f"{_INVALID}Identifier is for region {arn.region}")
    if arn.rest.count("/") != 2 or "\0" in reference:
        raise InvalidParameterException(f"{_INVALID}Unexpected number of separators")
    return reference


def _id_of(text: str, cluster: Cluster) -> str:
    """The id in ``id`` or ``cluster/id``."""
    owner, slash, name = text.rpartition("/")
    if "/" in owner or ":" in text or not name or (slash and not owner):
        raise InvalidParameterException(f"{_INVALID}Unexpected number of separators")
    if not _ID.fullmatch(name):
        raise InvalidParameterException(f"{_INVALID}{name!r} is not an id")
    if slash and owner != cluster.name:
        raise InvalidParameterException(
            f"{_INVALID}Identifier is for cluster {owner}. Your cluster is {cluster.name}"
        )
    return name
