"""What the rules of a listener forward to, and what they should.  Pure."""

from collections.abc import Collection, Sequence

from homeport.kernel import traffic_shift
from homeport.services.codedeploy.plan.moves import SetWeights, Weights
from homeport.services.codedeploy.records.deployments import Deployment
from homeport.services.codedeploy.records.sights import RuleSight


def of_pair(deployment: Deployment, rules: Sequence[RuleSight]) -> tuple[RuleSight, ...]:
    """Those of `rules` that forward to one of the deployment's target groups, or to both."""
    pair = pair_of(deployment)
    return tuple(rule for rule in rules if any(arn in pair for arn, _ in rule.groups))


def pair_of(deployment: Deployment) -> tuple[str, ...]:
    """The ARNs of the two target groups."""
    return tuple(group.arn for group in deployment.balancing.target_groups)


def strangers(rules: Sequence[RuleSight], pair: Collection[str]) -> tuple[str, ...]:
    """Target groups that share a rule with one of the pair."""
    found = [arn for rule in rules for arn, _ in rule.groups if arn not in pair]
    return tuple(dict.fromkeys(found))


def split(old: str, new: str, tenths: int) -> Weights:
    """What a rule forwards by while the new side has this share."""
    of_old, of_new = traffic_shift.weights(tenths)
    return ((old, of_old), (new, of_new))


def only(group: str) -> Weights:
    """What a rule forwards by when there is one side only."""
    return ((group, traffic_shift.weights(traffic_shift.WHOLE)[1]),)


def orders(rules: Sequence[RuleSight], wanted: Weights) -> tuple[SetWeights, ...]:
    """What is to be set so that all of these rules forward as wanted."""
    return tuple(
        SetWeights(rule_arn=rule.arn, weights=wanted)
        for rule in rules
        if sorted(rule.groups) != sorted(wanted)
    )


def are_live(rules: Sequence[RuleSight]) -> bool:
    """Whether the data plane goes by the weights of all of these rules."""
    return all(rule.is_live for rule in rules)


def tenths_of(rules: Sequence[RuleSight], group: str) -> int | None:
    """The group's share of what the first of these rules forwards; None without any."""
    for rule in rules:
        whole = sum(weight for _, weight in rule.groups)
        of_group = sum(weight for arn, weight in rule.groups if arn == group)
        if whole:
            return round(of_group * traffic_shift.WHOLE / whole)
    return None


def whole_side(rules: Sequence[RuleSight]) -> str | None:
    """The one target group that all of these rules forward everything to; None if there is none."""
    serving = {arn for rule in rules for arn, weight in rule.groups if weight > 0}
    return serving.pop() if len(serving) == 1 else None
