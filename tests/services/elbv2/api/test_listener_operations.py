"""Listeners: their ports, protocols, certificates, default actions and attributes."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.services.elbv2.queries import forwards
from homeport.store import Store

Ask = Callable[..., Any]
Refusal = Callable[..., tuple[str, str]]
FIXED = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]


def to(*arns: str) -> list[dict[str, Any]]:
    if len(arns) == 1:
        return [{"Type": "forward", "TargetGroupArn": arns[0]}]
    groups = [{"TargetGroupArn": arn, "Weight": 1} for arn in arns]
    return [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]


@pytest.fixture
def web(balancer: Ask) -> str:
    """An application load balancer."""
    return str(balancer("web")["LoadBalancerArn"])


@pytest.fixture
def net(balancer: Ask) -> str:
    """A network load balancer."""
    return str(balancer("net", Type="network")["LoadBalancerArn"])


@pytest.fixture
def listen(ask: Ask) -> Ask:
    """`listen(arn, port)` makes a listener; HTTP with a fixed response if not told."""

    def make(arn: str, port: int = 80, **request: Any) -> Any:
        asked = {"Protocol": "HTTP", "DefaultActions": FIXED} | request
        return ask("CreateListener", LoadBalancerArn=arn, Port=port, **asked)["Listeners"][0]

    return make


def test_a_new_listener_says_what_it_is(web: str, listen: Ask, group: Ask) -> None:
    blue = group()
    made = listen(web, DefaultActions=to(blue))
    assert made["ListenerArn"].startswith(web.replace("loadbalancer", "listener", 1) + "/")
    assert made == {
        "ListenerArn": made["ListenerArn"],
        "LoadBalancerArn": web,
        "Port": 80,
        "Protocol": "HTTP",
        "DefaultActions": [
            {
                "Type": "forward",
                "TargetGroupArn": blue,
                "ForwardConfig": {
                    "TargetGroups": [{"TargetGroupArn": blue, "Weight": 1}],
                    "TargetGroupStickinessConfig": {"Enabled": False},
                },
            }
        ],
    }


def test_several_groups_have_no_group_of_their_own_in_front(
    web: str, listen: Ask, group: Ask
) -> None:
    (action,) = listen(web, DefaultActions=to(group("a"), group("b")))["DefaultActions"]
    assert "TargetGroupArn" not in action
    assert len(action["ForwardConfig"]["TargetGroups"]) == 2


def test_a_port_is_taken_once(web: str, listen: Ask, refusal: Refusal) -> None:
    made = listen(web)
    assert listen(web) == made
    assert refusal(
        "CreateListener",
        LoadBalancerArn=web,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}],
    ) == (
        "DuplicateListener",
        f"A listener already exists on this port for this load balancer '{web}'",
    )
    other = listen(web, 81)["ListenerArn"]
    assert refusal("ModifyListener", ListenerArn=other, Port=80)[0] == "DuplicateListener"


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"Protocol": None}, "ValidationError", "A listener protocol must be specified"),
        ({"Port": None}, "ValidationError", "A listener port must be specified"),
        (
            {"Protocol": "TCP"},
            "ValidationError",
            "Listener protocol 'TCP' must be one of 'HTTP, HTTPS'",
        ),
        (
            {"Protocol": "HTTPS"},
            "ValidationError",
            "A certificate must be specified for HTTPS listeners",
        ),
        (
            {"Protocol": "HTTPS", "Certificates": [{"CertificateArn": "arn:aws:acm:::x"}]},
            "CertificateNotFound",
            "Certificate 'arn:aws:acm:::x' not found",
        ),
        (
            {"SslPolicy": "ELBSecurityPolicy-2016-08"},
            "ValidationError",
            "An SSL policy cannot be specified for HTTP listeners",
        ),
        (
            {"MutualAuthentication": {"Mode": "off"}},
            "ValidationError",
            "Mutual authentication cannot be specified for HTTP listeners",
        ),
        ({"DefaultActions": []}, "ValidationError", "An action must be specified"),
        (
            {"DefaultActions": to("arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/x/1")},
            "TargetGroupNotFound",
            "Target group 'arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/x/1' not found",
        ),
    ],
)
def test_what_cannot_be_a_listener(
    web: str, refusal: Refusal, changes: Any, code: str, text: str
) -> None:
    asked = {"Protocol": "HTTP", "Port": 80, "DefaultActions": FIXED} | changes
    asked = {key: value for key, value in asked.items() if value is not None}
    assert refusal("CreateListener", LoadBalancerArn=web, **asked) == (code, text)


def test_a_listener_needs_its_load_balancer(web: str, refusal: Refusal) -> None:
    asked = {"Protocol": "HTTP", "Port": 80, "DefaultActions": FIXED}
    assert refusal("CreateListener", LoadBalancerArn=web + "0", **asked) == (
        "LoadBalancerNotFound",
        f"Load balancer '{web}0' not found",
    )
    gone = web.replace("loadbalancer", "listener") + "/1"
    assert refusal("DeleteListener", ListenerArn=gone) == (
        "ListenerNotFound",
        f"Listener '{gone}' not found",
    )


def test_a_group_serves_one_load_balancer(
    web: str, balancer: Ask, listen: Ask, group: Ask, ask: Ask, refusal: Refusal
) -> None:
    blue = group()
    first = listen(web, DefaultActions=to(blue))
    listen(web, 81, DefaultActions=to(blue))
    other = balancer("other")["LoadBalancerArn"]
    asked = {"LoadBalancerArn": other, "Protocol": "HTTP", "Port": 80, "DefaultActions": to(blue)}
    assert refusal("CreateListener", **asked) == (
        "TargetGroupAssociationLimit",
        "The following target groups cannot be associated with more than one load balancer: "
        + blue,
    )
    for listener in ask("DescribeListeners", LoadBalancerArn=web)["Listeners"]:
        ask("DeleteListener", ListenerArn=listener["ListenerArn"])
    assert ask("CreateListener", **asked)["Listeners"][0]["ListenerArn"] != first["ListenerArn"]


def test_network_listeners_forward_and_nothing_else(
    net: str, listen: Ask, group: Ask, refusal: Refusal
) -> None:
    tcp = group("tcp", Protocol="TCP")
    made = listen(net, 5432, Protocol="TCP", DefaultActions=to(tcp))
    assert made["Protocol"] == "TCP"
    asked = {"LoadBalancerArn": net, "Protocol": "TCP", "Port": 1, "DefaultActions": FIXED}
    assert refusal("CreateListener", **asked)[0] == "InvalidLoadBalancerAction"
    asked["DefaultActions"] = to(group("web"))
    assert refusal("CreateListener", **asked)[0] == "IncompatibleProtocols"


def test_tls_listeners_have_an_alpn_policy(
    net: str, listen: Ask, group: Ask, issued: Any, ask: Ask, refusal: Refusal
) -> None:
    tcp = group("tcp", Protocol="TCP")
    made = listen(
        net,
        443,
        Protocol="TLS",
        DefaultActions=to(tcp),
        Certificates=[{"CertificateArn": issued.issue("a")}],
        AlpnPolicy=["HTTP2Preferred"],
    )
    assert made["AlpnPolicy"] == ["HTTP2Preferred"]
    assert made["SslPolicy"] == "ELBSecurityPolicy-2016-08"
    assert "MutualAuthentication" not in made
    arn = made["ListenerArn"]
    assert refusal("ModifyListener", ListenerArn=arn, AlpnPolicy=["h3"]) == (
        "ALPNPolicyNotFound",
        "The specified ALPN policy is not supported.",
    )
    (plain,) = ask("ModifyListener", ListenerArn=arn, Protocol="TCP")["Listeners"]
    assert not {"AlpnPolicy", "SslPolicy", "Certificates"} & plain.keys()


def test_a_listener_becomes_secure_and_plain_again(
    web: str, listen: Ask, issued: Any, ask: Ask, refusal: Refusal
) -> None:
    arn = listen(web)["ListenerArn"]
    assert refusal("ModifyListener", ListenerArn=arn, Protocol="HTTPS")[1] == (
        "A certificate must be specified for HTTPS listeners"
    )
    certificate = [{"CertificateArn": issued.issue("a")}]
    changed = {"ListenerArn": arn, "Protocol": "HTTPS", "Certificates": certificate}
    (secure,) = ask("ModifyListener", **changed, Port=443)["Listeners"]
    assert secure["Certificates"] == certificate
    assert secure["SslPolicy"] == "ELBSecurityPolicy-2016-08"
    assert secure["MutualAuthentication"] == {"Mode": "off"}
    assert secure["Port"] == 443
    policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
    (strict,) = ask("ModifyListener", ListenerArn=arn, SslPolicy=policy)["Listeners"]
    assert (strict["SslPolicy"], strict["Certificates"]) == (policy, certificate)
    (plain,) = ask("ModifyListener", ListenerArn=arn, Protocol="HTTP")["Listeners"]
    assert not {"SslPolicy", "Certificates", "MutualAuthentication"} & plain.keys()


def test_certificates_are_added_and_removed(
    web: str, listen: Ask, issued: Any, ask: Ask, refusal: Refusal
) -> None:
    default, more = issued.issue("default"), issued.issue("more")
    arn = listen(web, Protocol="HTTPS", Certificates=[{"CertificateArn": default}])["ListenerArn"]

    def shown() -> list[tuple[str, bool]]:
        answer = ask("DescribeListenerCertificates", ListenerArn=arn)
        return [(each["CertificateArn"], each["IsDefault"]) for each in answer["Certificates"]]

    def add(certificate: str) -> Any:
        asked = [{"CertificateArn": certificate}]
        return ask("AddListenerCertificates", ListenerArn=arn, Certificates=asked)

    assert add(more) == {"Certificates": [{"CertificateArn": more, "IsDefault": False}]}
    add(more)
    assert shown() == [(default, True), (more, False)]
    add(default)
    assert shown() == [(default, True), (more, False), (default, False)]
    for certificate in (default, more, more):
        asked = [{"CertificateArn": certificate}]
        if certificate != default or len(shown()) > 1:
            ask("RemoveListenerCertificates", ListenerArn=arn, Certificates=asked)
    assert shown() == [(default, True)]
    assert refusal(
        "RemoveListenerCertificates", ListenerArn=arn, Certificates=[{"CertificateArn": default}]
    ) == (
        "OperationNotPermitted",
        f"Default certificate '{default}' cannot be removed from listener '{arn}'",
    )
    assert refusal(
        "AddListenerCertificates", ListenerArn=arn, Certificates=[{"CertificateArn": "none"}]
    ) == ("CertificateNotFound", "Certificate 'none' not found")
    for number in range(25):
        add(issued.issue(f"more-{number}"))
    assert (
        refusal(
            "AddListenerCertificates",
            ListenerArn=arn,
            Certificates=[{"CertificateArn": issued.issue("one-more")}],
        )[0]
        == "TooManyCertificates"
    )


def test_fifty_listeners_are_the_limit(web: str, listen: Ask, ask: Ask, refusal: Refusal) -> None:
    for port in range(1, 51):
        listen(web, port)
    asked = {"LoadBalancerArn": web, "Protocol": "HTTP", "Port": 51, "DefaultActions": FIXED}
    assert refusal("CreateListener", **asked) == (
        "TooManyListeners",
        "You've reached the limit on the number of listeners per load balancer.",
    )
    ports: list[int] = []
    marker: dict[str, str] = {}
    while True:
        answer = ask("DescribeListeners", LoadBalancerArn=web, PageSize=20, **marker)
        ports += [each["Port"] for each in answer["Listeners"]]
        if "NextMarker" not in answer:
            break
        marker = {"Marker": answer["NextMarker"]}
    assert ports == list(range(1, 51))


def test_listeners_are_found_by_arn(web: str, listen: Ask, ask: Ask, refusal: Refusal) -> None:
    made = listen(web)
    found = ask("DescribeListeners", ListenerArns=[made["ListenerArn"]])["Listeners"]
    assert found == [made]
    assert refusal("DescribeListeners") == (
        "ValidationError",
        "You must specify either listener ARNs or a load balancer ARN",
    )
    assert refusal("DescribeListeners", ListenerArns=[made["ListenerArn"] + "0"]) == (
        "ListenerNotFound",
        "One or more listeners not found",
    )


def test_changes_say_which_load_balancers_and_groups_they_concern(
    web: str,
    listen: Ask,
    group: Ask,
    ask: Ask,
    store: Store,
    heard: list[tuple[str, str]],
) -> None:
    blue, green = group("blue"), group("green")
    arn = listen(web, DefaultActions=to(blue))["ListenerArn"]
    assert store.read(forwards.groups_in_use) == {blue}
    heard.clear()
    ask("ModifyListener", ListenerArn=arn, DefaultActions=to(blue, green))
    assert {("load balancer", web), ("target group", green)} <= set(heard)
    assert ("target group", blue) not in heard
    assert store.read(lambda tx: forwards.groups_of_load_balancer(tx, web)) == (blue, green)
    assert store.read(lambda tx: forwards.load_balancers_of_group(tx, green)) == (web,)
    heard.clear()
    ask("ModifyListener", ListenerArn=arn, DefaultActions=to(green))
    assert ("target group", blue) in heard
    assert store.read(forwards.groups_in_use) == {green}
    heard.clear()
    ask("DeleteListener", ListenerArn=arn)
    assert {("load balancer", web), ("target group", green)} <= set(heard)
    assert store.read(forwards.groups_in_use) == frozenset()


def test_attributes_are_those_of_the_protocol(
    web: str, net: str, listen: Ask, group: Ask, ask: Ask, refusal: Refusal
) -> None:
    tcp = listen(net, Protocol="TCP", DefaultActions=to(group("tcp", Protocol="TCP")))
    arn, key = tcp["ListenerArn"], "tcp.idle_timeout.seconds"
    asked = [{"Key": key, "Value": "60"}]
    assert ask("DescribeListenerAttributes", ListenerArn=arn) == {
        "Attributes": [{"Key": key, "Value": "350"}]
    }
    assert ask("ModifyListenerAttributes", ListenerArn=arn, Attributes=asked) == {
        "Attributes": asked
    }
    assert ask("DescribeListenerAttributes", ListenerArn=arn) == {"Attributes": asked}
    http = listen(web)["ListenerArn"]
    assert refusal("ModifyListenerAttributes", ListenerArn=http, Attributes=asked) == (
        "InvalidConfigurationRequest",
        f"Listener attribute key '{key}' is not supported on listeners with the protocol 'HTTP'",
    )
