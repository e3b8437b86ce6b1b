"""Statements over schedules."""

import zlib
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update

from homeport.services.scheduler.records.schedules import Schedule
from homeport.services.scheduler.tables import schedules as table
from homeport.store import ReadTx, Tx

SHARDS: Final = 8
"""Parts of all schedules: one control plane may see to some of them and another to the rest."""
CHANGED: Final = "schedule"
"""The kind of change that wakes who fires schedules; its key is a shard."""
ENDING: Final = "schedule ending"
"""The kind of change that says that a schedule fires no more; its key is the ARN."""
HIGHEST: Final = "\U0010ffff"
"""Sorts after every character that a name may have."""

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Schedule)

_OF_REGION = and_(table.c.account == bindparam("account"), table.c.region == bindparam("region"))
_FIND = select(table.c.body).where(table.c.arn == bindparam("of"))
_ALL = select(table.c.body).where(_OF_REGION).order_by(table.c.group_name, table.c.name)
_COUNT = select(func.count()).select_from(table).where(_OF_REGION)
_NAMED = and_(table.c.name >= bindparam("lowest"), table.c.name < bindparam("highest"))
_IN_GROUP = and_(
    _OF_REGION,
    table.c.group_name == bindparam("group_name"),
    table.c.name > bindparam("after"),
    _NAMED,
)
_BEYOND = and_(
    _OF_REGION,
    or_(
        table.c.group_name > bindparam("after_group"),
        and_(
            table.c.group_name == bindparam("after_group"),
            table.c.name > bindparam("after"),
        ),
    ),
    _NAMED,
)
_STATE = table.c.state.in_(bindparam("states", expanding=True))
_PAGE_OF_GROUP = (
    select(table.c.body).where(_IN_GROUP, _STATE).order_by(table.c.name).limit(bindparam("most"))
)
_PAGE = (
    select(table.c.body)
    .where(_BEYOND, _STATE)
    .order_by(table.c.group_name, table.c.name)
    .limit(bindparam("most"))
)
_INSERT = insert(table)
_SAVE = (
    update(table)
    .where(table.c.arn == bindparam("of"))
    .values(
        state=bindparam("new_state"),
        next_at=bindparam("new_next_at"),
        is_ending=bindparam("new_is_ending"),
        body=bindparam("new_body"),
    )
)
_DELETE = delete(table).where(table.c.arn == bindparam("of"))
_DUE = (
    select(table.c.body)
    .where(table.c.shard == bindparam("shard"), table.c.next_at <= bindparam("until"))
    .order_by(table.c.next_at, table.c.arn)
    .limit(bindparam("most"))
)
_NEXT = select(func.min(table.c.next_at)).where(table.c.shard == bindparam("shard"))
_ENDING = select(table.c.arn).where(table.c.is_ending.is_(True)).order_by(table.c.arn)
_ARNS_OF_GROUP = (
    select(table.c.arn)
    .where(_OF_REGION, table.c.group_name == bindparam("group_name"))
    .limit(bindparam("most"))
)
_DELETE_ALL = delete(table).where(table.c.arn.in_(bindparam("arns", expanding=True)))


def find_schedule(tx: ReadTx, arn: str) -> Schedule | None:
    """The schedule with this ARN."""
    body = tx.scalar(_FIND, {"of": arn})
    return None if body is None else _DECODER.decode(body)


def schedules_of(tx: ReadTx, account: str, region: str) -> Iterator[Schedule]:
    """All schedules of a region, by group and name."""
    rows = tx.rows(_ALL, {"account": account, "region": region})
    return (_DECODER.decode(row.body) for row in rows)


def count_of(tx: ReadTx, account: str, region: str) -> int:
    """How many schedules a region has."""
    return int(tx.scalar(_COUNT, {"account": account, "region": region}))


