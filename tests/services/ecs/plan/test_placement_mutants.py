"""Mutants of the placement planner, made by hand: a planner with any one of them must be found out.

Each is a piece of the planner's source and what it is replaced with.  The source is compiled under
another name, and a quick battery of cases is put to it.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from homeport.services.ecs.plan import placement
from homeport.services.ecs.plan.placement import Demand, Placement, Rules
from homeport.services.ecs.records.instances import Resources
from services.ecs.plan import reference_placement as reference
from services.ecs.plan.fleets import Case, drawn, in_zone, machine

HOME = Path(placement.__file__).parent
MODULES = (
    "placement_filters",
    "placement_order",
    "placement",
    "placement_explained",
    "fargate",
)
SEEDS = 250

FILTERS = [
    ("left.cpu < demand.cpu", "left.cpu <= demand.cpu"),
    ("left.memory_mib < demand.memory_mib", "left.memory_mib <= demand.memory_mib"),
    ("left.memory_mib < demand.memory_mib", "left.memory_mib < demand.cpu"),
    ("if not machine.connected:", "if False:"),
    ("_meet(demand.ports_udp, left.ports_udp)", "_meet(demand.ports_udp, left.ports)"),
    ("_meet(demand.ports, left.ports) or", "False or"),
    ("bool(wanted) and not set(wanted)", "bool(wanted) and set(wanted)"),
    ("demand.gpus > gpus_of(machine)", "demand.gpus >= gpus_of(machine)"),
    ("if name not in attributes or", "if"),
    ("(value is not None and attributes[name] != value)", "False"),
    ("if not machine.member:", "if False:"),
    ("if rules.distinct and machine.group_tasks:", "if machine.group_tasks:"),
    (
        "if rules.distinct and machine.group_tasks:",
        "if rules.distinct and machine.group_tasks > 1:",
    ),
    ("cpu=left.cpu - copies * demand.cpu", "cpu=left.cpu"),
    ("memory_mib=left.memory_mib - copies * demand.memory_mib", "memory_mib=left.memory_mib"),
    ("ports=left.ports + demand.ports * copies", "ports=left.ports"),
    ("ports_udp=left.ports_udp + demand.ports_udp * copies", "ports_udp=left.ports_udp"),
    ("group_tasks=machine.group_tasks + copies", "group_tasks=machine.group_tasks"),
    ("member=machine.member,", ""),
    ("connected=machine.connected,", "connected=True,"),
]
ORDER = [
    ("_spreads_of(rules.strategies, everyone)", "_spreads_of(rules.strategies[::-1], everyone)"),
    ("_spreads_of(rules.strategies, everyone)", "_spreads_of(rules.strategies[:1], everyone)"),
    (
        "_spreads_of(rules.strategies, everyone)",
        "_spreads_of(rules.strategies, [e for e in everyone if not refusal(demand, e, rules)])",
    ),
    ("attrgetter(*_own_ranks(rules.strategies), ", "attrgetter("),
    ("*_own_ranks(rules.strategies), ", "*_own_ranks(rules.strategies)[::-1], "),
    ("if refusal(demand, each, rules) is None", "if each.connected"),
    ("machine.is_full = refusal(self._demand, candidate, self._rules) is not None", ""),
    ("machine.candidate = candidate", ""),
    ("machine.copies += 1", ""),
    ("machine.arrival += self._chance", "machine.arrival = self._chance"),
    ("machine.arrival += self._chance.wait(candidate.arn, machine.copies)", ""),
    ("spread.tasks[candidate.attributes.get(spread.name)] += 1", "pass"),
    ('blake2b(f"{salt}/"', 'blake2b(f"/"'),
    ("return -log(", "return log("),
    ("self.tasks.get(value, 0) + each.group_tasks", "self.tasks.get(value, 0) + 1"),
    ("self.tasks.get(value, 0) + each.group_tasks", "each.group_tasks"),
    (
        "            if found is None:\n                heappop(heap)",
        "            if found is None:\n                return None",
    ),
    ("elif found[0] != believed:", "elif False:"),
    ("elif found[0] != believed:", "elif found[0] < believed:"),
    ("heapify(self._heap)", ""),
    (
        "*rank[:before], self._spread.tasks[self._value], *rank[before:]",
        "self._spread.tasks[self._value], *rank",
    ),
    (" + sum(inner)", ""),
    ("len(_own_ranks(strategies[: spread.place])) + ", ""),
    ("if name is not None and name not in spreads:", "if name is not None:"),
    ('if strategy.type == "random":', "if False:"),
    ('"candidate.group_tasks"', '"candidate.remaining.cpu"'),
    ('.lower() == "cpu"', '.lower() == "memory"'),
    ('.lower() == "cpu"', ' == "CPU"'),
    ('field.lower() in ("instanceid", "host")', 'field in ("instanceId", "host")'),
]
PLACE = [
    ("while len(chosen) < count:", "while len(chosen) <= count:"),
    ("while len(chosen) < count:", "while len(chosen) < count - 1:"),
    (
        "_refusals(demand, once_placed(demand, candidates, chosen), rules)",
        "_refusals(demand, candidates, rules)",
    ),
    ("with_copies(each, demand, copies[arn])", "with_copies(each, demand, 1)"),
    ('PlacementStrategy(type="spread", field="instanceId"),', ""),
]
EXPLAINED = [
    (
        "for reason in failed_filters(demand, machine, rules)",
        "for reason in list(failed_filters(demand, machine, rules))[:1]",
    ),
    ("return -FILTERS.index(refused.reason), short", "return FILTERS.index(refused.reason), short"),
    (
        "return -FILTERS.index(refused.reason), short",
        "return -FILTERS.index(refused.reason), -short",
    ),
    (
        "-FILTERS.index(refused.reason), short, refused.arn",
        "short, -FILTERS.index(refused.reason), refused.arn",
    ),
    ("return demand.memory_mib - machine.remaining.memory_mib", "return 0"),
    ("[each for each in demand.ports if each in tcp]", "demand.ports"),
]
FARGATE = [
    ("(busy + 1, node_dice, arn)", "(busy, node_dice, arn)"),
    ("(tasks + 1, zone_dice, name)", "(tasks, zone_dice, name)"),
    ("turns[name] += 1", ""),
    ("for each in nodes if each.able", "for each in nodes"),
    ("heapify(emptiest)", ""),
    ("heapify(least_busy)", ""),
    ("(each.tasks, _dice(salt, name), name)", "(0, _dice(salt, name), name)"),
    ("if each.subnets}", "}"),
]
MUTANTS = [
    (module, old, new)
    for module, mutants in zip(MODULES, (FILTERS, ORDER, PLACE, EXPLAINED, FARGATE), strict=True)
    for old, new in mutants
]


# --- the planner, compiled from its source -------------------------------------------------------


@contextmanager
def compiled(changed: dict[str, str]) -> Iterator[SimpleNamespace]:
    """The planner's modules under other names, some of them from a source that was changed."""
    modules: dict[str, Any] = {}
    try:
        for name in MODULES:
            source = changed.get(name) or (HOME / f"{name}.py").read_text()
            module = ModuleType(f"mutant_{name}")
            sys.modules[module.__name__] = modules[name] = module
            exec(compile(redirected(source), module.__name__, "exec"), vars(module))
        yield SimpleNamespace(**modules)
    finally:
        for module in modules.values():
            del sys.modules[module.__name__]


