"""The placement planner alone: `placement_1k_tasks_on_1k_instances` and
`placement_on_5k_instances_holding_100k_tasks`.

Everything that placement looks at is in memory: no store, no Engine, no requests.
"""

import gc
import json
import statistics
import time
from collections.abc import Callable

from homeport.services.ecs.plan import query_language
from homeport.services.ecs.plan.placement import SERVICE_DEFAULT, Candidate, Demand, Rules, place
from homeport.services.ecs.records.instances import InstanceFacts, Resources
from homeport.services.ecs.records.run_request import PlacementStrategy

REPEATS = 9
ARN = "arn:aws:ecs:us-east-1:000000000000:container-instance/default"
SPREAD_THEN_PACK = (
    PlacementStrategy(type="spread", field="attribute:ecs.availability-zone"),
    PlacementStrategy(type="binpack", field="memory"),
)
RANDOM = (PlacementStrategy(type="random"),)
DEMAND = Demand(cpu=64, memory_mib=128, attributes=(("ecs.cpu-architecture", "x86_64"),))
EXPRESSION = (
    "attribute:ecs.instance-type =~ m5.* and attribute:ecs.availability-zone in "
    "[us-east-1a, us-east-1b] and not (task:group == service:other) and agentConnected == true"
)


def fleet(instances: int, tasks_each: int) -> list[Candidate]:
    """Instances of three zones, none like another, that hold tasks already."""
    return [
        Candidate(
            arn=f"{ARN}/{number:032x}",
            connected=True,
            remaining=Resources(
                cpu=32_768 - 512 * tasks_each - number * 7_919 % 512,
                memory_mib=131_072 - 1_024 * tasks_each - number * 104_729 % 1_024,
                ports=(22, 2375, 2376, 51678, 51679),
            ),
            attributes=attributes(number),
            group_tasks=number * 31 % 3,
        )
        for number in range(instances)
    ]


def attributes(number: int) -> dict[str, str | None]:
    return {
        "ecs.availability-zone": f"us-east-1{'abc'[number % 3]}",
        "ecs.cpu-architecture": "x86_64",
        "ecs.instance-type": ("m5.large", "m5.xlarge", "c5.large", "r5.large")[number % 4],
        "ecs.os-type": "linux",
    }


def facts(instances: int, tasks_each: int) -> list[InstanceFacts]:
    return [
        InstanceFacts(
            ec2_instance_id=f"i-{number:017x}",
            agent_version="1.96.0",
            registered_at=1_529_360_908.0 + number,
            running_tasks=tasks_each,
            attributes=attributes(number),
            task_groups=tuple(f"service:s{each}" for each in range(tasks_each)),
        )
        for number in range(instances)
    ]


def seconds(work: Callable[[], object]) -> float:
    """The median of a few runs."""
    took = []
    for _ in range(REPEATS):
        gc.collect()
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def placement(
    machines: list[Candidate], count: int, strategies: tuple[PlacementStrategy, ...]
) -> dict[str, float]:
    """One call that places `count` copies."""
    rules = Rules(strategies=strategies, salt="benchmark")
    if len(place(DEMAND, machines, count, rules).chosen) != count:
        raise RuntimeError("the fleet has no room for that many copies")
    took = seconds(lambda: place(DEMAND, machines, count, rules))
    return {"ms": round(took * 1e3, 1), "placements_per_second": round(count / took)}


def matching() -> dict[str, float]:
    """A memberOf expression put to 5,000 instances, parsing included."""
    known = facts(5_000, 20)

    def match() -> int:
        expression = query_language.parse(EXPRESSION)
        return sum(query_language.matches(expression, each) for each in known)

    return {"ms": round(seconds(match) * 1e3, 1)}


def main() -> None:
    small, large = fleet(1_000, 0), fleet(5_000, 20)
    result = {
        "placement_1k_tasks_on_1k_instances": {
            "spread zones, binpack memory": placement(small, 1_000, SPREAD_THEN_PACK),
            "the default of services": placement(small, 1_000, SERVICE_DEFAULT),
            "random": placement(small, 1_000, RANDOM),
        },
        "placement_on_5k_instances_holding_100k_tasks": {
            f"{copies:,} copies, {name}": placement(large, copies, strategies)
            for name, strategies in (
                ("spread zones, binpack memory", SPREAD_THEN_PACK),
                ("the default of services", SERVICE_DEFAULT),
            )
            for copies in (10, 200, 1_000, 10_000)
        },
        "member_of_5k_instances": matching(),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
