"""What there is to say of a deployment that is watched.  Pure: sightings in, lines out.

A sighting is what the API answered at one moment.  Nothing is made up between two of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from homeport.cli.showing import count, lasting, short

Outcome: TypeAlias = Literal["deployed", "failed", "rolled back", "stopped", "hopeless"]
"""Hopeless: it goes on trying, and nothing here expects it to succeed."""

ATTEMPTS_MAX: Final = 5
"""Attempts in a row after which a deployment is hopeless that nothing will end."""

STARTED: Final = "tasks started"
RUNNING: Final = "tasks running"
HEALTHY: Final = "tasks healthy"
OLD_GONE: Final = "old tasks gone"
COMPLETED: Final = "deployment completed"
PHASES: Final = (STARTED, RUNNING, HEALTHY, OLD_GONE, COMPLETED)
"""In the order in which they are reached; each lasts from the end of the one before."""

HINDRANCES: Final = ("failure", "placement", "percentages", "protection")
"""Kinds of what the scheduler waits for that will not pass by themselves."""

OWN_FAULT: Final = ("TaskFailedToStart", "EssentialContainerExited")
"""Stop codes of tasks that ended by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many tasks of one rollout there are, by what they count as."""

    definition: str
    is_primary: bool = False
    pending: int = 0
    running: int = 0
    """RUNNING, and not known to be healthy."""
    healthy: int = 0
    unhealthy: int = 0
    stopping: int = 0
    failed: int = 0
    """Tasks in a row that failed to start."""
    attempts: int = field(default=0, compare=False)
    """Attempts in a row whose tasks did not start, or ran and ended by themselves at once."""
    next_attempt_s: float | None = field(default=None, compare=False)
    """How long the next attempt waits; it changes all the time and is no news by itself."""

    @property
    def present(self) -> int:
        """Tasks that may still have a container."""
        return self.pending + self.running + self.healthy + self.unhealthy + self.stopping


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A deployment at one moment."""

    at: float
    """Seconds since the command began."""
    status: str
    """Of the service deployment."""
    reason: str = ""
    wanted: int
    new: Tally
    """The rollout that is deployed."""
    others: tuple[Tally, ...] = ()
    waits: tuple[str, ...] = ()
    """What hinders the scheduler, in its words."""
    failure: str = ""
    """How the last task of the new rollout failed, if one did."""
    failed_arn: str = ""
    """Which task that was."""
    is_guarded: bool = False
    """The circuit breaker counts what fails, and will end it."""

    @property
    def is_turning_back(self) -> bool:
        """Whether it is, or was, rolled back."""
        return self.status.startswith("ROLLBACK_")


def lines(before: Sighting | None, seen: Sighting) -> tuple[str, ...]:
    """What is new since the sighting before, as a person reads it."""
    told: list[str] = []
    if seen.is_turning_back and (before is None or not before.is_turning_back):
        told.append(f"turning back: {seen.reason}")
    if before is None or _tallies(before) != _tallies(seen):
        told.append(counts_line(seen))
    if seen.failure and (before is None or before.failure != seen.failure):
        told.append(seen.failure)
    known = () if before is None else before.waits
    told.extend(each for each in seen.waits if each not in known)
    return tuple(told)


def counts_line(seen: Sighting) -> str:
    """The tasks of the new rollout, and those of the others that are left."""
    of_wanted = f" of {seen.wanted}"
    new = f"{seen.new.definition}: {_words(seen.new)}"
    parts = [new if seen.is_turning_back else new + of_wanted]
    if seen.new.failed:
        parts.append(f"{count(seen.new.failed, 'failed task')} in a row")
    if seen.new.next_attempt_s is not None:
        parts.append(f"next attempt in {lasting(seen.new.next_attempt_s)}")
    parts.extend(
        f"{_name(each, seen)}: {_words(each)}{of_wanted if each.is_primary else ''}"
        for each in seen.others
        if each.present or each.is_primary
    )
    return " · ".join(parts)


def outcome(seen: Sighting) -> Outcome | None:
    """How the deployment ended; None while it goes on."""
    match seen.status:
        case "SUCCESSFUL":
            return "deployed"
        case "ROLLBACK_SUCCESSFUL":
            return "rolled back"
        case "ROLLBACK_FAILED":
            return "failed"
        case "STOPPED":
            # By the circuit breaker; else a newer deployment took its place, or the service went.
            return "failed" if "circuit breaker" in seen.reason else "stopped"
        case "IN_PROGRESS" if seen.new.attempts >= ATTEMPTS_MAX and not seen.is_guarded:
            return "hopeless"
        case _:
            return None


