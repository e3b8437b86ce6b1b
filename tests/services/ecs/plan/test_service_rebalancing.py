"""Which tasks move between zones: as few as possible, and never more than once."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from homeport.services.ecs.plan.service.rebalancing import balance, tasks_to_move
from homeport.services.ecs.records.service_views import Member
from service_members import NEW, OLD, member


def in_zones(zones: str, **changes: object) -> list[Member]:
    """A task for each letter, each younger than the one before, named by zone and number."""
    counted = dict.fromkeys(zones, 0)
    found = []
    for number, zone in enumerate(zones):
        counted[zone] += 1
        name = f"{zone}{counted[zone]}"
        found.append(member(name, zone=zone, created_at=float(number), **changes))  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("tasks", "zones", "moved"),
    [
        ("", "abc", ()),
        ("aabbcc", "abc", ()),
        ("aabbc", "abc", ()),
        ("aab", "ab", ()),
        ("aa", "ab", ("a2",)),
        ("aaa", "ab", ("a3",)),
        ("aaaa", "ab", ("a4", "a3")),
        ("aaaab", "ab", ("a4",)),
        ("aaabbb", "abc", ("a3", "b3")),
        ("aaaabb", "abc", ("a4", "a3")),
        ("aaaa", "abcdef", ("a4", "a3", "a2")),
        ("aaab", "a", ()),
        ("aaab", "", ()),
        # Zone c takes no tasks any more: it neither gets nor gives, nor counts.
        ("aabbcccccc", "ab", ()),
        ("aaaabbccc", "ab", ("a4",)),
    ],
)
def test_as_few_tasks_move_as_make_the_zones_equal(
    tasks: str, zones: str, moved: tuple[str, ...]
) -> None:
    assert tasks_to_move(in_zones(tasks), NEW, tuple(zones)) == moved


def test_tasks_of_other_rollouts_neither_count_nor_move() -> None:
    others = [
        member("young", rollout=OLD, zone="a", created_at=99.0, leaves="draining"),
        *(member(f"other-{number}", rollout=OLD, zone="b") for number in range(5)),
    ]
    assert tasks_to_move([*in_zones("aaab"), *others], NEW, ("a", "b")) == ("a3",)


def test_protected_tasks_stay() -> None:
    first, second, third = in_zones("aaa")
    third = replace(third, is_protected=True)
    assert tasks_to_move([first, second, third], NEW, ("a", "b")) == ("a2",)
    second, first = replace(second, is_protected=True), replace(first, is_protected=True)
    assert tasks_to_move([first, second, third], NEW, ("a", "b")) == ()


def test_only_what_runs_moves_but_what_comes_counts() -> None:
    members = [*in_zones("aa"), *in_zones("aa", standing="PENDING")]
    members[1] = replace(members[1], standing="YOUNG")
    assert tasks_to_move(members, NEW, ("a", "b")) == ("a2", "a1")


@pytest.mark.parametrize("standing", ["UNHEALTHY", "STOPPING", "OVER"])
def test_what_goes_or_is_to_be_replaced_does_not_count(standing: str) -> None:
    members = [*in_zones("aab"), *in_zones("aaa", standing=standing)]
    assert tasks_to_move(members, NEW, ("a", "b")) == ()
    assert balance(members, NEW, ("a", "b")) == {"a": 2, "b": 1}


@pytest.mark.parametrize("why", ["rebalanced", "draining"])
def test_nothing_moves_while_something_is_to_be_replaced(why: str) -> None:
    members = [*in_zones("aaaa"), *in_zones("c", leaves=why)]
    assert tasks_to_move(members, NEW, ("a", "b")) == ()
    members[-1] = replace(members[-1], standing="OVER")
    assert tasks_to_move(members, NEW, ("a", "b")) == ("a4", "a3")


def test_what_is_being_moved_counts_no_more() -> None:
    members = [*in_zones("aab"), *in_zones("a", leaves="rebalanced")]
    assert balance(members, NEW, ("a", "b")) == {"a": 2, "b": 1}


def test_the_balance_names_every_zone() -> None:
    members = [*in_zones("aac"), *in_zones("b", rollout=OLD), member("nowhere", zone=None)]
    assert balance(members, NEW, ("b", "a")) == {"a": 2, "b": 0, "c": 1}
    assert list(balance(members, NEW, ("b", "a"))) == ["a", "b", "c"]


@given(
    zones=st.lists(st.sampled_from("abcd"), max_size=12),
    can=st.sets(st.sampled_from("abcd"), min_size=1),
)
@settings(deadline=None)
def test_after_the_move_no_zone_can_be_better_off_and_no_move_was_too_many(
    zones: list[str], can: set[str]
) -> None:
    members = in_zones("".join(zones))
    counts = balance(members, NEW, sorted(can))
    moved = tasks_to_move(members, NEW, tuple(can))
    total = sum(counts[zone] for zone in can)
    # Every way to spread the tasks evenly, and how many have to leave their zone for it.
    low, extra = divmod(total, len(can))
    cheapest = min(
        sum(max(0, counts[zone] - low - (zone in more)) for zone in can)
        for more in itertools.combinations(sorted(can), extra)
    )
    assert len(moved) == cheapest
    after = dict(counts)
    for arn in moved:
        assert arn[0] in can
        after[arn[0]] -= 1
    for _ in moved:
        emptiest = min(sorted(can), key=lambda zone: after[zone])
        after[emptiest] += 1
    assert max(after[zone] for zone in can) - min(after[zone] for zone in can) <= 1
