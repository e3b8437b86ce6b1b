"""Schedules in a random world: each firing starts exactly one task, whatever happens.

Each seed is one history: schedules of rates, cron expressions and single moments, mixed with nodes
that vanish and control planes that are killed between and within any two transactions.  What had to
fire is counted by a model that knows nothing of the scheduler (`schedule_world.Planned`).
"""

from collections.abc import Callable, Iterator

import pytest

from conftest import TurnedClock
from homeport.app.services import providers
from homeport.services.jobs.records.firings import Firing
from ring.fleet_world import WorldNode
from ring.ring_seeds import FIRST, SEEDS, EmptiedStore
from ring.schedule_world import Planned, ScheduleWorld

SHARE = 40
"""Of the ring's seeds one in forty is lived through here."""
BLOCKS = 10
STEPS = 40
JUMPS_S = (0.3, 1.0, 5.0, 21.0, 60.0, 61.0, 400.0, 1000.0)
SCHEDULES_MAX = 6
NO_PLACE = ("AGENT", "RESOURCE", "No Container Instances were found in your cluster.")


class History:
    """One seed."""

    def __init__(self, world: ScheduleWorld) -> None:
        self.world = world
        self.random = world.random
        world.schedule()

    def go(self) -> None:
        """Take the steps, come to a fair end, and count."""
        functions, weights = zip(*self._moves().items(), strict=True)
        for move in self.random.choices(functions, weights, k=STEPS):
            move()
        self.end()

    def _moves(self) -> dict[Callable[[], None], int]:
        return {
            self.work: 20,
            self.some_passes: 10,
            self.wait: 20,
            self.kill: 8,
            self.crash: 6,
            self.lose_wakes: 2,
            self.lose_link: 4,
            self.return_node: 8,
            self.boot_node: 2,
            self.say_badly: 4,
            self.finish: 6,
            self.schedule: 4,
            self.switch: 3,
            self.delete: 1,
        }

    # --- moves -------------------------------------------------------------------------------

    def work(self) -> None:
        self.world.plane.drain(self.random.randrange)
        self.world.fleet.settle_once(self.world.plane)

    def some_passes(self) -> None:
        self.world.plane.drain(self.random.randrange, passes=self.random.randint(1, 5))

    def wait(self) -> None:
        self.world.clock.turn(self.random.choice(JUMPS_S))

    def kill(self) -> None:
        self.world.kill()

    def crash(self) -> None:
        self.world.plane.drain(self.random.randrange, passes=self.random.randint(0, 5))
        self.world.crash()

    def lose_wakes(self) -> None:
        self.world.plane.lose_wakes()
        self.world.plane.wake_all()

    def lose_link(self) -> None:
        self._some_node().lose_link(noticed=self.random.random() < 0.6)

    def return_node(self) -> None:
        for node in self.world.fleet.nodes:
            if not node.connected:
                node.come_back()

    def boot_node(self) -> None:
        node = self._some_node()
        node.lose_link(noticed=True)
        node.boot()

    def say_badly(self) -> None:
        self._some_node().deliver_badly()

    def finish(self) -> None:
        self.world.finish_tasks()

    def schedule(self) -> None:
        if len(self.world.planned) < SCHEDULES_MAX:
            self.world.schedule()

    def switch(self) -> None:
        planned = self._some_schedule()
        if planned is not None:
            self.world.plane.drain()
            self.world.switch(planned)

    def delete(self) -> None:
        planned = self._some_schedule()
        if planned is not None:
            self.world.plane.drain()
            self.world.delete(planned)

    def _some_node(self) -> WorldNode:
        return self.random.choice(self.world.fleet.nodes)

    def _some_schedule(self) -> Planned | None:
        """One that goes on."""
        found = [each for each in self.world.planned if each.every_s and not each.is_deleted]
        return self.random.choice(found) if found else None

    # --- the end -----------------------------------------------------------------------------

    def end(self) -> None:
        """No more faults: what was due is done, and a last sweep finds nothing to do."""
        world = self.world
        self.return_node()
        world.run_until(world.clock.now() + 130.0)
        until = world.clock.now()
        for planned in world.planned:
            if planned.every_s and not planned.is_deleted:
                states = {each.state for each in world.firings(planned)}
                assert "WAITING" not in states, f"{planned} found no room on a cluster that has it"
                world.delete(planned)
        # As long as ECS takes to give up a node that is lost, and tasks to run in turn.
        world.run_until(world.clock.now() + 700.0)
        started: list[str] = []
        for planned in world.planned:
            started += self.check(planned, until if planned.every_s else world.clock.now())
        told = world.told_ends()
        assert sorted(told) == sorted(started), "an end was told of never, or twice"
        before = len(started)
        world.plane.sweep()
        assert sum(len(world.tasks_of(each)) for each in world.planned) == before

    def check(self, planned: Planned, now: float) -> list[str]:
        """Each moment has its firing and each firing its task; answers the tasks."""
        firings = self.world.firings(planned)
        named = [round(each.wanted.scheduled_for, 3) for each in firings]
        expected = [round(each, 3) for each in planned.moments(now)]
        assert named == expected, f"{planned}: fired {named}, not {expected}"
        started: list[str] = []
        for firing in firings:
            runs = self.world.runs(firing)
            tasks = [task for run in runs for task in run.tasks]
            if firing.state == "DELIVERED":
                assert len(tasks) == 1, f"{firing.id} has started {len(tasks)} tasks"
                assert runs[0].is_over, f"the end of {tasks[0].arn} is not known"
            else:
                assert tasks == []
                self.check_why_not(planned, firing)
            started += [task.arn for task in tasks]
        shown = self.world.tasks_of(planned)
        assert sorted(shown) == sorted(started), "a task that no firing knows, or the reverse"
        return started

    def check_why_not(self, planned: Planned, firing: Firing) -> None:
        """What starts no task found no place for it; one that waits for room does so until its
        schedule is deleted."""
        if planned.group == "plain":
            assert firing.state == "FAILED", f"{firing.id} is {firing.state}"
            assert any(why in firing.reason for why in NO_PLACE), firing.reason
        else:
            assert firing.state == "SKIPPED", f"{firing.id} is {firing.state}"
            assert planned.is_deleted
            assert firing.reason == "The schedule was deleted while it waited."


@pytest.fixture(scope="module")
def emptied() -> Iterator[EmptiedStore]:
    made = EmptiedStore()
    yield made
    made.store.close()


@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_firing_starts_one_task_through_every_history(
    block: int, emptied: EmptiedStore
) -> None:
    for seed in range(FIRST + block, FIRST + SEEDS // SHARE, BLOCKS):
        emptied.empty()
        clock = TurnedClock()
        world = ScheduleWorld(emptied.store, clock, providers(clock), seed=seed)
        try:
            History(world).go()
        except Exception as failed:
            raise AssertionError(f"seed {seed}: {failed!r}") from failed
        finally:
            world.plane.end()
