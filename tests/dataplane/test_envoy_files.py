"""What Envoy is told is in files: those that change are written, and only their owner reads."""

import re
import stat
from pathlib import Path

import msgspec
import pytest

from dataplane.envoy_scenery import cluster, endpoint, endpoints, listener, routes
from dataplane.routing_shelf import BALANCER, balancer, group, target
from homeport.contracts.routing_table import Forward, RoutingTable, Rule, SourceIs
from homeport.dataplane.envoy.bootstrap import CLUSTERS, LISTENERS, bootstrap, launch
from homeport.dataplane.envoy.caution import cautious
from homeport.dataplane.envoy.files import Files
from homeport.dataplane.envoy.resources import Doors, Place
from homeport.dataplane.envoy.translate_safely import translate_what_can_be

PLACE = Place(address="127.0.0.1", port=80)


def made(directory: Path) -> Files:
    files = Files(directory)
    files.make()
    return files


def names_in(path: Path) -> list[str]:
    return [each["name"] for each in msgspec.json.decode(path.read_bytes())["resources"]]


def test_every_file_is_its_owners_alone(tmp_path: Path) -> None:
    files = made(tmp_path)
    files.write_endpoints({"web": endpoints("web", endpoint(("127.0.0.1", 1)))})
    files.write_clusters({"web": cluster(str(tmp_path), "web")})
    files.write_routes({"all": routes("all", "web")})
    files.write_listeners({"a": listener(str(tmp_path), PLACE, "all")})
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 4
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
    directories = [path for path in tmp_path.rglob("*") if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in directories} == {0o700}


def test_only_a_file_whose_bytes_change_is_written(tmp_path: Path) -> None:
    files = made(tmp_path)
    one = {name: endpoints(name, endpoint(("127.0.0.1", 1))) for name in ("web", "api")}
    assert files.write_endpoints(one)
    before = {path: path.stat().st_ino for path in (tmp_path / "endpoints").iterdir()}
    assert not files.write_endpoints(one)
    assert not Files(tmp_path).write_endpoints(one), "nor in the next life"
    assert files.write_endpoints(one | {"web": endpoints("web")})
    after = {path: path.stat().st_ino for path in before}
    assert {path.name for path in before if before[path] != after[path]} == {"web.json"}


def test_clusters_that_are_gone_stay_until_nothing_can_name_them(tmp_path: Path) -> None:
    files = made(tmp_path)
    clusters = {name: cluster(str(tmp_path), name) for name in ("web", "api")}
    files.write_endpoints({name: endpoints(name) for name in clusters})
    files.write_routes({name: routes(name, name) for name in clusters})
    files.write_clusters(clusters)
    assert files.is_tidy
    # The next life knows what the former told Envoy.
    files = made(tmp_path)
    files.write_clusters({"web": clusters["web"]})
    assert names_in(tmp_path / CLUSTERS) == ["api", "web"]
    assert not files.is_tidy
    files.tidy(["web"])
    assert names_in(tmp_path / CLUSTERS) == ["web"]
    for kind in ("endpoints", "routes"):
        assert [path.name for path in (tmp_path / kind).iterdir()] == ["web.json"]
    assert files.is_tidy


def test_a_cluster_that_comes_back_in_time_is_not_removed(tmp_path: Path) -> None:
    files = made(tmp_path)
    clusters = {name: cluster(str(tmp_path), name) for name in ("web", "api")}
    files.write_clusters(clusters)
    files.write_clusters({"web": clusters["web"]})
    files.write_clusters(clusters)
    files.tidy([])
    assert names_in(tmp_path / CLUSTERS) == ["api", "web"]


def test_listeners_can_be_written_again_as_they_are(tmp_path: Path) -> None:
    files = made(tmp_path)
    told = {"a": listener(str(tmp_path), PLACE, "all")}
    assert files.write_listeners(told)
    before = (tmp_path / LISTENERS).stat().st_ino
    assert not files.write_listeners(told)
    assert files.write_listeners(told, again=True)
    assert (tmp_path / LISTENERS).stat().st_ino != before


