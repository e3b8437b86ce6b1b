"""What a deployment that shifts traffic waits for, in sentences of our own.  Pure."""

from homeport.services.ecs.plan.service import stages
from homeport.services.ecs.plan.service.awaited import Wait
from homeport.services.ecs.records.services import Service, ServiceDeployment
from homeport.services.ecs.records.shifting import HookRun, Shifting


def shift_waits(
    service: Service, deployment: ServiceDeployment | None, rules: stages.Rules
) -> tuple[Wait, ...]:
    """What there is to wait for; nothing when no traffic is to be shifted."""
    shifting = None if deployment is None else deployment.shifting
    if shifting is None or shifting.end:
        return ()
    waits = [_of_hook(each) for each in stages.running_hooks(shifting)]
    return (*waits, _of_stage(service, shifting, rules))


def _of_hook(run: HookRun) -> Wait:
    if run.target_type == "PAUSE":
        what = (
            f"It pauses at {run.stage} until ContinueServiceDeployment is called with {run.id}; "
            f"otherwise it will {_action(run)}."
        )
        return Wait(kind="hook", what=what, until=run.expires_at)
    if run.ask_at is None:
        what = f"{run.target_arn} is asked at {run.stage} and has not answered."
        return Wait(kind="hook", what=what, until=run.expires_at)
    what = f"{run.target_arn} says that {run.stage} is in progress: it is asked again."
    return Wait(kind="hook", what=what, until=run.ask_at)


def _action(run: HookRun) -> str:
    return "continue" if run.timeout_action == "CONTINUE" else "turn back"


def _of_stage(service: Service, shifting: Shifting, rules: stages.Rules) -> Wait:
    if shifting.is_back:
        return Wait(kind="rollback", what=_way_back(shifting))
    share = f"{(shifting.production or 0) / 10:g} % of production traffic"
    match shifting.stage:
        case "RECONCILE_SERVICE":
            what = (
                "All traffic goes to the old side first, and what is left of the deployments "
                "before is stopped."
            )
            return Wait(kind="reconcile", what=what)
        case "SCALE_UP":
            what = f"The new side is started: {service.desired_count} healthy tasks are needed."
            return Wait(kind="scale-up", what=what)
        case "TEST_TRAFFIC_SHIFT":
            what = "Test traffic goes to the new side; the data plane has not said so yet."
            return Wait(kind="weights", what=what)
        case "PRODUCTION_TRAFFIC_SHIFT" if shifting.is_waiting_to_step:
            what = f"{share} goes to the new side; the next step needs all of its tasks healthy."
            return Wait(kind="step", what=what)
        case "PRODUCTION_TRAFFIC_SHIFT" if shifting.taken_at is None:
            what = f"{share} is to go to the new side; the data plane has not said so yet."
            return Wait(kind="weights", what=what)
        case "PRODUCTION_TRAFFIC_SHIFT":
            until = (shifting.taken_at or 0.0) + rules.step_s
            return Wait(kind="step", what=f"{share} goes to the new side for a while.", until=until)
        case "BAKE_TIME":
            until = shifting.since + rules.bake_s
            return Wait(kind="bake", what="Both sides run for the bake time.", until=until)
        case "CLEAN_UP":
            return Wait(kind="clean-up", what="The old side is drained and stopped.")
        case _:
            return Wait(kind="pass", what=f"{shifting.stage} is about to end.")


def _way_back(shifting: Shifting) -> str:
    match shifting.stage:
        case "PRODUCTION_TRAFFIC_SHIFT" if shifting.is_waiting_to_step:
            return "It turns back: the old side has no healthy task to take the traffic yet."
        case "PRODUCTION_TRAFFIC_SHIFT" | "TEST_TRAFFIC_SHIFT":
            return "It turns back: the data plane has not brought all traffic to the old side yet."
        case _:
            return "It turns back: the new side is drained and stopped."
