"""Which tasks go first when there are too many.  Pure."""

from collections.abc import Mapping, Sequence

from homeport.services.ecs.records.run_request import PlacementStrategy
from homeport.services.ecs.records.service_views import Member


def leaving_order(
    members: Sequence[Member],
    strategies: Sequence[PlacementStrategy],
    room: Mapping[str, tuple[int, int]],
) -> tuple[str, ...]:
    """ARNs in the order in which they are stopped, each as if those before it were gone.

    `room` is what instances have left: CPU units and MiB.
    """
    raise NotImplementedError
