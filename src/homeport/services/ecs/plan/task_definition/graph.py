"""Circles among containers that wait for, link to or mount from each other."""

from collections.abc import Mapping, Sequence


def has_cycle(edges: Mapping[str, Sequence[str]]) -> bool:
    """Whether following the edges from some name leads back to it."""
    if not any(edges.values()):
        return False
    left = {name: set(targets) for name, targets in edges.items()}
    while left:
        free = [name for name, targets in left.items() if not targets & left.keys()]
        if not free:
            return True
        for name in free:
            del left[name]
    return False
