"""Objects to what transactions make of tasks that are targets, for `service_watch`."""

from collections.abc import Iterable

from homeport.contracts.peers import Peers
from homeport.services.ecs.plan.lifecycle import wanted
from homeport.services.ecs.records.tasks import Task
from homeport.store import ReadTx
from ring.traffic import health_of_all, targets_of


def check_targets(
    tx: ReadTx,
    peers: Peers,
    changed: Iterable[tuple[Task | None, Task]],
    *,
    given_up: bool,
) -> None:
    """Object to what became of tasks, each as it was and as it is."""
    for before, after in changed:
        if before is None or not after.load_balancers:
            continue
        if not given_up:
            _check_drained(tx, peers, before, after)
        _check_let_go(tx, peers, before, after)


def _check_drained(tx: ReadTx, peers: Peers, before: Task, after: Task) -> None:
    """Nobody is cut off: a node is told to stop a task once all of its targets are free.

    Those that died, or that never ran, have nobody connected.
    """
    if (wanted(before), wanted(after)) != ("RUNNING", "STOPPED"):
        return
    if after.started_at is None or after.execution_stopped_at is not None:
        return
    for where, health in health_of_all(tx, peers, targets_of(tx, before)).items():
        free = health is None or health.is_free or health.state == "unused"
        assert free, f"{after.arn} is stopped while it is {health} in {where}"


def _check_let_go(tx: ReadTx, peers: Peers, before: Task, after: Task) -> None:
    """An address is free for others only once nothing is sent there for its last task."""
    if after.interface is None or after.last_status != "STOPPED" or before.last_status == "STOPPED":
        return
    for where, health in health_of_all(tx, peers, targets_of(tx, before)).items():
        gone = health is None or health.state in ("draining", "unused")
        assert gone, f"{after.arn} is over and {health} in {where}"
