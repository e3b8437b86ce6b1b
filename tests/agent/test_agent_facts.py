"""What is read out of Docker's answers, and the words that are made of its errors."""

from typing import Any

import pytest

from agent.lab import container, task
from homeport.agent import facts, words
from homeport.agent.adoption import adopt_container, adopt_holder, holder_id_of, is_borrowed
from homeport.agent.cgroups import Cgroups, cpu_quota_us, hierarchies, slice_properties
from homeport.agent.engine import EngineFacts
from homeport.agent.events import Event, is_unwanted_start, note
from homeport.agent.network import is_static, network_body
from homeport.agent.observed import ContainerSeen
from homeport.agent.oom import Evidence, verdict
from homeport.agent.ports import reported_bindings
from homeport.agent.references import parse
from homeport.agent.story import HAPPENINGS_MAX, Sequence, Story
from homeport.agent.troubles import EngineAway, EngineError, EngineTimeout
from homeport.agent.volumes import volume_body
from homeport.link.messages import Binding
from homeport.link.spec import PortMapping, Volume


def inspected(**state: Any) -> dict[str, Any]:
    return {
        "Id": "d1",
        "Created": "2026-01-01T00:00:00Z",
        "Image": "sha256:1",
        "State": {"Status": "running", "Running": True, "StartedAt": "2026-01-01T00:00:01Z"}
        | state,
        "Config": {
            "Labels": {"homeport.metadata-id": "m1"},
            "StopSignal": "SIGUSR1",
            "Image": "img:1",
        },
        "NetworkSettings": {
            "Ports": {
                "80/tcp": [
                    {"HostIp": "0.0.0.0", "HostPort": "8080"},
                    {"HostIp": "::", "HostPort": "8081"},
                ],
                "81/tcp": None,
            },
            "Networks": {"bridge": {"IPAddress": "172.17.0.2"}},
        },
        "Mounts": [{"Name": "v", "Source": "/s", "Destination": "/d"}],
    }


BORN = 1767225600.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-01T00:00:01Z", BORN + 1),
        ("2026-01-01T00:00:01.123456789Z", BORN + 1.123456),
        ("2026-01-01T02:00:01.5+02:00", BORN + 1.5),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        (None, None),
    ],
)
def test_moments_are_read_whatever_their_precision(text: str, seconds: float) -> None:
    assert facts.moment(text) == seconds


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({}, "RUNNING"),
        ({"Running": False, "Status": "created"}, "CREATED"),
        ({"Running": False, "Status": "created", "Error": "no such command"}, "STOPPED"),
        ({"Running": False, "Status": "exited"}, "STOPPED"),
        ({"Status": "paused", "Paused": True}, "RUNNING"),
    ],
)
def test_where_a_container_is_in_its_life(state: dict[str, Any], word: str) -> None:
    assert facts.state_of(inspected(**state)) == word


def test_a_description_is_read_whole() -> None:
    seen = facts.described(ContainerSeen(), inspected(), task(), container())
    assert (seen.docker_id, seen.metadata_id, seen.stop_signal) == ("d1", "m1", "SIGUSR1")
    assert seen.bindings == (
        Binding(bind_ip="0.0.0.0", container_port=80, host_port=8080, protocol="tcp"),
    )
    assert seen.ipv4_addresses == ("172.17.0.2",)
    assert seen.volumes == (("v", "/s", "/d"),)
    assert (seen.created_at, seen.started_at) == (BORN, BORN + 1)


def test_what_docker_forgets_of_an_ended_container_is_kept() -> None:
    before = facts.described(ContainerSeen(), inspected(), task(), container())
    ended = inspected(Running=False, Status="exited")
    ended["NetworkSettings"] = {"Ports": {}, "Networks": {"bridge": {"IPAddress": ""}}}
    after = facts.described(before, ended, task(), container())
    assert after.bindings == before.bindings
    assert after.ipv4_addresses == before.ipv4_addresses


def test_bindings_on_the_hosts_network_are_the_containers_ports() -> None:
    app = container(port_mappings=(PortMapping(container_port_range="80-81"),))
    seen = facts.described(ContainerSeen(), inspected(), task(network_mode="host"), app)
    assert [each.host_port for each in seen.bindings] == [80, 81]
    assert reported_bindings(None) == ()


