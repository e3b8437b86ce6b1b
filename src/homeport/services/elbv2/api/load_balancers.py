"""Load balancers: made, shown, deleted.  The data plane opens their listeners, not we."""

from homeport.runtime import Call, operation
from homeport.services.elbv2.api.listing import page
from homeport.services.elbv2.api.lookups import find_load_balancer
from homeport.services.elbv2.api.placing import (
    checked_groups,
    give_back,
    hold_interfaces,
    places_of,
)
from homeport.services.elbv2.errors import (
    DuplicateLoadBalancerName,
    LoadBalancerNotFound,
    OperationNotPermitted,
    TooManyLoadBalancers,
    UnsupportedOperation,
    ValidationError,
)
from homeport.services.elbv2.plan import names, tags, zones
from homeport.services.elbv2.plan.limits import LOAD_BALANCERS
from homeport.services.elbv2.plan.wording import one_of
from homeport.services.elbv2.queries import forwards, listeners, load_balancers, rules
from homeport.services.elbv2.queries.tags import put_tags, remove_all_tags
from homeport.services.elbv2.queries.target_groups import announce
from homeport.services.elbv2.records.load_balancers import Kind, LoadBalancer, Scheme
from homeport.services.elbv2.render import load_balancers as render
from homeport.shapes import elbv2 as shapes
from homeport.store import ReadTx, Tx


@operation(
    "CreateLoadBalancer",
    partial="Gateway load balancers, elastic and chosen addresses, IPv6 and Outposts are refused.",
)
def create_load_balancer(
    tx: Tx, call: Call, request: shapes.CreateLoadBalancerInput
) -> shapes.CreateLoadBalancerOutput:
    """Make a load balancer, or answer the one of that name that is the same."""
    name = names.checked_name(request["Name"])
    kind = _kind(request.get("Type", "application"))
    scheme = _scheme(request.get("Scheme", "internet-facing"))
    _refuse_unknown_networks(request)
    address_type = zones.checked_address_type(kind, request.get("IpAddressType", "ipv4"))
    places = places_of(tx, call, kind, zones.asked_subnets(kind, request))
    vpc_id = places[0].vpc_id
    groups = checked_groups(tx, call, kind, vpc_id, request.get("SecurityGroups"))
    new_tags = tags.checked(request.get("Tags", []))
    same_name = load_balancers.find_named(tx, call.account, call.region, [name])
    if same_name:
        before = same_name[0]
        wanted = (kind, scheme, set(groups), {place.subnet_id for place in places})
        held = {zone.subnet_id for zone in before.zones}
        if (before.kind, before.scheme, set(before.security_groups), held) != wanted:
            raise DuplicateLoadBalancerName(
                f"A load balancer with the same name '{name}' exists, but with different settings"
            )
        return {"LoadBalancers": [render.load_balancer(before)]}
    _refuse_too_many(tx, call, kind)
    digits = call.ids.hex(16)
    arn = names.load_balancer_arn(call.account, call.region, kind, name, digits)
    is_internal = scheme == "internal"
    new = LoadBalancer(
        arn=arn,
        account=call.account,
        region=call.region,
        name=name,
        kind=kind,
        scheme=scheme,
        dns_name=names.dns_name(
            name,
            call.region,
            is_internal=is_internal and kind == "application",
            digits=call.ids.number(10) if kind == "application" else digits,
        ),
        vpc_id=vpc_id,
        ip_address_type=address_type,
        zones=hold_interfaces(tx, call, arn, places, security_groups=groups),
        security_groups=groups,
        created_at=call.now,
        attributes={"ipv6.deny_all_igw_traffic": "true"} if is_internal else {},
    )
    load_balancers.insert_load_balancer(tx, new)
    put_tags(tx, arn, new_tags)
    return {"LoadBalancers": [render.load_balancer(new)]}


@operation("DescribeLoadBalancers")
def describe_load_balancers(
    tx: ReadTx, call: Call, request: shapes.DescribeLoadBalancersInput
) -> shapes.DescribeLoadBalancersOutput:
    """The load balancers of the region, or those that are named, by name."""
    arns, asked = request.get("LoadBalancerArns", []), request.get("Names", [])
    if arns and asked:
        raise ValidationError(
            "Load balancer names and load balancer ARNs cannot be specified at the same time"
        )
    if arns:
        by_arn = [find_load_balancer(tx, call, arn) for arn in dict.fromkeys(arns)]
        if None in by_arn:
            raise LoadBalancerNotFound("One or more load balancers not found")
        found = tuple(sorted((each for each in by_arn if each), key=lambda each: each.name))
    elif asked:
        found = load_balancers.find_named(tx, call.account, call.region, asked)
        missing = sorted(set(asked) - {each.name for each in found})
        if missing:
            raise LoadBalancerNotFound(f"Load balancers '[{', '.join(missing)}]' not found")
    else:
        found = load_balancers.load_balancers_of(tx, call.account, call.region)
    shown, marker = page(found, request, lambda each: each.name)
    answer: shapes.DescribeLoadBalancersOutput = {
        "LoadBalancers": [render.load_balancer(each) for each in shown]
    }
    if marker:
        answer["NextMarker"] = marker
    return answer


@operation("DeleteLoadBalancer")
def delete_load_balancer(
    tx: Tx, call: Call, request: shapes.DeleteLoadBalancerInput
) -> shapes.DeleteLoadBalancerOutput:
    """Delete a load balancer with all that belongs to it; one that is gone already is fine."""
    gone = find_load_balancer(tx, call, request["LoadBalancerArn"])
    if gone is None:
        return {}
    if gone.attributes.get("deletion_protection.enabled") == "true":
        raise OperationNotPermitted(
            f"Load balancer '{gone.arn}' cannot be deleted because deletion protection is enabled"
        )
    parts = [gone.arn, *rules.arns_of_load_balancer(tx, gone.arn)]
    for listener in listeners.listeners_of(tx, gone.arn):
        parts += [listener.arn, listener.default_rule_arn]
    remove_all_tags(tx, parts)
    rules.delete_rules_of_load_balancer(tx, gone.arn)
    listeners.delete_listeners_of(tx, gone.arn)
    unused = forwards.forget_load_balancer(tx, gone.arn)
    load_balancers.delete_load_balancer(tx, gone.arn)
    announce(tx, unused)
    give_back(tx, call, gone.zones)
    return {}


def _kind(asked: str) -> Kind:
    if one_of(asked, "type", ("application", "network", "gateway")) == "gateway":
        raise UnsupportedOperation(
            "Homeport has no gateway load balancers: use application or network."
        )
    return "application" if asked == "application" else "network"


def _scheme(asked: str) -> Scheme:
    one_of(asked, "scheme", ("internet-facing", "internal"))
    return "internal" if asked == "internal" else "internet-facing"


def _refuse_unknown_networks(request: shapes.CreateLoadBalancerInput) -> None:
    """Raise for what AWS has beside VPCs and Homeport does not."""
    for member in ("CustomerOwnedIpv4Pool", "IpamPools"):
        if member in request:
            raise UnsupportedOperation(f"Homeport has no pools of addresses: leave out '{member}'.")
    if request.get("EnablePrefixForIpv6SourceNat", "off") != "off":
        raise UnsupportedOperation("Homeport's load balancers have no IPv6 addresses.")


def _refuse_too_many(tx: ReadTx, call: Call, kind: Kind) -> None:
    mine = load_balancers.load_balancers_of(tx, call.account, call.region)
    if sum(each.kind == kind for each in mine) >= LOAD_BALANCERS:
        raise TooManyLoadBalancers