def redirected(source: str) -> str:
    """The source with its imports of the planner's modules led to the compiled ones."""
    package = r"from homeport\.services\.ecs\.plan"
    source = re.sub(package + r"\.(placement\w*) import", r"from mutant_\1 import", source)
    return re.sub(package + r" import (placement\w*) as", r"import mutant_\1 as", source)


# --- the battery ---------------------------------------------------------------------------------


@lru_cache(maxsize=SEEDS)
def known(seed: int) -> tuple[Case, Placement]:
    """A case and what the reference makes of it."""
    case = drawn(seed)
    return case, reference.place(case.demand, case.candidates, case.count, case.rules)


def agrees_with_the_reference(planner: SimpleNamespace) -> None:
    for seed in range(SEEDS):
        case, expected = known(seed)
        found = planner.placement.place(case.demand, case.candidates, case.count, case.rules)
        assert found.chosen == expected.chosen
        assert [(each.arn, each.reason) for each in found.refusals] == [
            (each.arn, each.reason) for each in expected.refusals
        ]


def spreads_services_over_zones_and_instances(planner: SimpleNamespace) -> None:
    fleet = [in_zone("a1", "a"), in_zone("a2", "a", 1), in_zone("b1", "b"), in_zone("b2", "b", 1)]
    for salt in "abcdefgh":
        rules = Rules(strategies=planner.placement.SERVICE_DEFAULT, salt=salt)
        assert set(planner.placement.place(Demand(), fleet, 2, rules).chosen) == {"a1", "b1"}


