"""Names, ARNs and DNS names: how they are made and taken apart."""

import re
from typing import Final, Literal

from homeport.services.elbv2.errors import ValidationError
from homeport.services.elbv2.records.load_balancers import Kind

Resource = Literal["load balancer", "listener", "rule", "target group"]

NAME_LENGTH_MAX: Final = 32
DNS_DOMAIN: Final = "elb.localhost"
"""Resolves to this machine without any set-up, in curl and in browsers."""

_ARN: Final = re.compile(
    r"arn:[\w-]+:elasticloadbalancing:[\w-]+:\d*:"
    r"(loadbalancer|listener|listener-rule|targetgroup)/.+"
)
_RESOURCES: Final[dict[str, Resource]] = {
    "loadbalancer": "load balancer",
    "listener": "listener",
    "listener-rule": "rule",
    "targetgroup": "target group",
}
_SHORT: Final[dict[Kind, str]] = {"application": "app", "network": "net"}


def checked_name(name: str) -> str:
    """A load balancer's name, if it may be one."""
    about = f"The load balancer name '{name}'"
    if not name:
        raise ValidationError("A load balancer name must be specified")
    if len(name) > NAME_LENGTH_MAX:
        raise ValidationError(f"{about} cannot be longer than '{NAME_LENGTH_MAX}' characters")
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise ValidationError(
            f"{about} can only contain characters that are alphanumeric characters and hyphens(-)"
        )
    if name.startswith("-") or name.endswith("-"):
        raise ValidationError(f"{about} cannot begin or end with '-'")
    if name.startswith("internal-"):
        raise ValidationError(f"{about} cannot begin with 'internal-'")
    return name


def checked_arn(arn: str, resource: Resource) -> str:
    """An ARN, if it could be one of this kind of resource; whether it exists is not looked at."""
    if resource_of(arn) != resource:
        raise ValidationError(f"'{arn}' is not a valid {resource} ARN")
    return arn


def resource_of(arn: str) -> Resource | None:
    """What an ARN of Elastic Load Balancing names; None for any other text."""
    match = _ARN.fullmatch(arn)
    return None if match is None else _RESOURCES[match[1]]


def load_balancer_arn(account: str, region: str, kind: Kind, name: str, digits: str) -> str:
    """The ARN of a load balancer; `digits` are 16 hexadecimal ones."""
    prefix = f"arn:aws:elasticloadbalancing:{region}:{account}"
    return f"{prefix}:loadbalancer/{_SHORT[kind]}/{name}/{digits}"


def listener_arn(load_balancer: str, digits: str) -> str:
    """The ARN of a listener of the load balancer with this ARN."""
    return f"{load_balancer.replace(':loadbalancer/', ':listener/', 1)}/{digits}"


def rule_arn(listener: str, digits: str) -> str:
    """The ARN of a rule of the listener with this ARN."""
    return f"{listener.replace(':listener/', ':listener-rule/', 1)}/{digits}"


def listener_of_rule(rule: str) -> str:
    """The ARN of the listener whose rule has this ARN."""
    return rule.replace(":listener-rule/", ":listener/", 1).rpartition("/")[0]


def dns_name(name: str, region: str, *, is_internal: bool, digits: str) -> str:
    """A load balancer's DNS name."""
    prefix = "internal-" if is_internal else ""
    return f"{prefix}{name}-{digits}.{region}.{DNS_DOMAIN}"


def interface_description(arn: str) -> str:
    """How the interfaces of a load balancer are described: ``ELB app/NAME/0123…``."""
    return f"ELB {arn.partition(':loadbalancer/')[2]}"
