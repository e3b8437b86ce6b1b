"""JSON paths as EventBridge takes them: names after dots, indexes, ``*``; no more of JSONPath."""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, TypeAlias

_STEP: Final = re.compile(r"\.(?P<name>[^.\[\]*'\"()?,\s]+)|\[(?P<index>[0-9]{1,9})\]|\.\*|\[\*\]")


class Each(Enum):
    """Stands in a path for all members or elements."""

    EACH = "*"


class Missing(Enum):
    """What a path leads to that is not in the event: no value, not even null."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
Step: TypeAlias = str | int | Each


class BadPath(ValueError):
    """The text is no path that EventBridge takes."""


def parse(text: str) -> tuple[Step, ...]:
    """The steps from the root; raises BadPath."""
    if not text.startswith("$"):
        raise BadPath(text)
    steps: list[Step] = []
    at = 1
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            raise BadPath(text)
        (name, index) = step.group("name", "index")
        steps.append(Each.EACH if name is index is None else int(index) if index else name)
        at = step.end()
    return tuple(steps)


def read(value: Any, steps: tuple[Step, ...]) -> Any:
    """What the steps lead to; with ``*`` among them a list of all; MISSING if there is nothing."""
    for number, step in enumerate(steps):
        if step is Each.EACH:
            return _each(value, steps[number + 1 :])
        value = _one(value, step)
        if value is MISSING:
            return MISSING
    return value


def _one(value: Any, step: Step) -> Any:
    match value, step:
        case Mapping(), str():
            return value.get(step, MISSING)
        case list() | tuple(), int():
            return value[step] if step < len(value) else MISSING
        case _:
            return MISSING


def _each(value: Any, steps: tuple[Step, ...]) -> Any:
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if not isinstance(value, list | tuple):
        return MISSING
    found = [read(item, steps) for item in value]
    present = [item for item in found if item is not MISSING]
    if Each.EACH in steps:
        return [item for several in present for item in several]
    return present
