"""The attributes of target groups."""

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.elbv2.api.target_group_lookups import known_group
from homeport.services.elbv2.errors import ValidationError
from homeport.services.elbv2.plan.target_group_attributes import attributes_of, changed
from homeport.services.elbv2.queries import target_groups
from homeport.services.elbv2.render import target_groups as render
from homeport.shapes import elbv2 as shapes
from homeport.store import ReadTx, Tx


@operation("DescribeTargetGroupAttributes")
def describe_target_group_attributes(
    tx: ReadTx, call: Call, request: shapes.DescribeTargetGroupAttributesInput
) -> shapes.DescribeTargetGroupAttributesOutput:
    """Every attribute that a group of its protocol has."""
    group = known_group(tx, call, request["TargetGroupArn"])
    return {"Attributes": render.attributes(attributes_of(group))}


@operation(
    "ModifyTargetGroupAttributes",
    partial="DNS failover, thresholds of healthy targets, anomaly mitigation, client IP "
    "preservation and the draining of unhealthy targets can only be set to what they are.",
)
def modify_target_group_attributes(
    tx: Tx, call: Call, request: shapes.ModifyTargetGroupAttributesInput
) -> shapes.ModifyTargetGroupAttributesOutput:
    """Set attributes; those that are not named stay."""
    group = known_group(tx, call, request["TargetGroupArn"])
    wanted = [(each.get("Key", ""), each.get("Value", "")) for each in request["Attributes"]]
    if not wanted:
        raise ValidationError("Target group attributes must be specified")
    keys = [key for key, _ in wanted]
    if len(set(keys)) < len(keys):
        raise ValidationError("Target group attribute keys cannot be specified more than once")
    after = replace(group, attributes=changed(group, wanted))
    if after != group:
        target_groups.save_group(tx, after)
    return {"Attributes": render.attributes(attributes_of(after))}
