"""DAEMON services: situations written as text, and a cluster that means no good."""

import math
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

from msgspec.structs import replace

from homeport.services.ecs.records.service_views import Member
from service_members import GROUPS, NEW, STANDINGS, member, stopped

ROUNDS_MAX = 300


class Case(NamedTuple):
    """What the plan is told, and what it has to answer."""

    says: str
    percent: int
    instances: str
    tasks: str
    start_on: str = ""
    stops: str = ""
    blocked: bool = False
    protected: int = 0
    told: dict[str, Any] = {}


THROTTLED: dict[str, Any] = {"may_start": False}
FAILED: dict[str, Any] = {"may_start": False, "may_replace": False}

CASES = (
    Case("one on every instance", 0, "abc", "", "abc"),
    Case("only where there is none", 0, "abc", "new:H@b", "ac"),
    Case("what stops is in the way", 0, "ab", "new:S@a", "b"),
    Case("what is over is not", 0, "ab", "new:O@a new:P@b", "a"),
    Case("no instance, no task", 0, "", ""),
    Case("throttled", 0, "ab", "new:H@a", told=THROTTLED),
    # Instances that drain, or that do not meet the constraints any more.
    Case("strays stop", 0, "a", "new:H@a new:P@x new:Y@y new:H@z", "", "draining:PYH"),
    Case("strays do not count for L", 75, "a", "new:H@a old:H@x", "", "draining:H"),
    Case("strays that stop", 0, "a", "new:H@a new:S@x new:O@y"),
    Case("protected strays stay", 0, "a", "new:H@a new:h@x", protected=1),
    Case("sick ones do not", 0, "a", "new:H@a new:u@x", stops="draining:u"),
    Case("when failed, too", 0, "a", "old:H@a old:H@x", stops="draining:H", told=FAILED),
    # Replacing: 0 % of any number may be stopped at once, 50 % of 4 leaves two.
    Case("all at once", 0, "ab", "old:H@a old:H@b", stops="superseded:HH"),
    Case("then all start", 0, "ab", "", "ab"),
    Case("half of four", 50, "abcd", "old:H@a old:H@b old:H@c old:H@d", stops="superseded:HH"),
    Case("the others wait", 50, "abcd", "old:H@c old:H@d new:P@a new:Y@b"),
    Case("one is healthy", 50, "abcd", "old:H@c old:H@d new:H@a new:Y@b", stops="superseded:H"),
    Case("75 % of 3 is 3: blocked", 75, "abc", "old:H@a old:H@b old:H@c", blocked=True),
    Case("not while one starts", 75, "abc", "old:H@a old:H@b", "c"),
    Case("not while one is YOUNG", 75, "abc", "old:H@a old:H@b new:Y@c"),
    Case("not while one is PENDING", 75, "abc", "old:H@a old:H@b new:P@c"),
    Case("not while one stops", 75, "abc", "old:H@a old:H@b new:S@c"),
    Case("not when it is the throttle", 75, "abc", "old:H@a old:H@b old:H@c", told=THROTTLED),
    Case("nor when nothing is to be replaced", 75, "abc", "new:H@a new:H@b new:H@c"),
    Case("50 % of 3 is 2", 50, "abc", "old:H@a old:H@b old:H@c", stops="superseded:H"),
    Case("PENDING and sick at once", 100, "abc", "old:H@a old:P@b old:U@c", "", "superseded:PU"),
    Case("YOUNG ones wait for L", 100, "ab", "old:Y@a old:H@b"),
    Case("YOUNG ones go first", 50, "ab", "old:H@a old:Y@b", stops="superseded:Y"),
    Case("protected ones stay", 0, "ab", "old:h@a old:H@b", stops="superseded:H", protected=1),
    Case("not the percentage, protection", 50, "ab", "old:h@a new:H@b", protected=1),
    Case("when failed, the old ones stay", 0, "ab", "old:H@a new:U@b", told=FAILED),
    Case("old and new on one instance", 0, "a", "old:H@a new:H@a", stops="superseded:H"),
    # Unhealthy ones are stopped first, for two never fit: one at a time, or as L allows.
    Case("unhealthy, all of them", 0, "abc", "new:U@a new:U@b new:U@c", stops="unhealthy:UUU"),
    Case("half of four", 50, "abcd", "new:U@a new:U@b new:U@c new:U@d", "", "unhealthy:UU"),
    Case("YOUNG ones run", 50, "abcd", "new:U@a new:U@b new:Y@c new:Y@d", "", "unhealthy:UU"),
    Case("L is no reason to keep one", 100, "ab", "new:U@a new:H@b", stops="unhealthy:U"),
    Case("but one at a time", 100, "ab", "new:U@a new:U@b", stops="unhealthy:U"),
    Case("while one stops", 100, "ab", "new:S@a new:U@b"),
    Case("while one starts", 100, "ab", "new:U@b", "a"),
    Case("while one is PENDING", 100, "ab", "new:P@a new:U@b"),
    Case("protection is not for them", 0, "a", "new:u@a", stops="unhealthy:u"),
    Case("throttled: they stay", 0, "a", "new:U@a", told=THROTTLED),
    # Two of the primary rollout: nobody wanted that.
    Case("the oldest stays", 0, "a", "new:H@a new:H@a new:P@a", stops="scaling:PH"),
    Case("and does not stop", 0, "a", "new:S@a new:H@a"),
    Case("that is not sick", 0, "a", "new:U@a new:H@a", stops="unhealthy:U"),
    Case("protected doubles stay", 0, "a", "new:H@a new:h@a", protected=1),
    Case("L holds for doubles", 100, "ab", "new:P@a new:H@a new:H@b"),
)  # fmt: skip


