"""Load balancers as the data plane is told of them: contracts/routing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, assert_never

from msgspec import structs

from homeport.contracts import routing_table as routing
from homeport.contracts.certificates import IssuedCertificate
from homeport.services.elbv2.records.attributes import LISTENER, LOAD_BALANCER, effective
from homeport.services.elbv2.records.listeners import (
    SECURE,
    Action,
    Condition,
    FixedResponse,
    Forward,
    HostHeader,
    HttpHeader,
    Listener,
    PathPattern,
    QueryString,
    Redirect,
    RequestMethod,
    Rule,
    SourceIp,
)
from homeport.services.elbv2.records.load_balancers import LoadBalancer

LOG_GROUP: Final = "log-group:"
"""An S3 bucket of this prefix stands for a CloudWatch log group; no bucket's name has a colon."""

Certificates = Mapping[str, IssuedCertificate]
Span = Callable[[float], float]


def routing_of(
    record: LoadBalancer,
    listeners: Sequence[Listener],
    rules: Mapping[str, Sequence[Rule]],
    certificates: Certificates,
    span: Span,
) -> routing.LoadBalancer:
    """A load balancer with its listeners.

    `rules` are by listener, in their order; `certificates` by ARN; `span` makes real seconds of
    AWS's.  A certificate that is gone is left out, and so is a secure listener that has none left.
    """
    value = effective(LOAD_BALANCER, record.kind, record.attributes)
    shown = tuple(
        _listener(each, rules.get(each.arn, ()), certificates, span) for each in listeners
    )
    common = routing.LoadBalancer(
        arn=record.arn,
        name=record.name,
        kind=record.kind,
        scheme=record.scheme,
        dns_name=record.dns_name,
        region=record.region,
        vpc_id=record.vpc_id,
        nodes=tuple(
            routing.Node(zone=zone.name, subnet_id=zone.subnet_id, address=zone.address)
            for zone in record.zones
        ),
        listeners=tuple(each for each in shown if each.protocol not in SECURE or each.certificates),
        cross_zone=_is_on(value, "load_balancing.cross_zone.enabled"),
        access_log=_access_log(value),
    )
    return common if record.kind == "network" else _with_http(common, value, span)


def certificates_of(listeners: Sequence[Listener]) -> tuple[str, ...]:
    """The ARNs of the certificates that listeners have."""
    return tuple(dict.fromkeys(arn for each in listeners for arn in each.certificates))


def _with_http(
    common: routing.LoadBalancer, value: Mapping[str, str], span: Span
) -> routing.LoadBalancer:
    tls_facts = "routing.http.x_amzn_tls_version_and_cipher_suite.enabled"
    return structs.replace(
        common,
        idle_timeout_s=span(float(value["idle_timeout.timeout_seconds"])),
        keep_alive_s=span(float(value["client_keep_alive.seconds"])),
        http2=_is_on(value, "routing.http2.enabled"),
        drop_invalid_headers=_is_on(value, "routing.http.drop_invalid_header_fields.enabled"),
        preserve_host=_is_on(value, "routing.http.preserve_host_header.enabled"),
        forwarded_for=_forwarded_for(value["routing.http.xff_header_processing.mode"]),
        forwards_client_port=_is_on(value, "routing.http.xff_client_port.enabled"),
        forwards_tls_facts=_is_on(value, tls_facts),
    )


def _listener(
    record: Listener, rules: Sequence[Rule], certificates: Certificates, span: Span
) -> routing.Listener:
    value = effective(LISTENER, record.protocol, record.attributes)
    found = (certificates[arn] for arn in dict.fromkeys(record.certificates) if arn in certificates)
    return routing.Listener(
        arn=record.arn,
        port=record.port,
        protocol=record.protocol,
        rules=tuple(
            routing.Rule(
                arn=rule.arn,
                conditions=tuple(_condition(each) for each in rule.conditions),
                action=_action(rule.actions[-1]),
            )
            for rule in rules
        ),
        default=_action(record.default_actions[-1]),
        certificates=tuple(
            routing.Certificate(arn=each.arn, names=each.names, chain=each.chain, key=each.key)
            for each in found
        ),
        ssl_policy=record.ssl_policy,
        alpn=record.alpn,
        idle_timeout_s=span(float(value.get("tcp.idle_timeout.seconds", "350"))),
        shift=record.shift,
    )


def _action(record: Action) -> routing.Action:
    match record:
        case Forward():
            return routing.Forward(
                groups=tuple(
                    routing.WeightedGroup(arn=group.arn, weight=group.weight)
                    for group in record.groups
                ),
                sticky_s=record.sticky_s if record.is_sticky else None,
            )
        case Redirect():
            return routing.Redirect(
                protocol=record.protocol,
                host=record.host,
                port=record.port,
                path=record.path,
                query=record.query,
                status_code=int(record.status_code.removeprefix("HTTP_")),
            )
        case FixedResponse():
            return routing.FixedResponse(
                status_code=int(record.status_code),
                content_type=record.content_type or "",
                body=record.body or "",
            )
        case _:
            assert_never(record)


def _condition(record: Condition) -> routing.Condition:
    match record:
        case PathPattern(values=values):
            return routing.PathIs(values=values)
        case HostHeader(values=values):
            return routing.HostIs(values=values)
        case HttpHeader(name=name, values=values):
            return routing.HeaderIs(name=name, values=values)
        case RequestMethod(values=values):
            return routing.MethodIs(values=values)
        case QueryString(values=pairs):
            return routing.QueryHas(values=tuple((pair.key, pair.value) for pair in pairs))
        case SourceIp(values=values):
            return routing.SourceIs(values=values)
        case _:
            assert_never(record)


def _is_on(value: Mapping[str, str], key: str) -> bool:
    return value[key] == "true"


def _forwarded_for(mode: str) -> Literal["append", "preserve", "remove"]:
    match mode:
        case "preserve" | "remove":
            return mode
        case _:
            return "append"


def _access_log(value: Mapping[str, str]) -> routing.AccessLog | None:
    if not _is_on(value, "access_logs.s3.enabled"):
        return None
    bucket = value["access_logs.s3.bucket"]
    return routing.AccessLog(
        group=bucket.removeprefix(LOG_GROUP) if bucket.startswith(LOG_GROUP) else ""
    )
