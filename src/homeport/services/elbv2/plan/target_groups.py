"""What a target group may be: its name, its kind and its protocol.  Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from homeport.services.elbv2.errors import (
    InvalidConfigurationRequest,
    UnsupportedOperation,
    ValidationError,
)
from homeport.services.elbv2.plan.health_checks import (
    APPLICATION,
    PROTOCOLS,
    new_health_check,
)
from homeport.services.elbv2.plan.wording import one_of
from homeport.services.elbv2.records.target_groups import TargetGroup

NAME_LENGTH_MAX: Final = 32

TYPES: Final = ("instance", "ip", "lambda", "alb")
VERSIONS: Final = ("GRPC", "HTTP1", "HTTP2")

_NAME_CHARACTERS: Final = re.compile(r"[A-Za-z0-9-]+")
_UNSUPPORTED_TYPES: Final = {
    "lambda": "Homeport runs no Lambda functions: a target group has targets of type ip or "
    "instance.",
    "alb": "Homeport does not route from a network load balancer to an application load "
    "balancer: a target group has targets of type ip or instance.",
}
_UNSUPPORTED_PROTOCOLS: Final = {
    "GENEVE": "Homeport has no gateway load balancers.",
    "QUIC": "Homeport's network load balancers do not take QUIC.",
    "TCP_QUIC": "Homeport's network load balancers do not take QUIC.",
}


def checked_name(name: str) -> str:
    """The name as it is; raises ValidationError when a target group can't have it."""
    if len(name) > NAME_LENGTH_MAX:
        raise ValidationError(
            f"Target group name '{name}' cannot be longer than '{NAME_LENGTH_MAX}' characters"
        )
    if not _NAME_CHARACTERS.fullmatch(name):
        raise ValidationError(
            f"Target group name '{name}' can only contain characters that are alphanumeric "
            "characters or hyphens(-)"
        )
    if name.startswith("-") or name.endswith("-"):
        raise ValidationError(f"Target group name '{name}' cannot begin or end with '-'")
    return name


def new_group(
    request: Mapping[str, Any], *, account: str, region: str, suffix: str, now: float
) -> TargetGroup:
    """The target group that CreateTargetGroup asks for; `suffix` ends its ARN."""
    name = checked_name(request["Name"])
    target_type = one_of(request.get("TargetType", "instance"), "targetType", TYPES)
    if target_type in _UNSUPPORTED_TYPES:
        raise UnsupportedOperation(_UNSUPPORTED_TYPES[target_type])
    protocol = _protocol(request)
    version = _version(request, protocol)
    _refuse_unsupported(request)
    home = f"arn:aws:elasticloadbalancing:{region}:{account}"
    return TargetGroup(
        arn=f"{home}:targetgroup/{name}/{suffix}",
        account=account,
        region=region,
        name=name,
        target_type="ip" if target_type == "ip" else "instance",
        protocol=protocol,
        version=version,
        port=request["Port"],
        vpc_id=request["VpcId"],
        health=new_health_check(request, protocol, version, target_type),
        created_at=now,
    )


def is_same(one: TargetGroup, other: TargetGroup) -> bool:
    """Whether both have the same settings, whatever was done with them since."""
    return _settings(one) == _settings(other)


def _protocol(request: Mapping[str, Any]) -> str:
    for member, words in (("Protocol", "protocol"), ("Port", "port"), ("VpcId", "VPC ID")):
        if not request.get(member):
            raise ValidationError(f"A {words} must be specified")
    protocol = one_of(request["Protocol"], "protocol", PROTOCOLS)
    if protocol in _UNSUPPORTED_PROTOCOLS:
        raise UnsupportedOperation(_UNSUPPORTED_PROTOCOLS[protocol])
    return protocol


def _version(request: Mapping[str, Any], protocol: str) -> str:
    # Terraform sends an empty one where its user gives none.
    version: str | None = request.get("ProtocolVersion") or None
    if protocol not in APPLICATION:
        if version is not None:
            raise InvalidConfigurationRequest(
                f"Protocol version is not supported for target groups with the {protocol} protocol"
            )
        return ""
    return "HTTP1" if version is None else one_of(version, "protocolVersion", VERSIONS)


def _refuse_unsupported(request: Mapping[str, Any]) -> None:
    kind = one_of(request.get("IpAddressType", "ipv4"), "ipAddressType", ("ipv4", "ipv6"))
    if kind == "ipv6":
        raise UnsupportedOperation("Homeport's VPCs have IPv4 addresses only.")
    if "TargetControlPort" in request:
        raise UnsupportedOperation("Homeport has no target optimizer: leave out TargetControlPort.")


def _settings(group: TargetGroup) -> TargetGroup:
    return replace(group, arn="", created_at=0.0, attributes={}, in_use=False)
