"""Who holds which shard: properties of the plan, over every order in which planes may act."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from homeport.runtime.shares import SHARDS, Hearing, divide, heard, shard_of

NAMES = st.lists(st.text("abcdef", min_size=1, max_size=3), min_size=1, max_size=9, unique=True)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[str], dict[int, str], list[str]]:
    """Who lives, who holds what (some of them dead or nobody), and who acts in which order."""
    living = draw(NAMES)
    anybody = st.sampled_from([*living, "DEAD", "GONE"])
    scattered = st.dictionaries(st.integers(0, SHARDS - 1), anybody, max_size=SHARDS)
    hoarded = anybody.map(lambda name: dict.fromkeys(range(SHARDS), name))
    holders = draw(scattered | hoarded)
    order = draw(st.lists(st.sampled_from(living), min_size=0, max_size=30))
    return living, holders, order


def applied(me: str, holders: dict[int, str], living: list[str]) -> dict[int, str]:
    """The shards after one step of `me`."""
    division = divide(me, holders, living)
    after = {shard: holder for shard, holder in holders.items() if shard not in division.give}
    return after | dict.fromkeys(division.take, me)


@given(scenes())
def test_nobody_alive_is_robbed_and_only_ones_own_is_given(
    scene: tuple[list[str], dict[int, str], list[str]],
) -> None:
    living, holders, order = scene
    for me in order:
        division = divide(me, holders, living)
        assert all(holders.get(shard) not in living for shard in division.take)
        assert all(holders[shard] == me for shard in division.give)
        assert not (division.take and division.give)
        holders = applied(me, holders, living)


@given(scenes())
def test_who_gives_keeps_its_share_and_who_takes_has_no_more(
    scene: tuple[list[str], dict[int, str], list[str]],
) -> None:
    living, holders, _ = scene
    for me in living:
        division = divide(me, holders, living)
        left = Counter(applied(me, holders, living).values())[me]
        if division.give:
            assert SHARDS // len(living) <= left <= -(-SHARDS // len(living))
        if division.take:
            assert left <= -(-SHARDS // len(living))


@given(scenes())
def test_whatever_the_order_all_is_held_evenly_in_the_end_and_then_nothing_moves(
    scene: tuple[list[str], dict[int, str], list[str]],
) -> None:
    living, holders, order = scene
    for me in [*order, *living, *living]:  # Each gives what is too much, then each takes.
        holders = applied(me, holders, living)
    counts = Counter(holders.values())
    assert sorted(holders) == list(range(SHARDS))
    assert set(counts) == set(living[:SHARDS])
    assert max(counts.values()) - min(counts.values()) <= 1
    assert all(applied(me, holders, living) == holders for me in living)


@given(NAMES, st.data())
def test_when_one_dies_only_its_shards_move(living: list[str], data: st.DataObject) -> None:
    holders: dict[int, str] = {}
    for me in (*living, *living):
        holders = applied(me, holders, living)
    victim = data.draw(st.sampled_from(living))
    left = [name for name in living if name != victim]
    after = holders
    for me in (*left, *left):
        assert divide(me, after, left).give == ()
        after = applied(me, after, left)
    moved = {shard for shard in after if after[shard] != holders[shard]}
    assert not left or moved == {shard for shard in holders if holders[shard] == victim}


def test_two_that_take_at_the_same_time_seldom_want_the_same() -> None:
    a, b = (divide(name, {}, ["a", "b"]).take for name in "ab")
    assert (len(a), len(b), set(a) & set(b)) == (32, 32, set())


def test_a_single_plane_takes_everything_at_once() -> None:
    assert divide("a", {}, []).take == tuple(range(SHARDS))


@given(st.text(), st.text())
def test_a_key_is_in_one_shard_whoever_computes_it(reconciler: str, key: str) -> None:
    assert 0 <= shard_of(reconciler, key) < SHARDS
    assert shard_of(reconciler, key) == shard_of(reconciler, key)


def test_shards_never_change_between_releases() -> None:
    """Two releases may run beside each other for a while."""
    assert shard_of("services", "arn:aws:ecs:us-east-1:000000000000:service/default/web") == 10
    keys = [f"arn:aws:ecs:us-east-1:000000000000:service/default/web-{n}" for n in range(6400)]
    counts = Counter(shard_of("services", key) for key in keys)
    assert len(counts) == SHARDS
    assert max(counts.values()) < 200


def listened(*looks: tuple[float, dict[str, int]]) -> Hearing:
    """What is known after these looks."""
    hearing = Hearing(at=0.0)
    for now, counts in looks:
        hearing = heard(hearing, counts, now=now, gap_max_s=6.0)
    return hearing


def test_one_whose_count_stands_still_while_we_look_is_dead() -> None:
    looks = [(3.0 * n, {"a": n, "b": 7}) for n in range(1, 6)]
    assert listened(*looks[:4]).dead(10.0) == frozenset()
    assert listened(*looks).dead(10.0) == {"b"}


def test_who_did_not_look_has_seen_nobody_stand_still() -> None:
    looks = [(1.0, {"b": 7}), (4.0, {"b": 7}), (20.0, {"b": 7}), (23.0, {"b": 7})]
    assert listened(*looks).dead(10.0) == frozenset()
    later = [(26.0, {"b": 7}), (29.0, {"b": 7}), (32.0, {"b": 7})]
    assert listened(*looks, *later).dead(10.0) == {"b"}


def test_one_that_arrives_anew_lives() -> None:
    looks = [(3.0 * n, {"b": 7}) for n in range(1, 4)]
    assert listened(*looks, (12.0, {}), (15.0, {"b": 7})).dead(10.0) == frozenset()
