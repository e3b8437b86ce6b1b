"""Situations of rolling deployments with what ECS does in them, worked out by hand.

Numbers and rules are those of AWS's documentation: `DeploymentConfiguration`,
`UpdateContainerInstancesState`, `UpdateTaskProtection` and "Amazon ECS services" (replacing
unhealthy tasks).  The letters are explained in `service_members`.
"""

from typing import Any, NamedTuple

from service_members import NEW, members, stopped


class Case(NamedTuple):
    """What the plan is told, and what it has to answer."""

    says: str
    desired: int
    percents: tuple[int, int]
    tasks: str
    start: int = 0
    stops: str = ""
    blocked: bool = False
    protected: int = 0
    told: dict[str, Any] = {}


THROTTLED: dict[str, Any] = {"may_start": False}
FAILED: dict[str, Any] = {"may_start": False, "may_replace": False}
NO_PLACE: dict[str, Any] = {"has_place": False}

FIFTY = (50, 100)
DEFAULT = (100, 200)

ROLLOUTS = (
    # "a desiredCount of four tasks and a minimumHealthyPercent of 50%: the scheduler may stop two
    # existing tasks to free up cluster capacity before starting two new tasks"
    Case("50 % of 4 may be stopped first", 4, FIFTY, "old:HHHH", stops="superseded:HH"),
    Case("while they stop, they take their place", 4, FIFTY, "old:HHSS"),
    Case("then two start", 4, FIFTY, "old:HH", start=2),
    Case("what is over takes no place", 4, FIFTY, "old:HHOO", start=2),
    Case("a new task that is PENDING is not healthy", 4, FIFTY, "old:HH new:PP"),
    Case("nor is one that is YOUNG", 4, FIFTY, "old:HH new:YY"),
    Case("each healthy one frees an old one", 4, FIFTY, "old:HH new:HY", stops="superseded:H"),
    Case("both free both", 4, FIFTY, "old:HH new:HH", stops="superseded:HH"),
    Case("and the last two start", 4, FIFTY, "new:HH", start=2),
    # "a desiredCount of four tasks and a maximumPercent value of 200%: the scheduler may start four
    # new tasks before stopping the four older tasks"
    Case("200 % of 4 start first", 4, DEFAULT, "old:HHHH", start=4),
    Case("nothing more starts", 4, DEFAULT, "old:HHHH new:PPPP"),
    Case("old ones stay until new ones are healthy", 4, DEFAULT, "old:HHHH new:YYYY"),
    Case("as many go as are healthy", 4, DEFAULT, "old:HHHH new:HHYY", stops="superseded:HH"),
    Case("all go", 4, DEFAULT, "old:HHHH new:HHHH", stops="superseded:HHHH"),
    Case("a task that has died starts again", 4, DEFAULT, "old:SSS new:HHH", start=1),
    Case("150 % of 4 is 6", 4, (100, 150), "old:HHHH", start=2),
    Case("two new ones free two", 4, (100, 150), "old:HHHH new:HH", stops="superseded:HH"),
    Case("and start once they are gone", 4, (100, 150), "old:HHS new:HH", start=1),
    Case("50 % and 200 %: both at once", 4, (50, 200), "old:HHHH", start=4, stops="superseded:HH"),
    Case("0 %: everything goes first", 4, (0, 100), "old:HHHH", stops="superseded:HHHH"),
    Case("0 % and 200 %", 4, (0, 200), "old:HHHH", start=4, stops="superseded:HHHH"),
    Case("75 % of 4 is 3", 4, (75, 100), "old:HHHH", stops="superseded:H"),
    Case("34 % of 3 is 2, rounded up", 3, (34, 100), "old:HHH", stops="superseded:H"),
    Case("33 % of 3 is 1", 3, (33, 100), "old:HHH", stops="superseded:HH"),
    Case("150 % of 3 is 4, rounded down", 3, (100, 150), "old:HHH", start=1),
    Case("133 % of 4 is 5, rounded down", 4, (100, 133), "old:HHHH", start=1),
    # The guide on rolling updates: at 75 % of two tasks the scheduler "can't stop any tasks due to
    # the resulting value also being two"; at 125 % of three it cannot start any.
    Case("75 % of 2 is 2: blocked", 2, (75, 100), "old:HH", blocked=True),
    Case("125 % of 3 is 3: blocked", 3, (100, 125), "old:HHH", blocked=True),
    Case("150 % of 1 is 1: blocked", 1, (100, 150), "old:H", blocked=True),
    Case("75 % of 2 and 150 %: one starts", 2, (75, 150), "old:HH", start=1),
    Case("not blocked while one stops", 3, (100, 125), "old:HHHS"),
    Case("not blocked while one is PENDING", 3, (100, 125), "old:HH new:P"),
    Case("not blocked while one is YOUNG", 3, (100, 125), "old:HHY"),
    Case("what is over changes nothing", 3, (100, 125), "old:HHHO", blocked=True),
    Case("not the percentages, the throttle", 3, (100, 125), "old:HHH", told=THROTTLED),
    Case("not the percentages, the failure", 3, (100, 125), "old:HHH", told=FAILED),
    Case("blocked in the middle", 3, (100, 134), "old:HHH new:H", stops="superseded:H"),
    Case("three rollouts", 2, DEFAULT, "older:H old:HP new:H", stops="superseded:PH"),
    Case("old ones that serve nobody go at once", 2, DEFAULT, "old:HPU", 1, "superseded:PU"),
    Case("YOUNG ones do not while L is missed", 2, DEFAULT, "old:YY", start=2),
    Case("YOUNG ones go first", 2, DEFAULT, "old:HY new:HH", stops="superseded:YH"),
    Case("YOUNG ones where L is just met", 2, (50, 200), "old:HY", 2, "superseded:Y"),
    Case("throttled, but L allows it", 4, FIFTY, "old:HHHH", stops="superseded:HH", told=THROTTLED),
)

