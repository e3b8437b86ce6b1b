"""Security groups.  Their rules are in security_group_rules."""

from typing import Final

from homeport.kernel.ids import ec2_id
from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api.listing import Kind, listed, refuse_dry_run
from homeport.services.ec2.api.security_group_requests import asked_group, default_vpc
from homeport.services.ec2.plan import filter_names, limits
from homeport.services.ec2.plan.security_groups import (
    DEFAULT,
    check_names,
    new_group,
    refers_to,
    same_name,
    stale_rules,
)
from homeport.services.ec2.plan.tags import creation_tags
from homeport.services.ec2.queries import interfaces, resources, security_groups
from homeport.services.ec2.records import SecurityGroup, Vpc
from homeport.services.ec2.render import security_groups as shown_groups
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx, Tx

GROUPS: Final = Kind(
    key="GroupId",
    keys="GroupIds",
    filters=filter_names.SECURITY_GROUPS,
    not_found=errors.GroupNotFound,
)
STALE: Final = Kind(key="GroupId", keys="", filters={}, not_found=errors.GroupNotFound)
FOR_VPC: Final = Kind(
    key="GroupId",
    keys="",
    filters=filter_names.SECURITY_GROUPS_FOR_VPC,
    not_found=errors.GroupNotFound,
)


@operation("CreateSecurityGroup")
def create_security_group(
    tx: Tx, call: Call, request: shapes.CreateSecurityGroupRequest
) -> shapes.CreateSecurityGroupResult:
    """A new group, which lets everything out and nothing in."""
    name, description = request["GroupName"], request["Description"]
    check_names(name, description)
    tags = creation_tags(request.get("TagSpecifications", ()), "security-group")
    vpc_id = _vpc_id(tx, call, request.get("VpcId"))
    if same_name(security_groups.groups_of_vpc(tx, vpc_id), name):
        raise errors.GroupDuplicate(name, vpc_id)
    if security_groups.count_groups(tx, call.account, call.region) >= limits.SECURITY_GROUPS_MAX:
        raise errors.GroupLimitExceeded
    refuse_dry_run(request)
    group = new_group(
        ec2_id("sg", call.ids),
        account=call.account,
        region=call.region,
        vpc_id=vpc_id,
        name=name,
        description=description,
        rule_id=ec2_id("sgr", call.ids),
        tags=tags,
    )
    resources.add(tx, group)
    response: shapes.CreateSecurityGroupResult = {
        "GroupId": group.group_id,
        "SecurityGroupArn": shown_groups.group_arn(group),
    }
    if tags:
        response["Tags"] = render.tags(tags)
    return response


@operation("DeleteSecurityGroup")
def delete_security_group(
    tx: Tx, call: Call, request: shapes.DeleteSecurityGroupRequest
) -> shapes.DeleteSecurityGroupResult:
    """Remove a group that no interface has and no other group's rule refers to."""
    group = asked_group(tx, call, request)
    if group.name == DEFAULT:
        raise errors.CannotDelete(group.group_id)
    others = security_groups.groups_of_vpc(tx, group.vpc_id)
    if interfaces.has_group(tx, group.vpc_id, group.group_id) or any(
        refers_to(other, group.group_id) for other in others
    ):
        raise errors.DependencyViolation(f"resource {group.group_id} has a dependent object")
    refuse_dry_run(request)
    resources.remove(tx, group)
    return {"Return": True, "GroupId": group.group_id}


@operation("DescribeSecurityGroups")
def describe_security_groups(
    tx: ReadTx, call: Call, request: shapes.DescribeSecurityGroupsRequest
) -> shapes.DescribeSecurityGroupsResponse:
    """The security groups of the region."""
    malformed = [each for each in request.get("GroupIds", ()) if not each.startswith("sg-")]
    if malformed:
        raise errors.GroupIdMalformed(malformed)
    groups = resources.of_region(tx, SecurityGroup, call.account, call.region)
    group_names = {group.group_id: group.name for group in groups}
    wanted = request.get("GroupNames") or None
    if wanted is not None:
        groups = _named(tx, call, groups, wanted)
    found = [render.security_group(group, group_names) for group in groups]
    page, more = listed(found, request, GROUPS)
    response: shapes.DescribeSecurityGroupsResponse = {
        "SecurityGroups": [shown_groups.without_names(each) for each in page]
    }
    if more:
        response["NextToken"] = more["NextToken"]
    return response


@operation("GetSecurityGroupsForVpc")
def get_security_groups_for_vpc(
    tx: ReadTx, call: Call, request: shapes.GetSecurityGroupsForVpcRequest
) -> shapes.GetSecurityGroupsForVpcResult:
    """The groups that interfaces of the VPC may have: its own."""
    vpc_id = _vpc_id(tx, call, request["VpcId"])
    found = [
        shown_groups.security_group_for_vpc(group)
        for group in security_groups.groups_of_vpc(tx, vpc_id)
    ]
    page, more = listed(found, request, FOR_VPC)
    response: shapes.GetSecurityGroupsForVpcResult = {"SecurityGroupForVpcs": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


@operation("DescribeSecurityGroupReferences")
def describe_security_group_references(
    tx: ReadTx, call: Call, request: shapes.DescribeSecurityGroupReferencesRequest
) -> shapes.DescribeSecurityGroupReferencesResult:
    """Peered VPCs whose groups refer to the given ones: none, because no VPCs are peered."""
    wanted = request["GroupId"]
    malformed = [each for each in wanted if not each.startswith("sg-")]
    if malformed:
        raise errors.GroupIdMalformed(malformed)
    known = security_groups.find_groups(tx, call.account, call.region, wanted)
    missing = [each for each in dict.fromkeys(wanted) if each not in known]
    if missing:
        raise errors.GroupNotFound(missing)
    refuse_dry_run(request)
    return {"SecurityGroupReferenceSet": []}


@operation("DescribeStaleSecurityGroups")
def describe_stale_security_groups(
    tx: ReadTx, call: Call, request: shapes.DescribeStaleSecurityGroupsRequest
) -> shapes.DescribeStaleSecurityGroupsResult:
    """The VPC's groups with rules about groups that are gone."""
    groups = security_groups.groups_of_vpc(tx, _vpc_id(tx, call, request["VpcId"]))
    living = {group.group_id for group in groups}
    stale = [(group, stale_rules(group, living)) for group in groups]
    found = [shown_groups.stale_group(group, rules) for group, rules in stale if rules]
    page, more = listed(found, request, STALE)
    response: shapes.DescribeStaleSecurityGroupsResult = {"StaleSecurityGroupSet": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


def _vpc_id(tx: ReadTx, call: Call, vpc_id: str | None) -> str:
    """The id of the VPC that a request means: the default one if it names none."""
    if vpc_id:
        if resources.find(tx, Vpc, call.account, call.region, vpc_id) is None:
            raise errors.VpcNotFound([vpc_id])
        return vpc_id
    vpc = default_vpc(tx, call)
    if vpc is None:
        raise errors.NoDefaultVpc
    return vpc.vpc_id


def _named(
    tx: ReadTx, call: Call, groups: tuple[SecurityGroup, ...], names: list[str]
) -> tuple[SecurityGroup, ...]:
    """Those groups of the default VPC that have one of the names."""
    vpc = default_vpc(tx, call)
    if vpc is None:
        raise errors.NoDefaultVpc
    there = {group.name.lower(): group for group in groups if group.vpc_id == vpc.vpc_id}
    for name in names:
        if name.lower() not in there:
            raise errors.NamedGroupNotFound(name, vpc.vpc_id)
    return tuple(there[name] for name in dict.fromkeys(name.lower() for name in names))