def timings(began: float, sightings: Sequence[Sighting]) -> tuple[tuple[str, float], ...]:
    """How long each phase took that was reached, in order, counted from the one before."""
    done: list[tuple[str, float]] = []
    at = began
    for name in PHASES:
        if name == OLD_GONE and not any(_left(each) for each in sightings):
            continue  # There was none to replace.
        reached = next((each.at for each in sightings if _has_reached(name, each)), None)
        if reached is not None:
            done.append((name, max(0.0, reached - at)))
            at = max(at, reached)
    return tuple(done)


def summary(timed: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    """The phases as lines, one below the other."""
    width = max((len(name) for name, _ in timed), default=0)
    return tuple(f"{name:<{width}}  {lasting(seconds):>8}" for name, seconds in timed)


def sighting(
    explanation: Mapping[str, Any],
    deployment: Mapping[str, Any],
    rollout_id: str,
    definition: str,
    *,
    at: float,
) -> Sighting:
    """What ExplainService and DescribeServiceDeployments answered, as a sighting of a rollout."""
    tallies = {each["id"]: _tally(each, explanation["at"]) for each in explanation["rollouts"]}
    new = tallies.pop(rollout_id, Tally(definition=short(definition)))
    failed = _failed_task(explanation["stoppedTasks"], rollout_id)
    return Sighting(
        at=at,
        status=deployment["status"],
        reason=deployment.get("statusReason", ""),
        wanted=explanation["desiredCount"],
        new=new,
        others=tuple(tallies.values()),
        waits=tuple(
            each["what"] for each in explanation["waitingFor"] if each["kind"] in HINDRANCES
        ),
        failure="" if failed is None else _reasons(failed),
        failed_arn="" if failed is None else str(failed["taskArn"]),
        is_guarded=_is_guarded(deployment, explanation["rollouts"], rollout_id),
    )


def _is_guarded(
    deployment: Mapping[str, Any], rollouts: Sequence[Mapping[str, Any]], rollout_id: str
) -> bool:
    """Whether the breaker will have its verdict: it never counts tasks that run and then end."""
    breaker = deployment.get("deploymentCircuitBreaker", {}).get("status")
    crashes = next((each["crashes"] for each in rollouts if each["id"] == rollout_id), 0)
    return breaker == "MONITORING" and crashes < ATTEMPTS_MAX


def _failed_task(stopped: Sequence[Mapping[str, Any]], rollout_id: str) -> Mapping[str, Any] | None:
    """The last task of a rollout that ended by itself, of those that stopped last."""
    of_rollout = (each for each in stopped if each.get("rolloutId") == rollout_id)
    return next((each for each in of_rollout if each.get("stopCode") in OWN_FAULT), None)


def _reasons(task: Mapping[str, Any]) -> str:
    reasons = (task.get("stoppedReason", ""), *task["containerReasons"])
    return "; ".join(dict.fromkeys(each for each in reasons if each))


def _tally(rollout: Mapping[str, Any], now: float) -> Tally:
    until = rollout.get("throttledUntil")
    return Tally(
        definition=short(rollout["taskDefinitionArn"]),
        is_primary=rollout["status"] == "PRIMARY",
        pending=rollout["pendingCount"],
        running=rollout["youngCount"],
        healthy=rollout["healthyCount"],
        unhealthy=rollout["unhealthyCount"],
        stopping=rollout["stoppingCount"],
        failed=rollout["failedTasks"],
        attempts=max(rollout["throttleRounds"], rollout["crashes"]),
        next_attempt_s=None if until is None else max(0.0, until - now),
    )


def _has_reached(name: str, seen: Sighting) -> bool:
    new = seen.new
    run = new.running + new.healthy + new.unhealthy
    match name:
        case "tasks started":
            return new.pending + run >= seen.wanted
        case "tasks running":
            return run >= seen.wanted
        case "tasks healthy":
            return new.healthy >= seen.wanted
        case "old tasks gone":
            return _left(seen) == 0
        case _:
            return seen.status == "SUCCESSFUL"


def _name(tally: Tally, seen: Sighting) -> str:
    """A rollout of the same revision is told from the new one: a restart has two."""
    same = tally.definition == seen.new.definition
    return f"{tally.definition} before" if same else tally.definition


def _left(seen: Sighting) -> int:
    return sum(each.present for each in seen.others)


def _tallies(seen: Sighting) -> tuple[object, ...]:
    return (seen.wanted, seen.new, *(each for each in seen.others if each.present))


def _words(tally: Tally) -> str:
    words = {
        "pending": tally.pending,
        "running": tally.running,
        "healthy": tally.healthy,
        "unhealthy": tally.unhealthy,
        "stopping": tally.stopping,
    }
    return ", ".join(f"{number} {word}" for word, number in words.items() if number) or "no task"
