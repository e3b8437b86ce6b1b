"""Which targets are in another state than was told.  Pure."""

from collections.abc import Mapping

from homeport.services.elbv2.plan.target_health import not_registered
from homeport.services.elbv2.records.target_groups import Health, HealthChange, TargetKey


def changes(
    told: Mapping[TargetKey, str], shown: Mapping[TargetKey, Health]
) -> tuple[HealthChange, ...]:
    """What there is to tell, by id and port."""
    news = [
        HealthChange(at=at, health=health, before=told.get(at, ""))
        for at, health in shown.items()
        if told.get(at) != health.state
    ]
    news += [
        HealthChange(at=at, health=not_registered(), before=state, is_gone=True)
        for at, state in told.items()
        if at not in shown
    ]
    return tuple(sorted(news, key=lambda each: each.at))
