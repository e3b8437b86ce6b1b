"""Why a target is not taken when it is written down.  Pure."""

from typing import Final

from homeport.contracts.wanted_firings import Target
from homeport.kernel import arn as arns
from homeport.services.jobs.plan.asks import Ask
from homeport.services.jobs.plan.universal import PREFIX

_ROLELESS: Final = frozenset({"events", "logs", "sqs"})
"""Services that let a rule in by a policy of their own."""


def not_served(ask: Ask) -> str:
    """For an operation that Homeport does not serve."""
    return f"Homeport does not serve {ask.service}:{ask.operation}, so it can be no target."


def wrong_region(target: Target, ask: Ask, region: str) -> str | None:
    """For a target of another region; only event buses may be of another one."""
    if not ask.region or ask.region == region or ask.service == "events":
        return None
    return f"The target {target.arn} is of {ask.region}: targets are of the same region, {region}."


def needs_role(target: Target, ask: Ask) -> str | None:
    """For a target that is invoked on behalf of a role and names none."""
    is_universal = f":{PREFIX}" in target.arn
    if target.role_arn:
        try:
            role = arns.parse(target.role_arn)
        except arns.BadArn:
            return f"The RoleArn {target.role_arn!r} is no ARN."
        if role.service != "iam" or role.kind != "role":
            return f"The RoleArn {target.role_arn!r} names no role."
        return None
    if ask.service in _ROLELESS and not is_universal:
        return None
    return f"RoleArn is required for target {target.arn}."
