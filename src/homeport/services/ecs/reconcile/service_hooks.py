"""The lifecycle hooks of a deployment: asked, heard, told of.  Part of a service's pass.

What an answer means is decided in plan/service/hooks.
"""

from typing import Final

from msgspec.structs import replace

from homeport.contracts.hooks import Answer, Invocation
from homeport.services.ecs.plan.service import hooks, sides
from homeport.services.ecs.queries.traffic import forget_hooks, runs_of
from homeport.services.ecs.reconcile.service_look import ServiceLook
from homeport.services.ecs.records.services import ServiceDeployment
from homeport.services.ecs.records.shifting import HookRun, Shifting

_TEST: Final = ("TEST_TRAFFIC_SHIFT", "RECONCILE_SERVICE")
_PRODUCTION: Final = ("PRODUCTION_TRAFFIC_SHIFT", "RECONCILE_SERVICE")
"""Stages whose hooks are told the weights."""


def hear_hooks(look: ServiceLook, shifting: Shifting) -> Shifting:
    """Take note of what functions have answered."""
    return replace(shifting, hooks=tuple(_heard(look, each) for each in shifting.hooks))


def ask_hooks(look: ServiceLook, deployment: ServiceDeployment, shifting: Shifting) -> Shifting:
    """Have the functions asked whose turn it is, and forget what nobody waits for any more."""
    now, asked = look.tick.now, []
    for each in shifting.hooks:
        is_due = each.ask_at is not None and each.ask_at <= now
        if is_due and each.status == "IN_PROGRESS" and each.turn == shifting.turn:
            invocation = look.tick.peers.hooks.invoke(
                look.tx,
                Invocation(
                    account=deployment.account,
                    region=deployment.region,
                    function=each.target_arn or "",
                    payload=_payload(deployment, shifting, each),
                    wake=("service", deployment.service_arn),
                ),
                now=now,
                ids=look.tick.ids,
            )
            asked.append(replace(each, invocation_id=invocation, ask_at=None))
        else:
            asked.append(each)
    waited = {each.invocation_id for each in asked}
    unwanted = [each for each in runs_of(look.deployment) if each.invocation_id not in waited]
    forget_hooks(look.tx, look.tick.peers.hooks, unwanted, now=now, ids=look.tick.ids)
    return replace(shifting, hooks=tuple(asked))


def tell_hooks(look: ServiceLook, deployment: ServiceDeployment, shifting: Shifting) -> Shifting:
    """Tell EventBridge of hooks that have changed."""
    told = []
    for each in shifting.hooks:
        if each.told != each.status:
            look.news.hook_changed(each, deployment)
        told.append(replace(each, told=each.status))
    return replace(shifting, hooks=tuple(told))


def _heard(look: ServiceLook, run: HookRun) -> HookRun:
    if not run.invocation_id or run.status != "IN_PROGRESS":
        return run
    now, span = look.tick.now, look.tick.span
    answer = look.tick.peers.hooks.answer(look.tx, run.invocation_id)
    if answer is None:  # Nobody knows that it was asked.
        return replace(run, invocation_id="", ask_at=now)
    if answer.status == "RUNNING":
        return run
    return hooks.heeded(run, _as_heard(answer), now=now, span=span)


def _as_heard(answer: Answer) -> hooks.Heard:
    return hooks.Heard(
        failed=answer.status == "FAILED",
        diagnostic=answer.diagnostic,
        body=answer.body,
        is_task=answer.is_task,
    )


def _payload(deployment: ServiceDeployment, shifting: Shifting, run: HookRun) -> str:
    target = deployment.target_revision_arn
    test = sides.percents(shifting, target, shifting.test) if run.stage in _TEST else {}
    production = sides.percents(shifting, target, shifting.production)
    return hooks.payload(
        run,
        service_arn=deployment.service_arn,
        deployment_arn=deployment.arn,
        target_revision_arn=target,
        test=test,
        production=production if run.stage in _PRODUCTION else {},
    )
