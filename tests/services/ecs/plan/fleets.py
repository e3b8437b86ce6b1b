"""Fleets, tasks and rules to place by: small enough to meet every corner, drawn by hypothesis or
by seeded dice.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from homeport.services.ecs.plan.placement import Candidate, Demand, Rules
from homeport.services.ecs.records.instances import Resources
from homeport.services.ecs.records.run_request import PlacementStrategy

ZONE = "ecs.availability-zone"
STRATEGIES = (
    PlacementStrategy(type="spread", field=f"attribute:{ZONE}"),
    PlacementStrategy(type="spread", field="attribute:rack"),
    PlacementStrategy(type="spread", field="instanceId"),
    PlacementStrategy(type="spread", field="HOST"),
    PlacementStrategy(type="binpack", field="cpu"),
    PlacementStrategy(type="binpack", field="MEMORY"),
    PlacementStrategy(type="random"),
)


@dataclass(frozen=True)
class Case:
    """One call of the planner."""

    demand: Demand
    candidates: tuple[Candidate, ...]
    count: int
    rules: Rules


def machine(arn: str = "a", **changes: Any) -> Candidate:
    """An instance with a gigabyte, a CPU and the ports that a machine takes itself."""
    members: dict[str, Any] = {
        "arn": arn,
        "connected": True,
        "remaining": Resources(cpu=1024, memory_mib=1024, ports=(22,), ports_udp=(53,)),
        "attributes": {ZONE: "us-east-1a", "task-eni": None},
    }
    return Candidate(**(members | changes))


def in_zone(
    arn: str, zone: str, tasks: int = 0, *, cpu: int = 1024, memory: int = 1024
) -> Candidate:
    """An instance of a zone with so many tasks of the group and so much left."""
    left = Resources(cpu=cpu, memory_mib=memory)
    return machine(arn, attributes={ZONE: zone}, group_tasks=tasks, remaining=left)


def rules(*strategies: tuple[str, str | None], **changes: Any) -> Rules:
    """Rules with these strategies, each a type and a field."""
    named = tuple(PlacementStrategy(type=kind, field=field) for kind, field in strategies)
    return Rules(strategies=named, **changes)


# --- drawn by hypothesis ------------------------------------------------------------------------

_PORTS = st.lists(st.sampled_from((22, 80, 443)), max_size=2, unique=True).map(tuple)

machines: st.SearchStrategy[Candidate] = st.builds(
    Candidate,
    arn=st.sampled_from("abcdefghijklmnopqrst"),
    connected=st.sampled_from((True, True, True, False)),
    remaining=st.builds(
        Resources,
        cpu=st.integers(0, 9),
        memory_mib=st.integers(0, 9),
        ports=_PORTS,
        ports_udp=_PORTS,
    ),
    attributes=st.fixed_dictionaries(
        {},
        optional={
            ZONE: st.sampled_from("abc"),
            "rack": st.none() | st.sampled_from("12345678"),
            "ecs.gpu-count": st.sampled_from(("0", "2")),
        },
    ),
    group_tasks=st.integers(0, 3),
    member=st.sampled_from((True, True, True, False)),
)
demands = st.builds(
    Demand,
    cpu=st.integers(0, 3),
    memory_mib=st.integers(0, 3),
    ports=st.just(()) | _PORTS,
    ports_udp=st.just(()) | _PORTS,
    gpus=st.sampled_from((0, 0, 0, 1)),
    attributes=st.sampled_from(((), (), ((ZONE, None),), (("rack", "1"),))),
)
all_rules = st.builds(
    Rules,
    distinct=st.sampled_from((False, False, True)),
    strategies=st.lists(st.sampled_from(STRATEGIES), max_size=5).map(tuple),
    salt=st.text(max_size=3),
)
cases: st.SearchStrategy[Case] = st.builds(
    Case,
    demand=demands,
    # Two instances may have one ARN: the later one counts.
    candidates=st.lists(machines, max_size=14).map(tuple),
    count=st.integers(0, 25),
    rules=all_rules,
)


# --- drawn by seeded dice -----------------------------------------------------------------------


def drawn(seed: int) -> Case:
    """The case of a seed: as wild as those above, and much faster to draw."""
    dice = random.Random(seed)
    return Case(
        demand=Demand(
            cpu=dice.randint(0, 3),
            memory_mib=dice.randint(0, 3),
            ports=_some(dice, (22, 80), odds=0.07),
            ports_udp=_some(dice, (22, 80), odds=0.07),
            gpus=dice.choice((0,) * 9 + (1,)),
            attributes=dice.choice(((),) * 6 + (((ZONE, None),), (("rack", "1"),))),
        ),
        candidates=tuple(_drawn_machine(dice) for _ in range(dice.randint(1, 14))),
        count=dice.randint(1, 25),
        rules=Rules(
            distinct=dice.random() < 0.1,
            strategies=tuple(dice.choices(STRATEGIES, k=dice.randint(0, 5))),
            salt=str(seed),
        ),
    )


def _drawn_machine(dice: random.Random) -> Candidate:
    attributes = {
        ZONE: dice.choice("abc"),
        "rack": dice.choice("12345678"),
        "ecs.gpu-count": dice.choice("012"),
    }
    return Candidate(
        arn=dice.choice("abcdefghijklmnopqrstuvwxyz"),
        connected=dice.random() < 0.9,
        remaining=Resources(
            cpu=dice.randint(0, 20),
            memory_mib=dice.randint(0, 20),
            ports=_some(dice, (22, 80, 443), odds=0.3),
            ports_udp=_some(dice, (22, 80, 443), odds=0.3),
        ),
        attributes={name: value for name, value in attributes.items() if dice.random() < 0.9},
        group_tasks=dice.choice((0, 0, 1, 2, 3)),
        member=dice.random() < 0.9,
    )


def _some(dice: random.Random, ports: Sequence[int], *, odds: float) -> tuple[int, ...]:
    return tuple(port for port in ports if dice.random() < odds)
