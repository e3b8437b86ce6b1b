"""Any task in any world: what always holds of the plan, whatever fails and in whatever order.

A small world carries actions out: each may succeed or fail, containers exit when they like, some
ignore signals, time passes only when nothing else happens.
"""

from dataclasses import dataclass, field
from typing import Any, assert_never

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.lab import container, task
from homeport.agent import plan
from homeport.agent.observed import ContainerSeen, Doing, TaskSeen, will_restart
from homeport.link.spec import (
    ContainerSpec,
    Dependency,
    HealthCheck,
    RestartPolicy,
    TaskSpec,
    VolumesFrom,
)

NAMES = ("a", "b", "c", "d")
STEPS_MAX = 400
CHECK = HealthCheck(command=("CMD", "true"), interval_s=1, timeout_s=1, retries=1, start_period_s=0)


@st.composite
def tasks(draw: st.DrawFn) -> TaskSpec:
    """Tasks whose containers depend on earlier ones (no circle), of every kind."""
    count = draw(st.integers(1, len(NAMES)))
    containers: list[ContainerSpec] = []
    for index, name in enumerate(NAMES[:count]):
        earlier = NAMES[:index]
        conditions = st.sampled_from(["START", "COMPLETE", "SUCCESS", "HEALTHY"])
        needed = draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
        shares = draw(st.sampled_from(earlier)) if earlier and draw(st.booleans()) else None
        policy = RestartPolicy(attempt_period_s=draw(st.sampled_from([0.0, 60.0])))
        containers.append(
            container(
                name,
                essential=index == 0 or draw(st.booleans()),
                depends_on=tuple(
                    Dependency(container=each, condition=draw(conditions))  # type: ignore[arg-type]
                    for each in needed
                ),
                volumes_from=(VolumesFrom(container=shares),) if shares else (),
                start_timeout_s=draw(st.sampled_from([None, 5.0])),
                stop_timeout_s=draw(st.sampled_from([0.0, 30.0])),
                health_check=CHECK if draw(st.booleans()) else None,
                restart_policy=policy if draw(st.integers(0, 3)) == 0 else None,
            )
        )
    mode = draw(st.sampled_from(["awsvpc", "bridge"]))
    return task(*containers, network_mode=mode)


