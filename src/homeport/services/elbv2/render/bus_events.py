"""What EventBridge is told of targets: an event of Homeport's own, in the words of ELB's API."""

from typing import Any, Final

from homeport.contracts.bus import BusEvent
from homeport.services.elbv2.records.target_groups import HealthChange, TargetGroup

SOURCE: Final = "homeport.elasticloadbalancing"
DETAIL_TYPE: Final = "ELB Target Health State Change"


def health_change(
    group: TargetGroup, load_balancers: tuple[str, ...], change: HealthChange, *, at: float
) -> BusEvent:
    """The event of a target that is in another state."""
    target_id, port = change.at
    health = change.health
    detail: dict[str, Any] = {
        "targetGroupName": group.name,
        "target": {"id": target_id, "port": port},
        "state": health.state,
        "previousState": change.before,
        "reason": health.reason,
        "description": health.description,
    }
    return BusEvent(
        account=group.account,
        region=group.region,
        source=SOURCE,
        detail_type=DETAIL_TYPE,
        resources=(group.arn, *load_balancers),
        detail={name: value for name, value in detail.items() if value},
        at=at,
    )
