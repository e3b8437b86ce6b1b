"""What the rules and target groups of a shifting service have to be, in ECS's words.  Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.records.load_balancing import (
    AdvancedConfiguration,
    ForwardingRule,
    LoadBalancer,
    TargetGroup,
)
from homeport.services.ecs.records.service_requests import AskedAdvanced, AskedLoadBalancer

IN_WORDS: Final = {"BLUE_GREEN": "Blue/green", "LINEAR": "linear", "CANARY": "canary"}

_RULE: Final = ":listener-rule/app/"
_LISTENER: Final = ":listener/net/"


def check_advanced(asked: Sequence[AskedLoadBalancer]) -> None:
    """Raise for what is refused whatever rules and target groups there are."""
    given = [each.advanced_configuration for each in asked]
    if any(given) and not all(given):
        raise InvalidParameterException(
            "Either all or none of the provided loadBalancers must have advancedConfiguration "
            "defined"
        )
    arns = [each.target_group_arn for each in asked if each.target_group_arn]
    for each in given:
        if each is None:
            continue
        _check_members(each)
        arns.append(each.alternate_target_group_arn or "")
    if any(given):
        for arn in arns:
            if arns.count(arn) > 1:
                raise InvalidParameterException(f"Duplicate targetGroupArn found: {arn}")


def advanced_of(asked: AskedAdvanced | None) -> AdvancedConfiguration | None:
    """The advanced configuration of a load balancer that `check_advanced` let through."""
    if asked is None:
        return None
    return AdvancedConfiguration(
        alternate_target_group_arn=asked.alternate_target_group_arn or "",
        production_listener_rule=asked.production_listener_rule or "",
        test_listener_rule=asked.test_listener_rule or None,
        role_arn=asked.role_arn or "",
    )


def check_strategy(balancers: Sequence[LoadBalancer], strategy: str) -> None:
    """Raise when traffic would have to be shifted and nothing says how."""
    if strategy != "ROLLING" and any(each.advanced_configuration is None for each in balancers):
        raise InvalidParameterException(
            "advancedConfiguration field is required for all loadBalancers when using the "
            f"{IN_WORDS[strategy]} deployment strategy"
        )


def check_rules(
    balancers: Sequence[LoadBalancer],
    rules: Mapping[str, ForwardingRule],
    groups: Mapping[str, TargetGroup],
    *,
    is_unsettled: bool,
) -> None:
    """Raise when traffic can't be shifted between the target groups of a service.

    `rules` are those that exist, by the ARN that the service names.  While a deployment
    `is_unsettled`, both groups may have traffic.
    """
    for each in balancers:
        advanced = each.advanced_configuration
        if advanced is None:
            continue
        _check_alternate(each, advanced, groups)
        production = _found(advanced.production_listener_rule, rules)
        test = advanced.test_listener_rule and _found(advanced.test_listener_rule, rules)
        _check_production(each, advanced, production, is_unsettled=is_unsettled)
        _check_association(each, advanced, production, test or None)


def _check_members(asked: AskedAdvanced) -> None:
    production, test = asked.production_listener_rule, asked.test_listener_rule
    for member, given in (
        ("alternateTargetGroupArn", asked.alternate_target_group_arn),
        ("productionListenerRule", production),
        ("roleArn", asked.role_arn),
    ):
        if not given:
            raise InvalidParameterException(f"{member} is required in advancedConfiguration")
    for member, arn in (("productionListenerRule", production), ("testListenerRule", test)):
        if arn and _RULE not in arn and _LISTENER not in arn:
            raise InvalidParameterException(
                f"{member} has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for "
                f"NLB. Got: {arn}"
            )
    if production == test:
        raise InvalidParameterException(
            "The following rules cannot be used as both production and test listener rules: "
            f"{production}"
        )


def _check_alternate(
    balancer: LoadBalancer, advanced: AdvancedConfiguration, groups: Mapping[str, TargetGroup]
) -> None:
    arn = advanced.alternate_target_group_arn
    group, alternate = groups.get(balancer.target_group_arn), groups.get(arn)
    if alternate is None:
        raise InvalidParameterException(
            f"The target group with targetGroupArn {arn} does not exist."
        )
    if group is None:
        return
    for what, mine, other in (
        ("target type", group.target_type, alternate.target_type),
        ("protocol", group.protocol, alternate.protocol),
        ("VPC", group.vpc_id, alternate.vpc_id),
    ):
        if mine != other:
            raise InvalidParameterException(
                f"targetGroupArn {group.arn} and alternateTargetGroupArn {arn} must have the same "
                f"{what}."
            )


def _found(arn: str, rules: Mapping[str, ForwardingRule]) -> ForwardingRule:
    rule = rules.get(arn)
    if rule is None:
        raise InvalidParameterException(f"The listener rule {arn} does not exist.")
    return rule


def _check_production(
    balancer: LoadBalancer,
    advanced: AdvancedConfiguration,
    rule: ForwardingRule,
    *,
    is_unsettled: bool,
) -> None:
    pair = (balancer.target_group_arn, advanced.alternate_target_group_arn)
    serving = [arn for arn, weight in rule.groups if weight > 0]
    for arn in serving:
        if arn not in pair:
            raise InvalidParameterException(
                f"Production listener rule is forwarding traffic to unexpected target group {arn}. "
                f"Expected traffic to be forwarded to either targetGroupArn: {pair[0]} or "
                f"alternateTargetGroupArn: {pair[1]}"
            )
    if len(serving) != 1 and not (is_unsettled and serving):
        raise InvalidParameterException(
            f"productionListenerRule {advanced.production_listener_rule} should have exactly one "
            f"target group serving traffic but found {len(serving)} target groups which are "
            "serving traffic"
        )


def _check_association(
    balancer: LoadBalancer,
    advanced: AdvancedConfiguration,
    production: ForwardingRule,
    test: ForwardingRule | None,
) -> None:
    """Both groups have to be known to the load balancer, or nobody would check their targets."""
    pair = (balancer.target_group_arn, advanced.alternate_target_group_arn)
    known = {arn for arn, _ in production.groups}
    if test is None and production.kind == "application" and not known.issuperset(pair):
        raise InvalidParameterException(
            "For Application LoadBalancer, testListenerRule is required when "
            "productionListenerRule is not associated with both targetGroup and "
            "alternateTargetGroup"
        )
    known |= set() if test is None else {arn for arn, _ in test.groups}
    for arn in pair:
        if arn not in known:
            raise InvalidParameterException(
                f"Target group {arn} is not associated with either productionListenerRule or "
                "testListenerRule."
            )
