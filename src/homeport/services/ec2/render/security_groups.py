"""Security groups and their rules as the API shows them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from homeport.services.ec2.records import Rule, SecurityGroup, Terms
from homeport.services.ec2.render.tagging import tags
from homeport.shapes import ec2 as shapes


def group_arn(group: SecurityGroup) -> str:
    """The ARN of a group."""
    return f"arn:aws:ec2:{group.region}:{group.account}:security-group/{group.group_id}"


def security_group(
    group: SecurityGroup, names: Mapping[str, str] | None = None
) -> shapes.SecurityGroup:
    """A group of DescribeSecurityGroups, its rules joined into permissions.

    `names` are those of the groups that rules may refer to: filters know them, answers do not.
    """
    shown: shapes.SecurityGroup = {
        "GroupId": group.group_id,
        "IpPermissionsEgress": _permissions(group, names, is_egress=True),
        "VpcId": group.vpc_id,
        "SecurityGroupArn": group_arn(group),
        "OwnerId": group.account,
        "GroupName": group.name,
        "Description": group.description,
        "IpPermissions": _permissions(group, names, is_egress=False),
    }
    if group.tags:
        shown["Tags"] = tags(group.tags)
    return shown


def without_names(shown: shapes.SecurityGroup) -> shapes.SecurityGroup:
    """A shown group as EC2 answers it: what its rules refer to has no names."""
    for permission in (*shown["IpPermissions"], *shown["IpPermissionsEgress"]):
        for pair in permission["UserIdGroupPairs"]:
            pair.pop("GroupName", None)
    return shown


def security_group_for_vpc(group: SecurityGroup) -> shapes.SecurityGroupForVpc:
    """A group of GetSecurityGroupsForVpc."""
    return {
        "Description": group.description,
        "GroupName": group.name,
        "OwnerId": group.account,
        "GroupId": group.group_id,
        "Tags": tags(group.tags),
        "PrimaryVpcId": group.vpc_id,
    }


def permission(account: str, rules: Sequence[Terms]) -> shapes.IpPermission:
    """Rules of one protocol and port range, joined."""
    return _permission(account, rules, None)


def security_group_rule(group: SecurityGroup, rule: Rule) -> shapes.SecurityGroupRule:
    """A rule of DescribeSecurityGroupRules."""
    shown: shapes.SecurityGroupRule = {
        "SecurityGroupRuleId": rule.rule_id,
        "GroupId": group.group_id,
        "GroupOwnerId": group.account,
        "IsEgress": rule.is_egress,
        "IpProtocol": rule.protocol,
        "FromPort": -1 if rule.from_port is None else rule.from_port,
        "ToPort": -1 if rule.to_port is None else rule.to_port,
        "Tags": tags(rule.tags),
        "SecurityGroupRuleArn": (
            f"arn:aws:ec2:{group.region}:{group.account}:security-group-rule/{rule.rule_id}"
        ),
    }
    if rule.cidr is not None:
        shown["CidrIpv4"] = rule.cidr
    if rule.cidr_ipv6 is not None:
        shown["CidrIpv6"] = rule.cidr_ipv6
    if rule.prefix_list_id is not None:
        shown["PrefixListId"] = rule.prefix_list_id
    if rule.group_id is not None:
        shown["ReferencedGroupInfo"] = {"GroupId": rule.group_id, "UserId": group.account}
    if rule.description is not None:
        shown["Description"] = rule.description
    return shown


def revoked_rule(group: SecurityGroup, rule: Rule) -> shapes.RevokedSecurityGroupRule:
    """A rule that a group no longer has."""
    shown: shapes.RevokedSecurityGroupRule = {
        "SecurityGroupRuleId": rule.rule_id,
        "GroupId": group.group_id,
        "IsEgress": rule.is_egress,
        "IpProtocol": rule.protocol,
        "FromPort": -1 if rule.from_port is None else rule.from_port,
        "ToPort": -1 if rule.to_port is None else rule.to_port,
    }
    if rule.cidr is not None:
        shown["CidrIpv4"] = rule.cidr
    if rule.cidr_ipv6 is not None:
        shown["CidrIpv6"] = rule.cidr_ipv6
    if rule.prefix_list_id is not None:
        shown["PrefixListId"] = rule.prefix_list_id
    if rule.group_id is not None:
        shown["ReferencedGroupId"] = rule.group_id
    if rule.description is not None:
        shown["Description"] = rule.description
    return shown


def stale_group(group: SecurityGroup, rules: Iterable[Rule]) -> shapes.StaleSecurityGroup:
    """A group of DescribeStaleSecurityGroups, with those of its rules that are stale."""
    stale = tuple(rules)
    return {
        "GroupId": group.group_id,
        "GroupName": group.name,
        "Description": group.description,
        "VpcId": group.vpc_id,
        "StaleIpPermissions": [_stale(rule) for rule in stale if not rule.is_egress],
        "StaleIpPermissionsEgress": [_stale(rule) for rule in stale if rule.is_egress],
    }


def _stale(rule: Rule) -> shapes.StaleIpPermission:
    shown: shapes.StaleIpPermission = {
        "IpProtocol": rule.protocol,
        "IpRanges": [],
        "PrefixListIds": [],
        "UserIdGroupPairs": [] if rule.group_id is None else [{"GroupId": rule.group_id}],
    }
    if rule.from_port is not None and rule.to_port is not None:
        shown["FromPort"] = rule.from_port
        shown["ToPort"] = rule.to_port
    return shown


def _permissions(
    group: SecurityGroup, names: Mapping[str, str] | None, *, is_egress: bool
) -> list[shapes.IpPermission]:
    def ports(rule: Rule) -> tuple[str, int, int]:
        return (rule.protocol, _port(rule.from_port), _port(rule.to_port))

    rules = sorted((rule for rule in group.rules if rule.is_egress == is_egress), key=ports)
    return [_permission(group.account, tuple(some), names) for _, some in groupby(rules, key=ports)]


def _port(port: int | None) -> int:
    return -2 if port is None else port


def _permission(
    account: str, rules: Sequence[Terms], names: Mapping[str, str] | None
) -> shapes.IpPermission:
    shown: shapes.IpPermission = {
        "IpProtocol": rules[0].protocol,
        "UserIdGroupPairs": [
            _pair(account, rule, names) for rule in rules if rule.group_id is not None
        ],
        "IpRanges": [_range(rule, rule.cidr) for rule in rules if rule.cidr is not None],
        "Ipv6Ranges": [
            _ipv6_range(rule, rule.cidr_ipv6) for rule in rules if rule.cidr_ipv6 is not None
        ],
        "PrefixListIds": [
            _prefix_list(rule, rule.prefix_list_id)
            for rule in rules
            if rule.prefix_list_id is not None
        ],
    }
    if rules[0].from_port is not None and rules[0].to_port is not None:
        shown["FromPort"] = rules[0].from_port
        shown["ToPort"] = rules[0].to_port
    return shown


def _range(rule: Terms, cidr: str) -> shapes.IpRange:
    text = _description(rule)
    return {"CidrIp": cidr} if text is None else {"Description": text, "CidrIp": cidr}


def _ipv6_range(rule: Terms, cidr: str) -> shapes.Ipv6Range:
    text = _description(rule)
    return {"CidrIpv6": cidr} if text is None else {"Description": text, "CidrIpv6": cidr}


def _prefix_list(rule: Terms, list_id: str) -> shapes.PrefixListId:
    text = _description(rule)
    if text is None:
        return {"PrefixListId": list_id}
    return {"Description": text, "PrefixListId": list_id}


def _pair(account: str, rule: Terms, names: Mapping[str, str] | None) -> shapes.UserIdGroupPair:
    group_id, text = rule.group_id or "", _description(rule)
    shown: shapes.UserIdGroupPair = {"UserId": account, "GroupId": group_id}
    if text is not None:
        shown["Description"] = text
    if names is not None and group_id in names:
        shown["GroupName"] = names[group_id]
    return shown


def _description(rule: Terms) -> str | None:
    return rule.description if isinstance(rule, Rule) else None
