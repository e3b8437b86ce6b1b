"""Which attributes of instances are read where tasks are placed."""

from hypothesis import given
from hypothesis import strategies as st

from homeport.services.ecs.plan.candidates import attributes_asked
from homeport.services.ecs.plan.placement import Candidate, Demand, Rules, place
from homeport.services.ecs.records.instances import Resources
from homeport.services.ecs.records.run_request import PlacementStrategy

NAMES = ("ecs.gpu-count", "ecs.cpu-architecture", "zone", "rack", "disk")
VALUES = st.sampled_from((None, "", "1", "2", "a"))
ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES), VALUES)


@given(
    st.lists(ATTRIBUTES, min_size=1, max_size=6),
    st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=3),
    st.integers(0, 2),
    st.lists(st.sampled_from(NAMES), max_size=2),
)
def test_no_other_attribute_changes_where_tasks_go(
    machines: list[dict[str, str | None]],
    required: list[tuple[str, str | None]],
    gpus: int,
    spreads: list[str],
) -> None:
    demand = Demand(cpu=1, gpus=gpus, attributes=tuple(required))
    strategies = tuple(
        PlacementStrategy(type="spread", field=f"attribute:{name}") for name in spreads
    )
    asked = attributes_asked(demand, strategies)

    def placed(fleet: list[dict[str, str | None]]) -> object:
        candidates = [
            Candidate(
                arn=f"i{number}",
                connected=True,
                remaining=Resources(cpu=2, memory_mib=100),
                attributes=attributes,
            )
            for number, attributes in enumerate(fleet)
        ]
        return place(demand, candidates, 5, Rules(strategies=strategies, salt="s"))

    only = [{name: each[name] for name in each if name in asked} for each in machines]
    assert placed(only) == placed(machines)


def test_what_is_asked_of_a_task_that_requires_nothing() -> None:
    assert attributes_asked(Demand(), ()) == {"ecs.cpu-architecture", "ecs.gpu-count"}
    zone = PlacementStrategy(type="spread", field="attribute:zone")
    host = PlacementStrategy(type="spread", field="instanceId")
    needs = Demand(attributes=(("disk", "ssd"),))
    assert attributes_asked(needs, (zone, host)) - attributes_asked(Demand(), ()) == {
        "zone",
        "disk",
    }
