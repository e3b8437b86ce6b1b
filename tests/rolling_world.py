"""A service in a world that means no good, and what has to hold there at every plan.

Tasks start late, fail, fall ill, recover and are slow to stop; instances drain, tasks are
protected, counts, percentages and revisions change.  Then the world turns fair, and the service has
to arrive.
The bounds are computed here in fractions, not by the code under test.
"""

import math
from fractions import Fraction
from random import Random
from typing import Any

from msgspec.structs import replace

from homeport.services.ecs.records.service_views import Member, Stop
from service_members import member

ROUNDS_MAX = 400
RUNNING = ("YOUNG", "HEALTHY", "UNHEALTHY")
PERCENTS = (
    (50, 100), (100, 200), (100, 150), (100, 125), (50, 200), (0, 100), (0, 200), (75, 100),
    (75, 125), (34, 134), (99, 110), (10, 1000),
)  # fmt: skip


class World:
    """The tasks of one service, and everything that can happen to them."""

    def __init__(self, planner: Any, seed: int) -> None:
        """Let `planner` (the module, or a copy of it) decide."""
        self._planner = planner
        self._random = Random(seed)
        self.desired = self._random.randrange(9)
        self.percents = self._random.choice(PERCENTS)
        self.tasks: dict[str, Member] = {}
        self._rollout = 1
        self._born = 0
        self._told = {"may_start": True, "may_replace": True, "has_place": True}
        self._stopped: set[str] = set()

    @property
    def primary(self) -> str:
        return f"ecs-svc/{self._rollout}"

    def bounds(self) -> tuple[int, int]:
        """L and U."""
        minimum, maximum = self.percents
        lower = math.ceil(Fraction(self.desired * minimum, 100))
        return lower, math.floor(Fraction(self.desired * maximum, 100))

    # --- what the service does --------------------------------------------------------------

    def plan(self) -> Any:
        """Plan, check the plan, and do what it says."""
        members = tuple(self.tasks.values())
        plan = self._planned(members)
        self._check(plan)
        again = self._planned(tuple(self._random.sample(members, len(members))))
        assert set(again.stops) == set(plan.stops), "the order of the tasks decides nothing"
        assert (again.start, again.is_blocked) == (plan.start, plan.is_blocked)
        for stop in plan.stops:
            self._become(stop.arn, "STOPPING")
            self._stopped.add(stop.arn)
        for _ in range(plan.start):
            self._born += 1
            place = self._random.randrange(6)
            self.tasks[f"task-{self._born:05}"] = member(
                f"task-{self._born:05}",
                "PENDING",
                rollout=self.primary,
                instance=f"i-{place}",
                zone="abc"[place % 3],
                created_at=float(self._born // 3),
            )
        return plan

    def _planned(self, members: tuple[Member, ...]) -> Any:
        return self._planner.plan_rolling(
            self._planner.Situation(
                desired=self.desired,
                minimum_healthy_percent=self.percents[0],
                maximum_percent=self.percents[1],
                primary=self.primary,
                members=members,
                **self._told,
            )
        )

    def _check(self, plan: Any) -> None:
        lower, upper = self.bounds()
        there = [each for each in self.tasks.values() if each.standing != "OVER"]
        own = [each for each in there if each.task.rollout_id == self.primary]
        good = [
            each
            for each in own
            if each.standing in ("PENDING", "YOUNG", "HEALTHY") and not each.leaves
        ]
        assert plan.start >= 0
        assert len(there) + plan.start <= max(upper, len(there)), "never more than U by our starts"
        assert plan.start <= max(0, self.desired - len(good)), "no more than are missing"
        assert self._told["may_start"] or not plan.start
        self._check_stops(plan.stops)
        healthy = self._having("HEALTHY")
        going = {stop.arn for stop in plan.stops}
        assert len(healthy - going) >= min(lower, len(healthy)), "never fewer healthy than L"
        staying = [each for each in good if each.task.arn not in going]
        assert len(staying) >= min(self.desired, len(good)), "never more than the surplus"
        self._check_stand_ins(plan.stops, own, len([e for e in good if e.standing == "HEALTHY"]))
        if plan.is_blocked:
            self._check_blocked(plan, lower, upper)

    def _check_stand_ins(self, stops: tuple[Stop, ...], own: list[Member], up: int) -> None:
        """What waits for its replacement waits long enough."""
        sick = [each for each in own if each.standing == "UNHEALTHY" and each.leaves != "draining"]
        moving = [each for each in own if each.leaves == "rebalanced"]
        moving = [each for each in moving if each.standing in ("YOUNG", "HEALTHY")]
        cured = len({each.task.arn for each in sick}.intersection(stop.arn for stop in stops))
        moved = len({each.task.arn for each in moving}.intersection(stop.arn for stop in stops))
        standing_in = up + len(moving)
        assert standing_in - moved >= min(self.desired, standing_in), "replaced before it moves"
        running = len(self._having("YOUNG", "HEALTHY")) + len(sick)
        assert (
            cured <= max(0, standing_in + len(sick) - self.desired)
            or cured == 1
            or running - cured >= self.bounds()[0]
        ), "replaced before it stops, or its room is needed, or one at a time"

    def _check_stops(self, stops: tuple[Stop, ...]) -> None:
        arns = [stop.arn for stop in stops]
        assert len(arns) == len(set(arns)), "no task is stopped twice in a plan"
        assert not self._stopped.intersection(arns), "nor in two"
        for arn in arns:
            each = self.tasks[arn]
            assert each.standing not in ("STOPPING", "OVER")
            assert not each.is_protected or each.standing == "UNHEALTHY", "protected ones stay"

    def _check_blocked(self, plan: Any, lower: int, upper: int) -> None:
        assert not plan.start
        assert not plan.stops
        assert not self._having("PENDING", "YOUNG", "STOPPING"), "waiting would change something"
        there = self._having("HEALTHY", "UNHEALTHY")
        assert len(there) >= upper, "U leaves no room"
        moving = {arn for arn in there if self.tasks[arn].leaves == "rebalanced"}
        others = {arn for arn in there if self.tasks[arn].task.rollout_id != self.primary}
        assert moving or len(self._having("HEALTHY")) <= lower, "L spares none"
        assert moving or others or any(self.tasks[arn].leaves for arn in there)

    # --- what happens to it -----------------------------------------------------------------

    def _having(self, *standings: str) -> set[str]:
        return {arn for arn, each in self.tasks.items() if each.standing in standings}

    def _become(self, arn: str, standing: Any) -> None:
        self.tasks[arn] = replace(self.tasks[arn], standing=standing)

    def disturb(self) -> None:
        """One thing happens, rarely a good one."""
        random = self._random
        if random.random() < 0.1:
            self._new_wishes()
        if random.random() < 0.1:
            self._told[random.choice(list(self._told))] ^= True
        live = sorted(self._having("PENDING", *RUNNING))
        if random.random() < 0.2 and live:
            self._disturb_place(random.choice(live))
        for arn in sorted(self._having("STOPPING")):
            if random.random() < 0.3:
                self._become(arn, "OVER")
        for arn in random.sample(live, min(len(live), random.randrange(4))):
            self._become(arn, random.choice(self._next(arn)))

    def _next(self, arn: str) -> tuple[str, ...]:
        match self.tasks[arn].standing:
            case "PENDING":
                return ("YOUNG", "YOUNG", "YOUNG", "OVER")
            case "YOUNG":
                return ("HEALTHY", "HEALTHY", "HEALTHY", "UNHEALTHY", "OVER")
            case "HEALTHY":
                return ("HEALTHY", "UNHEALTHY", "YOUNG", "OVER")
            case _:
                return ("UNHEALTHY", "HEALTHY", "OVER")

    def _new_wishes(self) -> None:
        match self._random.randrange(3):
            case 0:
                self.desired = self._random.randrange(9)
            case 1:
                self._rollout += 1
            case _:
                self.percents = self._random.choice(PERCENTS)

    def _disturb_place(self, arn: str) -> None:
        each = self.tasks[arn]
        match self._random.randrange(4):
            case 0:
                self.tasks[arn] = replace(each, is_protected=not each.is_protected)
            case 1 | 2 if each.standing == "HEALTHY" and not each.leaves:
                self.tasks[arn] = replace(each, leaves="rebalanced")
            case _:
                for other in self.tasks.values():
                    if other.task.instance_arn == each.task.instance_arn:
                        self.tasks[other.task.arn] = replace(other, leaves="draining")

    # --- a fair world -----------------------------------------------------------------------

    def calm_down(self) -> None:
        """Nothing holds anything back any more."""
        self._told = dict.fromkeys(self._told, True)
        self.tasks = {arn: replace(each, is_protected=False) for arn, each in self.tasks.items()}

    def go_on(self) -> None:
        """Everything takes its course, some of it late."""
        for arn in sorted(self._having("PENDING", "YOUNG", "STOPPING")):
            if self._random.random() < 0.6:
                standing = self.tasks[arn].standing
                after = {"PENDING": "YOUNG", "YOUNG": "HEALTHY", "STOPPING": "OVER"}[standing]
                self._become(arn, after)

    def settle(self) -> None:
        """Plan until nothing is left to do: everything is as it should be, or blocked for good."""
        for _ in range(ROUNDS_MAX):
            plan = self.plan()
            if not plan.stops and not self._having("PENDING", "YOUNG", "STOPPING"):
                break
            self.go_on()
        else:
            raise AssertionError("it never ends")
        if plan.is_blocked:
            return
        there = [each for each in self.tasks.values() if each.standing != "OVER"]
        assert len(there) == self.desired
        assert {each.task.rollout_id for each in there} <= {self.primary}
        assert all(each.standing == "HEALTHY" and not each.leaves for each in there)


def live_through(planner: Any, seed: int, trouble: int = 40) -> None:
    """One service from its beginning to a good end."""
    world = World(planner, seed)
    for _ in range(trouble):
        world.plan()
        world.disturb()
    world.calm_down()
    world.settle()
