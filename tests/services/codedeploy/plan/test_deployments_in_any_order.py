"""Whatever happens in whatever order: every deployment ends, and all traffic is on one side."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from codedeploy_world import (
    BLUE,
    CANARY,
    GREEN,
    LINEAR,
    PRODUCTION,
    World,
    a_deployment,
    with_test_listener,
)
from homeport.kernel.traffic_shift import Shift
from homeport.services.codedeploy.plan.events import event_of
from homeport.services.codedeploy.records.app_specs import HOOKED_EVENTS, AppSpec, Hook
from homeport.services.codedeploy.records.deployments import EVENTS, Deployment
from homeport.services.codedeploy.records.group_options import (
    AlarmOptions,
    AutoRollback,
    BlueGreen,
)
from homeport.services.codedeploy.records.sights import HookSight

ID = "d-000000001"
EVENTS_OF_ROLLBACK = (
    "DEPLOYMENT_FAILURE",
    "DEPLOYMENT_STOP_ON_ALARM",
    "DEPLOYMENT_STOP_ON_REQUEST",
)
RANKS = {"Pending": 0, "InProgress": 1, "Succeeded": 2, "Failed": 2, "Skipped": 2}
LONG = 10 * 86_400.0

deployments = st.builds(
    lambda test, **members: (
        with_test_listener(a_deployment(**members)) if test else a_deployment(**members)
    ),
    st.booleans(),
    shift=st.sampled_from(
        [Shift(), CANARY, LINEAR, Shift(kind="linear", tenths=333, interval_s=9)]
    ),
    blue_green=st.builds(
        BlueGreen,
        terminate=st.sampled_from(["TERMINATE", "KEEP_ALIVE"]),
        termination_wait_minutes=st.sampled_from([0, 5]),
        on_ready_timeout=st.sampled_from(["CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT"]),
        ready_wait_minutes=st.just(5),
    ),
    auto_rollback=st.builds(
        lambda events: AutoRollback(enabled=bool(events), events=tuple(events)),
        st.lists(st.sampled_from(EVENTS_OF_ROLLBACK), unique=True),
    ),
    alarms=st.builds(
        AlarmOptions,
        enabled=st.booleans(),
        ignore_poll_failure=st.booleans(),
        names=st.just(("errors",)),
    ),
    app_spec=st.builds(
        lambda events: AppSpec(
            task_definition="web:2",
            container_name="web",
            container_port=80,
            hooks=tuple(Hook(event=event, function="fn") for event in events),
        ),
        st.lists(st.sampled_from(HOOKED_EVENTS), unique=True, max_size=2),
    ),
)

HAPPENINGS = (
    "second",
    "minute",
    "ten minutes",
    "hour",
    "pass",
    "data plane takes weights",
    "data plane is gone",
    "data plane is back",
    "alarm",
    "alarm is gone",
    "hook succeeds",
    "hook fails",
    "hook is lost",
    "continue",
    "terminate",
    "stop",
    "stop and roll back",
    "green is sick",
    "green is well",
    "blue is sick",
    "green is deleted",
    "blue is deleted",
    "service is deleted",
    "listener is deleted",
    "test listener is deleted",
    "weights are changed",
    "scaled to none",
)
# Most of the time nothing bad happens.
happenings = st.lists(
    st.one_of(st.sampled_from(HAPPENINGS[:8]), st.sampled_from(HAPPENINGS)), max_size=25
)


class Watch:
    """Looks at every state, and at what has become of the one before."""

    def __init__(self) -> None:
        self.before: dict[str, Deployment] = {}

    def __call__(self, world: World) -> None:
        for name, after in world.deployments.items():
            before = self.before.get(name)
            if before is not None:
                assert before.progress.tenths <= after.progress.tenths
                assert not before.is_over or before == after
                for event in EVENTS:
                    was, now = event_of(before, event), event_of(after, event)
                    assert RANKS[was.status] <= RANKS[now.status]
                    assert RANKS[was.status] < 2 or was == now
            begun = [event.status for event in after.events if event.status == "InProgress"]
            assert len(begun) <= (2 if after.is_rollback else 1)
            self.before[name] = after
        for rule in world.rules.values():
            assert sum(weight for _, weight in rule.groups) in {1, 100, 1000}


def happen(world: World, what: str) -> None:
    """One thing happens, where it can."""
    spans = {"second": 1.0, "minute": 60.0, "ten minutes": 600.0, "hour": 3600.0}
    name = next(iter(world.deployments))
    green = f"ts-{name}"
    deployment = world.deployments[name]
    wishes = deployment.wishes
    match what:
        case "second" | "minute" | "ten minutes" | "hour":
            world.now += spans[what]
        case "data plane takes weights":
            world.make_live()
        case "data plane is gone":
            world.goes_live = False
        case "data plane is back":
            world.goes_live = True
            world.make_live()
        case "alarm":
            world.alarms["errors"] = "ALARM"
        case "alarm is gone":
            world.alarms.pop("errors", None)
        case "hook succeeds":
            answer(world, HookSight(status="ANSWERED", is_task=True))
        case "hook fails":
            answer(world, HookSight(status="FAILED"))
        case "hook is lost":
            world.answers.clear()
        case "continue":
            world.change(name, wishes=replace(wishes, shift=deployment.status == "Ready"))
        case "terminate":
            is_waiting = deployment.progress.terminating_since is not None
            world.change(name, wishes=replace(wishes, terminate=is_waiting))
        case "stop" | "stop and roll back" if not deployment.is_over:
            asked = replace(wishes, stop_at=world.now, stop_rolls_back=what != "stop")
            world.change(name, wishes=asked)
        case "green is sick":
            sicken(world, green)
        case "blue is sick":
            sicken(world, "ts-blue")
        case "green is well" if green in world.task_sets:
            changed = replace(world.task_sets[green], is_steady=True, running=2, desired=2)
            world.task_sets[green] = changed
        case "green is deleted":
            world.task_sets.pop(green, None)
        case "blue is deleted":
            world.task_sets.pop("ts-blue", None)
        case "service is deleted":
            world.service_status = None
        case "listener is deleted":
            drop(world, PRODUCTION)
        case "test listener is deleted":
            drop(world, "arn:listener/test")
        case "weights are changed" if "production-default" in world.rules:
            rule = world.rules["production-default"]
            world.rules["production-default"] = replace(rule, groups=((BLUE, 50), (GREEN, 50)))
        case "scaled to none":
            for each, seen in world.task_sets.items():
                world.task_sets[each] = replace(seen, desired=0, running=0, pending=0)
        case _:
            return


def sicken(world: World, name: str) -> None:
    if name in world.task_sets:
        changed = replace(world.task_sets[name], is_steady=False, running=0, pending=1)
        world.task_sets[name] = changed


def answer(world: World, what: HookSight) -> None:
    for name, before in list(world.answers.items()):
        if before.status == "RUNNING":
            world.answers[name] = what


def drop(world: World, listener: str) -> None:
    world.rules = {arn: rule for arn, rule in world.rules.items() if rule.listener_arn != listener}


def end(world: World, watch: Watch) -> None:
    """Nothing happens any more but what must: time passes, and the data plane works."""
    for _ in range(200):
        world.goes_live = True
        world.make_live()
        again = world.settle(watch)
        if again is None:
            return
        world.now = max(world.now, again)
    raise AssertionError("a deployment does not end")


@settings(max_examples=400, deadline=None)
@given(deployment=deployments, what=happenings, starts_steady=st.booleans())
def test_every_deployment_ends_with_all_traffic_on_one_side_that_is_there(
    deployment: Deployment, what: list[str], starts_steady: bool
) -> None:
    world = World.of(deployment, alarms={"errors": "OK"}, starts_steady=starts_steady)
    watch = Watch()
    for each in what:
        if all(deployment.is_over for deployment in world.deployments.values()):
            break  # What happens afterwards is no matter of theirs.
        happen(world, each)
        world.settle(watch)
    end(world, watch)
    assert all(each.is_over for each in world.deployments.values())
    one_side(world)
    for each in world.deployments.values():
        said(world, each)


def one_side(world: World) -> None:
    """All production traffic of the pair is on one side, which is there if any of the two is."""
    rule = world.rules.get("production-default")
    if rule is None:
        return
    serving = [arn for arn, weight in rule.groups if weight > 0]
    last = list(world.deployments.values())[-1]
    usable = {each.target_group_arn: each for each in world.task_sets.values() if each.is_usable}
    if world.service_status is None or last.progress.replacement is None or not usable:
        return
    assert len(serving) == 1
    assert serving[0] in usable
    running = [arn for arn, each in usable.items() if each.running > 0 or each.desired == 0]
    if running and last.status != "Succeeded":
        assert serving[0] in running


def said(world: World, deployment: Deployment) -> None:
    """What ends unhappily says why, and a rollback that succeeded is on the original side."""
    assert deployment.completed_at is not None
    if deployment.status == "Succeeded":
        assert deployment.failure is None
    else:
        assert deployment.failure is not None
    if deployment.is_rollback and deployment.status == "Succeeded":
        assert world.task_sets["ts-blue"].status == "PRIMARY"
        assert world.rules["production-default"].groups[0][0] == BLUE
