"""Tasks of services as plans see them, written as letters: ``HHPu`` are two HEALTHY ones, a PENDING
one and an UNHEALTHY one that is protected."""

from collections.abc import Iterable, Sequence

from homeport.services.ecs.records.service_views import Member, Standing, Stop, TaskView

NEW, OLD, OLDER = "ecs-svc/3", "ecs-svc/2", "ecs-svc/1"

STANDINGS: dict[str, Standing] = {
    "P": "PENDING",
    "Y": "YOUNG",
    "H": "HEALTHY",
    "U": "UNHEALTHY",
    "S": "STOPPING",
    "O": "OVER",
}
LETTERS = {standing: letter for letter, standing in STANDINGS.items()}

GROUPS = {
    "new": (NEW, ""),
    "old": (OLD, ""),
    "older": (OLDER, ""),
    "drain": (NEW, "draining"),
    "drain-old": (OLD, "draining"),
    "move": (NEW, "rebalanced"),
}
"""What the tasks before a colon are: their rollout, and why they have to leave."""


def member(
    arn: str,
    standing: Standing = "HEALTHY",
    *,
    rollout: str = NEW,
    instance: str | None = "i-1",
    zone: str | None = "a",
    created_at: float = 0.0,
    leaves: str = "",
    is_protected: bool = False,
) -> Member:
    """A task of which only what plans look at is true."""
    view = TaskView(
        arn=arn,
        rollout_id=rollout,
        instance_arn=instance,
        zone=zone,
        last_status="RUNNING",
        desired_status="RUNNING",
        created_at=created_at,
    )
    return Member(task=view, standing=standing, leaves=leaves, is_protected=is_protected)  # type: ignore[arg-type]


def members(text: str) -> tuple[Member, ...]:
    """``old:HH new:P``: two tasks of the old rollout and one of the primary; small is protected."""
    found: list[Member] = []
    for group in text.split():
        name, _, letters = group.partition(":")
        rollout, leaves = GROUPS[name]
        for letter in letters:
            number = len(found)
            found.append(
                member(
                    f"task-{number:03}",
                    STANDINGS[letter.upper()],
                    rollout=rollout,
                    instance=f"i-{number}",
                    zone="abc"[number % 3],
                    created_at=float(number),
                    leaves=leaves,
                    is_protected=letter.islower(),
                )
            )
    return tuple(found)


def stopped(stops: Iterable[Stop], among: Sequence[Member]) -> str:
    """``superseded:HH unhealthy:U``: why tasks are stopped, in order, and what they were."""
    by_arn = {each.task.arn: each for each in among}
    told: dict[str, str] = {}
    for stop in stops:
        each = by_arn[stop.arn]
        letter = LETTERS[each.standing]
        told[stop.why] = told.get(stop.why, "") + (letter.lower() if each.is_protected else letter)
    return " ".join(f"{why}:{letters}" for why, letters in told.items())
