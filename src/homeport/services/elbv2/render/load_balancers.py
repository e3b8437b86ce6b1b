"""Load balancers as the API shows them."""

from homeport.services.elbv2.records.load_balancers import LoadBalancer, Zone
from homeport.services.elbv2.render.hosted_zones import hosted_zone
from homeport.shapes import elbv2 as shapes


def load_balancer(record: LoadBalancer) -> shapes.LoadBalancer:
    """A load balancer."""
    state: shapes.LoadBalancerState = {"Code": record.state}
    if record.state_reason:
        state["Reason"] = record.state_reason
    shown: shapes.LoadBalancer = {
        "LoadBalancerArn": record.arn,
        "DNSName": record.dns_name,
        "CanonicalHostedZoneId": hosted_zone(record),
        "CreatedTime": record.created_at,
        "LoadBalancerName": record.name,
        "Scheme": record.scheme,
        "VpcId": record.vpc_id,
        "State": state,
        "Type": record.kind,
        "AvailabilityZones": [zone(each) for each in record.zones],
        "IpAddressType": record.ip_address_type,
    }
    if record.security_groups:
        shown["SecurityGroups"] = list(record.security_groups)
    if record.kind == "network":
        shown["EnablePrefixForIpv6SourceNat"] = "off"
        if record.security_groups:
            shown["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = private_link(record)
    return shown


def zone(record: Zone) -> shapes.AvailabilityZone:
    """Where a load balancer is."""
    return {"ZoneName": record.name, "SubnetId": record.subnet_id, "LoadBalancerAddresses": []}


def private_link(record: LoadBalancer) -> str:
    """Whether traffic through PrivateLink obeys the rules of the groups: they do if not told."""
    return "off" if record.enforces_private_link_rules is False else "on"