def page_of(
    tx: ReadTx,
    account: str,
    region: str,
    *,
    group: str | None,
    prefix: str,
    states: Sequence[str],
    after: tuple[str, str],
    most: int,
) -> tuple[Schedule, ...]:
    """Up to `most` schedules by group and name, behind the (group, name) `after`."""
    wanted = {
        "account": account,
        "region": region,
        "lowest": prefix,
        "highest": prefix + HIGHEST,
        "states": list(states),
        "most": most,
    }
    if group is None:
        place = {"after_group": after[0], "after": after[1]}
        rows = tx.rows(_PAGE, wanted | place)
    else:
        # What was listed up to a group other than the one asked for is another list.
        begin = after[1] if after[0] == group else ""
        rows = tx.rows(_PAGE_OF_GROUP, wanted | {"group_name": group, "after": begin})
    return tuple(_DECODER.decode(row.body) for row in rows)


def insert_schedule(tx: Tx, schedule: Schedule) -> None:
    """Add a new schedule."""
    shard = shard_of(schedule.arn)
    row = {
        "arn": schedule.arn,
        "account": schedule.account,
        "region": schedule.region,
        "group_name": schedule.group,
        "name": schedule.name,
        "state": schedule.state,
        "shard": shard,
        "next_at": _next_at(schedule),
        "is_ending": schedule.is_ending,
        "body": _ENCODER.encode(schedule),
    }
    tx.execute(_INSERT, row)
    _announce(tx, schedule)


def save_schedule(tx: Tx, schedule: Schedule) -> None:
    """Replace the record of a schedule, and wake who fires it."""
    tx.execute(_SAVE, _saved(schedule))
    _announce(tx, schedule)


def save_fired(tx: Tx, fired: Sequence[Schedule]) -> None:
    """Replace the records of schedules that fired: whoever does that wakes himself."""
    if fired:
        tx.execute(_SAVE, [_saved(each) for each in fired])
    for schedule in fired:
        if schedule.is_ending:
            tx.changed(ENDING, schedule.arn)


def delete_schedule(tx: Tx, arn: str) -> None:
    """Remove a schedule."""
    tx.execute(_DELETE, {"of": arn})


def due(tx: ReadTx, shard: int, *, until: float, most: int) -> tuple[Schedule, ...]:
    """The schedules of a shard that are due, those that have been longest first."""
    rows = tx.rows(_DUE, {"shard": shard, "until": until, "most": most})
    return tuple(_DECODER.decode(row.body) for row in rows)


def next_due(tx: ReadTx, shard: int) -> float | None:
    """When the next schedule of a shard is due."""
    found: float | None = tx.scalar(_NEXT, {"shard": shard})
    return found


def ending(tx: ReadTx) -> tuple[str, ...]:
    """ARNs of the schedules that are to be deleted once their last firing is over."""
    return tuple(row.arn for row in tx.rows(_ENDING))


def delete_some_of_group(tx: Tx, account: str, region: str, group: str, *, most: int) -> int:
    """Remove up to `most` schedules of a group; answers how many."""
    wanted = {"account": account, "region": region, "group_name": group, "most": most}
    arns = [row.arn for row in tx.rows(_ARNS_OF_GROUP, wanted)]
    if arns:
        tx.execute(_DELETE_ALL, {"arns": arns})
    return len(arns)


def shard_of(arn: str) -> int:
    """The shard of a schedule, the same in every process."""
    return zlib.crc32(arn.encode()) % SHARDS


def _saved(schedule: Schedule) -> dict[str, object]:
    return {
        "of": schedule.arn,
        "new_state": schedule.state,
        "new_next_at": _next_at(schedule),
        "new_is_ending": schedule.is_ending,
        "new_body": _ENCODER.encode(schedule),
    }


def _next_at(schedule: Schedule) -> float | None:
    return None if schedule.upcoming is None else schedule.upcoming.due_at


def _announce(tx: Tx, schedule: Schedule) -> None:
    if schedule.upcoming is not None:
        tx.changed(CHANGED, str(shard_of(schedule.arn)))
    if schedule.is_ending:
        tx.changed(ENDING, schedule.arn)
