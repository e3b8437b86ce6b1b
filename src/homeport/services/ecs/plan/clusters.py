"""What a cluster may be called and set to.  Pure: nothing here knows what is stored."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from homeport.services.ecs.errors import (
    InvalidParameterException,
    NamespaceNotFoundException,
)
from homeport.services.ecs.records.capacity_providers import BUILT_IN
from homeport.services.ecs.records.clusters import Cluster, ClusterSetting, StrategyItem

INSIGHTS: Final = "containerInsights"
INSIGHTS_VALUES: Final = ("enhanced", "enabled", "disabled")
LOGGING_VALUES: Final = ("NONE", "DEFAULT", "OVERRIDE")

_NAME: Final = re.compile(r"[a-zA-Z0-9\-_]{1,255}")
_INSIGHTS_OF_SWITCH: Final = {"on": "enabled", "off": "disabled"}


def new_cluster(
    *, account: str, region: str, name: str, settings: tuple[ClusterSetting, ...] = ()
) -> Cluster:
    """A cluster with nothing in it; container insights are off unless `settings` say otherwise."""
    return Cluster(
        arn=f"arn:aws:ecs:{region}:{account}:cluster/{name}",
        account=account,
        region=region,
        name=name,
        settings=settings or insights("disabled"),
    )


def checked_name(name: str) -> str:
    """The name as it is; raises InvalidParameterException when a cluster can't have it."""
    if not _NAME.fullmatch(name):
        raise InvalidParameterException(
            f"Cluster name must match ^[a-zA-Z0-9\\-_]{{1,255}}$, but was {name}"
        )
    return name


def insights(value: str) -> tuple[ClusterSetting, ...]:
    """The settings of a cluster whose `containerInsights` is what an account setting says."""
    return (ClusterSetting(name=INSIGHTS, value=_INSIGHTS_OF_SWITCH.get(value, value)),)


def checked_settings(settings: Sequence[Mapping[str, Any]]) -> tuple[ClusterSetting, ...]:
    """The settings as records; raises InvalidParameterException for a name or value unknown."""
    for setting in settings:
        if setting.get("name") != INSIGHTS:
            raise InvalidParameterException(f"cluster setting name should be one of [{INSIGHTS}]")
        if setting.get("value") not in INSIGHTS_VALUES:
            raise InvalidParameterException(
                f"cluster setting value should be one of [{','.join(INSIGHTS_VALUES)}]"
            )
    if len(settings) > 1:
        raise InvalidParameterException(f"{INSIGHTS} is specified more than once.")
    return tuple(
        ClusterSetting(name=setting["name"], value=setting["value"]) for setting in settings
    )


def checked_configuration(configuration: Mapping[str, Any]) -> bytes | None:
    """The configuration as it is kept; None when it is empty.

    Raises InvalidParameterException when it contradicts itself.
    """
    command = configuration.get("executeCommandConfiguration", {})
    logging = command.get("logging", "DEFAULT")
    if logging not in LOGGING_VALUES:
        raise InvalidParameterException(f"logging should be one of [{','.join(LOGGING_VALUES)}]")
    destination = command.get("logConfiguration")
    if destination and logging != "OVERRIDE":
        raise InvalidParameterException(
            "You must set logging to 'OVERRIDE' when you supply a log configuration."
        )
    if logging == "OVERRIDE" and not destination:
        raise InvalidParameterException(
            "You must supply a log configuration when you set logging to 'OVERRIDE'."
        )
    return msgspec.json.encode(configuration) if configuration else None


def refuse_namespace(defaults: Mapping[str, Any] | None) -> None:
    """Raise NamespaceNotFoundException: there is no Cloud Map here yet to find one in.

    An empty name asks for no namespace, which is what every cluster has.
    """
    if defaults and defaults.get("namespace"):
        raise NamespaceNotFoundException(
            f"The namespace {defaults['namespace']} was not found. Homeport does not serve AWS "
            "Cloud Map yet, so a cluster can't have a default Service Connect namespace."
        )


def checked_providers(names: Sequence[str]) -> tuple[str, ...]:
    """The capacity providers of a cluster; raises InvalidParameterException for unknown ones."""
    for name in names:
        if name not in BUILT_IN:
            raise InvalidParameterException(
                f"The specified capacity provider {name} was not found. Specify a valid "
                "capacity provider name and try again."
            )
    if len(set(names)) < len(names):
        raise InvalidParameterException("The specified capacity providers contain duplicates.")
    return tuple(names)


def strategy_of(items: Sequence[Mapping[str, Any]]) -> tuple[StrategyItem, ...]:
    """A capacity provider strategy of a request as records."""
    return tuple(
        StrategyItem(
            capacity_provider=item["capacityProvider"],
            weight=item.get("weight", 0),
            base=item.get("base", 0),
        )
        for item in items
    )
