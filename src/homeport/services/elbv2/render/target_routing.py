"""Target groups as the data plane sees them."""

from collections.abc import Callable, Mapping, Sequence

from homeport.contracts import routing_table as routing
from homeport.services.elbv2.records.load_balancers import LoadBalancer
from homeport.services.elbv2.records.target_groups import HealthCheck, Target, TargetGroup

TRAFFIC_PORT = "traffic-port"
CROSS_ZONE = "load_balancing.cross_zone.enabled"

Span = Callable[[float], float]


def routed_group(
    group: TargetGroup,
    *,
    attributes: Mapping[str, str],
    targets: Sequence[Target],
    users: Sequence[LoadBalancer],
    span: Span,
) -> routing.TargetGroup:
    """A group with those of its targets that there is something to do with.

    `attributes` are all that the group has, `users` the load balancers that forward to it.
    """
    return routing.TargetGroup(
        arn=group.arn,
        name=group.name,
        protocol=group.protocol,
        version=group.version,
        targets=tuple(_target(each) for each in targets),
        health=_health_check(group.health, span),
        algorithm=attributes.get("load_balancing.algorithm.type", "round_robin"),
        slow_start_s=span(float(attributes.get("slow_start.duration_seconds", "0"))),
        stickiness=_stickiness(attributes),
        cross_zone=_is_cross_zone(attributes[CROSS_ZONE], users),
        proxy_protocol_v2=attributes.get("proxy_protocol_v2.enabled") == "true",
        closes_when_deregistered=(
            attributes.get("deregistration_delay.connection_termination.enabled") == "true"
        ),
    )


def _target(target: Target) -> routing.Target:
    return routing.Target(
        target_id=target.target_id,
        address=target.address,
        port=target.port,
        zone=target.zone,
        draining=target.draining_since is not None,
        registered_at=target.registered_at,
        last_seen=target.observed.state,
    )


def _health_check(check: HealthCheck, span: Span) -> routing.HealthCheck:
    return routing.HealthCheck(
        enabled=check.enabled,
        protocol=check.protocol,
        port=None if check.port == TRAFFIC_PORT else int(check.port),
        path=check.path,
        interval_s=span(check.interval_s),
        timeout_s=span(check.timeout_s),
        healthy_threshold=check.healthy_threshold,
        unhealthy_threshold=check.unhealthy_threshold,
        matcher=check.grpc_codes or check.http_codes,
    )


def _stickiness(attributes: Mapping[str, str]) -> routing.TargetStickiness | None:
    if attributes["stickiness.enabled"] != "true":
        return None
    match attributes["stickiness.type"]:
        case "app_cookie":
            return routing.TargetStickiness(
                kind="app_cookie",
                duration_s=int(attributes["stickiness.app_cookie.duration_seconds"]),
                cookie_name=attributes["stickiness.app_cookie.cookie_name"],
            )
        case "lb_cookie":
            return routing.TargetStickiness(
                kind="lb_cookie",
                duration_s=int(attributes["stickiness.lb_cookie.duration_seconds"]),
            )
        case _:
            return routing.TargetStickiness(kind="source_ip", duration_s=0)


def _is_cross_zone(wanted: str, users: Sequence[LoadBalancer]) -> bool:
    """Application load balancers are, unless the group says no; network ones if they say so."""
    if wanted in ("true", "false"):
        return wanted == "true"
    return all(
        user.attributes.get(CROSS_ZONE, "true" if user.kind == "application" else "false") == "true"
        for user in users
    )
