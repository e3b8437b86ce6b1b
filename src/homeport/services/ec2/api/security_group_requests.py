"""What operations on security groups read from a request alike: which group, which permissions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from homeport.runtime import Call
from homeport.services.ec2 import errors
from homeport.services.ec2.plan.rule_terms import Asked, asked_by, split
from homeport.services.ec2.queries import networks, resources, security_groups
from homeport.services.ec2.records import SecurityGroup, Vpc
from homeport.store import ReadTx

OLD_MEMBERS = (
    "CidrIp",
    "FromPort",
    "IpProtocol",
    "SourceSecurityGroupName",
    "SourceSecurityGroupOwnerId",
    "ToPort",
)
PORT_MAX = 65535


def default_vpc(tx: ReadTx, call: Call) -> Vpc | None:
    """The region's default VPC, where groups may be named without their id."""
    every = networks.vpcs_of(tx, call.account, call.region)
    return next((vpc for vpc in every if vpc.is_default), None)


def asked_group(tx: ReadTx, call: Call, request: Mapping[str, Any]) -> SecurityGroup:
    """The group of a request's GroupId, or of its GroupName in the default VPC."""
    group_id, name = request.get("GroupId"), request.get("GroupName")
    if group_id and name:
        raise errors.InvalidParameterCombination(
            "The parameter groupName cannot be used with the parameter groupId"
        )
    if group_id:
        return group_with_id(tx, call, group_id)
    if name:
        return group_with_name(tx, call, name)
    raise errors.MissingParameter("groupName or groupId")


def group_with_id(tx: ReadTx, call: Call, group_id: str) -> SecurityGroup:
    """The group with this id."""
    if not group_id.startswith("sg-"):
        raise errors.GroupIdMalformed([group_id])
    found = resources.find(tx, SecurityGroup, call.account, call.region, group_id)
    if found is None:
        raise errors.GroupNotFound([group_id])
    return found


def group_with_name(tx: ReadTx, call: Call, name: str) -> SecurityGroup:
    """The default VPC's group of this name."""
    vpc = default_vpc(tx, call)
    if vpc is None:
        raise errors.NoDefaultVpc
    for group in security_groups.groups_of_vpc(tx, vpc.vpc_id):
        if group.name.lower() == name.lower():
            return group
    raise errors.NamedGroupNotFound(name, vpc.vpc_id)


def asked_rules(
    tx: ReadTx, call: Call, group: SecurityGroup, request: Mapping[str, Any], *, old_style: bool
) -> tuple[Asked, ...]:
    """The single rules that a request names by permissions, in any of their forms."""
    permissions: Sequence[Mapping[str, Any]] = request.get("IpPermissions") or ()
    old = [member for member in OLD_MEMBERS if member in request] if old_style else []
    if permissions and old:
        member = old[0][0].lower() + old[0][1:]
        raise errors.InvalidParameterCombination(
            f"The parameter ipPermissions cannot be used with the parameter {member}"
        )
    if old:
        permissions = _of_old_members(request)
    if not permissions:
        raise errors.MissingParameter("ipPermissions")
    asked = tuple(
        rule for each in permissions for rule in split(_with_group_ids(tx, call, group, each))
    )
    if not asked:
        raise errors.MissingSource
    _check_prefix_lists(asked)
    return asked


def asked_update(tx: ReadTx, call: Call, group: SecurityGroup, rule: Mapping[str, Any]) -> Asked:
    """The rule that one SecurityGroupRuleRequest asks for."""
    asked = asked_by(rule)
    if asked.terms.group_id is not None:
        _referred(tx, call, group, {"GroupId": asked.terms.group_id})
    _check_prefix_lists([asked])
    return asked


def _check_prefix_lists(asked: Iterable[Asked]) -> None:
    """Raise for a rule about a prefix list: Homeport has none."""
    lists = dict.fromkeys(each.terms.prefix_list_id for each in asked)
    missing = [each for each in lists if each is not None]
    if missing:
        raise errors.PrefixListNotFound(missing)


def _of_old_members(request: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    source = request.get("SourceSecurityGroupName")
    if source is not None:
        pair = {"GroupName": source, "UserId": request.get("SourceSecurityGroupOwnerId")}
        ranges: dict[str, Any] = {"UserIdGroupPairs": [pair]}
        if "IpProtocol" not in request:
            # Without a protocol it is every one that EC2 had when this form was new.
            return (
                {"IpProtocol": "tcp", "FromPort": 0, "ToPort": PORT_MAX, **ranges},
                {"IpProtocol": "udp", "FromPort": 0, "ToPort": PORT_MAX, **ranges},
                {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, **ranges},
            )
    elif "CidrIp" in request:
        ranges = {"IpRanges": [{"CidrIp": request["CidrIp"]}]}
    else:
        raise errors.MissingSource
    ports = {name: request[name] for name in ("FromPort", "ToPort") if name in request}
    return ({"IpProtocol": request.get("IpProtocol"), **ports, **ranges},)


def _with_group_ids(
    tx: ReadTx, call: Call, group: SecurityGroup, permission: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The permission with the id of every group that it refers to."""
    pairs = permission.get("UserIdGroupPairs") or ()
    if not pairs:
        return permission
    known = [{**pair, "GroupId": _referred(tx, call, group, pair)} for pair in pairs]
    return {**permission, "UserIdGroupPairs": known}


def _referred(tx: ReadTx, call: Call, group: SecurityGroup, pair: Mapping[str, Any]) -> str:
    """The id of the group that a rule of `group` refers to: one of the same VPC."""
    peering = pair.get("VpcPeeringConnectionId")
    if peering:
        raise errors.PeeringNotFound([peering])
    if (pair.get("UserId") or call.account) != call.account:
        raise errors.GroupElsewhere
    group_id, name = pair.get("GroupId"), pair.get("GroupName")
    if group_id:
        found = group_with_id(tx, call, group_id)
    elif name:
        found = _named_in(tx, group.vpc_id, name)
    else:
        raise errors.MissingParameter("groupName or groupId")
    if found.vpc_id != group.vpc_id:
        raise errors.GroupElsewhere
    return found.group_id


def _named_in(tx: ReadTx, vpc_id: str, name: str) -> SecurityGroup:
    for group in security_groups.groups_of_vpc(tx, vpc_id):
        if group.name.lower() == name.lower():
            return group
    raise errors.GroupNotFound([name])
