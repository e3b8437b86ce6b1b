"""How each rule of a security group is worded for nft."""

import pytest

from homeport.agent.plan.firewall import set_name
from homeport.agent.plan.firewall_terms import terms
from homeport.link.vpc import Allow


@pytest.mark.parametrize(
    ("allow", "words"),
    [
        (Allow(protocol="-1", cidr="0.0.0.0/0"), "meta nfproto ipv4"),
        (Allow(protocol="-1", cidr="10.1.2.3/16"), "ip saddr 10.1.0.0/16"),
        (
            Allow(protocol="tcp", from_port=443, to_port=443, group_id="sg-0a"),
            "ip saddr @of_sg_0a tcp dport 443",
        ),
        (
            Allow(protocol="udp", from_port=5000, to_port=5010, cidr="10.0.0.0/8"),
            "ip saddr 10.0.0.0/8 udp dport 5000-5010",
        ),
        (
            Allow(protocol="tcp", from_port=0, to_port=65535, cidr="10.0.0.0/8"),
            "ip saddr 10.0.0.0/8 meta l4proto tcp",
        ),
        (
            Allow(protocol="icmp", from_port=8, to_port=-1, cidr="10.0.0.0/8"),
            "ip saddr 10.0.0.0/8 icmp type 8",
        ),
        (
            Allow(protocol="icmp", from_port=3, to_port=4, cidr="10.0.0.0/8"),
            "ip saddr 10.0.0.0/8 icmp type 3 icmp code 4",
        ),
        (
            Allow(protocol="icmp", from_port=-1, to_port=-1, cidr="10.0.0.0/8"),
            "ip saddr 10.0.0.0/8 meta l4proto icmp",
        ),
        (Allow(protocol="50", cidr="10.0.0.0/8"), "ip saddr 10.0.0.0/8 meta l4proto 50"),
        (Allow(protocol="-1", cidr="::/0"), None),
        (Allow(protocol="icmpv6", cidr="0.0.0.0/0"), None),
        (Allow(protocol="58", cidr="0.0.0.0/0"), None),
        (Allow(protocol="256", cidr="0.0.0.0/0"), None),
        (Allow(protocol="tcp; drop", cidr="0.0.0.0/0"), None),
        (Allow(protocol="tcp", cidr="0.0.0.0/0; drop"), None),
        (Allow(protocol="tcp", from_port=9, to_port=8, cidr="0.0.0.0/0"), None),
        (Allow(protocol="tcp"), None),
    ],
)
def test_a_rule_is_worded_as_nft_reads_it_or_not_at_all(allow: Allow, words: str | None) -> None:
    found = terms(allow, "saddr", set_name)
    assert (None if found is None else " ".join(found)) == words


def test_no_group_id_can_be_more_than_a_name() -> None:
    assert set_name("sg-1 } drop") == "of_sg_1___drop"
