"""Where a load balancer is and who may reach it: subnets, security groups, types of addresses."""

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.elbv2.api.lookups import the_load_balancer
from homeport.services.elbv2.api.placing import (
    checked_groups,
    give_back,
    hold_interfaces,
    places_of,
)
from homeport.services.elbv2.errors import (
    InvalidConfigurationRequest,
    UnsupportedOperation,
    ValidationError,
)
from homeport.services.elbv2.plan import zones
from homeport.services.elbv2.plan.wording import one_of
from homeport.services.elbv2.queries import load_balancers
from homeport.services.elbv2.render import load_balancers as render
from homeport.shapes import elbv2 as shapes
from homeport.store import Tx


@operation("SetSubnets", partial="Chosen addresses and IPv6 are refused.")
def set_subnets(tx: Tx, call: Call, request: shapes.SetSubnetsInput) -> shapes.SetSubnetsOutput:
    """Move a load balancer to other subnets; where it stays, it keeps its address."""
    before = the_load_balancer(tx, call, request["LoadBalancerArn"])
    if "IpAddressType" in request:
        zones.checked_address_type(before.kind, request["IpAddressType"])
    if request.get("EnablePrefixForIpv6SourceNat", "off") != "off":
        raise UnsupportedOperation("Homeport's load balancers have no IPv6 addresses.")
    asked = zones.asked_subnets(before.kind, request)
    places = places_of(tx, call, before.kind, asked, before.vpc_id)
    kept = [zone for zone in before.zones if zone.subnet_id in asked]
    stays = {zone.subnet_id for zone in kept}
    give_back(tx, call, [zone for zone in before.zones if zone not in kept])
    new = hold_interfaces(
        tx,
        call,
        before.arn,
        [place for place in places if place.subnet_id not in stays],
        security_groups=before.security_groups,
    )
    after = replace(before, zones=tuple(sorted((*kept, *new), key=lambda zone: zone.name)))
    load_balancers.update_load_balancer(tx, after)
    answer: shapes.SetSubnetsOutput = {
        "AvailabilityZones": [render.zone(zone) for zone in after.zones],
        "IpAddressType": after.ip_address_type,
    }
    if after.kind == "network":
        answer["EnablePrefixForIpv6SourceNat"] = "off"
    return answer


@operation("SetSecurityGroups")
def set_security_groups(
    tx: Tx, call: Call, request: shapes.SetSecurityGroupsInput
) -> shapes.SetSecurityGroupsOutput:
    """Give a load balancer other security groups."""
    before = the_load_balancer(tx, call, request["LoadBalancerArn"])
    asked = request["SecurityGroups"]
    if before.kind == "network" and asked and not before.security_groups:
        raise InvalidConfigurationRequest(
            "You cannot set security groups on a network load balancer that was created without "
            "security groups"
        )
    if not asked and before.security_groups:
        raise ValidationError("A security group must be specified")
    groups = checked_groups(tx, call, before.kind, before.vpc_id, asked)
    enforces = before.enforces_private_link_rules
    told = request.get("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic")
    if told is not None:
        member = "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
        enforces = one_of(told, member, ("on", "off")) == "on"
        if before.kind == "application":
            raise InvalidConfigurationRequest(
                f"'{member}' is not supported on load balancers with type 'application'"
            )
    after = replace(before, security_groups=groups, enforces_private_link_rules=enforces)
    for zone in after.zones:
        call.peers.networks.set_security_groups(
            tx, call.account, call.region, zone.interface_id, security_groups=groups
        )
    load_balancers.update_load_balancer(tx, after)
    answer: shapes.SetSecurityGroupsOutput = {"SecurityGroupIds": list(groups)}
    if after.kind == "network":
        answer["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = render.private_link(after)
    return answer


@operation("SetIpAddressType", partial="IPv6 is refused.")
def set_ip_address_type(
    tx: Tx, call: Call, request: shapes.SetIpAddressTypeInput
) -> shapes.SetIpAddressTypeOutput:
    """Only IPv4 can be had: no subnet has an IPv6 block."""
    before = the_load_balancer(tx, call, request["LoadBalancerArn"])
    asked = zones.checked_address_type(before.kind, request["IpAddressType"])
    load_balancers.update_load_balancer(tx, replace(before, ip_address_type=asked))
    return {"IpAddressType": asked}
