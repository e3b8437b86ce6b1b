"""Load balancers, target groups, listeners and rules by themselves, for the end-to-end tests.

Targets are servers of the test itself, at the VPC's gateway: the address that the machine has on
the VPC's bridge.
"""

import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from e2e_balancers import health, subnets
from e2e_harness import Homeport, wait_until
from small_backends import Backend

HEALTHY_S = 30.0
OFTEN = {
    "HealthCheckIntervalSeconds": 5,
    "HealthCheckTimeoutSeconds": 2,
    "HealthyThresholdCount": 2,
    "UnhealthyThresholdCount": 2,
}
ALIVE = OFTEN | {"HealthCheckProtocol": "HTTP", "HealthCheckPath": "/health"}
CONNECTS = OFTEN | {"HealthCheckProtocol": "TCP"}


@dataclass(frozen=True)
class LoadBalancer:
    """A load balancer as a test names it."""

    arn: str
    dns_name: str
    vpc_id: str


def load_balancer(homeport: Homeport, name: str, **more: Any) -> LoadBalancer:
    """Make one in the default VPC."""
    made = homeport.client("elbv2").create_load_balancer(
        Name=name, Subnets=subnets(homeport), **more
    )["LoadBalancers"][0]
    return LoadBalancer(made["LoadBalancerArn"], made["DNSName"], made["VpcId"])


def state_of(homeport: Homeport, arn: str) -> dict[str, str]:
    """The state of a load balancer, with its reason."""
    found = homeport.client("elbv2").describe_load_balancers(LoadBalancerArns=[arn])
    state: dict[str, str] = found["LoadBalancers"][0]["State"]
    return state


def gateway(homeport: Homeport) -> str:
    """The machine's address in the default VPC."""
    [vpc] = homeport.client("ec2").describe_vpcs()["Vpcs"]
    return str(IPv4Network(vpc["CidrBlock"])[1])


def target_group(
    homeport: Homeport,
    name: str,
    *ports: int,
    check: Mapping[str, Any] = ALIVE,
    **more: Any,
) -> str:
    """A target group with the machine's own ports as targets."""
    [vpc] = homeport.client("ec2").describe_vpcs()["Vpcs"]
    elb = homeport.client("elbv2")
    asked = {"Protocol": "HTTP", "Port": 80, "TargetType": "ip", **check} | more
    made = elb.create_target_group(Name=name, VpcId=vpc["VpcId"], **asked)
    arn: str = made["TargetGroups"][0]["TargetGroupArn"]
    if ports:
        register(homeport, arn, *ports)
    return arn


def register(homeport: Homeport, group_arn: str, *ports: int) -> None:
    """Register ports of the machine."""
    homeport.client("elbv2").register_targets(
        TargetGroupArn=group_arn,
        Targets=[{"Id": gateway(homeport), "Port": port} for port in ports],
    )


def listen(
    homeport: Homeport, balancer: LoadBalancer, port: int, action: dict[str, Any], **more: Any
) -> str:
    """A listener with one default action."""
    asked = {"Protocol": "HTTP", "Port": port, "DefaultActions": [action]} | more
    made = homeport.client("elbv2").create_listener(LoadBalancerArn=balancer.arn, **asked)
    arn: str = made["Listeners"][0]["ListenerArn"]
    return arn


def rule(
    homeport: Homeport,
    listener_arn: str,
    priority: int,
    condition: dict[str, Any],
    action: dict[str, Any],
) -> str:
    """A rule with one condition and one action."""
    made = homeport.client("elbv2").create_rule(
        ListenerArn=listener_arn, Priority=priority, Conditions=[condition], Actions=[action]
    )
    arn: str = made["Rules"][0]["RuleArn"]
    return arn


def forward(group_arn: str) -> dict[str, Any]:
    """A forward to one group."""
    return {"Type": "forward", "TargetGroupArn": group_arn}


def shared(weights: dict[str, int], *, sticky_s: int | None = None) -> dict[str, Any]:
    """A forward to groups by their weights; a client stays with its group if told to."""
    tuples = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    config: dict[str, Any] = {"TargetGroups": tuples}
    if sticky_s is not None:
        config["TargetGroupStickinessConfig"] = {"Enabled": True, "DurationSeconds": sticky_s}
    return {"Type": "forward", "ForwardConfig": config}


def say(text: str, status: int = 200) -> dict[str, Any]:
    """A fixed response."""
    config = {"StatusCode": str(status), "ContentType": "text/plain", "MessageBody": text}
    return {"Type": "fixed-response", "FixedResponseConfig": config}


