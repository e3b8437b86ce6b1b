"""Copies of a module with one thing changed, to see whether its checks would notice."""

from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple


class Mutant(NamedTuple):
    """What is changed, and where: `old` is there exactly once."""

    module: ModuleType
    old: str
    new: str


def mutated(planner: ModuleType, mutant: Mutant) -> Any:
    """A copy of `planner` that is the mutant, or that uses it."""
    assert mutant.module.__file__ is not None
    source = Path(mutant.module.__file__).read_text()
    assert source.count(mutant.old) == 1, f"not there exactly once: {mutant.old}"
    changed = _copy(mutant.module, source.replace(mutant.old, mutant.new))
    if mutant.module is planner:
        return changed
    assert planner.__file__ is not None
    user = _copy(planner, Path(planner.__file__).read_text())
    for name in vars(user).keys() & vars(changed).keys():
        if getattr(vars(changed)[name], "__module__", None) == changed.__name__:
            setattr(user, name, vars(changed)[name])
    return user


def _copy(module: ModuleType, source: str) -> ModuleType:
    copy = ModuleType(f"{module.__name__}_mutant")
    exec(compile(source, str(module.__file__), "exec"), vars(copy))
    return copy
