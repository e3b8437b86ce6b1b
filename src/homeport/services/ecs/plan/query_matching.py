"""What a condition of the cluster query language tests, made ready once to be tested often.  Pure.

How conditions are worded and put together is query_language's.
"""

import operator as operators
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from homeport.services.ecs.records.instances import InstanceFacts

Value: TypeAlias = str | int | float | bool | tuple[int, ...]
Holds: TypeAlias = Callable[[InstanceFacts], bool]

ATTRIBUTE: Final = "attribute:"
GROUP: Final = "task:group"

_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,15})?")


def condition(subject: str, operator: str, values: tuple[Value, ...]) -> Holds:
    """Whether an instance passes the test; what it does not have passes only ``not_exists``."""
    if subject == GROUP:
        return _of_any_group(operator, values)
    found = _value_of(subject)
    if operator == "exists":
        return lambda facts: found(facts) is not None
    if operator == "not_exists":
        return lambda facts: found(facts) is None
    test = _TESTS[operator](values)

    def holds(facts: InstanceFacts) -> bool:
        value = found(facts)
        return value is not None and test(value)

    return holds


def version(text: str) -> tuple[int, ...]:
    """A version's numbers, without zeros at the end: 1.96 is 1.96.0."""
    numbers = [int(each) for each in re.findall(r"\d{1,9}", text.partition("-")[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _of_any_group(operator: str, values: tuple[Value, ...]) -> Holds:
    """The one subject of which an instance has many: one that passes is enough."""
    if operator == "exists":
        return lambda facts: bool(facts.task_groups)
    if operator == "not_exists":
        return lambda facts: not facts.task_groups
    test = _TESTS[operator](values)
    return lambda facts: any(map(test, facts.task_groups))


def _value_of(subject: str) -> Callable[[InstanceFacts], Value | None]:
    """How an instance is asked for what it has of a subject: None when it has none."""
    if subject.startswith(ATTRIBUTE):
        name = subject[len(ATTRIBUTE) :]
        return lambda facts: (facts.attributes[name] or "") if name in facts.attributes else None
    return _VALUES[subject]


@lru_cache(maxsize=256)
def _known_version(text: str) -> tuple[int, ...]:
    return version(text)


_VALUES: Final[Mapping[str, Callable[[InstanceFacts], Value | None]]] = MappingProxyType(
    {
        "agentConnected": lambda facts: facts.agent_connected,
        "agentVersion": lambda facts: (
            _known_version(facts.agent_version) if facts.agent_version else None
        ),
        "ec2InstanceId": lambda facts: facts.ec2_instance_id or None,
        "registeredAt": lambda facts: round(facts.registered_at, 3),
        "runningTasksCount": lambda facts: facts.running_tasks,
    }
)


# --- tests: made of the values that a condition gives, put to the value that an instance has ----

_Test: TypeAlias = Callable[[Any], bool]


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[tuple[Value, ...]], _Test]:
    """A comparison: attributes that both read as numbers compare as numbers."""

    def made(given: tuple[Value, ...]) -> _Test:
        right = given[0]
        if not (isinstance(right, str) and _NUMBER.fullmatch(right)):
            return lambda value: compare(value, right)
        number = float(right)

        def test(value: str) -> bool:
            if _NUMBER.fullmatch(value):
                return compare(float(value), number)
            return compare(value, right)

        return test

    return made


def _fullmatch(given: tuple[Value, ...]) -> Callable[[str], Any]:
    return re.compile(str(given[0])).fullmatch


def _matching(given: tuple[Value, ...]) -> _Test:
    fullmatch = _fullmatch(given)
    return lambda value: fullmatch(value) is not None


def _not_matching(given: tuple[Value, ...]) -> _Test:
    fullmatch = _fullmatch(given)
    return lambda value: fullmatch(value) is None


_TESTS: Final[Mapping[str, Callable[[tuple[Value, ...]], _Test]]] = MappingProxyType(
    {
        "equals": lambda given: lambda value: bool(value == given[0]),
        "not_equals": lambda given: lambda value: bool(value != given[0]),
        "greater_than": _ordered(operators.gt),
        "greater_than_equal": _ordered(operators.ge),
        "less_than": _ordered(operators.lt),
        "less_than_equal": _ordered(operators.le),
        "in": lambda given: frozenset(given).__contains__,
        "not_in": lambda given: lambda value: value not in given,
        "matches": _matching,
        "not_matches": _not_matching,
    }
)
