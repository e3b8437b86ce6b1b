"""The targets of a service's tasks: registered, drained, let go.  Part of a service's pass.

What is due is planned in plan/service/targets.  How targets are is elbv2's to say.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from homeport.services.ecs.plan import lifecycle
from homeport.services.ecs.plan.service import messages
from homeport.services.ecs.plan.service import targets as plans
from homeport.services.ecs.queries import instances, service_tasks, targets, tasks
from homeport.services.ecs.queries.task_changes import record
from homeport.services.ecs.reconcile.service_look import ServiceLook
from homeport.services.ecs.records.load_balancing import HeldTarget
from homeport.services.ecs.records.tasks import Task

AT_ONCE: Final = 500
"""Tasks that one pass registers, or lets go, at most."""


def look_at_targets(look: ServiceLook) -> None:
    """Do what is due for the targets of the service's tasks, and learn how they are."""
    if not any(view.registration for view in look.views):
        return
    tx, service = look.tx, look.service
    look.held = targets.held_by_service(tx, service.arn)
    seen = targets.see(tx, look.tick.peers.targets, look.held)
    plan = plans.plan_targets(look.views, seen)
    if plan != plans.TargetsPlan():
        _register(look, _at_once(look, plan.register))
        dead = _drain(look, _at_once(look, plan.drain))
        _let_go(look, [*_at_once(look, plan.let_go), *dead])
        look.held = targets.held_by_service(tx, service.arn)
        seen = targets.see(tx, look.tick.peers.targets, look.held)
        look.views = service_tasks.views_of_service(tx, service.cluster_arn, service.name)
    look.views = plans.with_health(look.views, seen)
    for arn, its in seen.items():
        failing = plans.failing(its)
        if failing is not None:
            look.failing[arn] = failing


def leave(look: ServiceLook, draining: Collection[str], gone: Collection[str]) -> None:
    """Deregister the targets of tasks that are stopped now, and tell it.

    `draining` are those that somebody may be connected to: they hold their targets until nobody is.
    """
    held = [each for arn in (*draining, *gone) for each in look.held.get(arn, ())]
    _deregister(look, held)
    targets.forget(look.tx, [each for each in held if each.task_arn in gone])
    _tell_draining(look, draining)


def _at_once(look: ServiceLook, arns: Sequence[str]) -> Sequence[str]:
    if len(arns) > AT_ONCE:
        look.look_again(look.tick.now)
    return arns[:AT_ONCE]


def _register(look: ServiceLook, arns: Sequence[str]) -> None:
    found = tasks.find_tasks(look.tx, arns) if arns else {}
    due = [each for each in found.values() if plans.is_to_register(each)]
    if not due:
        return
    tx, service, peer = look.tx, look.service, look.tick.peers.targets
    wanted = [each.target_group_arn for task in due for each in task.load_balancers]
    groups = targets.find_groups(tx, peer, service.account, service.region, wanted)
    for arn in dict.fromkeys(wanted):
        if arn not in groups:
            gone = messages.TARGET_GROUP_GONE
            look.news.say_once(messages.not_registered(service.name, arn, gone))
    machines = instances.find_instances(tx, sorted({each.instance_arn or "" for each in due}))
    made: list[plans.Place] = []
    for task in due:
        machine = machines.get(task.instance_arn or "")
        instance_id = "" if machine is None else machine.ec2_instance_id
        places = plans.places_of(task, groups, instance_id=instance_id)
        if places is None:
            continue
        made += places
        # The task is written first, whatever it was: of two control planes one has to try again.
        first = record(tx, lifecycle.change(task, lifecycle.awaiting(task)), now=look.tick.now)
        record(tx, lifecycle.change(first, lifecycle.registered(first)), now=look.tick.now)
        _hold(look, task, [each.held for each in places])
    new = [(each.held, each.address, each.zone) for each in made]
    targets.register(tx, peer, new, now=look.tick.now)
    for name, group, count in _by_group(look, [each.held for each in made]):
        look.news.say(messages.registered(name, count, group))


def _hold(look: ServiceLook, task: Task, wanted: Sequence[HeldTarget]) -> None:
    """The task holds what is wanted from now on, and nothing else."""
    known = look.held.get(task.arn, ())
    left = [each for each in known if each not in wanted]
    targets.deregister(look.tx, look.tick.peers.targets, left, now=look.tick.now)
    targets.forget(look.tx, left)
    targets.hold(look.tx, look.service.arn, [each for each in wanted if each not in known])


def _drain(look: ServiceLook, arns: Sequence[str]) -> list[str]:
    """Deregister the targets of tasks that others have told to stop; answers those that there is
    nothing to wait for: they are dead, or what drained is registered for another task again."""
    found = tasks.find_tasks(look.tx, arns) if arns else {}
    over = [arn for arn, task in found.items() if not task.is_in_use]
    used = [task for task in found.values() if task.is_in_use]
    draining = [task for task in used if task.registration != "DRAINING"]
    for task in draining:
        record(look.tx, lifecycle.change(task, lifecycle.drained(task)), now=look.tick.now)
    _deregister(look, [each for task in draining for each in look.held.get(task.arn, ())])
    _tell_draining(look, [task.arn for task in draining])
    again = [task.arn for task in used if task.registration == "DRAINING"]
    returned = [each for arn in again for each in look.held.get(arn, ())]
    peer = look.tick.peers.targets
    taken = targets.deregister(look.tx, peer, returned, now=look.tick.now)
    return [*over, *dict.fromkeys(each.task_arn for each in taken)]


def _let_go(look: ServiceLook, arns: Sequence[str]) -> None:
    """Nothing leads to these tasks from now on: their node may stop them."""
    if not arns:
        return
    found = tasks.find_tasks(look.tx, arns)
    held = [each for arn in arns for each in look.held.get(arn, ())]
    drained = {arn for arn, task in found.items() if task.registration == "DRAINING"}
    _deregister(look, [each for each in held if each.task_arn not in drained])
    targets.forget(look.tx, held)
    for task in found.values():
        record(look.tx, lifecycle.change(task, lifecycle.let_go(task)), now=look.tick.now)
    # Of those that were stopped with nothing to drain it was told when that was decided.
    own = [arn for arn in sorted(drained) if found[arn].stop_code == "ServiceSchedulerInitiated"]
    for name, its in by_name(look, own):
        for sentence in messages.stopped_running(name, its):
            look.news.say(sentence)


def _deregister(look: ServiceLook, held: Sequence[HeldTarget]) -> None:
    targets.deregister(look.tx, look.tick.peers.targets, held, now=look.tick.now)
    for name, group, count in _by_group(look, held):
        look.news.say(messages.deregistered(name, count, group))


def by_name(look: ServiceLook, arns: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Tasks by how the service is named in what is told of them."""
    named: dict[str, list[str]] = {}
    for arn in arns:
        named.setdefault(look.told_as(arn), []).append(arn)
    return sorted(named.items())


def _tell_draining(look: ServiceLook, arns: Iterable[str]) -> None:
    for name, its in by_name(look, arns):
        look.news.say(messages.draining(name, len(its)))


def _by_group(look: ServiceLook, held: Iterable[HeldTarget]) -> list[tuple[str, str, int]]:
    counts = Counter((look.told_as(each.task_arn), each.group_arn) for each in held)
    return [(name, group, count) for (name, group), count in sorted(counts.items())]
