"""The rules of security groups."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.kernel.ids import ec2_id
from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api.listing import Kind, listed, refuse_dry_run
from homeport.services.ec2.api.security_group_requests import (
    asked_group,
    asked_rules,
    asked_update,
    group_with_id,
)
from homeport.services.ec2.plan import filter_names
from homeport.services.ec2.plan import security_groups as plan
from homeport.services.ec2.plan.rule_terms import description_of
from homeport.services.ec2.plan.tags import creation_tags
from homeport.services.ec2.queries import resources
from homeport.services.ec2.queries.interfaces import VPC
from homeport.services.ec2.records import Rule, SecurityGroup, Vpc
from homeport.services.ec2.render import security_groups as shown_groups
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx, Tx

RULES: Final = Kind(
    key="SecurityGroupRuleId",
    keys="SecurityGroupRuleIds",
    filters=filter_names.SECURITY_GROUP_RULES,
    not_found=errors.RuleNotFound,
)


@operation("AuthorizeSecurityGroupIngress")
def authorize_security_group_ingress(
    tx: Tx, call: Call, request: shapes.AuthorizeSecurityGroupIngressRequest
) -> shapes.AuthorizeSecurityGroupIngressResult:
    """Let more in."""
    group, added = _authorize(tx, call, request, is_egress=False)
    return {
        "Return": True,
        "SecurityGroupRules": [render.security_group_rule(group, rule) for rule in added],
    }


@operation("AuthorizeSecurityGroupEgress")
def authorize_security_group_egress(
    tx: Tx, call: Call, request: shapes.AuthorizeSecurityGroupEgressRequest
) -> shapes.AuthorizeSecurityGroupEgressResult:
    """Let more out."""
    group, added = _authorize(tx, call, request, is_egress=True)
    return {
        "Return": True,
        "SecurityGroupRules": [render.security_group_rule(group, rule) for rule in added],
    }


@operation("RevokeSecurityGroupIngress")
def revoke_security_group_ingress(
    tx: Tx, call: Call, request: shapes.RevokeSecurityGroupIngressRequest
) -> shapes.RevokeSecurityGroupIngressResult:
    """Let less in."""
    return _revoke(tx, call, request, is_egress=False)


@operation("RevokeSecurityGroupEgress")
def revoke_security_group_egress(
    tx: Tx, call: Call, request: shapes.RevokeSecurityGroupEgressRequest
) -> shapes.RevokeSecurityGroupEgressResult:
    """Let less out."""
    return _revoke(tx, call, request, is_egress=True)


@operation("ModifySecurityGroupRules")
def modify_security_group_rules(
    tx: Tx, call: Call, request: shapes.ModifySecurityGroupRulesRequest
) -> shapes.ModifySecurityGroupRulesResult:
    """Change rules, which keep their ids; all of them or none."""
    group = group_with_id(tx, call, request["GroupId"])
    asked = request["SecurityGroupRules"]
    if not asked:
        raise errors.MissingParameter("SecurityGroupRules")
    ids = [each["SecurityGroupRuleId"] for each in asked]
    if len(set(ids)) != len(ids):
        raise errors.InvalidParameterValue(
            "The same security group rule must not appear multiple times"
        )
    _with_ids(group, ids)
    after = plan.modify(
        group,
        {
            each["SecurityGroupRuleId"]: asked_update(
                tx, call, group, each.get("SecurityGroupRule", {})
            )
            for each in asked
        },
    )
    refuse_dry_run(request)
    _save(tx, after)
    return {"Return": True}


@operation("DescribeSecurityGroupRules")
def describe_security_group_rules(
    tx: ReadTx, call: Call, request: shapes.DescribeSecurityGroupRulesRequest
) -> shapes.DescribeSecurityGroupRulesResponse:
    """The rules of the region's security groups."""
    found = [
        render.security_group_rule(group, rule)
        for group in resources.of_region(tx, SecurityGroup, call.account, call.region)
        for rule in group.rules
    ]
    page, more = listed(found, request, RULES)
    response: shapes.DescribeSecurityGroupRulesResponse = {"SecurityGroupRules": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


@operation("UpdateSecurityGroupRuleDescriptionsIngress")
def update_security_group_rule_descriptions_ingress(
    tx: Tx, call: Call, request: shapes.UpdateSecurityGroupRuleDescriptionsIngressRequest
) -> shapes.UpdateSecurityGroupRuleDescriptionsIngressResult:
    """Describe inbound rules anew."""
    _describe(tx, call, request, is_egress=False)
    return {"Return": True}


@operation("UpdateSecurityGroupRuleDescriptionsEgress")
def update_security_group_rule_descriptions_egress(
    tx: Tx, call: Call, request: shapes.UpdateSecurityGroupRuleDescriptionsEgressRequest
) -> shapes.UpdateSecurityGroupRuleDescriptionsEgressResult:
    """Describe outbound rules anew."""
    _describe(tx, call, request, is_egress=True)
    return {"Return": True}


def _authorize(
    tx: Tx, call: Call, request: Mapping[str, Any], *, is_egress: bool
) -> tuple[SecurityGroup, tuple[Rule, ...]]:
    group = asked_group(tx, call, request)
    tags = creation_tags(request.get("TagSpecifications", ()), "security-group-rule")
    asked = asked_rules(tx, call, group, request, old_style=not is_egress)
    after, added = plan.authorize(
        group, asked, is_egress, rule_id=lambda: ec2_id("sgr", call.ids), tags=tags
    )
    refuse_dry_run(request)
    _save(tx, after)
    return after, added


def _revoke(
    tx: Tx, call: Call, request: Mapping[str, Any], *, is_egress: bool
) -> shapes.RevokeSecurityGroupIngressResult:
    """What Revoke answers: permissions that were not there are an error but in default VPCs."""
    group = asked_group(tx, call, request)
    ids = request.get("SecurityGroupRuleIds") or ()
    if ids and request.get("IpPermissions"):
        raise errors.InvalidParameterCombination(
            "The parameter securityGroupRuleIds cannot be used with the parameter ipPermissions"
        )
    unknown: list[shapes.IpPermission] = []
    if ids:
        gone = _with_ids(group, ids, is_egress=is_egress)
        after = plan.without(group, gone)
    else:
        asked = asked_rules(tx, call, group, request, old_style=not is_egress)
        after, gone, missing = plan.revoke(group, (each.terms for each in asked), is_egress)
        if missing and not _in_default_vpc(tx, group):
            raise errors.PermissionNotFound
        unknown = [shown_groups.permission(group.account, [terms]) for terms in missing]
    refuse_dry_run(request)
    if gone:
        _save(tx, after)
    return {
        "Return": True,
        "UnknownIpPermissions": unknown,
        "RevokedSecurityGroupRules": [shown_groups.revoked_rule(group, rule) for rule in gone],
    }


def _describe(tx: Tx, call: Call, request: Mapping[str, Any], *, is_egress: bool) -> None:
    group = asked_group(tx, call, request)
    by_id = request.get("SecurityGroupRuleDescriptions") or ()
    if by_id and request.get("IpPermissions"):
        raise errors.InvalidParameterCombination(
            "The parameter securityGroupRuleDescriptions cannot be used with the parameter "
            "ipPermissions"
        )
    if by_id:
        texts = {
            each.get("SecurityGroupRuleId", ""): description_of(each.get("Description"))
            for each in by_id
        }
        _with_ids(group, list(texts), is_egress=is_egress)
        after = plan.describe_by_id(group, texts)
    else:
        asked = asked_rules(tx, call, group, request, old_style=False)
        after = plan.describe(group, asked, is_egress)
    refuse_dry_run(request)
    resources.save(tx, after)


def _with_ids(
    group: SecurityGroup, ids: Sequence[str], *, is_egress: bool | None = None
) -> tuple[Rule, ...]:
    """The group's rules with these ids; raises when it lacks one."""
    there = {
        rule.rule_id: rule
        for rule in group.rules
        if is_egress is None or rule.is_egress == is_egress
    }
    unique = list(dict.fromkeys(ids))
    missing = [each for each in unique if each not in there]
    if missing:
        raise errors.RuleNotFound(missing)
    return tuple(there[each] for each in unique)


def _in_default_vpc(tx: ReadTx, group: SecurityGroup) -> bool:
    vpc = resources.find(tx, Vpc, group.account, group.region, group.vpc_id)
    return vpc is not None and vpc.is_default


def _save(tx: Tx, group: SecurityGroup) -> None:
    """Record the rules of a group, and say that its VPC's policy is another one."""
    resources.save(tx, group)
    tx.changed(VPC, group.vpc_id)
