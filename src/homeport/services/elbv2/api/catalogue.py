"""What is the same for everybody: security policies, quotas, reserved capacity, trust stores."""

from homeport.runtime import Call, operation
from homeport.services.elbv2.api.listing import page
from homeport.services.elbv2.api.lookups import the_load_balancer
from homeport.services.elbv2.errors import (
    SSLPolicyNotFound,
    TrustStoreNotFound,
    UnsupportedOperation,
)
from homeport.services.elbv2.plan.limits import LIMITS
from homeport.services.elbv2.plan.ssl_policies import POLICIES, SslPolicy
from homeport.services.elbv2.plan.wording import one_of
from homeport.shapes import elbv2 as shapes
from homeport.store import ReadTx

_KINDS = ("application", "network", "gateway")
CAPACITY_DECREASES = 2
"""How often a day a reservation may be lowered: AWS tells it without any reservation too."""


@operation("DescribeSSLPolicies", partial="The FIPS policies are left out.")
def describe_ssl_policies(
    tx: ReadTx, call: Call, request: shapes.DescribeSSLPoliciesInput
) -> shapes.DescribeSSLPoliciesOutput:
    """The predefined security policies."""
    kind = one_of(request.get("LoadBalancerType", "application"), "loadBalancerType", _KINDS)
    asked = request.get("Names") or list(POLICIES)
    for name in asked:
        if name not in POLICIES:
            raise SSLPolicyNotFound(f"SSL policy '{name}' not found")
    found = [] if kind == "gateway" else [POLICIES[name] for name in dict.fromkeys(asked)]
    shown, marker = page(found, request, lambda each: each.name)
    answer: shapes.DescribeSSLPoliciesOutput = {"SslPolicies": [_policy(each) for each in shown]}
    if marker:
        answer["NextMarker"] = marker
    return answer


@operation("DescribeAccountLimits")
def describe_account_limits(
    tx: ReadTx, call: Call, request: shapes.DescribeAccountLimitsInput
) -> shapes.DescribeAccountLimitsOutput:
    """The quotas."""
    shown, marker = page(LIMITS, request, lambda each: each[0])
    answer: shapes.DescribeAccountLimitsOutput = {
        "Limits": [{"Name": name, "Max": str(most)} for name, most in shown]
    }
    if marker:
        answer["NextMarker"] = marker
    return answer


@operation("DescribeCapacityReservation")
def describe_capacity_reservation(
    tx: ReadTx, call: Call, request: shapes.DescribeCapacityReservationInput
) -> shapes.DescribeCapacityReservationOutput:
    """That nothing is reserved."""
    the_load_balancer(tx, call, request["LoadBalancerArn"])
    return {"DecreaseRequestsRemaining": CAPACITY_DECREASES, "CapacityReservationState": []}


@operation("ModifyCapacityReservation", partial="A reservation is refused; a reset is fine.")
def modify_capacity_reservation(
    tx: ReadTx, call: Call, request: shapes.ModifyCapacityReservationInput
) -> shapes.ModifyCapacityReservationOutput:
    """Nothing can be reserved: all that the machine has is there for every load balancer."""
    the_load_balancer(tx, call, request["LoadBalancerArn"])
    if "MinimumLoadBalancerCapacity" in request or not request.get("ResetCapacityReservation"):
        raise UnsupportedOperation(
            "Homeport reserves no capacity: load balancers share what the machine has."
        )
    return {"DecreaseRequestsRemaining": CAPACITY_DECREASES, "CapacityReservationState": []}


@operation("DescribeTrustStores", partial="There are none: trust stores cannot be made.")
def describe_trust_stores(
    tx: ReadTx, call: Call, request: shapes.DescribeTrustStoresInput
) -> shapes.DescribeTrustStoresOutput:
    """That there are none."""
    if request.get("TrustStoreArns") or request.get("Names"):
        raise TrustStoreNotFound
    return {"TrustStores": []}


def _policy(policy: SslPolicy) -> shapes.SslPolicy:
    return {
        "Name": policy.name,
        "SslProtocols": list(policy.protocols),
        "Ciphers": [
            {"Name": name, "Priority": place} for place, name in enumerate(policy.ciphers, 1)
        ],
        "SupportedLoadBalancerTypes": ["application", "network"],
    }