def health(status: str, code: int, output: str) -> dict[str, Any]:
    log = [{"ExitCode": code, "Output": output, "End": "2026-01-01T00:00:09Z"}]
    return {"Health": {"Status": status, "Log": log}}


def test_health_is_unknown_while_starting_and_the_last_failure_is_kept() -> None:
    seen = facts.with_health(ContainerSeen(), inspected(**health("starting", 1, "not yet")))
    assert (seen.health, seen.health_output) == ("UNKNOWN", "not yet")
    seen = facts.with_health(seen, inspected(**health("healthy", 0, "ok")))
    assert (seen.health, seen.health_output) == ("HEALTHY", "not yet")
    assert seen.health_since == BORN + 9
    seen = facts.with_health(seen, inspected(**health("unhealthy", 2, "bad")))
    assert (seen.health, seen.health_output, seen.health_exit_code) == ("UNHEALTHY", "bad", 2)


def test_an_image_is_known_by_its_repositorys_digest_or_its_own_id() -> None:
    image = {
        "Id": "sha256:own",
        "Size": 5,
        "RepoDigests": ["other@sha256:b", "nginx@sha256:a"],
        "Config": {"Env": ["A=1", "B=x=y"], "StopSignal": "SIGQUIT"},
    }
    read = facts.image_facts(image, "docker.io/library/nginx:1")
    assert (read.digest, read.stop_signal) == ("sha256:a", "SIGQUIT")
    assert read.environment_names == {"A", "B"}
    assert facts.image_facts(image, "nginx@sha256:c").digest == "sha256:c"
    assert facts.image_facts({"Id": "sha256:own"}, "x").digest == "sha256:own"


def test_last_lines_are_few_and_short() -> None:
    raw = b"\n".join(b"%d" % each for each in range(50)) + b"\n\xff" + b"y" * 2000
    lines = facts.last_lines(raw)
    assert len(lines) == 20
    assert lines[0] == "31"
    assert len(lines[-1]) == 1000


REFERENCES = [
    ("nginx", "docker.io", "library/nginx", "latest", "", "nginx"),
    ("nginx:1", "docker.io", "library/nginx", "1", "", "nginx"),
    ("a/b:1", "docker.io", "a/b", "1", "", "a/b"),
    ("localhost/a", "localhost", "a", "latest", "", "localhost/a"),
    ("localhost:5000/a:2", "localhost:5000", "a", "2", "", "localhost:5000/a"),
    ("r.io/a/b@sha256:f", "r.io", "a/b", "", "sha256:f", "r.io/a/b"),
    ("docker.io/library/nginx", "docker.io", "library/nginx", "latest", "", "nginx"),
]


@pytest.mark.parametrize(("text", "registry", "name", "tag", "digest", "familiar"), REFERENCES)
def test_references_are_read_as_docker_reads_them(
    text: str, registry: str, name: str, tag: str, digest: str, familiar: str
) -> None:
    reference = parse(text)
    assert (reference.registry, reference.repository) == (registry, name)
    assert (reference.tag, reference.digest, reference.familiar) == (tag, digest, familiar)
    assert reference.whole.startswith(f"{registry}/{name}")


# --- out of memory --------------------------------------------------------------------------


def evidence(**members: Any) -> Evidence:
    given = {"exit_code": 137, "finished_at": 100.0, "flagged": True, "oom_at": 99.9}
    return Evidence(**given | members)


@pytest.mark.parametrize(
    ("known", "killed_for_memory"),
    [
        (evidence(), True),
        (evidence(flagged=False), True),
        (evidence(exit_code=1), False),
        (evidence(exit_code=0), False),
        (evidence(oom_at=None), False),
        (evidence(oom_at=50.0), False),
        (evidence(sigkill_at=99.95), False),
        (evidence(sigkill_at=10.0), True),
        (evidence(watched=False, oom_at=None), True),
        (evidence(watched=False, oom_at=None, flagged=False), False),
    ],
)
def test_out_of_memory_is_believed_only_on_evidence(
    known: Evidence, killed_for_memory: bool
) -> None:
    assert (verdict(known) is not None) is killed_for_memory


