"""Whether there was no room for a task, as ECS words it.  Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

REASONS: Final = ("RESOURCE:", "AGENT", "Capacity is unavailable")
"""How the reasons begin for which a task found no place that another moment may have."""
ERRORS: Final = ("No Container Instances were found in your cluster.",)


def is_no_room(failures: Sequence[Mapping[str, Any]]) -> bool:
    """Whether nothing but room was missing."""
    return bool(failures) and all(
        str(each.get("reason", "")).startswith(REASONS) for each in failures
    )


def is_nobody_there(failures: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no agent was connected: for a moment that is so after each start of Homeport."""
    return bool(failures) and all(each.get("reason") == "AGENT" for each in failures)


def is_no_room_error(message: str) -> bool:
    """Whether an error says that there is nowhere to run at all."""
    return message.startswith(ERRORS)


def reasons(failures: Sequence[Mapping[str, Any]]) -> str:
    """What the failures say, each reason once."""
    said = dict.fromkeys(str(each.get("reason", "")) for each in failures)
    return ", ".join(each for each in said if each) or "RunTask started nothing."
