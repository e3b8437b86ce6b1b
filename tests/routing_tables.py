"""Routing tables for tests of the data plane: load balancers and target groups in few words."""

from homeport.contracts.routing_table import (
    Action,
    Certificate,
    Forward,
    HealthCheck,
    Listener,
    LoadBalancer,
    Node,
    RoutingTable,
    Rule,
    Target,
    TargetGroup,
    WeightedGroup,
)

PREFIX = "arn:aws:elasticloadbalancing:us-east-1:000000000000"
CHECK = HealthCheck(
    enabled=True,
    protocol="HTTP",
    port=None,
    path="/health",
    interval_s=0.1,
    timeout_s=0.09,
    healthy_threshold=2,
    unhealthy_threshold=2,
    matcher="200",
)
UNCHECKED = HealthCheck(
    enabled=False,
    protocol="TCP",
    port=None,
    path="",
    interval_s=30.0,
    timeout_s=5.0,
    healthy_threshold=2,
    unhealthy_threshold=2,
    matcher="",
)


def group_arn(name: str) -> str:
    return f"{PREFIX}:targetgroup/{name}/0123456789abcdef"


def a_group(name: str, *targets: Target, **fields: object) -> TargetGroup:
    known: dict[str, object] = {
        "arn": group_arn(name),
        "name": name,
        "protocol": "HTTP",
        "version": "HTTP1",
        "targets": targets,
        "health": UNCHECKED,
    }
    if str(fields.get("protocol", "HTTP")) not in {"HTTP", "HTTPS"}:
        known["version"] = ""
    return TargetGroup(**(known | fields))  # type: ignore[arg-type]


def a_target(
    port: int, *, address: str = "127.0.0.1", zone: str = "us-east-1a", draining: bool = False
) -> Target:
    return Target(
        target_id=f"{address}:{port}", address=address, port=port, zone=zone, draining=draining
    )


def to(*names: str, sticky_s: int | None = None, **weights: int) -> Forward:
    groups = [WeightedGroup(arn=group_arn(name)) for name in names]
    groups += [
        WeightedGroup(arn=group_arn(name), weight=weight) for name, weight in weights.items()
    ]
    return Forward(groups=tuple(groups), sticky_s=sticky_s)


def a_rule(action: Action, *conditions: object, name: str = "rule") -> Rule:
    return Rule(
        arn=f"{PREFIX}:listener-rule/app/web/1/2/{name}",
        conditions=conditions,  # type: ignore[arg-type]
        action=action,
    )


def a_listener(
    port: int, default: Action, *rules: Rule, protocol: str = "HTTP", **fields: object
) -> Listener:
    known: dict[str, object] = {
        "arn": f"{PREFIX}:listener/app/web/0123456789abcdef/{protocol.lower()}{port}",
        "port": port,
        "protocol": protocol,
        "rules": rules,
        "default": default,
    }
    return Listener(**(known | fields))  # type: ignore[arg-type]


def a_balancer(name: str, *listeners: Listener, **fields: object) -> LoadBalancer:
    kind = str(fields.get("kind", "application"))
    arn = f"{PREFIX}:loadbalancer/{kind[:3]}/{name}/0123456789abcdef"
    own = tuple(
        Listener(
            **(
                {field: getattr(each, field) for field in each.__struct_fields__}
                | {"arn": each.arn.replace("/web/", f"/{name}/")}
            )
        )
        for each in listeners
    )
    known: dict[str, object] = {
        "arn": arn,
        "name": name,
        "kind": kind,
        "scheme": "internal",
        "dns_name": f"{name}-123.us-east-1.elb.localhost",
        "region": "us-east-1",
        "vpc_id": "vpc-1",
        "nodes": (Node(zone="us-east-1a", subnet_id="subnet-1", address="127.0.0.1"),),
        "listeners": own,
    }
    return LoadBalancer(**(known | fields))  # type: ignore[arg-type]


def a_table(*parts: LoadBalancer | TargetGroup) -> RoutingTable:
    return RoutingTable(
        load_balancers=tuple(part for part in parts if isinstance(part, LoadBalancer)),
        target_groups=tuple(part for part in parts if isinstance(part, TargetGroup)),
    )


def a_certificate(*names: str) -> Certificate:
    """A certificate that signs itself."""
    chain, key = _signed(names)
    return Certificate(arn=f"arn:aws:acm:{names[0]}", names=names, chain=chain, key=key)


def _signed(names: tuple[str, ...]) -> tuple[str, str]:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    begin = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(pem).decode(), private.decode()