def test_the_evidence_names_the_limit() -> None:
    assert verdict(evidence(limit_bytes=64 * 1024 * 1024)) == (
        "exit code 137 right after the kernel's out-of-memory event in its cgroup and the "
        "Engine's OOMKilled flag; memory limit 64 MiB"
    )


# --- words ----------------------------------------------------------------------------------


def test_errors_are_worded_as_the_agent_words_them() -> None:
    error = EngineError(400, "no such thing")
    assert words.cannot_create(error) == (
        "CannotCreateContainerError: Error response from daemon: no such thing"
    )
    assert words.cannot_start(error, own_address=True) == (
        "CannotStartContainerError: Error response from daemon: no such thing"
    )
    assert words.cannot_create(EngineTimeout(240)) == (
        "DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s"
    )
    assert words.cannot_create(EngineAway("gone")).startswith("CannotCreateContainerError: ")
    taken = EngineError(500, "Address already in use")
    assert words.cannot_start(taken, own_address=True).startswith("ContainerNetworkingError: ")
    assert words.cannot_start(taken, own_address=False).startswith("CannotStartContainerError: ")
    port = EngineError(500, "failed programming external connectivity: address already in use")
    assert words.cannot_start(port, own_address=True).startswith("CannotStartContainerError: ")


# --- adoption -------------------------------------------------------------------------------


def test_an_adopted_container_keeps_running_or_is_final() -> None:
    spec = task()
    app = spec.containers[0]
    running = adopt_container(ContainerSeen(), inspected(), spec, app, BORN)
    assert running.seen.status == "RUNNING"
    assert running.told == "found running, taken over"
    gone = inspected(Running=False, Status="exited", ExitCode=4, FinishedAt="2026-01-01T00:00:05Z")
    ended = adopt_container(ContainerSeen(), gone, spec, app, BORN + 60)
    assert ended.ended
    assert (ended.seen.exit_code, ended.seen.finished_at) == (4, BORN + 5)
    assert not ended.seen.may_restart
    zero = "0001-01-01T00:00:00Z"
    failed = inspected(Running=False, Status="created", Error="no command", StartedAt=zero)
    never = adopt_container(ContainerSeen(), failed, spec, app, BORN)
    assert never.seen.status == "STOPPED"
    assert never.seen.exit_code is None
    assert never.seen.error == ("CannotStartContainerError: Error response from daemon: no command")


def test_a_holder_that_should_be_there_and_is_not_is_lost() -> None:
    assert adopt_holder(ContainerSeen(), None, expected=False).status == "NONE"
    assert adopt_holder(ContainerSeen(), None, expected=True).status == "STOPPED"
    assert adopt_holder(ContainerSeen(), inspected(), expected=True).status == "RUNNING"
    lost = adopt_holder(ContainerSeen(status="RUNNING", docker_id="h"), None, expected=False)
    assert lost.status == "STOPPED"


def test_a_container_tells_in_whose_network_it_lives() -> None:
    assert holder_id_of({"HostConfig": {"NetworkMode": "container:h1"}}) == "h1"
    assert holder_id_of({"HostConfig": {"NetworkMode": "bridge"}}) is None
    assert is_borrowed({"Config": {"Labels": {"homeport.role": "ready"}}})
    assert not is_borrowed({"Config": {"Labels": {"homeport.role": "holder"}}})
    assert not is_borrowed(None)


# --- surroundings ---------------------------------------------------------------------------

V1 = """tmpfs /sys/fs/cgroup tmpfs rw 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,xattr,name=systemd 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
"""


def test_hierarchies_are_found_among_the_mounts() -> None:
    found = hierarchies(V1)
    assert str(found.v1["memory"]) == "/sys/fs/cgroup/memory"
    assert str(found.v1["cpu"]) == "/sys/fs/cgroup/cpu,cpuacct"
    assert str(found.v2) == "/sys/fs/cgroup/unified"
    assert hierarchies("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0").v1 == {}


