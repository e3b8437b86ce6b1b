"""What a seed makes of services that others deploy: a deployer, faults, and a fair end."""

from collections.abc import Callable

from ring.service_ends import FairEnd
from ring.service_facts import GONE
from ring.service_histories import History
from ring.task_set_world import TaskSetWorld, WantedSet

STEPS = 40
SCALES = (0, 0.5, 10, 25, 50, 66.6, 100, 100)
KINDS = ("bridge", "bridge", "awsvpc", "fargate")


class TaskSetEnd(FairEnd):
    """Every task set that is wanted is STEADY_STATE, and nothing else is left."""

    world: TaskSetWorld

    def is_right(self, name: str) -> bool:
        shown = self.world.shown(name)
        assert shown is not None
        if self.world.services[name].deleted:
            return bool(shown["status"] == "INACTIVE")
        assert shown["desiredCount"] == self.world.services[name].desired
        sets = self.world.shown_sets(name)
        count = sum(each["computedDesiredCount"] for each in sets.values())
        facts = self.facts(name)
        is_told = facts.service.steady or not sets
        right = len(facts.occupying) == shown["runningCount"] == count
        return self.world.is_stable(name) and is_told and right

    def check_end(self) -> None:
        known = self.world.watch.last.tasks
        up = {arn for arn, task in known.items() if task.last_status not in GONE}
        assert up == set(self.world.fleet.up()), "records and nodes do not agree"
        assert {arn for node in self.world.fleet.nodes for arn in node.tasks} == up
        for wanted in self.world.sets.values():
            shown = self.world.shown_sets(wanted.service)[wanted.id]
            assert shown["scale"]["value"] == wanted.scale
        self.check_targets()
        self.check_quiet()


class TaskSetHistory(History):
    """One seed."""

    world: TaskSetWorld

    def __init__(self, world: TaskSetWorld, *, steps: int = STEPS) -> None:
        self.steps = steps
        self.world = world
        self.random = world.random
        self.fair_end = TaskSetEnd(world)
        for number in range(self.random.randint(1, 5)):
            world.fleet.add(world.plane, **self._machine(number))
        for number in range(self.random.randint(1, 2)):
            world.create_external(f"s{number}", self.random.choice((1, 2, 3, 4)))
            self.make_set()

    def _moves(self) -> dict[Callable[[], None], int]:
        kept = {
            *("scale", "delete", "drain_instance", "activate_instance", "stop_task", "protect"),
            *("deregister", "work", "move_one", "die", "sicken", "listen", "say", "say_badly"),
            *("lose_link", "return_node", "boot_node", "crash", "lose_wakes", "some_passes"),
            *("all_passes", "wait", "check_targets", "fail_target", "stay_connected"),
            "deregister_by_hand",
        }
        usual = {move: weight for move, weight in super()._moves().items() if move.__name__ in kept}
        return usual | {
            self.create_external_again: 4,
            self.make_set: 8,
            self.rescale: 6,
            self.promote: 5,
            self.drop: 5,
            self.work: 30,
        }

    def create_external_again(self) -> None:
        gone = [each for each in self.world.services.values() if each.deleted]
        if gone:
            name = self.random.choice(gone).name
            self.world.create_external(name, self.random.choice((0, 1, 2, 4)))

    def make_set(self) -> None:
        random = self.random
        image = random.choice(("good:1", "good:2", "good:3", "never:1", "sick:1", "crash:1"))
        self.world.make(
            self._some_service().name,
            random.choice(SCALES),
            group=random.choice((None, 0, 1)),
            kind=random.choice(KINDS),
            image=image,
            checked=image == "sick:1" or random.random() < 0.4,
        )

    def rescale(self) -> None:
        wanted = self._some_set()
        if wanted is not None:
            self.world.rescale(wanted.id, self.random.choice(SCALES))

    def promote(self) -> None:
        wanted = self._some_set()
        if wanted is not None:
            self.world.promote(wanted.id)

    def drop(self) -> None:
        wanted = self._some_set()
        if wanted is not None:
            self.world.drop(wanted.id)

    def _some_set(self) -> WantedSet | None:
        sets = list(self.world.sets.values())
        return self.random.choice(sets) if sets else None
