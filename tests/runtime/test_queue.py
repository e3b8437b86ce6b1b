"""The key queue: each key once, never later than asked, failures further and further apart."""

from hypothesis import given
from hypothesis import strategies as st

from homeport.runtime.queue import BACKOFF_FIRST_S, BACKOFF_MAX_S, KeyQueue


def drained(queue: KeyQueue, now: float) -> list[str]:
    taken = []
    while (key := queue.take(now)) is not None:
        taken.append(key)
    return taken


def test_a_key_added_twice_is_taken_once() -> None:
    queue = KeyQueue()
    queue.add("a", 1.0)
    queue.add("a", 1.0)
    assert drained(queue, 1.0) == ["a"]


def test_a_key_is_not_taken_before_it_is_due() -> None:
    queue = KeyQueue()
    queue.add("a", 2.0)
    assert queue.take(1.9) is None
    assert queue.next_due() == 2.0
    assert queue.take(2.0) == "a"


def test_adding_makes_a_key_due_sooner_but_never_later() -> None:
    queue = KeyQueue()
    queue.add("a", 5.0)
    queue.add("a", 9.0)
    queue.add("a", 1.0)
    assert queue.take(1.0) == "a"
    assert drained(queue, 100.0) == []


def test_a_failing_key_waits_twice_as_long_each_time_up_to_a_minute() -> None:
    queue = KeyQueue()
    waits = [queue.failed("a", 0.0) for _ in range(40)]
    assert waits[:4] == [0.1, 0.2, 0.4, 0.8]
    assert waits[0] == BACKOFF_FIRST_S
    assert waits[-1] == BACKOFF_MAX_S == max(waits)


def test_success_forgets_the_failures() -> None:
    queue = KeyQueue()
    queue.failed("a", 0.0)
    queue.done("a")
    assert queue.failed("a", 0.0) == BACKOFF_FIRST_S


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 20))))
def test_every_key_comes_out_once_at_its_earliest_time_in_order(
    adds: list[tuple[str, int]],
) -> None:
    queue = KeyQueue()
    earliest: dict[str, int] = {}
    for key, due in adds:
        queue.add(key, due)
        earliest[key] = min(due, earliest.get(key, due))
    order = []
    for now in range(21):
        order += [(now, key) for key in drained(queue, now)]
    assert {key: now for now, key in order} == earliest
    assert len(order) == len(earliest)
    assert len(queue) == 0
