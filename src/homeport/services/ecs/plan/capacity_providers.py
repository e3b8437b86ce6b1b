"""Capacity provider strategies: which are allowed, and how tasks are dealt out.  Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.records.clusters import StrategyItem

PROVIDERS_MAX: Final = 20
"""Capacity providers of one strategy."""


def validate_strategy(strategy: Sequence[StrategyItem], associated: Collection[str]) -> None:
    """Raise InvalidParameterException for a strategy that ECS does not take.

    `associated` are the capacity providers of the cluster.
    """
    names = [item.capacity_provider for item in strategy]
    if len(names) > PROVIDERS_MAX:
        raise InvalidParameterException(
            "The specified capacity provider strategy contains more than "
            f"{PROVIDERS_MAX} capacity providers."
        )
    if len(set(names)) < len(names):
        raise InvalidParameterException(
            "The specified capacity provider strategy contains duplicate capacity providers."
        )
    if any(name not in associated for name in names):
        raise InvalidParameterException(
            "The specified capacity provider strategy cannot contain a capacity provider that is "
            "not associated with the cluster. Associate the capacity provider with the cluster "
            "and try again."
        )
    if sum(item.base > 0 for item in strategy) > 1:
        raise InvalidParameterException(
            "The specified capacity provider strategy contains multiple capacity providers with "
            "a base value defined."
        )


def require_weight(strategy: Sequence[StrategyItem], *, is_default: bool) -> None:
    """Raise InvalidParameterException when no task could be placed beyond the base.

    ECS stores such a strategy as a cluster's default, and refuses it when it is to be used.
    """
    if any(item.weight > 0 for item in strategy):
        return
    which = "default" if is_default else "specified"
    remedy = (
        "Update the cluster's default capacity provider strategy or specify a valid capacity "
        "provider strategy and try again."
        if is_default
        else "Specify a valid capacity provider strategy and try again."
    )
    raise InvalidParameterException(
        "There are no capacity providers with a weight value greater than zero defined in the "
        f"{which} capacity provider strategy. At least one capacity provider must have a weight "
        f"value greater than zero specified. {remedy}"
    )


def split(
    count: int, strategy: Sequence[StrategyItem], running: Mapping[str, int]
) -> tuple[tuple[str, int], ...]:
    """Deal `count` new tasks out: the base first, the rest so that the totals follow the weights.

    `running` are the tasks that each capacity provider has already.  Providers without a share
    are left out; the order is the strategy's.  With no weight above zero only the base is dealt.
    """
    totals = {item.capacity_provider: running.get(item.capacity_provider, 0) for item in strategy}
    shares = dict.fromkeys(totals, 0)
    left = count
    for item in strategy:
        missing = min(left, max(0, item.base - totals[item.capacity_provider]))
        shares[item.capacity_provider] += missing
        totals[item.capacity_provider] += missing
        left -= missing
    weighted = [item for item in strategy if item.weight > 0]
    for _ in range(left if weighted else 0):
        chosen = min(weighted, key=lambda item: _load(item, totals[item.capacity_provider]))
        shares[chosen.capacity_provider] += 1
        totals[chosen.capacity_provider] += 1
    return tuple((name, share) for name, share in shares.items() if share)


def _load(item: StrategyItem, total: int) -> float:
    """How far a provider would be along its weight with one task more beyond its base."""
    return (max(0, total - item.base) + 1) / item.weight
