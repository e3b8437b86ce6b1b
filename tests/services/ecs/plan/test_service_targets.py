"""Which targets stand for tasks, and when they are registered, drained and let go."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs_asking import task as a_task
from homeport.services.ecs.plan.service import targets
from homeport.services.ecs.plan.service.targets import (
    Place,
    TargetsPlan,
    failing,
    is_to_register,
    places_of,
    plan_targets,
    together,
    with_health,
)
from homeport.services.ecs.records.load_balancing import (
    HeldTarget,
    LoadBalancer,
    SeenTarget,
    TargetGroup,
)
from homeport.services.ecs.records.service_views import TaskView
from homeport.services.ecs.records.task_states import STATUSES
from homeport.services.ecs.records.tasks import (
    NetworkBinding,
    Task,
    TaskContainer,
    TaskInterface,
)
from mutants import Mutant, mutated

NOW = 1_700_000_000.0
STATES = ("", "initial", "healthy", "unhealthy", "unused", "draining", "unavailable")
REGISTRATIONS = ("", "AWAITED", "REGISTERED", "DRAINING", "GONE")
BLUE, GREEN = "arn:blue", "arn:green"


def view(
    registration: str, status: str = "RUNNING", desired: str = "RUNNING", **changes: Any
) -> TaskView:
    told: dict[str, Any] = {
        "arn": "task-1",
        "rollout_id": "ecs-svc/1",
        "instance_arn": "i-1",
        "zone": "a",
        "last_status": status,
        "desired_status": desired,
        "created_at": NOW,
        "registration": registration,
    }
    return TaskView(**(told | changes))


def seen(*states: str, is_free: bool = False, description: str = "") -> tuple[SeenTarget, ...]:
    return tuple(
        SeenTarget(
            held=HeldTarget(task_arn="task-1", group_arn=f"g{number}", target_id="a", port=80),
            state=state,
            is_free=is_free,
            description=description,
        )
        for number, state in enumerate(states)
    )


def step(of: TaskView, *its: SeenTarget) -> str:
    plan = plan_targets([of], {of.arn: its} if its else {})
    found = [name for name in ("register", "drain", "let_go") if getattr(plan, name)]
    assert len(found) <= 1
    return found[0] if found else ""


STEPS = [
    # What should run is registered once it can be, and stays so.
    (view("AWAITED"), (), "register"),
    (view("AWAITED", "ACTIVATING"), (), "register"),
    (view("REGISTERED"), seen("healthy"), ""),
    (view("REGISTERED"), seen("initial"), ""),
    (view("REGISTERED"), seen("unhealthy"), ""),
    (view("REGISTERED"), seen("unused", "unavailable"), ""),
    # Somebody else has taken a target away: it comes back.
    (view("REGISTERED"), seen("healthy", ""), "register"),
    (view("REGISTERED"), seen("healthy", "draining"), "register"),
    (view("REGISTERED"), (), "register"),
    # A container was restarted at another port.
    (view("AWAITED"), seen("healthy"), "register"),
    # What should stop drains first, where somebody may be connected.
    (view("REGISTERED", "RUNNING", "STOPPED"), seen("healthy"), "drain"),
    (view("REGISTERED", "DEACTIVATING", "STOPPED"), seen("unhealthy"), "drain"),
    (view("REGISTERED", "ACTIVATING", "STOPPED"), seen("initial", "initial"), "let_go"),
    (view("AWAITED", "PENDING", "STOPPED"), (), "let_go"),
    (view("AWAITED", "RUNNING", "STOPPED"), (), "let_go"),
    (view("AWAITED", "RUNNING", "STOPPED"), seen("healthy"), "let_go"),
    # It may stop once all its targets are free.
    (view("DRAINING", "DEACTIVATING", "STOPPED"), seen("draining"), ""),
    (view("DRAINING", "DEACTIVATING", "STOPPED"), seen("draining", is_free=True), "let_go"),
    (view("DRAINING", "DEACTIVATING", "STOPPED"), seen(""), "let_go"),
    (view("DRAINING", "DEACTIVATING", "STOPPED"), seen("unused"), "let_go"),
    (view("DRAINING", "DEACTIVATING", "STOPPED"), (), "let_go"),
    (
        view("DRAINING", "DEACTIVATING", "STOPPED"),
        (*seen("draining", is_free=True), *seen("draining")),
        "",
    ),
    # Somebody else has registered it again.
    (view("DRAINING", "DEACTIVATING", "STOPPED"), seen("draining", "healthy"), "drain"),
    # The dead have nobody connected.
    (view("REGISTERED", "STOPPING", "STOPPED"), seen("healthy"), "let_go"),
    (view("REGISTERED", "DEPROVISIONING", "STOPPED"), seen("healthy"), "let_go"),
    (view("REGISTERED", "STOPPED", "STOPPED"), seen("healthy"), "let_go"),
    (view("DRAINING", "STOPPING", "STOPPED"), seen("draining"), "let_go"),
    # Nothing is left of what is gone.
    (view("GONE", "STOPPED", "STOPPED"), seen("draining"), "let_go"),
    (view("GONE", "STOPPED", "STOPPED"), (), ""),
    (view(""), (), ""),
]


@pytest.mark.parametrize(("of", "its", "expected"), STEPS)
def test_the_step_for_one_task(of: TaskView, its: tuple[SeenTarget, ...], expected: str) -> None:
    assert step(of, *its) == expected


def test_targets_of_tasks_that_nobody_knows_are_let_go() -> None:
    assert plan_targets([], {"task-1": seen("healthy")}) == TargetsPlan(let_go=("task-1",))


@pytest.mark.parametrize("registration", REGISTRATIONS)
def test_no_task_is_left_waiting_for_nothing(registration: str) -> None:
    """Whatever is said of its targets, a task that should stop is let go of in the end."""
    for status, state in product(STATUSES, STATES):
        its = seen(state) if registration in ("REGISTERED", "DRAINING") else ()
        of = view(registration, status, "STOPPED")
        first = step(of, *its)
        if registration in ("", "GONE"):
            assert first == ""
        elif first == "drain":  # What is deregistered drains, or is gone at once.
            drained = view("DRAINING", "DEACTIVATING", "STOPPED")
            assert step(drained, *seen("draining")) == ""
            assert step(drained, *seen("draining", is_free=True)) == "let_go"
            assert step(drained, *seen("")) == "let_go"
        else:
            assert first == "let_go" or state == "draining"


@given(
    st.sampled_from(STATUSES),
    st.sampled_from(REGISTRATIONS),
    st.lists(st.tuples(st.sampled_from(STATES), st.booleans()), max_size=3),
)
def test_nobody_who_may_be_connected_is_cut_off(
    status: str, registration: str, said: list[tuple[str, bool]]
) -> None:
    """A task that runs is let go of only if no target of it is used, or all that drain are free."""
    its = tuple(each for state, free in said for each in seen(state, is_free=free))
    of = view(registration, status, "STOPPED")
    if step(of, *its) != "let_go" or status not in ("RUNNING", "DEACTIVATING"):
        return
    if registration in ("REGISTERED", "DRAINING"):
        assert registration == "DRAINING"
        assert all(each.state not in ("initial", "healthy", "unhealthy") for each in its)
        assert all(each.is_free for each in its if each.state == "draining")


@given(st.sampled_from(STATUSES), st.sampled_from(REGISTRATIONS), st.sampled_from(STATES))
def test_what_should_run_is_never_taken_out_of_service(
    status: str, registration: str, state: str
) -> None:
    its = () if registration in ("", "GONE") else seen(state)
    assert step(view(registration, status), *its) in ("", "register")


# --- how a task is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((), "UNKNOWN"),
        (("healthy",), "HEALTHY"),
        (("healthy", "healthy"), "HEALTHY"),
        (("healthy", "initial"), "UNKNOWN"),
        (("initial", "unhealthy"), "UNHEALTHY"),
        (("healthy", "unhealthy"), "UNHEALTHY"),
        (("healthy", ""), "UNKNOWN"),
        (("healthy", "draining"), "UNKNOWN"),
        (("healthy", "unused"), "HEALTHY"),
        (("healthy", "unavailable"), "HEALTHY"),
        (("unused",), "UNCHECKED"),
        (("unused", "unavailable"), "UNCHECKED"),
        (("unused", "initial"), "UNKNOWN"),
    ],
)
def test_a_task_is_as_its_worst_target(states: tuple[str, ...], expected: str) -> None:
    assert together(seen(*states)) == expected


def test_only_registered_tasks_are_as_their_targets_are() -> None:
    views = [view(each, target_health="UNKNOWN") for each in ("AWAITED", "REGISTERED", "DRAINING")]
    found = with_health(views, {"task-1": seen("healthy")})
    assert [each.target_health for each in found] == ["UNKNOWN", "HEALTHY", "UNKNOWN"]


def test_the_first_failing_target_says_why() -> None:
    its = (*seen("healthy"), *seen("unhealthy", description="Request timed out"))
    found = failing(its)
    assert found is not None
    assert (found.target_id, found.port, found.reason) == ("a", 80, "Request timed out")
    assert failing(seen("healthy", "initial")) is None
    silent = failing(seen("unhealthy"))
    assert silent is not None
    assert silent.reason == "Health checks failed"


# --- where a task is reached --------------------------------------------------------------------

GROUPS = {
    BLUE: TargetGroup(arn=BLUE, target_type="ip", protocol="HTTP", has_load_balancer=True),
    GREEN: TargetGroup(arn=GREEN, target_type="instance", protocol="TCP", has_load_balancer=True),
}


def balancer(group: str, port: int = 80) -> LoadBalancer:
    return LoadBalancer(target_group_arn=group, container_name="web", container_port=port)


def binding(
    port: int, host_port: int, protocol: str = "tcp", ip: str = "0.0.0.0"
) -> NetworkBinding:
    return NetworkBinding(bind_ip=ip, container_port=port, host_port=host_port, protocol=protocol)


def task(*balancers: LoadBalancer, bindings: Any = (), **changes: Any) -> Task:
    container = TaskContainer(
        name="web",
        arn="arn:container",
        image="busybox",
        essential=True,
        cpu=0,
        docker_name="ecs-web",
        bindings=tuple(bindings),
    )
    members: dict[str, Any] = {
        "last_status": "RUNNING",
        "containers": (container,),
        "load_balancers": balancers,
        "availability_zone": "us-east-1b",
    }
    return a_task(**(members | changes))


def at(place: Place) -> tuple[str, str, int, str, str]:
    held = place.held
    return held.group_arn, held.target_id, held.port, place.address, place.zone


def test_an_awsvpc_task_is_reached_at_its_own_address_and_its_containers_port() -> None:
    interface = TaskInterface(attachment_id="a", subnet_id="s", private_ipv4="172.31.0.4")
    places = places_of(task(balancer(BLUE), interface=interface), GROUPS, instance_id="i-1")
    assert places is not None
    assert [at(each) for each in places] == [(BLUE, "172.31.0.4", 80, "172.31.0.4", "us-east-1b")]


@pytest.mark.parametrize(
    ("ip", "address"), [("0.0.0.0", "127.0.0.1"), ("", "127.0.0.1"), ("10.0.0.7", "10.0.0.7")]
)
def test_others_are_reached_at_their_hosts_port(ip: str, address: str) -> None:
    bindings = [binding(81, 32767), binding(80, 5, "udp"), binding(80, 32768, ip=ip)]
    places = places_of(task(balancer(GREEN), bindings=bindings), GROUPS, instance_id="i-1")
    assert places is not None
    assert [at(each) for each in places] == [(GREEN, "i-1", 32768, address, "us-east-1b")]


@pytest.mark.parametrize(
    ("protocol", "port"), [("UDP", 53), ("TCP_UDP", 80), ("TCP", 80), ("TLS", 80), ("HTTP", 80)]
)
def test_a_group_speaks_to_the_port_of_its_protocol(protocol: str, port: int) -> None:
    group = TargetGroup(
        arn=GREEN, target_type="instance", protocol=protocol, has_load_balancer=True
    )
    bindings = [binding(80, 80), binding(80, 53, "udp")]
    places = places_of(task(balancer(GREEN), bindings=bindings), {GREEN: group}, instance_id="i-1")
    assert places is not None
    assert places[0].held.port == port


@pytest.mark.parametrize(
    "unready",
    [
        task(balancer(BLUE)),
        task(balancer(GREEN)),
        task(balancer(GREEN), bindings=[binding(81, 32768)]),
        task(balancer("arn:deleted"), bindings=[binding(80, 32768)]),
        task(balancer(GREEN), balancer("arn:deleted"), bindings=[binding(80, 32768)]),
    ],
)
def test_nothing_is_registered_before_all_is_known(unready: Task) -> None:
    assert places_of(unready, GROUPS, instance_id="i-1") is None


def test_one_target_is_registered_once_though_it_is_named_twice() -> None:
    twice = task(balancer(GREEN), balancer(GREEN), bindings=[binding(80, 32768)])
    assert len(places_of(twice, GROUPS, instance_id="i-1") or ()) == 1


@pytest.mark.parametrize(
    ("groups", "status", "desired", "expected"),
    [
        (1, "RUNNING", "RUNNING", True),
        (1, "ACTIVATING", "RUNNING", False),
        (2, "ACTIVATING", "RUNNING", True),
        (2, "RUNNING", "RUNNING", True),
        (2, "PENDING", "RUNNING", False),
        (2, "RUNNING", "STOPPED", False),
        (1, "RUNNING", "STOPPED", False),
    ],
)
def test_several_groups_are_registered_before_the_task_runs(
    groups: int, status: str, desired: str, expected: bool
) -> None:
    balancers = [balancer(BLUE, 80 + number) for number in range(groups)]
    of = task(*balancers, last_status=status, desired_status=desired)
    assert is_to_register(of) is expected


# --- the checks above notice changes ------------------------------------------------------------

MUTANTS = (
    ('registration == "AWAITED" or missing or not its', "missing or not its"),
    ('registration == "AWAITED" or missing or not its', 'registration == "AWAITED" or not its'),
    ('registration == "AWAITED" or missing or not its', 'registration == "AWAITED" or missing'),
    ('("", "draining"))', '("",))'),
    ('("", "draining"))', '("draining",))'),
    ('_PASSES: Final = ("RUNNING", "DEACTIVATING")', '_PASSES: Final = ("RUNNING",)'),
    ('_PASSES: Final = ("RUNNING", "DEACTIVATING")', '_PASSES: Final = ("DEACTIVATING",)'),
    (" or view.last_status not in _PASSES", ""),
    ('if registration == "AWAITED" or view.last_status', "if view.last_status"),
    ('("initial", "healthy", "unhealthy")', '("initial", "unhealthy")'),
    ("all(each.is_free or each.state", "any(each.is_free or each.state"),
    ('each.is_free or each.state != "draining"', "each.is_free"),
    ('each.is_free or each.state != "draining"', 'each.state != "draining"'),
    ('return "let go" if its else ""', 'return ""'),
    ("if arn not in known]", "if arn in known]"),
)


@pytest.mark.parametrize(("old", "new"), MUTANTS)
def test_a_changed_plan_is_noticed(old: str, new: str) -> None:
    changed = mutated(targets, Mutant(targets, old, new))
    wrong = [
        expected
        for of, its, expected in STEPS
        if _named(changed.plan_targets([of], {of.arn: its} if its else {})) != expected
    ]
    stray = changed.plan_targets([], {"task-1": seen("healthy")}).let_go
    assert wrong or stray != ("task-1",)


def _named(plan: TargetsPlan) -> str:
    found = [name for name in ("register", "drain", "let_go") if getattr(plan, name)]
    return found[0] if found else ""
