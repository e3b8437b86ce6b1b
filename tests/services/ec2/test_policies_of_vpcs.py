"""What EC2 tells nodes of a VPC, and when it says that there is something new."""

import time
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.link.vpc import Allow
from homeport.services.ec2.facade import Ec2Networks
from homeport.store import ReadTx, Store
from services.ec2.ec2_calls import Ec2

WHERE = ("000000000000", "us-east-1")
Announced = list[tuple[str, str]]


@pytest.fixture
def ec2(store: Store, call: Callable[..., Any], plant: Callable[..., None]) -> Ec2:
    plant()
    return Ec2(store, call)


@pytest.fixture
def subnet(ec2: Ec2, store: Store) -> Any:
    return store.read(lambda tx: Ec2Networks().default_subnets(tx, *WHERE))[0]


def hold(ec2: Ec2, subnet: Any, *groups: str, owner: Any = "ecs") -> tuple[Any, Announced]:
    def run(tx: Any) -> Any:
        made = Ec2Networks().create_interface(
            tx,
            *WHERE,
            subnet.subnet_id,
            security_groups=groups,
            description="x",
            now=1.0,
            ids=ec2.call().ids,
            owner=owner,
        )
        return made, [(each.kind, each.key) for each in tx.changes]

    made: tuple[Any, Announced] = ec2.store.write(run)
    return made


class Counting(ReadTx):
    """A transaction that counts what it is asked."""

    asked = 0

    def rows(self, *question: Any) -> Any:
        self.asked += 1
        return super().rows(*question)

    def scalar(self, *question: Any) -> Any:
        self.asked += 1
        return super().scalar(*question)


def policy(ec2: Ec2, vpc_id: str) -> Any:
    return ec2.store.read(lambda tx: Ec2Networks().policy(tx, vpc_id))


def test_a_policy_follows_interfaces_and_rules(ec2: Ec2, subnet: Any, store: Store) -> None:
    vpc_id = subnet.vpc_id
    before = policy(ec2, vpc_id)
    assert (before.vpc_id, before.vpc_cidr) == (vpc_id, "172.31.0.0/16")
    assert (before.groups, before.addresses, before.local) == ((), (), ())
    front, back = ec2.group("front"), ec2.group("back")
    ec2.group("unused")
    balancer, announced = hold(ec2, subnet, front, owner="elb")
    assert announced == [("vpc", vpc_id)]
    task, _ = hold(ec2, subnet, back)
    request = {
        "GroupId": back,
        "IpPermissions": [
            {
                "IpProtocol": "tcp",
                "FromPort": 80,
                "ToPort": 90,
                "UserIdGroupPairs": [{"GroupId": front}],
            }
        ],
    }
    closed = policy(ec2, vpc_id)
    ec2("AuthorizeSecurityGroupIngress", **request)
    opened = policy(ec2, vpc_id)
    assert opened.addresses == ((balancer.private_ipv4, (front,)), (task.private_ipv4, (back,)))
    assert opened.local == (balancer.private_ipv4,)
    assert [each.group_id for each in opened.groups] == sorted((front, back))
    (rules,) = [each for each in opened.groups if each.group_id == back]
    assert rules.ingress == (Allow(protocol="tcp", from_port=80, to_port=90, group_id=front),)
    assert rules.egress == (Allow(protocol="-1", cidr="0.0.0.0/0"),)
    ec2("RevokeSecurityGroupIngress", **request)
    assert policy(ec2, vpc_id) == closed
    for made in (balancer, task):
        store.write(lambda tx, m=made: Ec2Networks().delete_interface(tx, *WHERE, m.interface_id))
    assert policy(ec2, vpc_id) == before


