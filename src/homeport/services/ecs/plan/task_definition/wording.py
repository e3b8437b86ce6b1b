"""How refusals are worded where ECS has one sentence for many settings.  No rule lives here."""

from collections.abc import Sequence


def not_one_of(value: str, noun: str, allowed: Sequence[str]) -> str:
    """The refusal of a word that is not in the list of allowed ones."""
    return f"{value} is not a valid {noun}. Must be one of [{', '.join(allowed)}]"


def out_of_range(setting: str, container: str, low: int, high: int) -> str:
    """The refusal of a container's number outside its range."""
    return f"the '{setting}' setting for container '{container}' must be between {low} and {high}"


def words(text: str) -> frozenset[str]:
    """The words of a list that is too long to quote one by one."""
    return frozenset(text.split())