def test_at_its_start_envoy_checks_only_what_passed_before(tmp_path: Path) -> None:
    good, bad, leaving = ("127.0.0.1", 1), ("127.0.0.1", 2), ("127.0.0.1", 3)
    told = endpoints("web", endpoint(good), endpoint(bad), endpoint(leaving, "DRAINING"))
    checked = cluster(str(tmp_path), "web")
    (locality,) = cautious(told, checked, passing=frozenset({good}))["endpoints"]
    first, second, third = locality["lb_endpoints"]
    assert first == endpoint(good)
    assert second["health_status"] == "UNHEALTHY"
    assert second["endpoint"]["health_check_config"]["disable_active_health_check"]
    assert third["health_status"] == "DRAINING"
    assert third["endpoint"]["health_check_config"]["disable_active_health_check"]
    unchecked = {key: each for key, each in checked.items() if key != "health_checks"}
    assert cautious(told, unchecked, passing=frozenset()) == told


def mark(**changes: object) -> str:
    given = {"binary": "envoy", "version": "1", "cores": 2, "open_files": 1024} | changes
    return launch("/state", **given).mark  # type: ignore[arg-type]


def test_each_way_to_start_envoy_has_a_mark_of_its_own() -> None:
    changes = ({}, {"binary": "other"}, {"version": "2"}, {"cores": 3}, {"open_files": 9_999})
    assert len({mark(**each) for each in changes}) == len(changes)
    assert mark() == mark()


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        ("cluster_manager.cds.update_attempt", True),
        ("cluster_manager.warming_clusters", True),
        ("listener_manager.lds.update_attempt", True),
        ("listener_manager.lds.update_rejected", True),
        ("http.elb-1.rds.routes-1.version_text", True),
        ("http.elb-1.rds.routes-1.update_rejected", True),
        *((f"cluster.web-1.upstream_rq_{code}xx", True) for code in range(1, 6)),
        ("cluster.web-1.upstream_rq_completed", True),
        ("cluster.web-1.upstream_rq_active", True),
        ("cluster.web-1.upstream_rq_time", True),
        ("cluster.web-1.upstream_cx_connect_fail", True),
        ("cluster.web-1.upstream_cx_rx_bytes_total", True),
        ("http.door-80.downstream_cx_active", True),
        ("tcp.elb-1.downstream_cx_tx_bytes_total", True),
        ("udp.elb-1.downstream_sess_rx_bytes", True),
        ("own_answers.answers.door.door-80.code.503.cluster.web-1", True),
        ("cluster.web-1.upstream_rq_200", False),
        ("cluster.web-1.external.upstream_rq_2xx", False),
        ("cluster.web-1.external.upstream_rq_time", False),
        ("cluster.web-1.upstream_rq_total", False),
        ("http.elb-1.downstream_rq_time", False),
        ("listener.127.0.0.1_80.downstream_cx_total", False),
        ("server.live", False),
    ],
)
def test_envoy_keeps_the_numbers_that_are_read_and_no_others(name: str, is_kept: bool) -> None:
    config = bootstrap("/state", open_files=1024)["stats_config"]["stats_matcher"]
    patterns = [each["safe_regex"]["regex"] for each in config["inclusion_list"]["patterns"]]
    assert any(re.fullmatch(pattern, name) for pattern in patterns) is is_kept


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_load_balancer_that_cannot_be_translated_leaves_the_others_alone(
    position: int, tmp_path: Path
) -> None:
    good = [balancer(f"127.0.0.{number}", 80) for number in (1, 2)]
    named = [
        msgspec.structs.replace(each, arn=f"{BALANCER}{number}") for number, each in enumerate(good)
    ]
    forward = named[0].listeners[0].default
    assert isinstance(forward, Forward)
    wrong = Rule(arn="rule", conditions=(SourceIs(values=(None,)),), action=forward)  # type: ignore[arg-type]
    broken = msgspec.structs.replace(
        good[0],
        arn=f"{BALANCER}-broken",
        name="broken",
        listeners=(msgspec.structs.replace(good[0].listeners[0], arn="broken", rules=(wrong,)),),
    )
    balancers = (*named[:position], broken, *named[position:])
    table = RoutingTable(load_balancers=balancers, target_groups=(group(target(("127.0.0.9", 1))),))
    resources = translate_what_can_be(table, Doors(), directory=str(tmp_path), now=0.0)
    assert len(resources.listeners) == 2
    (shut,) = (each for each in resources.places if each.listener_arn == "broken")
    assert "broken" in shut.problems[0]
