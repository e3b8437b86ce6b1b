"""What the machine can give in open files, and what a container's body asks for."""

import pytest

from homeport.agent.create import _ulimits
from homeport.agent.open_files import may_exceed_limits
from homeport.agent.surroundings import Surroundings
from homeport.link.spec import ContainerSpec, Ulimit


@pytest.mark.parametrize(
    ("capabilities", "may"),
    [("000001ffffffffff", True), ("000001fffeffffff", False), ("0000000001000000", True)],
)
def test_the_capability_tells_whether_limits_bind(capabilities: str, may: bool) -> None:
    assert may_exceed_limits(f"Name:\tx\nCapPrm:\t0\nCapEff:\t{capabilities}\n") is may


@pytest.mark.parametrize(
    ("wanted", "most", "given"),
    [(65_535, None, 65_535), (65_535, 20_000, 20_000), (65_535, 100_000, 65_535)],
)
def test_a_default_limit_is_lowered_to_what_the_machine_gives(
    wanted: int, most: int | None, given: int
) -> None:
    container = ContainerSpec(name="a", arn="a", docker_name="a", image="a", open_files=wanted)
    around = Surroundings(node_id="n", open_files_max=most)
    assert _ulimits(container, around) == [{"Name": "nofile", "Soft": given, "Hard": given}]


def test_a_limit_that_was_asked_for_is_never_changed() -> None:
    container = ContainerSpec(
        name="a",
        arn="a",
        docker_name="a",
        image="a",
        open_files=65_535,
        ulimits=(Ulimit(name="nofile", soft=1, hard=900_000),),
    )
    around = Surroundings(node_id="n", open_files_max=20_000)
    assert _ulimits(container, around) == [{"Name": "nofile", "Soft": 1, "Hard": 900_000}]
