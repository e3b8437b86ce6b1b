"""Attributes of load balancers and of listeners."""

from collections.abc import Mapping

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.elbv2.api.lookups import the_listener, the_load_balancer
from homeport.services.elbv2.plan import attributes as plan
from homeport.services.elbv2.queries import listeners, load_balancers
from homeport.services.elbv2.records.attributes import LISTENER, LOAD_BALANCER, effective
from homeport.shapes import elbv2 as shapes
from homeport.store import ReadTx, Tx


@operation("DescribeLoadBalancerAttributes")
def describe_load_balancer_attributes(
    tx: ReadTx, call: Call, request: shapes.DescribeLoadBalancerAttributesInput
) -> shapes.DescribeLoadBalancerAttributesOutput:
    """Every attribute that the load balancer has."""
    found = the_load_balancer(tx, call, request["LoadBalancerArn"])
    shown = effective(LOAD_BALANCER, found.kind, found.attributes)
    return {"Attributes": _pairs(shown)}


@operation(
    "ModifyLoadBalancerAttributes",
    partial="Connection logs, health check logs and zonal routing policies are refused.",
)
def modify_load_balancer_attributes(
    tx: Tx, call: Call, request: shapes.ModifyLoadBalancerAttributesInput
) -> shapes.ModifyLoadBalancerAttributesOutput:
    """Change attributes, and answer all of them."""
    before = the_load_balancer(tx, call, request["LoadBalancerArn"])
    asked = request["Attributes"]
    after = plan.changed(LOAD_BALANCER, before.kind, before.attributes, asked, noun="Load balancer")
    plan.check_logs(after)
    load_balancers.update_load_balancer(tx, replace(before, attributes=after))
    return {"Attributes": _pairs(effective(LOAD_BALANCER, before.kind, after))}


@operation("DescribeListenerAttributes")
def describe_listener_attributes(
    tx: ReadTx, call: Call, request: shapes.DescribeListenerAttributesInput
) -> shapes.DescribeListenerAttributesOutput:
    """Every attribute that the listener has."""
    found = the_listener(tx, call, request["ListenerArn"])
    shown = effective(LISTENER, found.protocol, found.attributes)
    return {"Attributes": _listener_pairs(shown)}


@operation("ModifyListenerAttributes", partial="Changing headers is refused.")
def modify_listener_attributes(
    tx: Tx, call: Call, request: shapes.ModifyListenerAttributesInput
) -> shapes.ModifyListenerAttributesOutput:
    """Change attributes, and answer all of them."""
    before = the_listener(tx, call, request["ListenerArn"])
    asked = request["Attributes"]
    after = plan.changed(LISTENER, before.protocol, before.attributes, asked, noun="Listener")
    listeners.update_listener(tx, replace(before, attributes=after))
    return {"Attributes": _listener_pairs(effective(LISTENER, before.protocol, after))}


def _pairs(shown: Mapping[str, str]) -> list[shapes.LoadBalancerAttribute]:
    return [{"Key": key, "Value": value} for key, value in shown.items()]


def _listener_pairs(shown: Mapping[str, str]) -> list[shapes.ListenerAttribute]:
    return [{"Key": key, "Value": value} for key, value in shown.items()]
