"""How far a deployment is, whoever deploys: read from the API, and told in lines.

Pure: answers of the API in, lines out.  All strategies look alike here: stages, and two sides with
their tasks and their shares of the traffic.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from homeport.cli.showing import clock, count, lasting, short

OVER: Final = (
    "SUCCESSFUL",
    "STOPPED",
    "ROLLBACK_SUCCESSFUL",
    "ROLLBACK_FAILED",
    "Succeeded",
    "Failed",
    "Stopped",
)
"""Statuses of deployments that are over, of ECS's and of CodeDeploy's."""

GOOD: Final = ("SUCCESSFUL", "Succeeded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a deployment: what was there before, or what is to be there."""

    name: str
    """``family:revision``."""
    is_new: bool
    running: int = 0
    pending: int = 0
    wanted: int = 0
    production: float | None = None
    """Percent of the traffic; None where nothing is shifted."""
    test: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stage, a lifecycle event, or a hook, with what came of it."""

    name: str
    status: str
    note: str = ""
    """Why it failed, or what it waits for."""
    lasted_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A deployment at one moment."""

    id: str
    strategy: str
    status: str
    reason: str = ""
    began_at: float
    ended_at: float | None = None
    stage: str = ""
    """The stage that ECS says it is in."""
    steps: tuple[Step, ...] = ()
    sides: tuple[Side, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in OVER


def of_ecs(deployment: Mapping[str, Any], revisions: Mapping[str, str]) -> Course:
    """A service deployment; `revisions` are task definitions by the ARN of their revision."""
    target = deployment.get("targetServiceRevision", {})
    strategy = deployment.get("deploymentConfiguration", {}).get("strategy", "ROLLING")
    hooks = [
        Step(
            name=f"hook {each.get('targetArn', each.get('targetType', '')).rpartition(':')[2]}",
            status=each.get("status", ""),
            note=each.get("hookId", "") if each.get("status") == "AWAITING_ACTION" else "",
        )
        for each in deployment.get("lifecycleHookDetails", ())
    ]
    before = deployment.get("sourceServiceRevisions", ())
    return Course(
        id=deployment["serviceDeploymentArn"].rpartition("/")[2],
        strategy=strategy,
        status=deployment["status"],
        reason=deployment.get("statusReason", ""),
        began_at=deployment["createdAt"],
        ended_at=deployment.get("finishedAt"),
        stage=deployment.get("lifecycleStage", ""),
        steps=tuple(hooks),
        sides=tuple(
            [_side(target, revisions, is_new=True)]
            + [_side(each, revisions, is_new=False) for each in before]
        ),
    )


def of_codedeploy(info: Mapping[str, Any], target: Mapping[str, Any] | None) -> Course:
    """A deployment of CodeDeploy, with its one target if it has one already."""
    told = target or {}
    error = info.get("errorInformation", {})
    return Course(
        id=info["deploymentId"],
        strategy=info.get("deploymentConfigName", "").removeprefix("CodeDeployDefault."),
        status=info["status"],
        reason=": ".join(error[key] for key in ("code", "message") if error.get(key)),
        began_at=info["createTime"],
        ended_at=info.get("completeTime"),
        steps=tuple(_event(each) for each in told.get("lifecycleEvents", ())),
        sides=tuple(
            Side(
                name=each["identifer"].rpartition("/")[2],
                is_new=each.get("taskSetLabel") == "Green",
                running=each.get("runningCount", 0),
                pending=each.get("pendingCount", 0),
                wanted=each.get("desiredCount", 0),
                production=each.get("trafficWeight"),
            )
            for each in told.get("taskSetsInfo", ())
        ),
    )


def overview(courses: Sequence[Course]) -> list[tuple[str, ...]]:
    """A row for each deployment: what a table of them shows."""
    return [
        (
            each.id,
            each.strategy,
            each.status,
            clock(each.began_at),
            "" if each.ended_at is None else f"took {lasting(each.ended_at - each.began_at)}",
            each.reason,
        )
        for each in courses
    ]


def lines(before: Course | None, now: Course) -> tuple[str, ...]:
    """What is new since the course was looked at before, as a person reads it."""
    told: list[str] = []
    if before is None or (before.status, before.reason) != (now.status, now.reason):
        told.append(": ".join(each for each in (now.status, now.reason) if each))
    if now.stage and (before is None or before.stage != now.stage):
        told.append(f"stage {now.stage}")
    known = () if before is None else before.steps
    told.extend(_step_line(each) for each in now.steps if _is_news(each, known))
    if now.sides and (before is None or before.sides != now.sides):
        told.append(" · ".join(_side_line(each) for each in now.sides))
    return tuple(told)


def _is_news(step: Step, known: Iterable[Step]) -> bool:
    """Whether it has begun, and is not told of already."""
    if step.status == "Pending":
        return False
    return all((step.name, step.status) != (each.name, each.status) for each in known)


def _step_line(step: Step) -> str:
    lasted = "" if step.lasted_s is None else f" ({lasting(step.lasted_s)})"
    note = f": {step.note}" if step.note else ""
    return f"{step.name} {step.status}{lasted}{note}"


def _side_line(side: Side) -> str:
    parts = [f"{side.running} of {count(side.wanted, 'task')}"]
    if side.pending:
        parts.append(f"{side.pending} pending")
    if side.production is not None:
        parts.append(f"{side.production:g} % of the traffic")
    if side.test:
        parts.append(f"{side.test:g} % of the test traffic")
    return f"{'new' if side.is_new else 'old'} {side.name}: {', '.join(parts)}"


def _side(of: Mapping[str, Any], revisions: Mapping[str, str], *, is_new: bool) -> Side:
    arn = of.get("arn", "")
    return Side(
        name=short(revisions.get(arn, arn)),
        is_new=is_new,
        running=of.get("runningTaskCount", 0),
        pending=of.get("pendingTaskCount", 0),
        wanted=of.get("requestedTaskCount", 0),
        production=of.get("requestedProductionTrafficWeight"),
        test=of.get("requestedTestTrafficWeight"),
    )


def _event(of: Mapping[str, Any]) -> Step:
    began, ended = of.get("startTime"), of.get("endTime")
    return Step(
        name=of["lifecycleEventName"],
        status=of["status"],
        note=of.get("diagnostics", {}).get("message", "") if of["status"] == "Failed" else "",
        lasted_s=None if began is None or ended is None else ended - began,
    )