def tasks_on(text: str) -> tuple[Member, ...]:
    """``new:H@a old:P@b``: a group and a letter as in `service_members`, and an instance."""
    found = []
    for number, each in enumerate(text.split()):
        what, _, instance = each.partition("@")
        group, _, letter = what.partition(":")
        rollout, leaves = GROUPS[group]
        found.append(
            member(
                f"task-{number:03}",
                STANDINGS[letter.upper()],
                rollout=rollout,
                instance=instance,
                created_at=float(number),
                leaves=leaves,
                is_protected=letter.islower(),
            )
        )
    return tuple(found)


def check(planner: Any, case: Case) -> None:
    """Let `planner` (the module, or a copy) plan, and compare."""
    tasks = tasks_on(case.tasks)
    plan = planner.plan_daemon(
        planner.DaemonSituation(
            instances=tuple(case.instances),
            minimum_healthy_percent=case.percent,
            primary=NEW,
            members=tasks,
            **case.told,
        )
    )
    answer = ("".join(plan.start_on), stopped(plan.stops, tasks), plan.is_blocked, plan.protected)
    assert answer == (case.start_on, case.stops, case.blocked, case.protected), case.says


class Cluster:
    """The instances and tasks of one DAEMON service, and everything that can happen to them."""

    def __init__(self, planner: Any, seed: int) -> None:
        self._planner = planner
        self._random = Random(seed)
        self._percent = self._random.choice((0, 0, 25, 50, 66, 75, 99))
        self._instances = set("abcd")
        self._rollout = 1
        self._born = 0
        self._stopped: set[str] = set()
        self._told = {"may_start": True, "may_replace": True}
        self.tasks: dict[str, Member] = {}

    @property
    def primary(self) -> str:
        return f"ecs-svc/{self._rollout}"

    def plan(self) -> Any:
        """Plan, check the plan, and do what it says."""
        members = tuple(self.tasks.values())
        plan = self._planned(members)
        self._check(plan)
        again = self._planned(tuple(self._random.sample(members, len(members))))
        assert set(again.stops) == set(plan.stops), "the order of the tasks decides nothing"
        assert (again.start_on, again.is_blocked) == (plan.start_on, plan.is_blocked)
        for stop in plan.stops:
            self.tasks[stop.arn] = replace(self.tasks[stop.arn], standing="STOPPING")
            self._stopped.add(stop.arn)
        for instance in plan.start_on:
            self._born += 1
            arn = f"task-{self._born:04}"
            self.tasks[arn] = member(
                arn, "PENDING", rollout=self.primary, instance=instance, created_at=self._born / 3
            )
        return plan

    def _planned(self, members: tuple[Member, ...]) -> Any:
        return self._planner.plan_daemon(
            self._planner.DaemonSituation(
                instances=tuple(sorted(self._instances)),
                minimum_healthy_percent=self._percent,
                primary=self.primary,
                members=members,
                **self._told,
            )
        )

    def _check(self, plan: Any) -> None:
        there = [each for each in self.tasks.values() if each.standing != "OVER"]
        occupied = {each.task.instance_arn for each in there}
        assert not occupied.intersection(plan.start_on), "two on one instance"
        assert self._instances.issuperset(plan.start_on)
        assert len(set(plan.start_on)) == len(plan.start_on)
        assert self._told["may_start"] or not plan.start_on
        arns = {stop.arn for stop in plan.stops}
        assert len(arns) == len(plan.stops), "stopped twice"
        assert not arns & self._stopped, "stopped again"
        for arn in arns:
            each = self.tasks[arn]
            assert each.standing not in ("STOPPING", "OVER")
            assert not each.is_protected or each.standing == "UNHEALTHY"
        healthy = {
            each.task.arn
            for each in there
            if each.standing == "HEALTHY" and each.task.instance_arn in self._instances
        }
        lower = math.ceil(Fraction(len(self._instances) * self._percent, 100))
        assert len(healthy - arns) >= min(lower, len(healthy)), "never fewer healthy than L"
        if plan.is_blocked:
            assert not plan.start_on
            assert not arns
            assert len(healthy) <= lower
            assert any(each.task.rollout_id != self.primary for each in there)

    def disturb(self) -> None:
        """One thing happens, rarely a good one."""
        random = self._random
        if random.random() < 0.1:
            self._rollout += 1
        if random.random() < 0.1:
            self._told[random.choice(list(self._told))] ^= True
        if random.random() < 0.15:
            self._instances ^= {random.choice("abcdef")}
        for arn, each in sorted(self.tasks.items()):
            if each.standing == "STOPPING" and random.random() < 0.4:
                self.tasks[arn] = replace(each, standing="OVER")
            elif each.standing not in ("STOPPING", "OVER") and random.random() < 0.4:
                after = random.choice(("YOUNG", "HEALTHY", "HEALTHY", "UNHEALTHY", "OVER"))
                self.tasks[arn] = replace(each, standing=after, is_protected=random.random() < 0.1)

    def settle(self) -> None:
        """In a fair world every instance ends with one healthy task, or the bounds forbid it."""
        self._told = dict.fromkeys(self._told, True)
        self.tasks = {arn: replace(each, is_protected=False) for arn, each in self.tasks.items()}
        for _ in range(ROUNDS_MAX):
            plan = self.plan()
            moving = [
                arn
                for arn, each in self.tasks.items()
                if each.standing in ("PENDING", "YOUNG", "STOPPING")
            ]
            if not moving:
                break
            for arn in moving:
                if self._random.random() < 0.6:
                    standing = self.tasks[arn].standing
                    after = {"PENDING": "YOUNG", "YOUNG": "HEALTHY", "STOPPING": "OVER"}[standing]
                    self.tasks[arn] = replace(self.tasks[arn], standing=after)  # type: ignore[arg-type]
        else:
            raise AssertionError("it never ends")
        if plan.is_blocked:
            return
        there = [each for each in self.tasks.values() if each.standing != "OVER"]
        assert sorted(str(each.task.instance_arn) for each in there) == sorted(self._instances)
        assert {each.task.rollout_id for each in there} <= {self.primary}
        assert all(each.standing == "HEALTHY" for each in there)


def live_through(planner: Any, seed: int, trouble: int = 40) -> None:
    """One service from its beginning to a good end."""
    cluster = Cluster(planner, seed)
    for _ in range(trouble):
        cluster.plan()
        cluster.disturb()
    cluster.settle()
