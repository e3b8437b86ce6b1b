"""Strategies of capacity providers: what is refused, and how tasks are dealt out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan.capacity_providers import (
    require_weight,
    split,
    validate_strategy,
)
from homeport.services.ecs.records.clusters import StrategyItem

BOTH = ("FARGATE", "FARGATE_SPOT")


def item(name: str, weight: int = 0, base: int = 0) -> StrategyItem:
    return StrategyItem(capacity_provider=name, weight=weight, base=base)


@pytest.mark.parametrize(
    ("count", "strategy", "running", "shares"),
    [
        (1, [item("A", 1)], {}, [("A", 1)]),
        (4, [item("A", 1), item("B", 1)], {}, [("A", 2), ("B", 2)]),
        (5, [item("A", 1), item("B", 4)], {}, [("A", 1), ("B", 4)]),
        (10, [item("A", 1), item("B", 4)], {}, [("A", 2), ("B", 8)]),
        (3, [item("A", 1, 2), item("B", 1)], {}, [("A", 3)]),
        (4, [item("A", 1, 2), item("B", 1)], {}, [("A", 3), ("B", 1)]),
        (2, [item("A", 1, 2), item("B", 1)], {"A": 2}, [("A", 1), ("B", 1)]),
        (2, [item("A", 1, 2), item("B", 1)], {"A": 3}, [("B", 1), ("A", 1)]),
        (10, [item("A", 0, 2), item("B", 1)], {}, [("A", 2), ("B", 8)]),
        (3, [item("A", 0), item("B", 1)], {}, [("B", 3)]),
        (3, [item("A", 0, 1)], {}, [("A", 1)]),
        (0, [item("A", 1)], {}, []),
        (5, [], {}, []),
    ],
)
def test_tasks_are_dealt_by_base_then_by_weight(
    count: int,
    strategy: list[StrategyItem],
    running: dict[str, int],
    shares: list[tuple[str, int]],
) -> None:
    assert sorted(split(count, strategy, running)) == sorted(shares)


STRATEGIES = st.lists(
    st.builds(item, st.sampled_from("ABCDE"), st.integers(0, 9), st.just(0)),
    min_size=1,
    max_size=5,
    unique_by=lambda each: each.capacity_provider,
).filter(lambda items: any(each.weight for each in items))


@given(STRATEGIES, st.integers(0, 60))
def test_every_task_is_dealt_and_shares_follow_the_weights(
    strategy: list[StrategyItem], count: int
) -> None:
    shares = dict(split(count, strategy, {}))
    weights = {each.capacity_provider: each.weight for each in strategy}
    assert sum(shares.values()) == count
    assert all(weights[name] > 0 for name in shares)
    total = sum(weights.values())
    for name, weight in weights.items():
        assert abs(shares.get(name, 0) - count * weight / total) < len(strategy)


@given(STRATEGIES, st.integers(0, 30), st.integers(0, 30))
def test_dealing_in_two_rounds_is_dealing_at_once(
    strategy: list[StrategyItem], first: int, second: int
) -> None:
    before = dict(split(first, strategy, {}))
    after = dict(split(second, strategy, before))
    both = {name: before.get(name, 0) + after.get(name, 0) for name in {*before, *after}}
    assert both == dict(split(first + second, strategy, {}))


@pytest.mark.parametrize(
    ("strategy", "complaint"),
    [
        ([item("MINE", 1)], "not associated with the cluster"),
        ([item("FARGATE", 1), item("FARGATE", 1)], "duplicate capacity providers"),
        (
            [item("FARGATE", 1, 1), item("FARGATE_SPOT", 1, 1)],
            "multiple capacity providers with a base value defined",
        ),
        ([item(f"P{number}", 1) for number in range(21)], "more than 20"),
    ],
)
def test_a_strategy_that_ecs_does_not_take(strategy: list[StrategyItem], complaint: str) -> None:
    with pytest.raises(InvalidParameterException, match=complaint):
        validate_strategy(strategy, BOTH)


def test_weights_may_all_be_zero_until_the_strategy_is_used() -> None:
    strategy = [item("FARGATE"), item("FARGATE_SPOT")]
    validate_strategy(strategy, BOTH)
    with pytest.raises(InvalidParameterException, match="default capacity provider strategy"):
        require_weight(strategy, is_default=True)
    require_weight([item("FARGATE", 1)], is_default=False)