@dataclass
class World:
    """Carries actions out and watches that nothing forbidden is asked for."""

    spec: TaskSpec
    data: st.DataObject
    desired: Any = "RUNNING"
    now: float = 1000.0
    prepared: str = "no"
    error: str | None = None
    released: bool = False
    holder: ContainerSeen = field(default_factory=ContainerSeen)
    seen: dict[str, ContainerSeen] = field(default_factory=dict)
    under_way: list[plan.Action] = field(default_factory=list)
    deaf: set[str] = field(default_factory=set)
    exits: int = 3
    """How many more containers may exit by themselves: restarts would go on for ever."""

    def __post_init__(self) -> None:
        self.seen = {each.name: ContainerSeen() for each in self.spec.containers}
        self.deaf = {each for each in self.seen if self.data.draw(st.booleans())}

    def observed(self) -> TaskSeen:
        return TaskSeen(
            containers=dict(self.seen),
            holder=self.holder,
            preparing=self.prepared == "doing",
            prepared=self.prepared == "yes",
            error=self.error,
            releasing=plan.Release() in self.under_way,
            released=self.released,
        )

    def step(self) -> bool:
        """Plan, begin, and let one thing happen; False once nothing will ever happen again."""
        wanted = plan.next_actions(self.spec, self.desired, self.observed(), self.now)
        assert len(set(wanted.actions)) == len(wanted.actions)
        for action in wanted.actions:
            self.check(action)
            self.begin(action)
        if wanted.actions and not self.under_way:
            return True
        happenings = [*self.under_way, *self.spontaneous()]
        if happenings:
            self.happen(self.data.draw(st.sampled_from(happenings)))
            return True
        if wanted.deadline is not None:
            assert wanted.deadline > self.now
            self.now = wanted.deadline
            return True
        return bool(wanted.actions)

    def spontaneous(self) -> list[Any]:
        running = [
            name
            for name, each in self.seen.items()
            if each.status == "RUNNING" and each.doing is None
        ]
        checks = {each.name for each in self.spec.containers if each.health_check}
        found: list[Any] = [
            ("healthy", name)
            for name in running
            if name in checks and self.seen[name].health != "HEALTHY"
        ]
        if self.exits > 0:
            found += [("exit", name) for name in running]
        return found

    def spec_of(self, name: str) -> ContainerSpec:
        return next(each for each in self.spec.containers if each.name == name)

    # --- what must never be asked for -------------------------------------------------------

    def check(self, action: plan.Action) -> None:
        ending = self.desired != "RUNNING"
        match action:
            case plan.Create(name) | plan.Start(name):
                assert not ending
                assert self.prepared == "yes"
                assert not plan.needs_holder(self.spec) or self.holder.status == "RUNNING"
                self.check_dependencies(name)
            case plan.Restart(_) | plan.Resolve(_) | plan.RaiseHolder() | plan.Prepare():
                assert not ending
            case plan.Signal(name) | plan.Kill(name):
                self.check_dependents(name)
            case plan.Remove(name):
                assert self.desired == "REMOVED"
                assert all(each.status == "STOPPED" for each in self.seen.values())
                assert not self.seen[name].gone
            case plan.RemoveHolder() | plan.Release():
                assert self.desired == "REMOVED"
                assert all(each.status == "STOPPED" for each in self.seen.values())
            case _:
                pass

    def check_dependencies(self, name: str) -> None:
        for need in self.spec_of(name).depends_on:
            other = self.seen[need.container]
            if need.condition == "START":
                assert other.started_at is not None
            elif need.condition == "COMPLETE":
                assert other.status == "STOPPED"
                assert other.started_at is not None
            elif need.condition == "SUCCESS":
                assert (other.status, other.exit_code) == ("STOPPED", 0)
            else:
                assert (other.status, other.health) == ("RUNNING", "HEALTHY")
        for each in self.spec_of(name).volumes_from:
            assert self.seen[each.container].docker_id is not None

    def check_dependents(self, name: str) -> None:
        for each in self.spec.containers:
            sources = {need.container for need in (*each.depends_on, *each.volumes_from)}
            if name in sources:
                assert self.seen[each.name].status == "STOPPED"

    # --- what happens -----------------------------------------------------------------------

    def put(self, name: str, **changes: Any) -> None:
        self.seen[name] = replace(self.seen[name], **changes)

    def begin(self, action: plan.Action) -> None:
        doing: dict[type, Doing] = {
            plan.Resolve: "PULL",
            plan.Create: "CREATE",
            plan.Start: "START",
            plan.Remove: "REMOVE",
        }
        match action:
            case plan.Fail(error):
                self.error = error
            case plan.Settle(name, code, error):
                self.put(name, status="STOPPED", exit_code=code, error=error)
            case plan.Abandon(name):
                self.under_way.remove(plan.Resolve(name))
                self.put(name, status="STOPPED", doing=None)
            case plan.Prepare():
                self.prepared = "doing"
                self.under_way.append(action)
            case plan.RaiseHolder():
                self.holder = replace(self.holder, doing="CREATE")
                self.under_way.append(action)
            case plan.RemoveHolder():
                self.holder = replace(self.holder, doing="REMOVE")
                self.under_way.append(action)
            case plan.Release():
                self.under_way.append(action)
            case plan.Signal(name):
                self.put(name, signalled_at=self.now)
                if name not in self.deaf:
                    self.end(name, 143)
            case plan.Kill(name):
                self.put(name, killed_at=self.now, kills=self.seen[name].kills + 1)
                self.end(name, 137)
            case plan.Restart(name):
                assert will_restart(self.spec_of(name), self.seen[name])
                self.put(name, status="RUNNING", doing="START", restarted_at=self.now)
                self.under_way.append(action)
            case plan.Resolve(name) | plan.Create(name) | plan.Start(name) | plan.Remove(name):
                assert self.seen[name].doing is None
                self.put(name, doing=doing[type(action)])
                self.under_way.append(action)
            case _:
                assert_never(action)

    def end(self, name: str, code: int) -> None:
        self.put(name, status="STOPPED", exit_code=code, finished_at=self.now, doing=None)

    def happen(self, what: Any) -> None:
        if isinstance(what, tuple):
            kind, name = what
            if kind == "healthy":
                self.put(name, health="HEALTHY")
            else:
                self.exits -= 1
                self.end(name, self.data.draw(st.sampled_from([0, 1])))
            return
        self.under_way.remove(what)
        fine = self.data.draw(st.integers(0, 9)) > 0
        match what:
            case plan.Prepare():
                self.prepared = "yes" if fine else "no"
                self.error = self.error or (None if fine else "X: no network")
            case plan.RaiseHolder():
                status: Any = "RUNNING" if fine else "STOPPED"
                self.holder = replace(self.holder, doing=None, docker_id="h", status=status)
            case plan.RemoveHolder():
                self.holder = replace(self.holder, doing=None, gone=True)
            case plan.Release():
                self.released = True
            case plan.Remove(name):
                self.put(name, doing=None, gone=True)
            case _:
                self.finish(what, fine)

    def finish(self, what: Any, fine: bool) -> None:
        name = what.container
        if not fine:
            self.put(name, doing=None, status="STOPPED", error="X: failed")
        elif isinstance(what, plan.Resolve):
            self.put(name, doing=None, status="PULLED")
        elif isinstance(what, plan.Create):
            self.put(name, doing=None, status="CREATED", docker_id=name)
        else:
            self.put(name, doing=None, status="RUNNING", started_at=self.now, health="UNKNOWN")

    def settle(self) -> None:
        for _ in range(STEPS_MAX):
            if not self.step():
                return
        raise AssertionError("it never ends")


