"""The deployment configurations that exist from the start.  Pure.

CodeDeploy has more: for instances and for Lambda functions, which nothing here could use.
"""

from collections.abc import Mapping
from typing import Final

from homeport.kernel.ids import named_uuid
from homeport.kernel.traffic_shift import Shift
from homeport.services.codedeploy.records.deployment_configs import DeploymentConfig

PREFIX: Final = "CodeDeployDefault."
ALL_AT_ONCE: Final = f"{PREFIX}ECSAllAtOnce"
SINCE: Final = 1_543_276_800.0
"""When blue/green deployments of services came to CodeDeploy: 27 November 2018."""

_TENTH: Final = 100
_SHIFTS: Final[Mapping[str, Shift]] = {
    ALL_AT_ONCE: Shift(),
    f"{PREFIX}ECSCanary10Percent15Minutes": Shift(
        kind="canary", tenths=_TENTH, interval_s=15 * 60.0
    ),
    f"{PREFIX}ECSCanary10Percent5Minutes": Shift(kind="canary", tenths=_TENTH, interval_s=5 * 60.0),
    f"{PREFIX}ECSLinear10PercentEvery1Minutes": Shift(
        kind="linear", tenths=_TENTH, interval_s=60.0
    ),
    f"{PREFIX}ECSLinear10PercentEvery3Minutes": Shift(
        kind="linear", tenths=_TENTH, interval_s=3 * 60.0
    ),
}
PREDEFINED: Final[Mapping[str, DeploymentConfig]] = {
    name: DeploymentConfig(id=named_uuid(name), name=name, shift=shift, created_at=SINCE)
    for name, shift in _SHIFTS.items()
}
"""Every one that shifts traffic of a service, by name."""