SCALING = (
    Case("a service begins", 4, DEFAULT, "", start=4),
    Case("with nothing to do", 0, DEFAULT, ""),
    Case("200 in one plan at most", 5_000, DEFAULT, "", start=200),
    Case("out", 5, DEFAULT, "new:HH", start=3),
    Case("out, but one still stops", 4, FIFTY, "new:HHS", start=1),
    Case("out, while throttled", 5, DEFAULT, "new:HH", told=THROTTLED),
    Case("out, beside two old ones", 10, (75, 100), "old:HH", start=8),
    Case("those that are YOUNG are there", 4, DEFAULT, "new:PYHH"),
    Case("in: who serves least goes first", 2, DEFAULT, "new:HHPY", stops="scaling:PY"),
    Case("in: then the healthy", 1, DEFAULT, "new:HHHH", stops="scaling:HHH"),
    Case("in, though none is healthy yet", 3, DEFAULT, "new:YYYY", stops="scaling:Y"),
    Case("in: those that stop do not count", 3, DEFAULT, "new:HHHS"),
    Case("in, in the middle of a rollout", 2, DEFAULT, "old:HH new:YYY", stops="scaling:Y"),
    Case("in: the unhealthy are surplus first", 3, DEFAULT, "new:HHHU", stops="unhealthy:U"),
    Case(
        "to 0, everything goes",
        0,
        DEFAULT,
        "old:HYP new:PYHU drain:HP move:H",
        stops="scaling:UPYH superseded:YPH draining:PH rebalanced:H",
    ),
    Case("to 0, in any state", 0, (100, 100), "old:H new:H", stops="scaling:H superseded:H"),
)

