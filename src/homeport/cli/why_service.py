"""The page of `homeport why` about a service."""

from typing import Any

from rich.console import Console
from rich.markup import escape

from homeport.cli.showing import aligned, clock, count, lasting, short

Told = dict[str, Any]


def show_service(console: Console, told: Told) -> None:
    """Show what ExplainService told."""
    now: float = told["at"]
    _summary(console, told)
    _waits(console, told, now)
    _deployment(console, told.get("deployment"))
    _rollouts(console, told["rollouts"], now)
    _placement(console, told.get("placement"))
    _members(console, told["members"], {each["id"]: each for each in told["rollouts"]}, now)
    _stopped(console, told["stoppedTasks"])
    _events(console, told["events"])


def counted(rollout: Told) -> str:
    """How many tasks of a rollout there are, by what they count as."""
    words = (
        ("pendingCount", "pending"),
        ("youngCount", "running"),
        ("healthyCount", "healthy"),
        ("unhealthyCount", "unhealthy"),
        ("stoppingCount", "stopping"),
    )
    parts = [f"{rollout[member]} {word}" for member, word in words if rollout[member]]
    return ", ".join(parts) or "no task"


def _summary(console: Console, told: Told) -> None:
    console.print(f"[bold]{escape(told['serviceArn'])}[/bold]")
    state = "steady" if told["steady"] else "not steady"
    words = (
        short(told.get("taskDefinitionArn", "")),
        told.get("launchType", ""),
        told["schedulingStrategy"],
        told["status"],
        "" if told["status"] != "ACTIVE" else state,
    )
    console.print(" · ".join(each for each in words if each))
    console.print(
        f"{told['desiredCount']} wanted, {told['runningCount']} running, "
        f"{told['pendingCount']} pending, {told['healthyCount']} healthy; "
        f"at least {told['minimumHealthy']} healthy, at most {told['maximumTasks']} in all"
    )


def _waits(console: Console, told: Told, now: float) -> None:
    if not told["waitingFor"]:
        return
    _heading(console, "What it waits for")
    for each in told["waitingFor"]:
        console.print(f"  {escape(each['what'])}{_until(each.get('until'), now)}")


def _deployment(console: Console, deployment: Told | None) -> None:
    if deployment is None:
        return
    _heading(console, "Deployment")
    ended = deployment.get("finishedAt")
    began = deployment.get("startedAt")
    when = "" if began is None else f" · begun {clock(began)}"
    if ended is not None and began is not None:
        when += f" · took {lasting(ended - began)}"
    console.print(f"  {short(deployment['arn'])} · {deployment['status']}{when}")
    if deployment.get("statusReason"):
        console.print(f"  [red]{escape(deployment['statusReason'])}[/red]")
    if deployment["breakerStatus"] != "DISABLED":
        failures = count(deployment["failureCount"], "failure")
        console.print(
            f"  circuit breaker {deployment['breakerStatus']}: {failures}, "
            f"{deployment['threshold']} fail the deployment"
        )


def _rollouts(console: Console, rollouts: list[Told], now: float) -> None:
    if not rollouts:
        return
    _heading(console, "Rollouts")
    for each in rollouts:
        failed = each["failedTasks"]
        more = f", {count(failed, 'failed task')} in a row" if failed else ""
        console.print(
            f"  [bold]{short(each['taskDefinitionArn'])}[/bold] {each['status']} · "
            f"{each['rolloutState']} · {counted(each)} of {each['desiredCount']}{more}"
        )
        console.print(f"    {escape(each['rolloutStateReason'])}")
        if each.get("throttledUntil"):
            tried = max(each["throttleRounds"], each["crashes"])
            console.print(
                f"    next attempt after {count(tried, 'failed one')}"
                f"{_until(each['throttledUntil'], now)}"
            )


