"""Which account settings there are, who may change them, and which value holds.  Pure."""

from collections.abc import Sequence
from typing import Final

from homeport.services.ecs.errors import AccessDeniedException, InvalidParameterException
from homeport.services.ecs.records.settings import KINDS, AccountSetting, SettingKind

_LONG_ARNS: Final = frozenset(
    {"serviceLongArnFormat", "taskLongArnFormat", "containerInstanceLongArnFormat"}
)
_OFF: Final = frozenset({"disabled", "off"})


def checked_name(name: str) -> SettingKind:
    """What settings of this name may be; raises InvalidParameterException for an unknown one."""
    if name not in KINDS:
        raise InvalidParameterException(f"unknown should be one of [{','.join(KINDS)}]")
    return KINDS[name]


def checked_setting(name: str, value: str, principal: str) -> AccountSetting:
    """The setting as a record; raises InvalidParameterException for what can't be set.

    `principal` is "" for the default of the account.
    """
    kind = checked_name(name)
    if kind.managed:
        raise InvalidParameterException(
            f"The account setting {name} is managed by AWS and can't be modified."
        )
    if value not in kind.values:
        raise InvalidParameterException(
            f"The value of {name} should be one of [{','.join(kind.values)}]"
        )
    if name in _LONG_ARNS and value in _OFF:
        raise InvalidParameterException(
            f"The account setting {name} can't be disabled: ARNs have the long format only."
        )
    if kind.account_wide and principal:
        raise InvalidParameterException(
            f"The account setting {name} can only be set for the account. Use the root user or "
            "PutAccountSettingDefault."
        )
    return AccountSetting(name=name, value=value, principal=principal)


def check_principal(wanted: str, caller: str, account: str) -> None:
    """Raise unless `caller` may deal with the settings of `wanted`: its own, or anyone's as root.

    Both are keys as settings are kept under: "" for the root user.
    """
    home = (f"arn:aws:iam::{account}:", f"arn:aws:sts::{account}:")
    if wanted and not (wanted.startswith(home) and wanted.isprintable()):
        raise InvalidParameterException(f"Invalid principal ARN: {wanted}")
    if caller and wanted != caller:
        raise AccessDeniedException(
            "You must be the root user or the principal to use another principal's account "
            "settings."
        )


def effective(principal: str, stored: Sequence[AccountSetting]) -> tuple[AccountSetting, ...]:
    """What holds for `principal`, by name: its own value, the account's, or Amazon's default."""
    own = {each.name: each for each in stored if each.principal == principal}
    shared = {each.name: each for each in stored if each.principal == ""}
    return tuple(
        own.get(name)
        or shared.get(name)
        or AccountSetting(name=name, value=kind.default, principal="")
        for name, kind in KINDS.items()
    )
