"""Which tasks go first: worked situations, and the same as choosing one after the other."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.services.ecs.plan.service.scale_in import leaving, leaving_order
from homeport.services.ecs.records.run_request import PlacementStrategy
from homeport.services.ecs.records.service_views import Member, Standing
from service_members import member

ZONES = PlacementStrategy(type="spread", field="attribute:ecs.availability-zone")
INSTANCES = PlacementStrategy(type="spread", field="instanceId")
HOSTS = PlacementStrategy(type="spread", field="host")
CPU = PlacementStrategy(type="binpack", field="cpu")
MEMORY = PlacementStrategy(type="binpack", field="memory")
RANDOM = PlacementStrategy(type="random")
RACKS = PlacementStrategy(type="spread", field="attribute:rack")


def service(*places: str, standing: Standing = "HEALTHY") -> list[Member]:
    """One task for each ``zone/instance``, each younger than the one before, named by number."""
    return [
        member(
            str(number),
            standing,
            zone=place.partition("/")[0],
            instance=place,
            created_at=float(number),
        )
        for number, place in enumerate(places)
    ]


def order(tasks: Sequence[Member], *strategies: PlacementStrategy, **room: Any) -> str:
    told = {f"{arn[0]}/{arn[1:]}": left for arn, left in room.items()}
    return " ".join(leaving_order(tasks, strategies, told))


def test_the_zone_with_most_tasks_loses_first() -> None:
    # "if zone A has one running service task and zones B and C each have two, container instances
    # in either zone B or C are considered optimal for termination"
    tasks = service("a/1", "b/1", "b/2", "c/1", "c/2")
    assert order(tasks) == "4 2 3 1 0"
    assert order(tasks, ZONES) == "4 2 3 1 0"


def test_then_the_instance_with_most_tasks() -> None:
    assert order(service("a/1", "a/1", "a/2")) == "1 2 0"
    assert order(service("a/1", "a/1", "a/1", "a/2", "a/2", "b/1")) == "2 4 1 3 5 0"


def test_the_zone_comes_before_the_instance() -> None:
    assert order(service("a/1", "a/1", "b/1", "b/2", "b/3")) == "4 1 3 2 0"


def test_the_youngest_goes_first_where_all_else_is_equal() -> None:
    assert order(service("a/1", "a/1", "a/1")) == "2 1 0"
    assert order(list(reversed(service("a/1", "a/1", "a/1")))) == "2 1 0"


def test_of_tasks_made_at_once_the_last_by_name_goes_first() -> None:
    tasks = [member(arn) for arn in ("2", "1", "3")]
    assert order(tasks) == "3 2 1"


def test_what_serves_least_goes_before_any_balance() -> None:
    tasks = [
        *service("a/1", "a/1", "a/1"),
        member("young", "YOUNG", zone="b", instance="b/1"),
        member("pending", "PENDING", zone="b", instance="b/1"),
        member("sick", "UNHEALTHY", zone="b", instance="b/1"),
    ]
    assert order(tasks) == "sick pending young 2 1 0"


def test_those_that_went_before_are_gone_from_the_balance() -> None:
    # The sick one was in zone a: what is left there are two tasks, like in b.
    tasks = [
        member("old-a", zone="a", instance="a/1", created_at=1),
        member("new-a", zone="a", instance="a/2", created_at=2),
        member("sick", "UNHEALTHY", zone="a", instance="a/1", created_at=3),
        member("old-b", zone="b", instance="b/1", created_at=4),
        member("new-b", zone="b", instance="b/2", created_at=5),
    ]
    assert order(tasks) == "sick new-b new-a old-b old-a"


def test_tasks_that_stay_count_in_the_balance() -> None:
    tasks = service("a/1", "b/1", "b/1")
    assert [each.task.arn for each in leaving(tasks[:2], (), {}, among=tasks)] == ["1", "0"]
    assert [each.task.arn for each in leaving(tasks[:2], (), {}, among=tasks[:2])] == ["1", "0"]
    tasks = service("a/1", "b/1", "a/2")
    assert [each.task.arn for each in leaving(tasks[:2], (), {}, among=tasks)] == ["0", "1"]


def test_binpack_empties_the_instance_with_most_left() -> None:
    tasks = service("a/1", "b/1", "b/1", "a/1")
    assert order(tasks, MEMORY, a1=(100, 600), b1=(200, 500)) == "3 0 2 1"
    assert order(tasks, CPU, a1=(100, 600), b1=(200, 500)) == "2 1 3 0"


def test_binpack_first_does_not_look_at_zones() -> None:
    tasks = service("a/1", "b/1", "b/2", "b/3")
    room = {"a1": (0, 9), "b1": (0, 3), "b2": (0, 2), "b3": (0, 1)}
    assert order(tasks, MEMORY, **room) == "0 1 2 3"
    assert order(tasks, ZONES, MEMORY, **room) == "1 2 0 3"


def test_binpack_goes_on_with_the_instance_that_has_lost_a_task() -> None:
    tasks = [
        member("sick", "UNHEALTHY", instance="i-1"),
        member("beside", instance="i-1", created_at=1),
        member("elsewhere", instance="i-2", created_at=2),
    ]
    room = {"i-1": (5, 5), "i-2": (5, 9)}
    assert leaving_order(tasks, [MEMORY], room) == ("sick", "elsewhere", "beside")
    assert leaving_order(tasks, [CPU], room) == ("sick", "beside", "elsewhere")
    assert leaving_order(tasks[1:], [CPU], room) == ("elsewhere", "beside")


def test_binpack_knows_nothing_of_an_instance_that_is_gone() -> None:
    assert order(service("a/1", "b/1"), CPU, a1=(1, 1)) == "0 1"


@pytest.mark.parametrize("spread", [INSTANCES, HOSTS])
def test_spread_over_instances_before_binpack_counts_tasks(spread: PlacementStrategy) -> None:
    tasks = service("a/1", "a/1", "a/2")
    assert order(tasks, spread, MEMORY, a1=(0, 1), a2=(0, 9)) == "1 2 0"


@pytest.mark.parametrize("strategy", [RANDOM, RACKS, INSTANCES])
def test_other_strategies_leave_the_balance_of_the_zones(strategy: PlacementStrategy) -> None:
    assert order(service("a/1", "a/1", "b/1", "b/2", "b/3"), strategy) == "4 1 3 2 0"


def test_tasks_on_machines_that_are_not_shown_are_balanced_by_zone() -> None:
    tasks = [
        member(str(number), zone=zone, instance=None, created_at=float(number))
        for number, zone in enumerate("aaabbc")
    ]
    assert leaving_order(tasks, (), {}) == ("2", "4", "1", "5", "3", "0")


def test_a_task_that_has_no_zone_yet_has_a_place_all_the_same() -> None:
    tasks = [member(arn, "PENDING", zone=None, instance=None) for arn in "12"]
    assert leaving_order(tasks, (), {}) == ("2", "1")


# --- the same as choosing one after the other ---------------------------------------------------


def one_by_one(
    members: Sequence[Member], among: Sequence[Member], room: dict[str, int] | None, size: int
) -> list[str]:
    """The rule as it is said: look at what is left, choose one, look again."""
    candidates, there = list(members), list(among)
    order: list[str] = []
    while candidates:
        zones = Counter(each.task.zone for each in there)
        instances = Counter(each.task.instance_arn for each in there)
        gone = Counter(each.task.instance_arn for each in among) - instances

        def rank(
            each: Member, zones: Any = zones, counts: Any = instances, gone: Any = gone
        ) -> Any:
            arn, task = each.task.instance_arn, each.task
            kind = ("HEALTHY", "YOUNG", "PENDING", "UNHEALTHY").index(each.standing)
            if room is None:
                return (kind, zones[task.zone], counts[arn], task.created_at, task.arn)
            return (kind, room[str(arn)] + size * gone[arn], task.created_at, task.arn)

        chosen = max(candidates, key=rank)
        candidates.remove(chosen)
        there.remove(chosen)
        order.append(chosen.task.arn)
    return order


@st.composite
def services(draw: st.DrawFn) -> list[Member]:
    places = draw(st.lists(st.sampled_from(["a1", "a2", "a3", "b1", "b2", "c1"]), max_size=14))
    return [
        member(
            f"task-{number:02}",
            draw(
                st.sampled_from(["HEALTHY", "HEALTHY", "HEALTHY", "YOUNG", "PENDING", "UNHEALTHY"])
            ),
            zone=place[0],
            instance=place,
            created_at=float(draw(st.integers(0, 3))),
        )
        for number, place in enumerate(places)
    ]


@given(tasks=services(), staying=services())
@settings(deadline=None)
def test_it_is_the_same_as_choosing_one_after_the_other(
    tasks: list[Member], staying: list[Member]
) -> None:
    among = [*tasks, *staying]
    found = [each.task.arn for each in leaving(tasks, (), {}, among=among)]
    assert found == one_by_one(tasks, among, None, 0)


@given(tasks=services(), randoms=st.randoms(use_true_random=False))
@settings(deadline=None)
def test_nothing_depends_on_the_order_in_which_the_tasks_come(
    tasks: list[Member], randoms: Any
) -> None:
    mixed = randoms.sample(tasks, len(tasks))
    for strategies in ((), (MEMORY,), (ZONES, CPU)):
        room = dict.fromkeys(("a1", "a2", "b1"), (3, 5))
        assert leaving_order(mixed, strategies, room) == leaving_order(tasks, strategies, room)


@given(tasks=services(), order=st.permutations(range(1, 7)))
@settings(deadline=None)
def test_packing_is_the_same_as_choosing_one_after_the_other(
    tasks: list[Member], order: list[int]
) -> None:
    # Of the size of a task only this is known: that it is more than nothing.
    tasks = [each for each in tasks if each.standing == "HEALTHY"]
    room = {place: left * 10 for place, left in zip(("a1", "a2", "a3", "b1", "b2", "c1"), order)}  # noqa: B905
    told = {place: (0, left) for place, left in room.items()}
    assert list(leaving_order(tasks, [MEMORY], told)) == one_by_one(tasks, tasks, room, 3)


def test_thousands_of_tasks_are_ordered_without_looking_at_all_for_each() -> None:
    tasks = service(*(f"{'abc'[number % 3]}/{number % 500}" for number in range(5_000)))
    found = leaving_order(tasks, (), {})
    assert len(set(found)) == 5_000
    zones = {each.task.arn: each.task.zone for each in tasks}
    left = Counter(zones.values())
    for arn in found:
        assert left[zones[arn]] == max(left.values())
        left[zones[arn]] -= 1
