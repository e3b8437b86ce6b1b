"""EventBridge Scheduler as the application joins it.  No logic but the seed."""

from homeport.runtime import Reconciler, Seed, Service, operations_of
from homeport.services.scheduler.api import groups, schedules, tags
from homeport.services.scheduler.queries.groups import find_group, put_group
from homeport.services.scheduler.reconcile import endings, firing, group_removal, history
from homeport.services.scheduler.records.groups import DEFAULT, Group
from homeport.store import Tx


def services() -> tuple[Service, ...]:
    """The one service of this package."""
    return (
        Service(
            name="scheduler",
            operations=operations_of((groups, schedules, tags)),
            reconcilers=(
                Reconciler(
                    name="schedules",
                    watches=firing.WATCHES,
                    reconcile=firing.reconcile,
                    sweep=firing.sweep,
                    starts_tasks=True,
                ),
                Reconciler(
                    name="schedule endings",
                    watches=endings.WATCHES,
                    reconcile=endings.reconcile,
                    sweep=endings.sweep,
                ),
                Reconciler(
                    name="schedule group removal",
                    watches=group_removal.WATCHES,
                    reconcile=group_removal.reconcile,
                    sweep=group_removal.sweep,
                ),
                Reconciler(
                    name="scheduler history",
                    watches=history.WATCHES,
                    reconcile=history.reconcile,
                    sweep=history.sweep,
                ),
            ),
            seed=seed,
        ),
    )


def seed(tx: Tx, what: Seed) -> None:
    """Say of every region's default group since when it is there."""
    for region in what.regions:
        group = find_group(tx, what.account, region, DEFAULT)
        if group is None or group.created_at is None:
            made = Group(
                account=what.account,
                region=region,
                name=DEFAULT,
                tags=() if group is None else group.tags,
                created_at=what.now,
                modified_at=what.now,
            )
            put_group(tx, made)
