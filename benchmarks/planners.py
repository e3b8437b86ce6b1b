"""What deciding costs, alone: `rolling_plan_5k_tasks`."""

import gc
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from homeport.services.ecs.plan.service.rolling import Situation, plan_rolling
from homeport.services.ecs.plan.service.standing import HealthRules, members_of
from homeport.services.ecs.records.service_views import TaskView

ROUNDS = 200
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
INSTANCES = 500
OLD, NEW = "ecs-svc/1", "ecs-svc/2"
NOW = 1_700_000_000.0


def task(number: int, rollout: str, status: str = "RUNNING") -> TaskView:
    instance = number * 7 % INSTANCES
    return TaskView(
        arn=f"arn:aws:ecs:us-east-1:000000000000:task/default/{number:032x}",
        rollout_id=rollout,
        instance_arn=f"arn:aws:ecs:us-east-1:000000000000:container-instance/default/{instance:032x}",
        zone=ZONES[instance % len(ZONES)],
        last_status=status,
        desired_status="RUNNING",
        created_at=NOW - 5_000 + number,
        started_at=NOW - 4_000 if status == "RUNNING" else None,
    )


def rollout(old: int, new: int, pending: int) -> tuple[TaskView, ...]:
    """Tasks in the middle of a rollout, in the order in which the store has them."""
    return tuple(
        task(number, OLD if number < old else NEW, "RUNNING" if number < old + new else "PENDING")
        for number in range(old + new + pending)
    )


class Scale(NamedTuple):
    """A service in the middle of something, and the percentages it is bound to."""

    desired: int
    views: tuple[TaskView, ...]
    minimum_percent: int = 100
    maximum_percent: int = 200


SCALES = {
    # Nothing may be done: the most frequent case.
    "waiting": Scale(2_500, rollout(2_500, 0, 2_500)),
    # Some of the old ones may go and it matters which.
    "halfway": Scale(2_500, rollout(2_500, 1_500, 1_000)),
    # All old tasks go at once.
    "last": Scale(2_500, rollout(2_500, 2_500, 0)),
    # The most there is to choose from: half of 5,000 go to make room.
    "first": Scale(5_000, rollout(5_000, 0, 0), 50, 100),
}


def milliseconds(call: Callable[[], object]) -> dict[str, float]:
    """Of many calls, garbage collection as it comes.  CPU time: nothing here waits for anything."""
    call()
    gc.collect()
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        call()
        times.append((time.process_time() - begun) * 1e3)
    return {
        "p50_ms": round(statistics.median(times), 2),
        "p99_ms": round(statistics.quantiles(times, n=100)[98], 2),
    }


def rolling_plan_5k_tasks() -> dict[str, dict[str, float]]:
    """plan_rolling over 5,000 tasks of a service, and what it takes to see first what each of them
    counts as (`standing`)."""
    found = {name: milliseconds(partial(plan_rolling, seen(SCALES[name]))) for name in SCALES}
    return found | {"standing": milliseconds(partial(seen, SCALES["halfway"]))}


def seen(scale: Scale) -> Situation:
    """A service as its plan sees it."""
    none: frozenset[str] = frozenset()
    rules = {OLD: HealthRules(), NEW: HealthRules()}
    return Situation(
        desired=scale.desired,
        minimum_healthy_percent=scale.minimum_percent,
        maximum_percent=scale.maximum_percent,
        primary=NEW,
        members=members_of(scale.views, rules, leaving=none, draining=none, now=NOW),
    )


if __name__ == "__main__":
    print(json.dumps({"rolling_plan_5k_tasks": rolling_plan_5k_tasks()}))
