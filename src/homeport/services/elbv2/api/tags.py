"""Tags of load balancers, listeners, rules and target groups."""

from collections.abc import Sequence

from homeport.runtime import Call, operation
from homeport.services.elbv2.api.lookups import (
    is_ours,
    the_listener,
    the_load_balancer,
    the_rule,
)
from homeport.services.elbv2.errors import TargetGroupNotFound, ValidationError
from homeport.services.elbv2.plan import tags as plan
from homeport.services.elbv2.plan.names import resource_of
from homeport.services.elbv2.queries.tags import put_tags, remove_tags, tags_of_many
from homeport.services.elbv2.queries.target_groups import find_group
from homeport.shapes import elbv2 as shapes
from homeport.store import ReadTx, Tx

DESCRIBED_MAX = 20


@operation("AddTags")
def add_tags(tx: Tx, call: Call, request: shapes.AddTagsInput) -> shapes.AddTagsOutput:
    """Add tags to resources; those with the same keys are replaced."""
    arns = _existing(tx, call, request["ResourceArns"])
    for arn, before in tags_of_many(tx, arns).items():
        put_tags(tx, arn, plan.checked(request["Tags"], before))
    return {}


@operation("RemoveTags")
def remove_resource_tags(
    tx: Tx, call: Call, request: shapes.RemoveTagsInput
) -> shapes.RemoveTagsOutput:
    """Remove tags from resources; keys that are not there are fine."""
    for arn in _existing(tx, call, request["ResourceArns"]):
        remove_tags(tx, arn, request["TagKeys"])
    return {}


@operation("DescribeTags")
def describe_tags(
    tx: ReadTx, call: Call, request: shapes.DescribeTagsInput
) -> shapes.DescribeTagsOutput:
    """The tags of resources, each by key."""
    if len(request["ResourceArns"]) > DESCRIBED_MAX:
        raise ValidationError(f"You can specify up to '{DESCRIBED_MAX}' resources in a single call")
    found = tags_of_many(tx, _existing(tx, call, request["ResourceArns"]))
    return {
        "TagDescriptions": [
            {
                "ResourceArn": arn,
                "Tags": [{"Key": tag.key, "Value": tag.value} for tag in tags],
            }
            for arn, tags in found.items()
        ]
    }


def _existing(tx: ReadTx, call: Call, asked: Sequence[str]) -> list[str]:
    """The ARNs, each once, if all name something that exists."""
    arns = list(dict.fromkeys(asked))
    for arn in arns:
        match resource_of(arn):
            case "load balancer":
                the_load_balancer(tx, call, arn)
            case "listener":
                the_listener(tx, call, arn)
            case "rule":
                the_rule(tx, call, arn)
            case "target group":
                if not is_ours(call, arn) or find_group(tx, arn) is None:
                    raise TargetGroupNotFound(f"Target group '{arn}' not found")
            case _:
                raise ValidationError(f"'{arn}' is not a valid resource ARN")
    return arns
