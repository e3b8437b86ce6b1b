"""Which lines of tasks' stories the foreground process says."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from homeport.app.progress import Changed, Line, unsaid
from homeport.store import MISSED, Change

FIRST: Line = (1.0, "task/a", "resolving")
SECOND: Line = (2.0, "task/a", "task is RUNNING")


def test_a_line_that_comes_late_is_still_said() -> None:
    assert unsaid((FIRST, SECOND), frozenset({SECOND})) == (FIRST,)


def test_what_was_said_is_not_said_again() -> None:
    assert unsaid((FIRST, SECOND), frozenset({FIRST, SECOND})) == ()


@given(st.permutations([(float(n), f"task/{n % 3}", "line") for n in range(8)]), st.data())
def test_however_lines_arrive_each_is_said_once(lines: list[Line], data: st.DataObject) -> None:
    told: list[Line] = []
    said: frozenset[Line] = frozenset()
    known = 0
    while known < len(lines):
        known = data.draw(st.integers(known + 1, len(lines)))
        news = sorted(lines[:known])
        told += unsaid(news, said)
        said = frozenset(news)
    assert sorted(told) == sorted(lines)


def test_tasks_that_change_are_gathered_until_they_are_looked_at() -> None:
    async def body() -> None:
        changed = Changed()
        changed.hear([Change("task", "b"), Change("service", "s")])
        changed.hear([Change("task", "a"), Change("task", "b")])
        assert await changed.take() == ("a", "b")
        changed.hear([Change("task", "c")])
        changed.hear([MISSED])
        assert await changed.take() is None, "nobody knows what was missed"
        changed.hear([Change("service", "s")])
        changed.hear([Change("task", "d")])
        assert await changed.take() == ("d",)

    asyncio.run(body())