def until_healthy(homeport: Homeport, group_arn: str, count: int = 1) -> None:
    """Wait until a group has so many targets, all healthy."""
    wait_until(
        lambda: list(health(homeport, group_arn).values()) == ["healthy"] * count,
        HEALTHY_S,
        lambda: str(health(homeport, group_arn)),
    )


def certificate(homeport: Homeport, name: str, root: Path) -> str:
    """The ARN of a certificate of Homeport's own; its root goes into the file."""
    acm = homeport.client("acm")
    arn: str = acm.request_certificate(DomainName=name)["CertificateArn"]
    root.write_text(acm.get_certificate(CertificateArn=arn)["CertificateChain"])
    return arn


@dataclass(frozen=True)
class Reply:
    """What a client got."""

    status: int
    text: str
    headers: dict[str, str]

    def __bool__(self) -> bool:
        return self.status > 0


def ask(
    port: int, path: str = "/", *, method: str = "GET", source: str = "", **headers: str
) -> Reply:
    """One request on a connection of its own; status 0 when there is no answer."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    from_ = (source, 0) if source else None
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10, source_address=from_)
    with closing(connection):
        try:
            connection.request(method, path, headers=named)
            answer = connection.getresponse()
            text = answer.read().decode().strip()
        except OSError:
            return Reply(0, "", {})
        said = {key.lower(): value for key, value in answer.getheaders()}
        return Reply(answer.status, text, said)


def until_open(port: int) -> None:
    """Wait until a listener takes connections."""

    def is_open() -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", port)) == 0

    wait_until(is_open, HEALTHY_S, lambda: f"nobody listens on {port}")


def until_answers(port: int, text: str, path: str = "/", **headers: str) -> None:
    """Wait until a request is answered so."""
    wait_until(
        lambda: ask(port, path, **headers).text == text,
        HEALTHY_S,
        lambda: f"it answers {ask(port, path, **headers)}",
    )


@contextmanager
def servers() -> Iterator[Callable[..., Any]]:
    """Makes servers from their names, on every address of this machine; closes them in the end."""
    made: list[Any] = []

    def make(name: str, kind: Callable[..., Any] = Backend, address: str = "0.0.0.0") -> Any:
        made.append(kind(name, address=address))
        return made[-1]

    try:
        yield make
    finally:
        for each in made:
            each.close()


class PlainHttp2:
    """A target that speaks HTTP/2 without TLS and nothing else: every request gets the same."""

    def __init__(self, body: bytes, *, trailer: tuple[str, str] | None = None) -> None:
        self._body, self._trailer = body, trailer
        self._listening = socket.create_server(("", 0))
        self.port = int(self._listening.getsockname()[1])
        self.prefaces = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        with client, client.makefile("rb") as stream:
            if stream.read(len(preface)) != preface:
                return
            self.prefaces += 1
            client.sendall(_frame(_SETTINGS, 0, 0, b""))
            while len(head := stream.read(9)) == 9:
                length = int.from_bytes(head[:3])
                kind, flags, number = struct.unpack(">BBI", head[3:])
                payload = stream.read(length)
                if kind == _SETTINGS and not flags & _ACK:
                    client.sendall(_frame(_SETTINGS, _ACK, 0, b""))
                elif kind == _PING and not flags & _ACK:
                    client.sendall(_frame(_PING, _ACK, 0, payload))
                elif kind in {_HEADERS, _DATA} and flags & _END_STREAM:
                    client.sendall(self._answer(number))

    def _answer(self, number: int) -> bytes:
        kind = "application/grpc" if self._trailer else "text/plain"
        head = b"\x88" + _field("content-type", kind)
        made = _frame(_HEADERS, _END_HEADERS, number, head)
        made += _frame(_DATA, 0 if self._trailer else _END_STREAM, number, self._body)
        if self._trailer:
            last = _END_HEADERS | _END_STREAM
            made += _frame(_HEADERS, last, number, _field(*self._trailer))
        return made


_DATA, _HEADERS, _SETTINGS, _PING = 0, 1, 4, 6
_END_STREAM, _ACK, _END_HEADERS = 1, 1, 4


def _frame(kind: int, flags: int, number: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3) + struct.pack(">BBI", kind, flags, number) + payload


def _field(name: str, value: str) -> bytes:
    """A header that is spelt out."""
    short = (name.encode(), value.encode())
    return b"\x00" + b"".join(bytes([len(each)]) + each for each in short)