def test_other_groups_of_an_interface_are_announced_once_they_differ(
    ec2: Ec2, subnet: Any, store: Store
) -> None:
    front, back = ec2.group("front"), ec2.group("back")
    made, _ = hold(ec2, subnet, front)

    def give(*groups: str, interface_id: str = made.interface_id) -> Announced:
        def run(tx: Any) -> Announced:
            Ec2Networks().set_security_groups(tx, *WHERE, interface_id, security_groups=groups)
            return [(each.kind, each.key) for each in tx.changes]

        return store.write(run)

    assert give(back, front) == [("vpc", subnet.vpc_id)]
    assert policy(ec2, subnet.vpc_id).addresses == ((made.private_ipv4, (back, front)),)
    assert give(back, front) == []
    assert give(front, interface_id="eni-1") == []
    assert give(front, interface_id="eni-\x00") == []

    def delete(tx: Any) -> Announced:
        Ec2Networks().delete_interface(tx, *WHERE, made.interface_id)
        return [(each.kind, each.key) for each in tx.changes]

    assert (store.write(delete), store.write(delete)) == ([("vpc", subnet.vpc_id)], [])


def test_a_vpc_that_is_not_there_has_no_policy(ec2: Ec2) -> None:
    for vpc_id in ("vpc-1", "", "\x00", "\ud800"):
        assert policy(ec2, vpc_id) is None


def test_vpcs_do_not_mix(ec2: Ec2, subnet: Any) -> None:
    other = ec2("CreateVpc", CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    hold(ec2, subnet, ec2.group("front"))
    found = policy(ec2, other)
    assert (found.vpc_cidr, found.groups, found.addresses) == ("10.1.0.0/16", (), ())


steps = st.lists(
    st.tuples(
        st.sampled_from(("in", "out")),
        st.sampled_from(("10.0.0.0/8", "10.1.0.0/16", "front", "back")),
        st.integers(1, 3),
    ),
    max_size=6,
)


def test_rules_taken_back_in_any_order_leave_the_policy_as_it_was(ec2: Ec2, subnet: Any) -> None:
    groups = {name: ec2.group(name) for name in ("front", "back")}
    for group_id in groups.values():
        hold(ec2, subnet, group_id)
    before = policy(ec2, subnet.vpc_id)

    def change(verb: str, step: tuple[str, str, int]) -> None:
        direction, peer, port = step
        source: dict[str, Any] = (
            {"UserIdGroupPairs": [{"GroupId": groups[peer]}]}
            if peer in groups
            else {"IpRanges": [{"CidrIp": peer}]}
        )
        ec2(
            f"{verb}SecurityGroup{'Ingress' if direction == 'in' else 'Egress'}",
            GroupId=groups["front"],
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}],
        )

    @settings(deadline=None, max_examples=50)
    @given(steps, st.integers())
    def there_and_back(taken: list[tuple[str, str, int]], seed: int) -> None:
        unique = list(dict.fromkeys(taken))
        for step in unique:
            change("Authorize", step)
        assert (policy(ec2, subnet.vpc_id) == before) == (not unique)
        Random(seed).shuffle(unique)
        for step in unique:
            change("Revoke", step)
        assert policy(ec2, subnet.vpc_id) == before

    there_and_back()


def test_a_policy_of_a_thousand_addresses_is_read_in_three_statements(
    ec2: Ec2, subnet: Any, store: Store
) -> None:
    groups = [ec2.group(f"g{n}") for n in range(20)]
    for n in range(1000):
        hold(ec2, subnet, groups[n % 20], groups[(n * 7 + 1) % 20])
    times = []
    for _ in range(5):

        def read(tx: Any) -> Any:
            counting = Counting(tx._connection)
            begun = time.perf_counter()
            found = Ec2Networks().policy(counting, subnet.vpc_id)
            return found, time.perf_counter() - begun, counting.asked

        found, seconds, asked = store.read(read)
        times.append(seconds)
    assert (len(found.addresses), len(found.groups), asked) == (1000, 20, 4)
    assert min(times) < 0.1  # Some milliseconds; the margin is for a busy machine.
