"""Account settings: their names, the values they take, what Amazon starts an account with."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

SWITCH: Final = ("enabled", "disabled", "on", "off")


class AccountSetting(Struct, frozen=True, kw_only=True):
    """A setting of a principal; `principal` is "" for the default of the account."""

    name: str
    value: str
    principal: str = ""


class SettingKind(Struct, frozen=True, kw_only=True):
    """What a setting of one name may be."""

    default: str
    values: tuple[str, ...] = SWITCH
    managed: bool = False
    """Only Amazon changes it: the model's ``aws_managed``."""
    account_wide: bool = False
    """It has no value of its own for a user or a role."""


KINDS: Final[Mapping[str, SettingKind]] = MappingProxyType(
    {
        "awsvpcTrunking": SettingKind(default="disabled"),
        "containerInsights": SettingKind(default="disabled", values=(*SWITCH, "enhanced")),
        "containerInstanceLongArnFormat": SettingKind(default="enabled"),
        "defaultLogDriverMode": SettingKind(
            default="non-blocking", values=("blocking", "non-blocking"), account_wide=True
        ),
        "dualStackIPv6": SettingKind(default="enabled"),
        "fargateEventWindows": SettingKind(default="disabled", account_wide=True),
        "fargateFIPSMode": SettingKind(default="disabled"),
        "fargateTaskRetirementWaitPeriod": SettingKind(
            default="7", values=("0", "7", "14"), account_wide=True
        ),
        "guardDutyActivate": SettingKind(default="off", values=("on", "off"), managed=True),
        "serviceLongArnFormat": SettingKind(default="enabled"),
        "tagResourceAuthorization": SettingKind(default="on", values=SWITCH),
        "taskLongArnFormat": SettingKind(default="enabled"),
    }
)
"""In order of name, as ListAccountSettings shows them."""
