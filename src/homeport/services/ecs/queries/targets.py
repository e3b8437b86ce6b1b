"""The targets of tasks: statements over who holds which, and what is asked of and told to elbv2.

A held target is known to its target group, or was and drains.  When it is registered and let go
is planned in plan/service/targets.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam, delete, exists, insert, select

from homeport.contracts.targets import NewTarget, TargetAt, Targets
from homeport.services.ecs.records.load_balancing import HeldTarget, SeenTarget, TargetGroup
from homeport.services.ecs.tables import held_targets as table
from homeport.services.ecs.tables import tasks
from homeport.store import ReadTx, Tx

AT_ONCE: Final = 500
"""Parameters of one statement."""

_C = table.c
_HELD = (_C.task_arn, _C.group_arn, _C.target_id, _C.port)
_OF_SERVICE = select(*_HELD).where(_C.service_arn == bindparam("service")).order_by(*_HELD)
_OF_TASK = select(*_HELD).where(_C.task_arn == bindparam("task")).order_by(*_HELD)
_INSERT = insert(table)
_DELETE = delete(table).where(
    _C.task_arn == bindparam("task"),
    _C.group_arn == bindparam("group"),
    _C.target_id == bindparam("target"),
    _C.port == bindparam("number"),
)
_CLAIMED = (
    select(*_HELD)
    .join(tasks, tasks.c.arn == _C.task_arn)
    .where(
        _C.group_arn == bindparam("group"),
        _C.target_id.in_(bindparam("targets", expanding=True)),
        tasks.c.registration.in_(("AWAITED", "REGISTERED")),
    )
)
_SERVICES_OF = (
    select(_C.service_arn)
    .where(_C.group_arn == bindparam("group"))
    .distinct()
    .order_by(_C.service_arn)
)
_GROUPS = select(_C.group_arn).distinct().order_by(_C.group_arn)
_STRAY = (
    select(*_HELD)
    .where(
        _C.group_arn == bindparam("group"),
        ~exists().where(
            tasks.c.arn == _C.task_arn,
            tasks.c.registration.in_(("AWAITED", "REGISTERED", "DRAINING")),
        ),
    )
    .order_by(*_HELD)
)


def held_by_service(tx: ReadTx, service_arn: str) -> dict[str, tuple[HeldTarget, ...]]:
    """The targets that tasks of a service hold, by the task's ARN."""
    held: dict[str, tuple[HeldTarget, ...]] = {}
    for each in _rows(tx.rows(_OF_SERVICE, {"service": service_arn})):
        held[each.task_arn] = (*held.get(each.task_arn, ()), each)
    return held


def held_by_task(tx: ReadTx, task_arn: str) -> tuple[HeldTarget, ...]:
    """The targets that a task holds."""
    return _rows(tx.rows(_OF_TASK, {"task": task_arn}))


def stray_targets(tx: ReadTx, group_arn: str) -> tuple[HeldTarget, ...]:
    """Targets in a group whose task is over, or gone altogether."""
    return _rows(tx.rows(_STRAY, {"group": group_arn}))


def services_of_group(tx: ReadTx, group_arn: str) -> tuple[str, ...]:
    """ARNs of the services that have targets in a group."""
    return tuple(row.service_arn for row in tx.rows(_SERVICES_OF, {"group": group_arn}))


def groups_with_targets(tx: ReadTx) -> tuple[str, ...]:
    """ARNs of every group that a task has a target in."""
    return tuple(row.group_arn for row in tx.rows(_GROUPS))


def find_groups(
    tx: ReadTx, targets: Targets, account: str, region: str, arns: Iterable[str]
) -> dict[str, TargetGroup]:
    """Those of these target groups that exist, by ARN."""
    found = {}
    for arn in dict.fromkeys(arns):
        facts = targets.target_group(tx, account, region, arn)
        if facts is not None:
            found[arn] = TargetGroup(
                arn=arn,
                target_type=facts.target_type,
                protocol=facts.protocol,
                has_load_balancer=bool(facts.load_balancer_arns),
                vpc_id=facts.vpc_id,
            )
    return found