def test_a_parent_cgroup_is_named_as_the_driver_wants_it() -> None:
    spec = task(task_arn="arn:x:task/c/0123", cpu=512, memory_mib=100, launch_type="FARGATE")
    found = hierarchies(V1)
    driver = EngineFacts(cgroup_driver="cgroupfs", cgroup_version="1")
    assert Cgroups(driver, found).parent_of(spec) == "/ecs/0123"
    driver = EngineFacts(cgroup_driver="systemd", cgroup_version="2")
    assert Cgroups(driver, found).parent_of(spec) == "ecstasks-0123.slice"
    assert Cgroups(driver, found).parent_of(task()) is None
    assert slice_properties(spec) == ("MemoryMax=100M", "MemorySwapMax=0", "CPUQuota=50%")
    assert cpu_quota_us(256) == 25_000


def test_a_vpc_is_a_bridge_with_its_first_address_as_gateway() -> None:
    assert network_body("vpc-1", "172.31.0.0/16") == {
        "Name": "homeport-vpc-1",
        "CheckDuplicate": True,
        "Driver": "bridge",
        "IPAM": {"Config": [{"Subnet": "172.31.0.0/16", "Gateway": "172.31.0.1"}]},
        "Labels": {"homeport.vpc": "vpc-1"},
    }


def test_volumes_of_a_task_are_labelled_and_shared_ones_are_nobodys() -> None:
    spec = task(task_arn="arn:x:task/c/0123")
    own = volume_body(spec, Volume(name="v", labels={"a": "b"}, driver_opts={"o": "x"}), "n1")
    assert own["Name"].startswith("ecs-lab-1-v-")
    assert own["Labels"] == {"a": "b", "homeport.node": "n1", "homeport.task-arn": spec.task_arn}
    assert own["DriverOpts"] == {"o": "x"}
    shared = volume_body(spec, Volume(name="v", scope="shared", driver="nfs"), "n1")
    assert shared == {"Name": "v", "Driver": "nfs", "DriverOpts": {}, "Labels": {}}


def elf(*kinds: int) -> bytes:
    header = bytearray(64)
    header[:6] = b"\x7fELF\x02\x01"
    header[32:40] = (64).to_bytes(8, "little")
    header[54:56] = (56).to_bytes(2, "little")
    header[56:58] = len(kinds).to_bytes(2, "little")
    entries = b"".join(kind.to_bytes(4, "little") + bytes(52) for kind in kinds)
    return bytes(header) + entries


def test_a_program_is_static_if_it_names_no_interpreter() -> None:
    assert is_static(elf(1, 1, 2))
    assert not is_static(elf(1, 3, 2))
    assert not is_static(b"#!/bin/sh\n")


class StillClock:
    def now(self) -> float:
        return 1.5

    def span(self, seconds: float) -> float:
        return seconds


def test_a_story_is_bounded_and_its_numbers_grow_with_time() -> None:
    story = Story(StillClock(), Sequence(StillClock()))
    for each in range(HAPPENINGS_MAX + 5):
        story.tell(str(each))
    told = story.happenings
    assert len(told) == HAPPENINGS_MAX
    assert told[0].what == "5"
    assert [each.sequence for each in told] == sorted({each.sequence for each in told})
    assert told[0].sequence > 1_500_000


def event(kind: str, at: float = 5.0, detail: str = "", **attributes: str) -> Event:
    return Event(kind=kind, detail=detail, docker_id="d1", attributes=attributes, at=at)


def test_an_event_keeps_what_no_description_tells() -> None:
    running = ContainerSeen(status="RUNNING", docker_id="d1")
    assert note(running, event("die", exitCode="9")).seen.exit_code == 9
    assert note(running, event("oom")).seen.oom_at == 5.0
    assert note(running, event("kill", signal="9")).seen.sigkill_at == 5.0
    assert note(running, event("kill", signal="15")).seen == running
    sick = note(running, event("health_status", detail="unhealthy"))
    assert (sick.seen.health, sick.told) == ("UNHEALTHY", "health check: unhealthy")
    over = ContainerSeen(status="STOPPED", exit_code=1, finished_at=4.0)
    assert note(over, event("die", exitCode="9")).seen == over
    assert is_unwanted_start(over, event("start"))
    assert not is_unwanted_start(over, event("start", at=3.0))
    assert not is_unwanted_start(running, event("start"))