UNHEALTHY = (
    # "the service scheduler will first start a replacement task"
    Case("the replacement first", 2, DEFAULT, "new:HU", start=1),
    Case("while it is PENDING", 2, DEFAULT, "new:HUP"),
    Case("while it is YOUNG", 2, DEFAULT, "new:HUY"),
    # "If the replacement task has a health status of HEALTHY, the scheduler stops the unhealthy"
    Case("once it is healthy", 2, DEFAULT, "new:HUH", stops="unhealthy:U"),
    Case("one by one as they come", 4, DEFAULT, "new:UUUUHYYY", stops="unhealthy:U"),
    Case("all of a service", 4, DEFAULT, "new:UUUU", start=4),
    # "if it is UNHEALTHY, the scheduler will stop either to get the total task count to equal
    # desiredCount"
    Case("replacements that are sick themselves", 1, (100, 300), "new:UU", 1, "unhealthy:U"),
    Case("with no room either", 1, DEFAULT, "new:UU", stops="unhealthy:U"),
    # "If maximumPercent limits the scheduler from starting a replacement task first, the scheduler
    # will stop an unhealthy task one at a time", "using the minimumHealthyPercent as a constraint"
    Case("U is in the way: one at a time", 2, (100, 149), "new:UU", stops="unhealthy:U"),
    Case("as it stops", 2, (100, 149), "new:US"),
    Case("it is replaced before the next stops", 2, (100, 149), "new:U", start=1),
    Case("its replacement has to run", 2, (100, 149), "new:UP"),
    Case("then the next", 2, (100, 149), "new:UY", stops="unhealthy:U"),
    Case("as many as L spares", 4, FIFTY, "new:UUUU", stops="unhealthy:UU"),
    Case("those that are YOUNG run as well", 4, FIFTY, "new:YYUU", stops="unhealthy:UU"),
    Case("not more than are short", 4, (25, 150), "new:HUUU", 2, "unhealthy:U"),
    Case("what stops makes room too", 4, (0, 125), "new:HHUUS", stops="unhealthy:U"),
    Case("L is no reason to keep one", 2, (100, 149), "new:HU", stops="unhealthy:U"),
    Case(
        "of the new ones, beside the old",
        4,
        DEFAULT,
        "old:HHHH new:HHHU",
        0,
        "unhealthy:U superseded:HHH",
    ),
    Case("throttled: it stays", 2, (100, 149), "new:HU", told=THROTTLED),
    Case(
        "throttled: but not beside enough", 2, DEFAULT, "new:HHU", 0, "unhealthy:U", told=THROTTLED
    ),
    Case("no place for the replacement", 1, DEFAULT, "new:U", 1, "unhealthy:U", told=NO_PLACE),
    Case("still no place", 2, DEFAULT, "new:US", 2, told=NO_PLACE),
    Case("no place, one at a time", 3, DEFAULT, "new:UUU", 3, "unhealthy:U", told=NO_PLACE),
    Case("no place while one is PENDING", 2, DEFAULT, "new:UP", 1, told=NO_PLACE),
    Case("no place, nobody is sick", 2, DEFAULT, "new:H", 1, told=NO_PLACE),
)

DRAINING = (
    Case("replacements first", 4, DEFAULT, "new:HH drain:HH", start=2),
    Case("until they are healthy", 4, DEFAULT, "new:HHYY drain:HH"),
    Case("then they go", 4, DEFAULT, "new:HHHH drain:HH", stops="draining:HH"),
    # "If the maximum is 100%, then replacement tasks can't start until the draining tasks have
    # stopped"; "a minimum of 50% allows to stop two existing tasks before starting two new tasks"
    Case("at 50 % they go first", 4, FIFTY, "new:HH drain:HH", stops="draining:HH"),
    Case("both bounds closed", 3, (100, 125), "new:HH drain:H", blocked=True),
    # "Service tasks on the container instance that are in the PENDING state are stopped
    # immediately"
    Case("PENDING ones at once", 2, DEFAULT, "new:H drain:P", 1, "draining:P"),
    Case("unhealthy ones at once", 2, DEFAULT, "new:H drain:U", 1, "draining:U"),
    Case("superseded comes first", 1, DEFAULT, "new:H drain-old:H", stops="superseded:H"),
)

