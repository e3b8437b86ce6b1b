"""What has become of a service: steady, deployed, out of balance.  Part of a service's pass."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from homeport.services.ecs.plan.service import (
    alarms,
    deploying,
    messages,
    rebalancing,
    standing,
    steadiness,
)
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries import tasks
from homeport.services.ecs.reconcile.service_keeping import starting
from homeport.services.ecs.reconcile.service_look import ServiceLook, can_move, left_by_rollout
from homeport.services.ecs.reconcile.service_placing import open_zones
from homeport.services.ecs.records.service_views import Member
from homeport.services.ecs.records.services import Rollout

UNDER_WAY: Final = ("PENDING", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS")


def shrink(look: ServiceLook, members: Sequence[Member]) -> None:
    """Show how many tasks each rollout may still have; drop those that have none."""
    left = left_by_rollout(members)
    service = deploying.without_empty(look.service, left)
    primary = service.primary
    rollouts = tuple(
        _counted(each, service.desired_count if each is primary else left[each.id], look.tick.now)
        for each in service.rollouts
    )
    look.service = replace(service, rollouts=rollouts)


def conclude(look: ServiceLook, members: Sequence[Member]) -> None:
    """Tell that the service is steady and complete its deployment, or when to look again."""
    primary = look.service.primary
    if primary is None:
        return
    learn_digests(look, primary)
    steady = look.is_idle and steadiness.is_steady(
        members,
        primary.id,
        look.service.desired_count,
        has_health_check=primary.has_health_check or primary.has_load_balancers,
    )
    if not steady:
        look.service = replace(look.service, steady=False)
        look.look_again(standing.next_change(look.views, look.rules(), now=look.tick.now))
        if look.tick.now < primary.throttle.until:
            look.look_again(primary.throttle.until)
        return
    look.service = replace(look.service, leaving=(), waiting=False, failed_placement=None)
    deployment = look.deployment
    if deployment is not None and deployment.status in UNDER_WAY and not _bakes(look):
        look.take(deploying.complete(look.service, deployment, now=look.tick.now))
    tell_steady(look)
    _rebalance(look, members)


def _bakes(look: ServiceLook) -> bool:
    """Whether the alarms of a deployment that is steady are to be watched for a while."""
    deployment, now = look.deployment, look.tick.now
    if deployment is None or deployment.status != "IN_PROGRESS":
        return False
    baked = alarms.baked(deployment.alarms, look.tick.span(alarms.BAKE_S), now=now)
    look.deployment = alarms.watched(deployment, baked, now=now)
    if not alarms.is_baking(baked, now=now):
        return False
    look.look_again(baked.bake_until)
    return True


def _counted(rollout: Rollout, desired: int, now: float) -> Rollout:
    if rollout.desired_count == desired:
        return rollout
    return replace(rollout, desired_count=desired, updated_at=now)


def tell_steady(look: ServiceLook) -> None:
    """Tell that the service is steady, now or again."""
    service, now = look.service, look.tick.now
    every_s = look.tick.span(steadiness.TOLD_EVERY_S)
    told_at = service.steady_told_at if service.steady else None
    if steadiness.is_due(told_at, every_s, now=now):
        look.news.say(messages.steady(service.name))
        look.news.act("INFO", "SERVICE_STEADY_STATE")
        told_at = now
    look.service = replace(service, steady=True, steady_told_at=told_at)
    look.look_again((now if told_at is None else told_at) + every_s)


def _rebalance(look: ServiceLook, members: Sequence[Member]) -> None:
    """Have tasks move if a zone has too many: each goes once another is there for it."""
    service, primary = look.service, look.service.primary
    if not service.zone_rebalancing or not can_move(service) or primary is None:
        return
    what = starting(look)
    if what is None:
        return
    zones = open_zones(look.tx, what, members)
    leaving = rebalancing.tasks_to_move(members, primary.id, zones)
    balance = rebalancing.balance(members, primary.id, zones)
    if leaving:
        look.news.say(messages.not_balanced(service.name, balance))
        look.service = replace(service, leaving=leaving, steady=False)
        look.look_again(look.tick.now)
    elif look.before.leaving:
        look.news.say(messages.balanced(service.name, balance))


def learn_digests(look: ServiceLook, primary: Rollout) -> None:
    """Once a task runs, its images are what the revision means from now on."""
    if primary.has_digests or not primary.has_run:
        return
    running = [
        each.arn
        for each in look.views
        if each.rollout_id == primary.id and each.last_status == "RUNNING"
    ]
    task = tasks.find_task(look.tx, running[0]) if running else None
    revision = deployments.find_revision(look.tx, primary.revision_arn)
    if task is None or revision is None:
        return
    digests = {each.name: each.image_digest for each in task.containers}
    images = tuple(
        replace(each, image_digest=each.image_digest or digests.get(each.container_name))
        for each in revision.container_images
    )
    deployments.save_revision(look.tx, replace(revision, container_images=images))
    look.put(replace(primary, has_digests=True))
