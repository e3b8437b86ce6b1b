"""What the operations on target groups share: finding the group that a request names."""

from homeport.runtime import Call
from homeport.services.elbv2.errors import TargetGroupNotFound
from homeport.services.elbv2.plan.names import checked_arn
from homeport.services.elbv2.queries import target_groups
from homeport.services.elbv2.records.target_groups import TargetGroup
from homeport.store import ReadTx

NOT_FOUND = "One or more target groups not found"


def known_group(tx: ReadTx, call: Call, arn: str) -> TargetGroup:
    """The caller's target group with this ARN; raises TargetGroupNotFound."""
    group = target_groups.find_group(tx, checked_arn(arn, "target group"))
    if group is None or not is_of(call, group):
        raise TargetGroupNotFound(NOT_FOUND)
    return group


def is_of(call: Call, group: TargetGroup) -> bool:
    """Whether the group is of the account and region that the call is about."""
    return (group.account, group.region) == (call.account, call.region)
