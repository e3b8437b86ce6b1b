"""A schedule through crashes: whatever moment the control plane dies at, one task per firing."""

from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.services.jobs import tables
from homeport.store import Store, Tx
from jobs_world import CLUSTER, ROLE, JobsWorld
from ring.driver import Wake
from task_definition_documents import container, document

FIRINGS = 12
OURS = frozenset({"schedules", "firings", "runs", "event routing", "room for firings"})


class Killed(Exception):
    """kill -9."""


class Assassin:
    """Fulfils `Watch`: kills the control plane just before or just after a commit."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.kills = 0
        self.is_armed = False

    def before(self, tx: Tx, cause: Wake) -> Any:
        return None

    def after(self, tx: Tx, cause: Wake, before: Any) -> bool:
        is_news = bool(tx.changes)
        self._strike(cause, is_news=is_news)
        return is_news

    def committed(self, cause: Wake, seen: Any) -> None:
        self._strike(cause, is_news=seen)

    def _strike(self, cause: Wake, *, is_news: bool) -> None:
        """Where nothing was changed nothing could be lost."""
        if self.is_armed and is_news and cause[0] in OURS and self.random.random() < 0.4:
            self.kills += 1
            raise Killed


def survive(world: JobsWorld) -> None:
    """Drive the control plane; whenever it is killed another takes its place."""
    while True:
        try:
            world.plane.drain()
        except Killed:
            world.plane.lose_wakes()
            world.plane.wake_all()
        else:
            return


@pytest.mark.parametrize("seed", range(6))
def test_each_firing_is_one_task_whenever_the_control_plane_dies(
    store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers, seed: int
) -> None:
    assassin = Assassin(seed)
    world = JobsWorld(store, clock, ids, peers, watch=assassin)
    world.plane.ask("RegisterTaskDefinition", **document(container(memory=4, cpu=0), family="tiny"))
    world.ask(
        "scheduler",
        "CreateSchedule",
        Name="often",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": CLUSTER, "RoleArn": ROLE, "EcsParameters": {"TaskDefinitionArn": "tiny"}},
    )
    world.plane.drain()  # A rate fires at once, then at its intervals.
    assassin.is_armed = True
    for _ in range(FIRINGS):
        clock.turn(60.0)
        survive(world)
        world.node.pull()
        for arn in list(world.node.tasks):
            if world.node.tasks[arn].phase == "ACCEPTED":
                world.node.step(arn)
                world.node.step(arn)
                world.node.exit(arn, 0)
        world.node.deliver()
        survive(world)
    assassin.is_armed = False
    world.node.settle()
    world.plane.sweep()
    assert assassin.kills > FIRINGS / 2
    firings = store.read(lambda tx: tx.rows(select(tables.firings.c.id)))
    found = [world.firing(row.id) for row in firings]
    begun = min(each.wanted.scheduled_for for each in found)
    assert sorted(each.wanted.scheduled_for - begun for each in found) == [
        60.0 * number for number in range(1 + FIRINGS)
    ]
    runs = [world.run(each.id) for each in found]
    assert [each.outcome for each in runs] == ["SUCCEEDED"] * len(found)
    started = {task.arn for run in runs for task in run.tasks}
    assert len(started) == len(found)
    assert started == set(world.tasks())