def see(
    tx: ReadTx, targets: Targets, held: Mapping[str, Sequence[HeldTarget]]
) -> dict[str, tuple[SeenTarget, ...]]:
    """How the targets of each task are; `held` and the answer are by the task's ARN."""
    asked = [each for several in held.values() for each in several]
    health = {
        (group, at): how
        for group, its in _by_group(asked).items()
        for at, how in targets.health(tx, group, tuple(dict.fromkeys(map(_at, its)))).items()
    }
    seen = {}
    for arn, several in held.items():
        its_targets = []
        for each in several:
            how = health.get((each.group_arn, _at(each)))
            if how is None:
                its_targets.append(SeenTarget(held=each))
                continue
            its_targets.append(
                SeenTarget(
                    held=each,
                    state=how.state,
                    description=how.description,
                    is_free=how.is_free,
                )
            )
        seen[arn] = tuple(its_targets)
    return seen


def register(
    tx: Tx, targets: Targets, new: Sequence[tuple[HeldTarget, str, str]], *, now: float
) -> None:
    """Register targets, each with its address and its zone."""
    for group, its in _by_group([held for held, _, _ in new]).items():
        places = {held: (address, zone) for held, address, zone in new}
        wanted = tuple(
            NewTarget(at=_at(each), address=places[each][0], zone=places[each][1]) for each in its
        )
        targets.register(tx, group, wanted, now=now)


def deregister(
    tx: Tx, targets: Targets, held: Collection[HeldTarget], *, now: float
) -> tuple[HeldTarget, ...]:
    """Deregister targets, except those that another task has taken over meanwhile: the answer."""
    kept: list[HeldTarget] = []
    leaving = {each.task_arn for each in held}
    for group, its in _by_group(held).items():
        ids = sorted({each.target_id for each in its})
        claimed: set[TargetAt] = set()
        for first in range(0, len(ids), AT_ONCE):
            some = {"group": group, "targets": ids[first : first + AT_ONCE]}
            claimed |= {
                _at(each) for each in _rows(tx.rows(_CLAIMED, some)) if each.task_arn not in leaving
            }
        kept += [each for each in its if _at(each) in claimed]
        gone = tuple(dict.fromkeys(_at(each) for each in its if _at(each) not in claimed))
        if gone:
            targets.deregister(tx, group, gone, now=now)
    return tuple(kept)


def hold(tx: Tx, service_arn: str, held: Sequence[HeldTarget]) -> None:
    """Take note that these targets are held."""
    if held:
        tx.execute(
            _INSERT,
            [
                {
                    "task_arn": each.task_arn,
                    "group_arn": each.group_arn,
                    "target_id": each.target_id,
                    "port": each.port,
                    "service_arn": service_arn,
                }
                for each in held
            ],
        )


def forget(tx: Tx, held: Iterable[HeldTarget]) -> None:
    """These targets are held no longer."""
    gone = [
        {
            "task": each.task_arn,
            "group": each.group_arn,
            "target": each.target_id,
            "number": each.port,
        }
        for each in held
    ]
    if gone:
        tx.execute(_DELETE, gone)


def _rows(rows: Sequence[object]) -> tuple[HeldTarget, ...]:
    return tuple(
        HeldTarget(
            task_arn=row.task_arn,  # type: ignore[attr-defined]
            group_arn=row.group_arn,  # type: ignore[attr-defined]
            target_id=row.target_id,  # type: ignore[attr-defined]
            port=row.port,  # type: ignore[attr-defined]
        )
        for row in rows
    )


def _by_group(held: Iterable[HeldTarget]) -> dict[str, list[HeldTarget]]:
    groups: dict[str, list[HeldTarget]] = {}
    for each in held:
        groups.setdefault(each.group_arn, []).append(each)
    return groups


def _at(held: HeldTarget) -> TargetAt:
    return TargetAt(target_id=held.target_id, port=held.port)