def explains(planner: SimpleNamespace) -> None:
    demand = Demand(cpu=100, memory_mib=100, ports=(80, 81))
    fleet = [
        machine("x", remaining=Resources(cpu=10, memory_mib=10, ports=(80,))),
        machine("y", remaining=Resources(cpu=200, memory_mib=10)),
        machine("z", remaining=Resources(cpu=200, memory_mib=20)),
        machine("u", remaining=Resources(cpu=99, memory_mib=900)),
    ]
    refusals = planner.placement.place(demand, fleet, 1, Rules()).refusals
    assert planner.placement_explained.closest(refusals, fleet, demand).arn == "z"
    first = planner.placement_explained.explain(demand, fleet, Rules())[0]
    assert [each.reason for each in first.lacks] == [
        "RESOURCE:CPU",
        "RESOURCE:MEMORY",
        "RESOURCE:PORTS",
    ]
    assert first.ports_taken == ("80/tcp",)


def chooses_for_fargate(planner: SimpleNamespace) -> None:
    fargate = planner.fargate
    for busy, tasks in (((5, 4, 3, 2, 1), (3, 2, 1)), ((1, 2, 3, 4, 5), (1, 3, 2))):
        nodes = [fargate.FargateNode(arn=f"n{each}", busy=each) for each in busy]
        nodes.append(fargate.FargateNode(arn="n0", busy=0, able=False))
        zones = [
            fargate.Zone(name=f"z{each}", subnets=(f"z{each}/a", f"z{each}/b"), tasks=each)
            for each in tasks
        ]
        zones.append(fargate.Zone(name="none", subnets=()))
        spots = fargate.choose(nodes, zones, 6, salt="s")
        assert (spots[0].zone, spots[0].node_arn) == ("z1", "n1")
        # Up to 4 in each zone and on each node: 3 + 2 + 1.
        assert Counter(each.zone for each in spots) == {"z1": 3, "z2": 2, "z3": 1}
        assert Counter(each.node_arn for each in spots) == {"n1": 3, "n2": 2, "n3": 1}
        assert {each.subnet_id for each in spots if each.zone == "z2"} == {"z2/a", "z2/b"}


BATTERY = (
    chooses_for_fargate,
    spreads_services_over_zones_and_instances,
    explains,
    agrees_with_the_reference,
)


def passes(planner: SimpleNamespace) -> bool:
    """Whether it survives the battery: a planner that breaks down does not."""
    try:
        for check in BATTERY:
            check(planner)
    except Exception:
        return False
    return True


def test_the_planner_itself_passes() -> None:
    with compiled({}) as planner:
        for check in BATTERY:
            check(planner)


@pytest.mark.parametrize(("module", "old", "new"), MUTANTS)
def test_a_mutant_is_found_out(module: str, old: str, new: str) -> None:
    source = (HOME / f"{module}.py").read_text()
    assert source.count(old) == 1, f"{module} does not have this once: {old}"
    with compiled({module: source.replace(old, new)}) as planner:
        assert not passes(planner)
