"""Target groups: create, change, delete, describe."""

from collections.abc import Sequence

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.elbv2.api.listing import page
from homeport.services.elbv2.api.lookups import the_load_balancer
from homeport.services.elbv2.api.target_group_lookups import NOT_FOUND, is_of, known_group
from homeport.services.elbv2.errors import (
    DuplicateTargetGroupName,
    ResourceInUse,
    TargetGroupNotFound,
    TooManyTargetGroups,
    ValidationError,
)
from homeport.services.elbv2.plan import limits
from homeport.services.elbv2.plan.health_checks import changed_health_check
from homeport.services.elbv2.plan.names import checked_arn
from homeport.services.elbv2.plan.tags import checked as checked_tags
from homeport.services.elbv2.plan.target_groups import checked_name, is_same, new_group
from homeport.services.elbv2.queries import (
    forwards,
    tags,
    target_groups,
    usage,
)
from homeport.services.elbv2.records.target_groups import TargetGroup
from homeport.services.elbv2.render import target_groups as render
from homeport.shapes import elbv2 as shapes
from homeport.store import ReadTx, Tx


@operation(
    "CreateTargetGroup",
    partial="Types lambda and alb, GENEVE, QUIC, IPv6 and the target optimizer are refused.",
)
def create_target_group(
    tx: Tx, call: Call, request: shapes.CreateTargetGroupInput
) -> shapes.CreateTargetGroupOutput:
    """A new target group; the one that there is when it has the same name and settings."""
    group = new_group(
        request,
        account=call.account,
        region=call.region,
        suffix=call.ids.hex(16),
        now=call.now,
    )
    wanted_tags = checked_tags(request.get("Tags", ()))
    before = target_groups.find_named(tx, call.account, call.region, group.name)
    if before is not None:
        if not is_same(before, group):
            raise DuplicateTargetGroupName(
                f"A target group with the same name '{group.name}' exists, but with different "
                "settings"
            )
        return {"TargetGroups": _shown(tx, [before])}
    if call.peers.networks.vpc(tx, call.account, call.region, group.vpc_id) is None:
        raise ValidationError(f"The VPC ID '{group.vpc_id}' is not found")
    if target_groups.count_of(tx, call.account, call.region) >= limits.TARGET_GROUPS:
        raise TooManyTargetGroups
    target_groups.insert_group(tx, group)
    tags.put_tags(tx, group.arn, wanted_tags)
    return {"TargetGroups": _shown(tx, [group])}


@operation("ModifyTargetGroup")
def modify_target_group(
    tx: Tx, call: Call, request: shapes.ModifyTargetGroupInput
) -> shapes.ModifyTargetGroupOutput:
    """Change how the targets are checked; they are as they were until that shows otherwise."""
    group = known_group(tx, call, request["TargetGroupArn"])
    health = changed_health_check(
        group.health, request, group.protocol, group.version, target_type=group.target_type
    )
    if health != group.health:
        group = replace(group, health=health)
        target_groups.save_group(tx, group)
    return {"TargetGroups": _shown(tx, [group])}


@operation("DeleteTargetGroup")
def delete_target_group(
    tx: Tx, call: Call, request: shapes.DeleteTargetGroupInput
) -> shapes.DeleteTargetGroupOutput:
    """Remove a group that no listener forwards to; one that is gone already is fine."""
    arn = checked_arn(request["TargetGroupArn"], "target group")
    group = target_groups.find_group(tx, arn)
    if group is None or not is_of(call, group):
        return {}
    if forwards.load_balancers_of_group(tx, arn):
        raise ResourceInUse(f"Target group '{arn}' is currently in use by a listener or a rule")
    target_groups.delete_group(tx, arn)
    tags.remove_all_tags(tx, [arn])
    return {}


@operation("DescribeTargetGroups")
def describe_target_groups(
    tx: ReadTx, call: Call, request: shapes.DescribeTargetGroupsInput
) -> shapes.DescribeTargetGroupsOutput:
    """The groups with these ARNs or names, of a load balancer, or all of them."""
    arns, names = request.get("TargetGroupArns"), request.get("Names")
    load_balancer = request.get("LoadBalancerArn")
    if sum(bool(each) for each in (arns, names, load_balancer)) > 1:
        raise ValidationError(
            "Target group names, target group ARNs, and a load balancer ARN cannot be specified at "
            "the same time"
        )
    if arns:
        found = _with_arns(tx, call, arns)
    elif names:
        found = _with_names(tx, call, names)
    elif load_balancer:
        found = _of_load_balancer(tx, call, load_balancer)
    else:
        found = list(target_groups.groups_of(tx, call.account, call.region))
    found.sort(key=lambda group: group.name)
    shown, marker = page(found, request, lambda group: group.name)
    response: shapes.DescribeTargetGroupsOutput = {"TargetGroups": _shown(tx, shown)}
    if marker is not None:
        response["NextMarker"] = marker
    return response


def _with_arns(tx: ReadTx, call: Call, arns: Sequence[str]) -> list[TargetGroup]:
    wanted = [checked_arn(arn, "target group") for arn in arns]
    found = target_groups.find_groups(tx, wanted)
    mine = [group for group in found.values() if is_of(call, group)]
    if len(mine) < len(set(wanted)):
        raise TargetGroupNotFound(NOT_FOUND)
    return mine


def _with_names(tx: ReadTx, call: Call, names: Sequence[str]) -> list[TargetGroup]:
    wanted = {checked_name(name) for name in names}
    found = target_groups.find_all_named(tx, call.account, call.region, sorted(wanted))
    if len(found) < len(wanted):
        raise TargetGroupNotFound(NOT_FOUND)
    return list(found)


def _of_load_balancer(tx: ReadTx, call: Call, arn: str) -> list[TargetGroup]:
    the_load_balancer(tx, call, arn)
    groups = target_groups.find_groups(tx, forwards.groups_of_load_balancer(tx, arn))
    return list(groups.values())


def _shown(tx: ReadTx, groups: Sequence[TargetGroup]) -> list[shapes.TargetGroup]:
    users = usage.users_of_many(tx, [group.arn for group in groups])
    return [render.target_group(group, [user.arn for user in users[group.arn]]) for group in groups]
