"""Listeners: made, shown, changed, deleted.  Their default rule has no record of its own."""

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.elbv2.api import forwarding
from homeport.services.elbv2.api.listing import page
from homeport.services.elbv2.api.lookups import (
    described_listeners,
    load_balancer_of,
    the_listener,
    the_load_balancer,
)
from homeport.services.elbv2.errors import (
    CertificateNotFound,
    DuplicateListener,
    TooManyListeners,
    ValidationError,
)
from homeport.services.elbv2.plan import listeners as plan
from homeport.services.elbv2.plan import names, tags
from homeport.services.elbv2.plan.limits import LISTENERS
from homeport.services.elbv2.queries import forwards, listeners, rules
from homeport.services.elbv2.queries.tags import put_tags, remove_all_tags
from homeport.services.elbv2.queries.target_groups import announce
from homeport.services.elbv2.records.listeners import Listener
from homeport.services.elbv2.records.load_balancers import LoadBalancer
from homeport.services.elbv2.render import listeners as render
from homeport.shapes import elbv2 as shapes
from homeport.store import ReadTx, Tx


@operation(
    "CreateListener",
    partial="Authentication, mutual TLS and the protocols QUIC and TCP_QUIC are refused.",
)
def create_listener(
    tx: Tx, call: Call, request: shapes.CreateListenerInput
) -> shapes.CreateListenerOutput:
    """Make a listener, or answer the one on that port that is the same."""
    load_balancer = the_load_balancer(tx, call, request["LoadBalancerArn"])
    protocol = plan.checked_protocol(load_balancer.kind, request.get("Protocol"))
    if "Port" not in request:
        raise ValidationError("A listener port must be specified")
    port = request["Port"]
    plan.check_mutual_authentication(protocol, request.get("MutualAuthentication"))
    certificate = plan.default_certificate(protocol, request.get("Certificates"))
    check_certificate(tx, call, certificate)
    new_tags = tags.checked(request.get("Tags", []))
    arn = names.listener_arn(load_balancer.arn, call.ids.hex(16))
    new = Listener(
        arn=arn,
        load_balancer_arn=load_balancer.arn,
        port=port,
        protocol=protocol,
        default_rule_arn=names.rule_arn(arn, call.ids.hex(16)),
        default_actions=forwarding.asked_actions(
            tx, load_balancer, protocol, request["DefaultActions"], "defaultActions"
        ),
        ssl_policy=plan.checked_policy(protocol, request.get("SslPolicy")),
        certificates=(certificate,) if certificate else (),
        alpn=plan.checked_alpn(protocol, request.get("AlpnPolicy")),
        shift=1,
    )
    others = listeners.listeners_of(tx, load_balancer.arn)
    same_port = _on_port(others, port)
    if same_port is not None:
        if not _are_alike(same_port, new):
            raise _duplicate(load_balancer)
        return {"Listeners": [render.listener(same_port)]}
    if len(others) >= LISTENERS:
        raise TooManyListeners
    listeners.insert_listener(tx, new)
    put_tags(tx, arn, new_tags)
    forwarding.record(tx, new.default_rule_arn, arn, load_balancer.arn, new.default_actions)
    return {"Listeners": [render.listener(new)]}


@operation("DescribeListeners")
def describe_listeners(
    tx: ReadTx, call: Call, request: shapes.DescribeListenersInput
) -> shapes.DescribeListenersOutput:
    """The listeners of a load balancer, by port, or those that are named."""
    arns, owner = request.get("ListenerArns", []), request.get("LoadBalancerArn")
    if arns and owner:
        raise ValidationError(
            "Listener ARNs and a load balancer ARN cannot be specified at the same time"
        )
    if owner:
        found = listeners.listeners_of(tx, the_load_balancer(tx, call, owner).arn)
    elif arns:
        found = described_listeners(tx, call, arns)
    else:
        raise ValidationError("You must specify either listener ARNs or a load balancer ARN")
    shown, marker = page(found, request, lambda each: f"{each.port:05}" if owner else each.arn)
    answer: shapes.DescribeListenersOutput = {
        "Listeners": [render.listener(each) for each in shown]
    }
    if marker:
        answer["NextMarker"] = marker
    return answer


