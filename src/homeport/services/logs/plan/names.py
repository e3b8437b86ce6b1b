"""How clients name log groups and streams.  Pure."""

import re
from typing import Final

from homeport.kernel import arn
from homeport.services.logs.errors import InvalidParameterException, ResourceNotFoundException

# No database stores NUL or half a surrogate pair as text.
_GROUP_NAME: Final = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")
_STREAM_NAME: Final = re.compile("[^:*\x00\ud800-\udfff]{1,512}")


def is_group_name(name: str) -> bool:
    """Whether a group may be called so."""
    return _GROUP_NAME.fullmatch(name) is not None


def check_group_name(name: str) -> None:
    """Raise for a name that is not to be had (the model has checked its characters)."""
    if name.lower().startswith("aws/"):
        raise InvalidParameterException("Log groups starting with AWS/ are reserved for AWS.")


def check_stream_name(name: str, member: str = "logStreamName") -> None:
    """Raise unless a stream may be called so."""
    if not _STREAM_NAME.fullmatch(name):
        shown = name.encode("ascii", "backslashreplace").decode().replace("\x00", "\\x00")
        raise InvalidParameterException(
            f"1 validation error detected: Value '{shown}' at '{member}' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [^:*]*"
        )


def group_name(name: str | None, identifier: str | None, *, account: str, region: str) -> str:
    """The name of the group that a request is about: by name, or by name or ARN."""
    if name is not None and identifier is not None:
        raise InvalidParameterException(
            "LogGroup name and LogGroup identifier are mutually exclusive parameters."
        )
    if name is not None:
        return name
    if identifier is None:
        raise InvalidParameterException(
            "Either logGroupName or logGroupIdentifier must be specified."
        )
    return name_of(identifier, account=account, region=region)


def name_of(identifier: str, *, account: str, region: str) -> str:
    """The group name in a name or ARN; raises for an ARN of another account or region."""
    if not arn.is_arn(identifier):
        return identifier
    name = name_in_arn(identifier, account=account, region=region)
    if name is None:
        raise ResourceNotFoundException
    return name


def name_in_arn(text: str, *, account: str, region: str) -> str | None:
    """The name of the log group of this account and region that the ARN is of."""
    try:
        parsed = arn.parse(text)
    except arn.BadArn as error:
        raise InvalidParameterException(f"The ARN {text} is not valid.") from error
    kind, _, name = parsed.resource.removesuffix(":*").partition(":")
    if (parsed.service, parsed.region, parsed.account, kind) != (
        "logs",
        region,
        account,
        "log-group",
    ):
        return None
    return name
