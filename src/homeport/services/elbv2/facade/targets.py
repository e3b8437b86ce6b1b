"""What load balancing provides to the others: homeport.contracts.targets.

Sole registrar of targets on behalf of services of ECS.
"""

from collections.abc import Sequence

from homeport.contracts.targets import NewTarget, TargetAt, TargetGroupFacts, TargetHealth
from homeport.services.elbv2.plan import draining
from homeport.services.elbv2.plan.target_health import (
    health_of,
    usage_of,
)
from homeport.services.elbv2.queries import (
    forwards,
    target_groups,
    usage,
)
from homeport.services.elbv2.queries import targets as registered
from homeport.services.elbv2.records.target_groups import Target
from homeport.store import ReadTx, Tx


class ElbTargets:
    """The target groups, for services of ECS."""

    def target_group(
        self, tx: ReadTx, account: str, region: str, arn: str
    ) -> TargetGroupFacts | None:
        group = target_groups.find_group(tx, arn)
        if group is None or (group.account, group.region) != (account, region):
            return None
        return TargetGroupFacts(
            arn=group.arn,
            name=group.name,
            target_type=group.target_type,
            protocol=group.protocol,
            vpc_id=group.vpc_id,
            load_balancer_arns=forwards.load_balancers_of_group(tx, arn),
            health_checks=group.health.enabled,
        )

    def register(
        self, tx: Tx, group_arn: str, targets: tuple[NewTarget, ...], *, now: float
    ) -> None:
        if target_groups.find_group(tx, group_arn) is None:
            return
        wanted = [
            Target(
                group_arn=group_arn,
                target_id=each.at.target_id,
                port=each.at.port,
                address=each.address,
                zone=each.zone,
                registered_at=now,
            )
            for each in targets
        ]
        step = draining.register(wanted, _known(tx, group_arn, [each.at for each in targets]))
        registered.insert_targets(tx, step.new)
        registered.save_targets(tx, step.returning)

    def deregister(
        self, tx: Tx, group_arn: str, targets: tuple[TargetAt, ...], *, now: float
    ) -> None:
        group = target_groups.find_group(tx, group_arn)
        if group is None:
            return
        found = tuple(_known(tx, group_arn, targets).values())
        leaving = draining.deregister(found, is_used=group.in_use, now=now)
        registered.delete_targets(tx, leaving.gone)
        registered.save_targets(tx, leaving.draining)

    def health(
        self, tx: ReadTx, group_arn: str, targets: tuple[TargetAt, ...]
    ) -> dict[TargetAt, TargetHealth]:
        group = target_groups.find_group(tx, group_arn)
        if group is None:
            return {}
        used = usage_of(usage.users_of(tx, group_arn) if group.in_use else ())
        found: dict[TargetAt, TargetHealth] = {}
        for target in _known(tx, group_arn, targets).values():
            shown = health_of(target, group, used)
            found[TargetAt(target_id=target.target_id, port=target.port)] = TargetHealth(
                state=shown.state,
                reason=shown.reason,
                description=shown.description,
                is_free=target.is_free,
            )
        return found


def _known(tx: ReadTx, group_arn: str, wanted: Sequence[TargetAt]) -> dict[tuple[str, int], Target]:
    """Those of the wanted targets that the group has, in the order in which they are wanted."""
    found = registered.find_targets(tx, group_arn, [each.target_id for each in wanted])
    keys = ((each.target_id, each.port) for each in wanted)
    return {key: found[key] for key in keys if key in found}