@operation(
    "ModifyListener",
    partial="Authentication, mutual TLS and the protocols QUIC and TCP_QUIC are refused.",
)
def modify_listener(
    tx: Tx, call: Call, request: shapes.ModifyListenerInput
) -> shapes.ModifyListenerOutput:
    """Replace what the request names; what the new protocol does not have goes away."""
    before = the_listener(tx, call, request["ListenerArn"])
    load_balancer = load_balancer_of(tx, before)
    protocol = plan.checked_protocol(load_balancer.kind, request.get("Protocol", before.protocol))
    port = request.get("Port", before.port)
    others = [
        each for each in listeners.listeners_of(tx, load_balancer.arn) if each.arn != before.arn
    ]
    if _on_port(others, port) is not None:
        raise _duplicate(load_balancer)
    plan.check_mutual_authentication(protocol, request.get("MutualAuthentication"))
    was_default = before.certificates[0] if before.certificates else ""
    certificate = plan.default_certificate(protocol, request.get("Certificates"), was_default)
    if certificate != was_default:
        check_certificate(tx, call, certificate)
    after = replace(
        before,
        port=port,
        protocol=protocol,
        ssl_policy=plan.checked_policy(protocol, request.get("SslPolicy"), before.ssl_policy),
        certificates=(certificate, *before.certificates[1:]) if certificate else (),
        alpn=plan.checked_alpn(protocol, request.get("AlpnPolicy"), before.alpn),
    )
    if "DefaultActions" in request:
        asked = request["DefaultActions"]
        actions = forwarding.asked_actions(tx, load_balancer, protocol, asked, "defaultActions")
        after = replace(after, default_actions=actions)
        forwarding.record(tx, after.default_rule_arn, after.arn, load_balancer.arn, actions)
    if protocol != before.protocol:
        forwarding.check(tx, load_balancer, protocol, after.default_actions)
        for rule in rules.rules_of(tx, after.arn):
            forwarding.check(tx, load_balancer, protocol, rule.actions)
    listeners.update_listener(tx, after)
    return {"Listeners": [render.listener(after)]}


@operation("DeleteListener")
def delete_listener(
    tx: Tx, call: Call, request: shapes.DeleteListenerInput
) -> shapes.DeleteListenerOutput:
    """Delete a listener with its rules."""
    gone = the_listener(tx, call, request["ListenerArn"])
    parts = [gone.arn, gone.default_rule_arn, *(rule.arn for rule in rules.rules_of(tx, gone.arn))]
    remove_all_tags(tx, parts)
    rules.delete_rules_of_listener(tx, gone.arn)
    unused = forwards.forget_listener(tx, gone.arn)
    listeners.delete_listener(tx, gone)
    announce(tx, unused)
    return {}


def check_certificate(tx: ReadTx, call: Call, arn: str) -> None:
    """Raise if a listener cannot have the certificate with this ARN; empty stands for none."""
    if arn and call.peers.certificates.certificate(tx, arn) is None:
        raise CertificateNotFound(f"Certificate '{arn}' not found")


def _on_port(others: tuple[Listener, ...] | list[Listener], port: int) -> Listener | None:
    return next((each for each in others if each.port == port), None)


def _are_alike(before: Listener, new: Listener) -> bool:
    asked = replace(
        new,
        arn=before.arn,
        default_rule_arn=before.default_rule_arn,
        certificates=(*new.certificates, *before.certificates[1:]),
        attributes=before.attributes,
        shift=before.shift,
        live_shift=before.live_shift,
    )
    return asked == before


def _duplicate(load_balancer: LoadBalancer) -> DuplicateListener:
    return DuplicateListener(
        f"A listener already exists on this port for this load balancer '{load_balancer.arn}'"
    )
