from conftest import TurnedClock
from homeport.runtime.wakefulness import BREAK_S, Wakefulness


def test_looking_often_enough_there_was_no_break(clock: TurnedClock) -> None:
    begun = clock.now()
    wakefulness = Wakefulness(clock)
    for _ in range(100):
        clock.turn(BREAK_S)
        assert wakefulness.since() == begun


def test_after_a_long_pause_it_has_just_woken_up(clock: TurnedClock) -> None:
    wakefulness = Wakefulness(clock)
    clock.turn(3600.0)
    assert wakefulness.since() == clock.now()
    woken = clock.now()
    clock.turn(BREAK_S)
    assert wakefulness.since() == woken


def test_a_clock_that_was_set_back_is_no_break(clock: TurnedClock) -> None:
    begun = clock.now()
    wakefulness = Wakefulness(clock)
    clock.turn(-3600.0)
    assert wakefulness.since() == begun
    clock.turn(BREAK_S)
    assert wakefulness.since() == begun


def test_an_interruption_is_a_break(clock: TurnedClock) -> None:
    wakefulness = Wakefulness(clock)
    clock.turn(5.0)
    wakefulness.interrupt()
    assert wakefulness.since() == clock.now()