REBALANCING = (
    Case("the replacement first", 4, DEFAULT, "new:HHH move:H", start=1),
    Case("while it is PENDING", 4, DEFAULT, "new:HHHP move:H"),
    Case("while it is YOUNG", 4, (50, 200), "new:HHHY move:H"),
    Case("once it is healthy", 4, DEFAULT, "new:HHHH move:H", stops="rebalanced:H"),
    Case("one at a time if there is room for one", 6, (100, 125), "new:HHHH move:HH", start=1),
    Case("each as it is replaced", 6, (100, 125), "new:HHHHH move:HH", stops="rebalanced:H"),
    Case("a sick one stands in no longer", 4, DEFAULT, "new:HHHU move:H", 1, "unhealthy:U"),
    Case("a PENDING one moves at once", 2, DEFAULT, "new:H move:P", 1, "rebalanced:P"),
)

PROTECTION = (
    Case("another goes in its stead", 2, DEFAULT, "new:hhH", stops="scaling:H"),
    Case("nobody else is there", 2, DEFAULT, "new:hhh", protected=1),
    Case("one of two", 1, DEFAULT, "new:hhH", stops="scaling:H", protected=1),
    Case("deployments wait for it", 2, DEFAULT, "old:hh new:HH", protected=2),
    Case("for those only", 2, DEFAULT, "old:hH new:HH", stops="superseded:H", protected=1),
    Case("L would not let it go either", 4, DEFAULT, "old:hhhh", start=4),
    Case("in a full service", 4, FIFTY, "old:hhHH", stops="superseded:HH"),
    Case("not the percentages, the protection", 4, FIFTY, "old:hhhh", protected=2),
    Case("the percentages all the same", 3, (100, 125), "old:hhh", blocked=True),
    Case("draining instances wait", 2, DEFAULT, "new:HH drain:h", protected=1),
    Case("health does not", 2, DEFAULT, "new:HHu", stops="unhealthy:u"),
    Case("nor that of the superseded", 1, DEFAULT, "old:u new:H", stops="superseded:u"),
    Case("L is kept where the YOUNG are protected", 2, DEFAULT, "new:yHH", protected=1),
    Case("L is kept over all stops", 2, DEFAULT, "old:HH new:yHH", 0, "scaling:H superseded:H"),
)

FAILURES = (
    Case("the old ones stay", 4, DEFAULT, "old:HHHP new:U", told=FAILED),
    Case("also where L would let them go", 2, (50, 200), "old:HH new:HU", told=FAILED),
    Case("scaled in, they are too many", 1, DEFAULT, "old:HHHH", stops="scaling:HH", told=FAILED),
    Case("what stops already is no reason", 1, DEFAULT, "old:HHSS", told=FAILED),
    Case(
        "the surplus of the new goes first",
        1,
        DEFAULT,
        "old:HH new:HH",
        0,
        "scaling:HH",
        told=FAILED,
    ),
    Case("to 0", 0, DEFAULT, "old:HP new:U drain:H", stops="scaling:UPHH", told=FAILED),
)

CASES = {
    f"{group}: {case.says}": case
    for group, cases in {
        "rollout": ROLLOUTS,
        "scaling": SCALING,
        "unhealthy": UNHEALTHY,
        "draining": DRAINING,
        "rebalancing": REBALANCING,
        "protection": PROTECTION,
        "failed": FAILURES,
    }.items()
    for case in cases
}

BOUNDS = (
    # desired, minimum percent, L, maximum percent, U
    (4, 50, 2, 200, 8),
    (2, 75, 2, 150, 3),
    (3, 34, 2, 125, 3),
    (3, 33, 1, 134, 4),
    (1, 1, 1, 199, 1),
    (7, 100, 7, 100, 7),
    (10, 0, 0, 110, 11),
    (0, 100, 0, 200, 0),
    (4_999, 99, 4_950, 101, 5_048),
)


def check(planner: Any, case: Case) -> None:
    """Let `planner` (the module, or a copy) plan, and compare."""
    tasks = members(case.tasks)
    plan = planner.plan_rolling(
        planner.Situation(
            desired=case.desired,
            minimum_healthy_percent=case.percents[0],
            maximum_percent=case.percents[1],
            primary=NEW,
            members=tasks,
            **case.told,
        )
    )
    answer = (plan.start, stopped(plan.stops, tasks), plan.is_blocked, plan.protected)
    assert answer == (case.start, case.stops, case.blocked, case.protected), case.says
