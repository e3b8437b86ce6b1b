"""Target groups, their attributes and their targets as the API shows them."""

from collections.abc import Mapping, Sequence

from homeport.services.elbv2.records.target_groups import (
    Health,
    HealthCheck,
    Target,
    TargetGroup,
    TargetType,
)
from homeport.shapes import elbv2 as shapes

TRAFFIC_PORT = "traffic-port"


def target_group(group: TargetGroup, load_balancer_arns: Sequence[str]) -> shapes.TargetGroup:
    """A group of DescribeTargetGroups."""
    check = group.health
    shown: shapes.TargetGroup = {
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.name,
        "Protocol": group.protocol,
        "Port": group.port,
        "VpcId": group.vpc_id,
        "HealthCheckProtocol": check.protocol,
        "HealthCheckPort": check.port,
        "HealthCheckEnabled": check.enabled,
        "HealthCheckIntervalSeconds": check.interval_s,
        "HealthCheckTimeoutSeconds": check.timeout_s,
        "HealthyThresholdCount": check.healthy_threshold,
        "UnhealthyThresholdCount": check.unhealthy_threshold,
        "LoadBalancerArns": list(load_balancer_arns),
        "TargetType": group.target_type,
        "IpAddressType": "ipv4",
    }
    if check.path:
        shown["HealthCheckPath"] = check.path
    if check.grpc_codes:
        shown["Matcher"] = {"GrpcCode": check.grpc_codes}
    elif check.http_codes:
        shown["Matcher"] = {"HttpCode": check.http_codes}
    if group.version:
        shown["ProtocolVersion"] = group.version
    return shown


def attributes(values: Mapping[str, str]) -> list[shapes.TargetGroupAttribute]:
    """The attributes of DescribeTargetGroupAttributes."""
    return [{"Key": key, "Value": value} for key, value in values.items()]


def target_health(
    target: Target, health: Health, group: TargetGroup
) -> shapes.TargetHealthDescription:
    """A target of DescribeTargetHealth."""
    shown = unregistered(target.target_id, target.port, health, group)
    if _shows_zone(group.target_type):
        shown["Target"]["AvailabilityZone"] = target.zone
    return shown


def unregistered(
    target_id: str, port: int, health: Health, group: TargetGroup
) -> shapes.TargetHealthDescription:
    """What DescribeTargetHealth says of a target that was asked for and is not registered."""
    state: shapes.TargetHealth = {"State": health.state}
    if health.reason:
        state["Reason"] = health.reason
        state["Description"] = health.description
    return {
        "Target": {"Id": target_id, "Port": port},
        "HealthCheckPort": _checked_at(group.health, port),
        "TargetHealth": state,
    }


def _checked_at(check: HealthCheck, port: int) -> str:
    return str(port) if check.port == TRAFFIC_PORT else check.port


def _shows_zone(target_type: TargetType) -> bool:
    """The zone of an instance is EC2's to tell."""
    return target_type == "ip"
