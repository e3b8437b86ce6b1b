"""Shortcuts for tests of Elastic Load Balancing: a seeded region, and its operations."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from homeport.contracts.certificates import IssuedCertificate
from homeport.contracts.peers import Peers
from homeport.kernel.errors import AwsError
from homeport.runtime import Call, Seed
from homeport.store import ReadTx, Store

ACCOUNT = "000000000000"
REGION = "us-east-1"
Ask = Callable[..., Any]


class KnownCertificates:
    """Certificates by ARN, for tests that need no real ones."""

    def __init__(self) -> None:
        self.issued: dict[str, IssuedCertificate] = {}

    def certificate(self, tx: ReadTx, arn: str) -> IssuedCertificate | None:
        return self.issued.get(arn)

    def issue(self, name: str) -> str:
        arn = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/{name}"
        self.issued[arn] = IssuedCertificate(
            arn=arn, names=(f"{name}.example.com",), chain="CHAIN", key="KEY"
        )
        return arn


@pytest.fixture
def issued() -> KnownCertificates:
    """`issued.issue("a")` makes a certificate and answers its ARN."""
    return KnownCertificates()


@pytest.fixture
def elb_peers(peers: Peers, issued: KnownCertificates) -> Peers:
    """The real providers, but for certificates."""
    return replace(peers, certificates=issued)


@pytest.fixture
def region(store: Store, ids: Any) -> str:
    """A region with its default VPC."""
    from homeport.services.ec2 import wiring

    (service,) = wiring.services()
    assert service.seed is not None
    told = Seed(
        account=ACCOUNT,
        home_region=REGION,
        regions=(REGION, "eu-west-1"),
        now=1_700_000_000.0,
        ids=ids,
    )
    store.write(lambda tx: service.seed(tx, told))  # type: ignore[misc]
    return REGION


@pytest.fixture
def ask(store: Store, region: str, call: Callable[..., Call], elb_peers: Peers) -> Ask:
    """`ask("CreateLoadBalancer", Name=…)` runs the operation in a transaction."""
    from homeport.services.elbv2 import wiring

    (service,) = wiring.services()

    def run(name: str, /, _call: Call | None = None, **request: object) -> Any:
        operation = service.operations[name]
        made = _call or call(peers=elb_peers)
        enter = store.write if operation.writes else store.read
        return enter(lambda tx: operation.handler(tx, made, request))  # type: ignore[arg-type]

    return run


@pytest.fixture
def refusal(ask: Ask) -> Callable[..., tuple[str, str]]:
    """`refusal("CreateRule", …)` is the code and the text of the error that it answers."""

    def run(name: str, /, **request: object) -> tuple[str, str]:
        with pytest.raises(AwsError) as refused:
            ask(name, **request)
        return refused.value.code, refused.value.message

    return run


@pytest.fixture
def subnets(store: Store, region: str, peers: Peers) -> tuple[str, ...]:
    """The ids of the default VPC's subnets, by zone."""
    found = store.read(lambda tx: peers.networks.default_subnets(tx, ACCOUNT, REGION))
    return tuple(subnet.subnet_id for subnet in found)


@pytest.fixture
def balancer(ask: Ask, subnets: tuple[str, ...]) -> Callable[..., Any]:
    """`balancer("web", Type=…)` makes a load balancer in every subnet."""

    def make(name: str = "web", **request: object) -> Any:
        members = {"Name": name, "Subnets": list(subnets)} | request
        return ask("CreateLoadBalancer", **members)["LoadBalancers"][0]

    return make


@pytest.fixture
def vpc_id(store: Store, region: str, peers: Peers) -> str:
    """The default VPC."""
    found = store.read(lambda tx: peers.networks.default_subnets(tx, ACCOUNT, REGION))
    return found[0].vpc_id


@pytest.fixture
def group(ask: Ask, vpc_id: str) -> Callable[..., str]:
    """`group("blue", Protocol=…)` makes a target group and answers its ARN."""

    def make(name: str = "blue", **request: object) -> str:
        members = {
            "Name": name,
            "Protocol": "HTTP",
            "Port": 80,
            "VpcId": vpc_id,
            "TargetType": "ip",
        } | request
        made = ask("CreateTargetGroup", **members)["TargetGroups"][0]
        return str(made["TargetGroupArn"])

    return make


@pytest.fixture
def heard(store: Store) -> Iterator[list[tuple[str, str]]]:
    """Every change that is announced, as (kind, key)."""
    found: list[tuple[str, str]] = []
    stop = store.feed.listen(lambda changes: found.extend((c.kind, c.key) for c in changes))
    yield found
    stop()


@pytest.fixture
def interfaces(store: Store, call: Callable[..., Call]) -> Callable[[], list[Any]]:
    """The network interfaces of the region, as EC2 shows them."""
    from homeport.services.ec2 import wiring

    (service,) = wiring.services()
    handler = service.operations["DescribeNetworkInterfaces"].handler
    return lambda: list(store.read(lambda tx: handler(tx, call(), {}))["NetworkInterfaces"])


@pytest.fixture
def spare_group(store: Store, peers: Peers, vpc_id: str, call: Callable[..., Call]) -> str:
    """Another security group of the default VPC."""
    from homeport.services.ec2 import wiring

    (service,) = wiring.services()
    handler = service.operations["CreateSecurityGroup"].handler
    asked = {"GroupName": "spare", "Description": "spare", "VpcId": vpc_id}
    return str(store.write(lambda tx: handler(tx, call(), asked))["GroupId"])
