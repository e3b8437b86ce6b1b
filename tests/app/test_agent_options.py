"""What `homeport agent` takes, and where it finds its control plane."""

from pathlib import Path

import click
import pytest

from homeport.agent.link import LinkLost
from homeport.app.agent import NodeSettings, find_control, own_view
from homeport.app.state_dir import Running, StateDir
from homeport.cli.agent import attributes_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("stack=green", {"stack": "green"}),
        (
            "ecs.availability-zone=us-east-1b,stack=green,gpu",
            {"ecs.availability-zone": "us-east-1b", "stack": "green", "gpu": None},
        ),
        ("rack=1:2 @a/b\\c_d-e.f,", {"rack": "1:2 @a/b\\c_d-e.f"}),
        (f"{'n' * 128}={'v' * 128}", {"n" * 128: "v" * 128}),
        (",".join(f"a{n}" for n in range(10)), dict.fromkeys(f"a{n}" for n in range(10))),
    ],
)
def test_attributes_have_names_and_may_have_values(text: str, found: dict[str, str | None]) -> None:
    assert attributes_in(text) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a b=c", "the name 'a b' must have"),
        ("=c", "the name '' must have"),
        (f"{'n' * 129}=v", "must have 1 to 128 letters"),
        ("a=", "the value '' of a must have"),
        ("a=b=c", "the value 'b=c' of a must have"),
        ("a= b", "the value ' b' of a must have"),
        (f"a={'v' * 129}", "must have 1 to 128 letters"),
        ("a=1,a=2", "a is named twice"),
        ("ecs.availability-zone", "ecs.availability-zone needs a value"),
        ("ecs.capability.task-eni", "ecs.capability.task-eni is for the agent to say"),
        ("ecs.os-type=windows", "ecs.os-type is for the agent to say"),
        ("com.amazonaws.ecs.capability.x", "is for the agent to say"),
        (",".join(f"a{n}" for n in range(11)), "at most 10 attributes of its own"),
    ],
)
def test_other_attributes_are_refused(text: str, said: str) -> None:
    with pytest.raises(click.BadParameter, match=said):
        attributes_in(text)


def test_the_zone_does_not_count_as_an_attribute_of_its_own() -> None:
    text = ",".join(["ecs.availability-zone=x", *(f"a{n}" for n in range(10))])
    assert len(attributes_in(text)) == 11


def test_the_control_plane_is_found_where_it_runs_now(tmp_path: Path) -> None:
    settings = NodeSettings(name="b", state_dir=tmp_path)
    with pytest.raises(LinkLost, match="no Homeport runs on"):
        find_control(settings)
    directory = StateDir(tmp_path)
    directory.hold()
    token = directory.node_token()
    for port in (4566, 4567):
        endpoint = f"http://127.0.0.1:{port}"
        directory.say_running(Running(1, endpoint, "eu-west-1", "111111111111"))
        found = find_control(settings)
        assert (found.url, found.token) == (endpoint, token)
        assert (found.region, found.account) == ("eu-west-1", "111111111111")
    assert directory._lock is not None
    directory._lock.close()


def test_a_control_plane_elsewhere_is_named_with_its_token(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("secret\n")
    settings = NodeSettings(
        name="b",
        state_dir=tmp_path,
        control_url="http://10.0.0.1:4566",
        token_file=file,
        region="eu-west-1",
    )
    found = find_control(settings)
    assert (found.url, found.token) == ("http://10.0.0.1:4566", "secret")
    assert (found.region, found.account) == ("eu-west-1", "000000000000")
    file.unlink()
    with pytest.raises(LinkLost, match="token"):
        find_control(settings)


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        (None, None),
        ("http://127.0.0.1:4566", None),
        ("http://localhost:4566", None),
        ("http://[::1]:4566", None),
        ("http://10.0.0.1:4566/", "http://10.0.0.1:4566"),
        ("https://homeport.example", "https://homeport.example"),
    ],
)
def test_another_machines_containers_reach_the_api_as_its_agent_does(
    url: str | None, seen: str | None
) -> None:
    assert own_view(url) == seen
