"""Event patterns against events with arrays: which values go together."""

import json
from typing import Any

from homeport.services.events.plan.patterns import compile_pattern, matches


def fits(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    return matches(compile_pattern(json.dumps(pattern)), event)


PEOPLE = {
    "employees": [
        {"firstName": "John", "lastName": "Doe"},
        {"firstName": "Anna", "lastName": "Smith"},
        {"firstName": "Peter", "lastName": "Jones"},
    ]
}


def test_values_of_different_elements_do_not_go_together() -> None:
    def named(first: str, last: str) -> bool:
        return fits({"employees": {"firstName": [first], "lastName": [last]}}, PEOPLE)

    assert fits({"employees": {"firstName": ["Anna"]}}, PEOPLE)
    assert named("Anna", "Smith")
    assert not named("Anna", "Jones")
    nested = {"employees": [PEOPLE["employees"][:2], PEOPLE["employees"][2:]]}
    assert fits({"employees": {"firstName": ["Anna"], "lastName": ["Smith"]}}, nested)
    assert not fits({"employees": {"firstName": ["Anna"], "lastName": ["Jones"]}}, nested)


def test_different_arrays_go_together_and_arrays_in_arrays_by_their_elements() -> None:
    event = {
        "a": [{"x": 1}, {"x": 2}],
        "b": [{"y": 1}, {"y": 2}],
        "c": [{"n": 1, "d": [{"z": 1}]}, {"n": 2, "d": [{"z": 2}, {"z": 3}]}],
    }
    assert fits({"a": {"x": [1]}, "b": {"y": [2]}}, event)
    assert fits({"c": {"n": [2], "d": {"z": [3]}}}, event)
    assert not fits({"c": {"n": [1], "d": {"z": [3]}}}, event)


def test_that_nothing_is_there_is_asked_of_the_same_element() -> None:
    wanted = {"c": {"exitCode": [3], "reason": [{"exists": False}]}}
    turned = {"c": {"reason": [{"exists": False}], "exitCode": [3]}}
    for pattern in (wanted, turned):
        assert fits(pattern, {"c": [{"exitCode": 3}, {"exitCode": 0, "reason": "x"}]})
        assert not fits(pattern, {"c": [{"exitCode": 3, "reason": "x"}, {"exitCode": 0}]})


def test_texts_in_an_array_belong_to_no_element_of_it() -> None:
    wanted = {"a": ["t"], "b": {"x": [1], "y": [2]}}
    assert fits(wanted, {"a": ["s", "t"], "b": {"x": [0, 1], "y": [2, 3]}})


def test_a_container_s_exit_code_is_that_of_the_named_container() -> None:
    wanted = {"detail": {"containers": {"name": ["app"], "exitCode": [{"anything-but": 0}]}}}
    codes = {"app": 0, "proxy": 3}

    def event(codes: dict[str, int]) -> dict[str, Any]:
        return {"detail": {"containers": [{"name": n, "exitCode": c} for n, c in codes.items()]}}

    assert not fits(wanted, event(codes))
    assert fits(wanted, event({**codes, "app": 1}))


def test_many_elements_are_no_obstacle() -> None:
    elements = [{"x": n % 7, "y": n % 5, "z": n} for n in range(3_000)]
    event = {"a": elements, "b": elements}
    wanted = {"a": {"x": [1], "y": [2], "z": [{"exists": True}]}, "b": {"x": [3], "y": [3]}}
    assert fits(wanted, event)
    assert not fits({**wanted, "b": {"x": [3], "y": [9]}}, event)


def test_deeply_nested_events_are_no_obstacle() -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = [deep]
    assert fits({"a": ["x"]}, {"a": deep})
