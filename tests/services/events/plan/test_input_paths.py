"""JSON paths: what they lead to, and which are none."""

from typing import Any

import pytest

from homeport.services.events.plan.input_paths import MISSING, BadPath, parse, read

EVENT: dict[str, Any] = {
    "resources": ["r-0", "r-1"],
    "detail": {
        "state": "RUNNING",
        "reason": None,
        "nested": {"a": "x", "b": [1, {"c": "y"}]},
        "containers": [{"name": "app", "exitCode": 3}, {"name": "proxy"}],
        "a/b_c-d": "odd",
        "é": "ü",
        "k:v": 1,
    },
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", EVENT),
        ("$.detail.nested", {"a": "x", "b": [1, {"c": "y"}]}),
        ("$.detail.state", "RUNNING"),
        ("$.detail.reason", None),
        ("$.detail.nested.b[1].c", "y"),
        ("$.resources[0]", "r-0"),
        ("$.resources[1]", "r-1"),
        ("$.detail.containers[*].name", ["app", "proxy"]),
        ("$.detail.containers[*].exitCode", [3]),
        ("$.detail.containers.*.name", ["app", "proxy"]),
        ("$.detail.containers[*].nothing", []),
        ("$.detail.nested.*", ["x", [1, {"c": "y"}]]),
        ("$.detail.a/b_c-d", "odd"),
        ("$.detail.é", "ü"),
        ("$.detail.k:v", 1),
        ("$.resources[2]", MISSING),
        ("$.resources.x", MISSING),
        ("$.detail.nested.b.c", MISSING),
        ("$.detail.state.x", MISSING),
        ("$.detail.state[0]", MISSING),
        ("$.detail[0]", MISSING),
        ("$.detail.nowhere", MISSING),
        ("$.detail.nowhere[*]", MISSING),
        ("$.detail.state[*]", MISSING),
        ("$.detail.reason.x", MISSING),
    ],
)
def test_what_a_path_leads_to(path: str, found: Any) -> None:
    assert read(EVENT, parse(path)) == found


def test_stars_within_stars_give_one_list() -> None:
    steps = parse("$.a[*].b[*]")
    assert read({"a": [{"b": [1, 2]}, {}, {"b": [3]}]}, steps) == [1, 2, 3]
    assert read({"a": []}, steps) == []


@pytest.mark.parametrize(
    "path",
    ["", "detail", "$detail", "$.", "$..a", "$.a.", "$['a']", '$["a"]', "$.a[-1]", "$.a[1:2]",
     "$.a[?(@.b)]", "$.a[", "$.a[]", "$.a b", "$.a[1", "$[0", "x$", "$.a*"],
)  # fmt: skip
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(BadPath):
        parse(path)


@pytest.mark.parametrize("path", ["$", "$.a", "$[0]", "$.a[0][1].b", "$.a-b_c/d.*", "$.a[*].b:c"])
def test_paths_of_names_and_indexes_are_taken(path: str) -> None:
    parse(path)
