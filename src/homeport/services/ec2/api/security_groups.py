"""Security groups and their rules."""

from typing import Final

from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api.listing import Kind, listed
from homeport.services.ec2.plan import filter_names
from homeport.services.ec2.queries import networks
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx

GROUPS: Final = Kind(
    key="GroupId",
    keys="GroupIds",
    filters=filter_names.SECURITY_GROUPS,
    not_found=errors.GroupNotFound,
)
RULES: Final = Kind(
    key="SecurityGroupRuleId",
    keys="SecurityGroupRuleIds",
    filters=filter_names.SECURITY_GROUP_RULES,
    not_found=errors.RuleNotFound,
)


@operation("DescribeSecurityGroups")
def describe_security_groups(
    tx: ReadTx, call: Call, request: shapes.DescribeSecurityGroupsRequest
) -> shapes.DescribeSecurityGroupsResponse:
    """The security groups of the region."""
    malformed = [each for each in request.get("GroupIds", ()) if not each.startswith("sg-")]
    if malformed:
        raise errors.GroupIdMalformed(malformed)
    groups = networks.groups_of(tx, call.account, call.region)
    names = request.get("GroupNames") or None
    if names is not None:
        missing = sorted(set(names) - {group.name for group in groups})
        if missing:
            raise errors.GroupNotFound(missing)
    found = [
        render.security_group(group) for group in groups if names is None or group.name in names
    ]
    page, more = listed(found, request, GROUPS)
    response: shapes.DescribeSecurityGroupsResponse = {"SecurityGroups": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


@operation("DescribeSecurityGroupRules")
def describe_security_group_rules(
    tx: ReadTx, call: Call, request: shapes.DescribeSecurityGroupRulesRequest
) -> shapes.DescribeSecurityGroupRulesResponse:
    """The rules of the region's security groups."""
    found = [
        render.security_group_rule(group, rule)
        for group in networks.groups_of(tx, call.account, call.region)
        for rule in group.rules
    ]
    page, more = listed(found, request, RULES)
    response: shapes.DescribeSecurityGroupRulesResponse = {"SecurityGroupRules": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response