def _placement(console: Console, placement: Told | None) -> None:
    if placement is None:
        return
    _heading(console, "No place for a task")
    if placement.get("failure"):
        console.print(f"  {escape(placement['failure'])}")
    if "cpuNeeded" in placement:
        ports = placement["portsNeeded"]
        needs = [
            f"{placement['cpuNeeded']} CPU units",
            f"{placement['memoryNeededMib']} MiB",
            *([f"host ports {', '.join(ports)}"] if ports else []),
            *([count(placement["gpusNeeded"], "GPU")] if placement["gpusNeeded"] else []),
        ]
        console.print(f"  a task needs {', '.join(needs)}")
    for each in placement["instances"]:
        _instance(console, each)
    hidden = placement["instanceCount"] - len(placement["instances"])
    if hidden:
        tally = ", ".join(f"{each['instances']} {each['reason']}" for each in placement["tally"])
        console.print(f"  and {count(hidden, 'instance')} more; of all: {escape(tally)}")
    if not placement["instanceCount"]:
        console.print("  the cluster has no container instance")


def _instance(console: Console, instance: Told) -> None:
    free = ""
    if "cpuFree" in instance:
        free = f" · {instance['cpuFree']} CPU units and {instance['memoryFreeMib']} MiB free"
    name = f"[bold]{short(instance['instanceArn'])}[/bold]"
    console.print(f"  {name} {instance['availabilityZone']}{free}")
    for lack in instance["lacks"]:
        console.print(f"    [red]{escape(lack['reason'])}[/red]  {escape(lack['sentence'])}")
    if not instance["lacks"]:
        console.print("    it could take a task")


def _members(console: Console, members: list[Told], rollouts: dict[str, Told], now: float) -> None:
    if not members:
        return
    _heading(console, "Tasks")
    rows = []
    for each in members:
        rollout = rollouts.get(each["rolloutId"])
        rows.append(
            (
                each["standing"],
                short(each["taskArn"]),
                "" if rollout is None else short(rollout["taskDefinitionArn"]),
                each["lastStatus"],
                each.get("availabilityZone", ""),
                short(each.get("instanceArn", "")),
                _about(each, now),
            )
        )
    for line in aligned(rows):
        console.print(f"  {escape(line)}")
    hidden = sum(_present(each) for each in rollouts.values()) - len(members)
    if hidden > 0:
        console.print(f"  and {count(hidden, 'task')} more")


def _present(rollout: Told) -> int:
    words = ("pending", "young", "healthy", "unhealthy", "stopping")
    return sum(int(rollout[f"{word}Count"]) for word in words)


def _about(member: Told, now: float) -> str:
    notes = []
    if member.get("healthyAt"):
        notes.append(f"healthy{_until(member['healthyAt'], now)}")
    if member.get("leavesBecause"):
        notes.append(f"leaves: {member['leavesBecause']}")
    if member.get("protectedUntil"):
        notes.append(f"protected{_until(member['protectedUntil'], now)}")
    return ", ".join(notes)


def _stopped(console: Console, stopped: list[Told]) -> None:
    if not stopped:
        return
    _heading(console, "Stopped last")
    for each in stopped:
        at, code = clock(each.get("stoppedAt", 0.0)), each.get("stopCode", "")
        console.print(f"  {at}  {short(each['taskArn'])}  [red]{escape(code)}[/red]")
        reasons = (each.get("stoppedReason", ""), *each["containerReasons"])
        for reason in dict.fromkeys(each for each in reasons if each):
            console.print(f"    {escape(reason)}")


def _events(console: Console, events: list[Told]) -> None:
    if not events:
        return
    _heading(console, "Events")
    for each in events:
        console.print(f"  {clock(each['at'])}  {escape(each['message'])}")


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(f"[bold]{text}[/bold]")


def _until(at: float | None, now: float) -> str:
    if at is None:
        return ""
    if at <= now:
        return " (now)"
    return f" (until {clock(at)}, {lasting(at - now)} to go)"
