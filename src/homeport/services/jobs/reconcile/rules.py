"""Which reserved tags count for a firing: those of its group or rule, then its definition's."""

from collections.abc import Mapping
from typing import Any

from homeport.kernel.errors import AwsError
from homeport.kernel.job_rules import BadJobRule, JobRules, is_reserved, job_rules
from homeport.runtime import Tick
from homeport.services.jobs.plan.asks import Ask
from homeport.services.jobs.plan.ecs_targets import value_of
from homeport.services.jobs.reconcile.asking import Failed, ask_ecs
from homeport.services.jobs.records.firings import Firing
from homeport.store import Tx

BAD_TAG = "InvalidTagException"


def rules_of(tx: Tx, tick: Tick, firing: Firing, ask: Ask) -> JobRules:
    """How the runs of a firing are kept; raises `Failed` when its tags cannot be understood."""
    definition = value_of(ask.members, "taskDefinition")
    place = (firing.wanted.account, ask.region or firing.wanted.region)
    try:
        return job_rules(
            [each for each in firing.wanted.tags if is_reserved(each[0])],
            _definition_tags(tx, tick, place, definition),
        )
    except BadJobRule as bad:
        raise Failed(BAD_TAG, str(bad)) from bad


def _definition_tags(
    tx: Tx, tick: Tick, place: tuple[str, str], definition: Any
) -> Mapping[str, str]:
    if not isinstance(definition, str):
        return {}
    request = {"taskDefinition": definition, "include": ["TAGS"]}
    try:
        shown = ask_ecs(tx, tick, place, "DescribeTaskDefinition", request)
    except AwsError:
        return {}  # RunTask will say what is wrong with it.
    return {each["key"]: each.get("value", "") for each in shown.get("tags", ())}
