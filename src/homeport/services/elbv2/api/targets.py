"""Targets: register, deregister, and how they are."""

from collections.abc import Sequence

from homeport.runtime import Call, operation
from homeport.services.elbv2.api.target_group_lookups import known_group
from homeport.services.elbv2.errors import TooManyTargets, ValidationError
from homeport.services.elbv2.plan import draining, limits, registration
from homeport.services.elbv2.plan.target_health import health_of, not_registered, usage_of
from homeport.services.elbv2.queries import targets, usage
from homeport.services.elbv2.records.target_groups import Target, TargetGroup
from homeport.services.elbv2.render import target_groups as render
from homeport.shapes import elbv2 as shapes
from homeport.store import ReadTx, Tx


@operation("RegisterTargets")
def register_targets(
    tx: Tx, call: Call, request: shapes.RegisterTargetsInput
) -> shapes.RegisterTargetsOutput:
    """Register targets; those that are registered stay as they are."""
    group = known_group(tx, call, request["TargetGroupArn"])
    wanted = _wanted(tx, call, group, _given(request["Targets"]))
    known = targets.find_targets(tx, group.arn, [each.target_id for each in wanted])
    step = draining.register(wanted, known)
    if step.new and targets.count_of(tx, group.arn) + len(step.new) > limits.TARGETS_OF_GROUP:
        raise TooManyTargets
    targets.insert_targets(tx, step.new)
    targets.save_targets(tx, step.returning)
    return {}


@operation("DeregisterTargets")
def deregister_targets(
    tx: Tx, call: Call, request: shapes.DeregisterTargetsInput
) -> shapes.DeregisterTargetsOutput:
    """Begin to drain targets; those that are not registered are ignored."""
    group = known_group(tx, call, request["TargetGroupArn"])
    wanted = _given(request["Targets"])
    known = targets.find_targets(tx, group.arn, [each["Id"] for each in wanted])
    keys = dict.fromkeys((each["Id"], each.get("Port", group.port)) for each in wanted)
    leaving = draining.deregister(
        [known[key] for key in keys if key in known], is_used=group.in_use, now=call.now
    )
    targets.delete_targets(tx, leaving.gone)
    targets.save_targets(tx, leaving.draining)
    return {}


@operation(
    "DescribeTargetHealth",
    partial="Anomaly detection and administrative overrides are never part of the answer.",
)
def describe_target_health(
    tx: ReadTx, call: Call, request: shapes.DescribeTargetHealthInput
) -> shapes.DescribeTargetHealthOutput:
    """How the given targets of a group are, or all of them."""
    group = known_group(tx, call, request["TargetGroupArn"])
    used = usage_of(usage.users_of(tx, group.arn) if group.in_use else ())
    asked = request.get("Targets")
    if not asked:
        every = targets.targets_of(tx, group.arn)
        shown = [render.target_health(each, health_of(each, group, used), group) for each in every]
        return {"TargetHealthDescriptions": shown}
    known = targets.find_targets(tx, group.arn, [each["Id"] for each in asked])
    keys = dict.fromkeys((each["Id"], each.get("Port", group.port)) for each in asked)
    return {
        "TargetHealthDescriptions": [
            render.target_health(known[key], health_of(known[key], group, used), group)
            if key in known
            else render.unregistered(*key, not_registered(), group)
            for key in keys
        ]
    }


def _given(wanted: Sequence[shapes.TargetDescription]) -> Sequence[shapes.TargetDescription]:
    if not wanted:
        raise ValidationError("At least one target must be specified")
    for each in wanted:
        if "QuicServerId" in each:
            raise ValidationError(
                "A QUIC server ID can only be specified for target groups with the QUIC or "
                "TCP_QUIC protocol"
            )
    return wanted


def _wanted(
    tx: ReadTx, call: Call, group: TargetGroup, given: Sequence[shapes.TargetDescription]
) -> list[Target]:
    """The targets that are asked for, as records; raises when one of them can't be."""
    places = _instances(tx, call, given) if group.target_type == "instance" else None
    if places is None:
        places = _addresses(tx, call, group, given)
    return [
        Target(
            group_arn=group.arn,
            target_id=each["Id"],
            port=each.get("Port", group.port),
            address=address,
            zone=zone,
            registered_at=call.now,
        )
        for each, (address, zone) in zip(given, places, strict=True)
    ]


def _instances(
    tx: ReadTx, call: Call, given: Sequence[shapes.TargetDescription]
) -> list[tuple[str, str]]:
    """Where each instance's ports are reached, and its zone."""
    ids = [
        registration.checked_instance(each["Id"], each.get("AvailabilityZone")) for each in given
    ]
    fleet = call.peers.fleet
    found = {
        each: fleet.instance_address(tx, call.account, call.region, each)
        for each in dict.fromkeys(ids)
    }
    missing = [each for each, place in found.items() if place is None]
    if missing:
        raise registration.not_running(missing)
    return [place for each in ids if (place := found[each]) is not None]


def _addresses(
    tx: ReadTx, call: Call, group: TargetGroup, given: Sequence[shapes.TargetDescription]
) -> list[tuple[str, str]]:
    """Each address, and the zone of the subnet that it is in."""
    vpc = call.peers.networks.vpc(tx, group.account, group.region, group.vpc_id)
    if vpc is None:
        raise ValidationError(f"The VPC ID '{group.vpc_id}' is not found")
    places = [
        registration.Place(cidr=each.cidr, zone=each.availability_zone) for each in vpc.subnets
    ]
    return [
        (
            each["Id"],
            registration.zone_of_address(
                each["Id"], each.get("AvailabilityZone"), places, vpc.cidr
            ),
        )
        for each in given
    ]
