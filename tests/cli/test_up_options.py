"""Where load balancers listen on the host, as `homeport up` is told."""

import click
import pytest
from click.testing import CliRunner

from homeport.cli.up import address, ports, up


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ([], {}),
        (["80=8080"], {80: 8080}),
        (["80=8080", "443=8443"], {80: 8080, 443: 8443}),
        (["80=8080, 443=8443,"], {80: 8080, 443: 8443}),
    ],
)
def test_ports_are_given_one_by_one_or_with_commas(texts: list[str], found: dict[int, int]) -> None:
    assert ports(texts) == found


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["80"], "'80' is not of the form 80=8080"),
        (["80=x"], "is not of the form"),
        (["0=80"], "is not of the form"),
        (["80=65536"], "is not of the form"),
        (["80=1,80=2"], "port 80 is named twice"),
        (["80=1", "81=1"], "port 1 can stand for one port only"),
    ],
)
def test_other_ports_are_refused(texts: list[str], said: str) -> None:
    with pytest.raises(click.BadParameter, match=said):
        ports(texts)


def test_the_host_is_an_address() -> None:
    assert address("0.0.0.0") == "0.0.0.0"
    assert address("localhost") == "127.0.0.1"
    with pytest.raises(click.BadParameter, match="is no IP address"):
        address("example.com")


def test_the_environment_can_say_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMEPORT_LB_PORT", "80=8080,443")
    said = CliRunner().invoke(up, auto_envvar_prefix="HOMEPORT").output
    assert "'443' is not of the form 80=8080" in said
