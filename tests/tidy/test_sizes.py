"""Style by numbers.  The exceptions are a ratchet: none may grow, and each must still be needed."""

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

from tidy.tree import found_none, functions, name_of, python_files

FUNCTION_LINES = 70
PLAN_FUNCTION_LINES = 40
FILE_LINES = 400
FILE_LINES_EVER = 600
POSITIONAL_PARAMETERS = 5

LONG_FUNCTIONS: Mapping[str, int] = {}
"""``path:function`` → lines, for functions that are longer than they should be."""

LONG_FILES: Mapping[str, int] = {}
"""path → lines, for files that are longer than they should be."""

MANY_PARAMETERS: Mapping[str, int] = {
    # A stream is named by four words, and the transaction comes first.
    "src/homeport/contracts/logs.py:tail": 6,
    "src/homeport/services/logs/facade.py:tail": 6,
}
"""``path:function`` → positional parameters."""


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def positional(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def limit_of(path: Path) -> int:
    is_plan = "plan" in path.parent.parts or path.name == "plan.py"
    return PLAN_FUNCTION_LINES if is_plan and "tests" not in path.parts else FUNCTION_LINES


def exceeded(found: Mapping[str, int], known: Mapping[str, int]) -> list[str]:
    """What is too long, has grown since it was listed, or is listed without need."""
    worse = [f"{name}: {size}" for name, size in found.items() if size > known.get(name, 0)]
    better = [
        f"{name}: listed with {size}, now {found.get(name, 'within the limit')}; lower it"
        for name, size in known.items()
        if found.get(name, 0) < size
    ]
    return worse + better


def test_functions_are_short() -> None:
    found = {
        f"{name_of(path)}:{function.name}": lines_of(function)
        for path in python_files()
        for function in functions(path)
        if lines_of(function) > limit_of(path)
    }
    found_none(exceeded(found, LONG_FUNCTIONS))


def test_files_are_short() -> None:
    sizes = {name_of(path): len(path.read_text().splitlines()) for path in python_files()}
    found = {name: size for name, size in sizes.items() if size > FILE_LINES}
    found_none(exceeded(found, LONG_FILES))


def test_no_exception_passes_the_hard_limit() -> None:
    assert all(size <= FILE_LINES_EVER for size in LONG_FILES.values())


def test_functions_take_few_positional_parameters() -> None:
    found = {
        f"{name_of(path)}:{function.name}": positional(function)
        for path in python_files("src", "tools", "benchmarks")
        for function in functions(path)
        if positional(function) > POSITIONAL_PARAMETERS
    }
    found_none(exceeded(found, MANY_PARAMETERS))


@pytest.mark.parametrize(
    ("found", "known", "complaints"),
    [
        ({"a": 80}, {}, 1),
        ({"a": 80}, {"a": 80}, 0),
        ({"a": 81}, {"a": 80}, 1),
        ({"a": 75}, {"a": 80}, 1),
        ({}, {"a": 80}, 1),
    ],
)
def test_the_ratchet_only_turns_one_way(
    found: Mapping[str, int], known: Mapping[str, int], complaints: int
) -> None:
    assert len(exceeded(found, known)) == complaints