@settings(max_examples=150, deadline=None)
@given(tasks(), st.data())
def test_every_life_comes_to_rest_and_ends_when_told_to(
    spec: TaskSpec, data: st.DataObject
) -> None:
    world = World(spec, data)
    told_after = data.draw(st.integers(0, 25))
    for _ in range(told_after):
        if not world.step():
            break
    world.desired = "STOPPED"
    world.settle()
    assert plan.phase(spec, "STOPPED", world.observed()) == "STOPPED"
    world.desired = "REMOVED"
    world.settle()
    assert plan.phase(spec, "REMOVED", world.observed()) == "REMOVED"
    assert all(each.gone or each.docker_id is None for each in world.seen.values())
    assert world.holder.gone or world.holder.docker_id is None


@settings(max_examples=150, deadline=None)
@given(tasks(), st.data())
def test_left_alone_a_task_runs_or_has_ended_for_a_reason(
    spec: TaskSpec, data: st.DataObject
) -> None:
    world = World(spec, data)
    world.settle()
    word = plan.phase(spec, "RUNNING", world.observed())
    essential = [world.seen[each.name] for each in spec.containers if each.essential]
    if word == "STOPPED":
        assert world.error is not None or any(each.status == "STOPPED" for each in essential)
    elif word == "RUNNING":
        assert all(each.status == "RUNNING" for each in essential)
    else:
        # Waiting for something that need not ever come, without a timeout.
        assert word == "PREPARING"
        assert any(each.status in ("NONE", "PULLED", "CREATED") for each in world.seen.values())


@settings(max_examples=100, deadline=None)
@given(tasks(), st.data())
def test_independent_containers_are_begun_together(spec: TaskSpec, data: st.DataObject) -> None:
    free = [each.name for each in spec.containers if not (each.depends_on or each.volumes_from)]
    observed = TaskSeen(containers={each.name: ContainerSeen() for each in spec.containers})
    actions = plan.next_actions(spec, "RUNNING", observed, 0.0).actions
    assert [each for each in actions if isinstance(each, plan.Resolve)] == [
        plan.Resolve(each) for each in free
    ]
