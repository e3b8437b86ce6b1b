"""Which tasks move so that the zones have equally many.  Pure."""

from collections.abc import Sequence

from homeport.services.ecs.records.service_views import Member


def tasks_to_move(
    members: Sequence[Member], primary: str, zones: Sequence[str]
) -> tuple[str, ...]:
    """ARNs of tasks in zones that have too many, given that every one of `zones` can take tasks.

    Nothing when the fullest zone has at most one task more than the emptiest.
    """
    raise NotImplementedError


def balance(members: Sequence[Member], primary: str, zones: Sequence[str]) -> dict[str, int]:
    """How many tasks of the primary rollout each zone has, every one of `zones` included."""
    raise NotImplementedError
