"""Reads Docker's description of a container into what the node keeps of it.  Pure."""

from datetime import datetime
from typing import Any, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from homeport.agent.names import LABEL_METADATA
from homeport.agent.observed import DEFAULT_STOP_SIGNAL, ContainerSeen, Health, ImageFacts
from homeport.agent.oom import Evidence, verdict
from homeport.agent.ports import host_network_bindings, reported_bindings
from homeport.agent.references import parse
from homeport.link.spec import ContainerSpec, TaskSpec

JSON = dict[str, Any]
State = Literal["CREATED", "RUNNING", "STOPPED"]

HEALTH: Final[dict[str, Health]] = {"healthy": "HEALTHY", "unhealthy": "UNHEALTHY"}
HEALTH_OUTPUT_MAX: Final = 4096
LAST_LINES: Final = 20
LINE_CHARACTERS_MAX: Final = 1000


class Ending(Struct, frozen=True, kw_only=True):
    """How a container ended, as the Engine recorded it."""

    exit_code: int
    finished_at: float | None
    flagged_oom: bool
    error: str


def moment(text: str | None) -> float | None:
    """Docker's timestamp in seconds since the epoch; None for its zero time."""
    if not text or text.startswith("0001-"):
        return None
    return datetime.fromisoformat(text).timestamp()


def state_of(inspected: JSON) -> State:
    """Where the container is in its life."""
    state = inspected["State"]
    if state.get("Running") or state.get("Restarting"):
        return "RUNNING"
    if state.get("Status") == "created" and not state.get("Error"):
        return "CREATED"
    return "STOPPED"


def ending_of(inspected: JSON) -> Ending:
    """How it ended."""
    state = inspected["State"]
    return Ending(
        exit_code=int(state.get("ExitCode", 0)),
        finished_at=moment(state.get("FinishedAt")),
        flagged_oom=bool(state.get("OOMKilled")),
        error=state.get("Error") or "",
    )


def described(
    seen: ContainerSeen, inspected: JSON, task: TaskSpec, container: ContainerSpec
) -> ContainerSeen:
    """`seen` with everything that does not depend on how it ended."""
    state, config = inspected["State"], inspected["Config"]
    networks = (inspected.get("NetworkSettings") or {}).get("Networks") or {}
    ports = (inspected.get("NetworkSettings") or {}).get("Ports")
    bindings = host_network_bindings(task, container) or reported_bindings(ports)
    labels = config.get("Labels") or {}
    return replace(
        with_health(seen, inspected),
        docker_id=inspected["Id"],
        metadata_id=labels.get(LABEL_METADATA) or seen.metadata_id,
        stop_signal=config.get("StopSignal") or seen.stop_signal,
        labels=labels,
        # Docker forgets the ports of a container that has ended.
        bindings=bindings or seen.bindings,
        ipv4_addresses=tuple(each["IPAddress"] for each in networks.values() if each["IPAddress"])
        or seen.ipv4_addresses,
        volumes=tuple(
            (each.get("Name", ""), each.get("Source", ""), each.get("Destination", ""))
            for each in inspected.get("Mounts") or ()
        ),
        created_at=moment(inspected.get("Created")),
        started_at=moment(state.get("StartedAt")) or seen.started_at,
    )


def with_health(seen: ContainerSeen, inspected: JSON) -> ContainerSeen:
    """`seen` with the health that the Engine's last check found.  Starting counts as unknown."""
    health = inspected["State"].get("Health")
    if not health:
        return seen
    status: Health = HEALTH.get(health.get("Status", ""), "UNKNOWN")
    last = (health.get("Log") or [{}])[-1]
    ended = moment(last.get("End"))
    changed = status != seen.health or seen.health_since is None
    failed = last.get("ExitCode", 0) != 0
    output = (last.get("Output") or "")[:HEALTH_OUTPUT_MAX]
    return replace(
        seen,
        health=status,
        health_since=ended if changed and ended is not None else seen.health_since,
        health_exit_code=int(last.get("ExitCode", 0)),
        health_output=output if failed else seen.health_output,
    )


def ended(
    seen: ContainerSeen,
    ending: Ending,
    *,
    now: float,
    watched: bool,
    limit_bytes: int | None = None,
) -> ContainerSeen:
    """`seen` stopped, with its exit code and whether the kernel killed it for memory."""
    finished_at = ending.finished_at or now
    evidence = Evidence(
        exit_code=ending.exit_code,
        finished_at=finished_at,
        flagged=ending.flagged_oom,
        oom_at=seen.oom_at,
        sigkill_at=seen.sigkill_at,
        watched=watched,
        limit_bytes=limit_bytes,
    )
    return replace(
        seen,
        status="STOPPED",
        doing=None,
        exit_code=ending.exit_code,
        finished_at=finished_at,
        # The Engine notes the start of a short life after its end.
        started_at=None if seen.started_at is None else min(seen.started_at, finished_at),
        oom_evidence=verdict(evidence),
        may_restart=seen.may_restart and watched,
    )


def image_facts(inspected: JSON, reference: str) -> ImageFacts:
    """The image's identity; its digest is the repository's, or its own id if it never had one."""
    config = inspected.get("Config") or {}
    return ImageFacts(
        image_id=inspected["Id"],
        digest=_digest(inspected, reference),
        reference=reference,
        environment_names=frozenset(each.partition("=")[0] for each in config.get("Env") or ()),
        stop_signal=config.get("StopSignal") or DEFAULT_STOP_SIGNAL,
        size_bytes=int(inspected.get("Size") or 0),
    )


def adopted_image(inspected: JSON) -> ImageFacts:
    """What a container still says of its image, when nothing else is remembered."""
    config = inspected["Config"]
    return ImageFacts(
        image_id=inspected["Image"],
        digest=parse(config.get("Image") or "").digest,  # Else it is looked up.
        stop_signal=config.get("StopSignal") or DEFAULT_STOP_SIGNAL,
    )


def _digest(inspected: JSON, text: str) -> str:
    reference = parse(text)
    if reference.digest:
        return reference.digest
    digests: list[str] = inspected.get("RepoDigests") or []
    own = [each for each in digests if each.partition("@")[0] == reference.familiar]
    found = own or digests
    return found[0].partition("@")[2] if found else str(inspected["Id"])


def last_lines(raw: bytes) -> tuple[str, ...]:
    """The end of a log as text, each line cut to a bearable length."""
    lines = raw.decode(errors="replace").splitlines()[-LAST_LINES:]
    return tuple(line[:LINE_CHARACTERS_MAX] for line in lines)
