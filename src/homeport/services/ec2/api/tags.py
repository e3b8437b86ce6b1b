"""Tags of every kind of resource."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.ec2 import errors
from homeport.services.ec2.api import finding
from homeport.services.ec2.api.listing import Kind, listed, refuse_dry_run
from homeport.services.ec2.plan import filter_names
from homeport.services.ec2.plan.tags import checked, with_tags, without_tags
from homeport.services.ec2.queries import resources
from homeport.services.ec2.records import (
    DhcpOptions,
    ElasticAddress,
    Interface,
    InternetGateway,
    NatGateway,
    NetworkAcl,
    RouteTable,
    Rule,
    SecurityGroup,
    Subnet,
    Vpc,
)
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx, Tx

TAGS: Final = Kind(
    key="PageKey",
    keys="",
    filters=filter_names.TAGS,
    not_found=errors.NotFound,
    tags="AsTags",
)
_KINDS: Final[Mapping[str, tuple[str, type[resources.Resource], type[errors.NotFound]]]] = {
    "acl": ("network-acl", NetworkAcl, errors.NetworkAclNotFound),
    "dopt": ("dhcp-options", DhcpOptions, errors.DhcpOptionsNotFound),
    "eipalloc": ("elastic-ip", ElasticAddress, errors.AllocationNotFound),
    "eni": ("network-interface", Interface, errors.InterfaceNotFound),
    "igw": ("internet-gateway", InternetGateway, errors.InternetGatewayNotFound),
    "nat": ("natgateway", NatGateway, errors.NatGatewayNotFound),
    "rtb": ("route-table", RouteTable, errors.RouteTableNotFound),
    "sg": ("security-group", SecurityGroup, errors.GroupNotFound),
    "subnet": ("subnet", Subnet, errors.SubnetNotFound),
    "vpc": ("vpc", Vpc, errors.VpcNotFound),
}
Change = Callable[[Mapping[str, str]], dict[str, str]]
RULES: Final = "security-group-rule"
RESOURCES_MAX: Final = 1000


@operation("CreateTags")
def create_tags(tx: Tx, call: Call, request: shapes.CreateTagsRequest) -> shapes.CreateTagsResponse:
    """Tag resources; a tag of the same key is replaced."""
    new = checked(request["Tags"])
    for resource_id in _wanted(request["Resources"]):
        _change(tx, call, resource_id, lambda before: with_tags(before, new))
    refuse_dry_run(request)
    return {}


@operation("DeleteTags")
def delete_tags(tx: Tx, call: Call, request: shapes.DeleteTagsRequest) -> shapes.DeleteTagsResponse:
    """Take tags from resources; without any named, all of them."""
    gone = request.get("Tags")
    for resource_id in _wanted(request["Resources"]):
        _change(tx, call, resource_id, lambda before: without_tags(before, gone))
    refuse_dry_run(request)
    return {}


@operation("DescribeTags")
def describe_tags(
    tx: ReadTx, call: Call, request: shapes.DescribeTagsRequest
) -> shapes.DescribeTagsResponse:
    """The tags of the region's resources."""
    page, more = listed([*_tags(tx, call)], request, TAGS)
    response: shapes.DescribeTagsResponse = {
        "Tags": [
            {
                "Key": str(each["Key"]),
                "ResourceId": str(each["ResourceId"]),
                "ResourceType": str(each["ResourceType"]),
                "Value": str(each["Value"]),
            }
            for each in page
        ]
    }
    if more:
        response["NextToken"] = more["NextToken"]
    return response


def _tags(tx: ReadTx, call: Call) -> Iterator[dict[str, object]]:
    for resource_type, kind, _ in _KINDS.values():
        for record in finding.all_of(tx, call, kind):
            yield from _shown(resources.id_of(record), resource_type, record.tags)
            if isinstance(record, SecurityGroup):
                for rule in record.rules:
                    yield from _shown(rule.rule_id, RULES, rule.tags)


def _shown(
    resource_id: str, resource_type: str, tags: Mapping[str, str]
) -> Iterator[dict[str, object]]:
    for key, value in sorted(tags.items()):
        yield {
            "PageKey": f"{resource_id} {key}",
            "AsTags": [{"Key": key, "Value": value}],
            "Key": key,
            "ResourceId": resource_id,
            "ResourceType": resource_type,
            "Value": value,
        }


def _wanted(resource_ids: list[str]) -> list[str]:
    if not resource_ids:
        raise errors.MissingParameter("resourceIdSet")
    if len(resource_ids) > RESOURCES_MAX:
        raise errors.InvalidParameterValue(f"A request tags at most {RESOURCES_MAX} resources.")
    return list(dict.fromkeys(resource_ids))


def _change(tx: Tx, call: Call, resource_id: str, change: Change) -> None:
    """Give a resource the tags that `change` makes of those it has."""
    prefix = resource_id.partition("-")[0]
    if prefix == "sgr":
        return _change_rule(tx, call, resource_id, change)
    if prefix not in _KINDS:
        raise errors.InvalidId(resource_id)
    _, kind, not_found = _KINDS[prefix]
    record = resources.find(tx, kind, call.account, call.region, resource_id)
    if record is None:
        raise not_found([resource_id])
    resources.save(tx, replace(record, tags=change(record.tags)))
    return None


def _change_rule(tx: Tx, call: Call, rule_id: str, change: Change) -> None:
    def changed(rule: Rule) -> Rule:
        return replace(rule, tags=change(rule.tags)) if rule.rule_id == rule_id else rule

    for group in finding.all_of(tx, call, SecurityGroup):
        if any(rule.rule_id == rule_id for rule in group.rules):
            rules = tuple(changed(rule) for rule in group.rules)
            return resources.save(tx, replace(group, rules=rules))
    raise errors.RuleNotFound([rule_id])
