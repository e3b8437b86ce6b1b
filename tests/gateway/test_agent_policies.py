"""What nodes are told of VPCs: only those that need it, only what changed, and not too often."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import pytest
from websockets.asyncio.client import connect

from fleet_recorder import TOKEN, RecordingFleet, announce, hello_of, serving, within
from homeport.contracts.routing_table import LoadBalancer, RoutingTable
from homeport.gateway import agent_policies
from homeport.gateway.agents import PATH, AgentGate
from homeport.link.messages import Assignment, Welcome, decode_for_node, encode
from homeport.link.spec import InterfaceSpec, TaskSpec
from homeport.link.vpc import VpcGone, VpcPolicy
from homeport.store import MISSED

NODE = "arn:node/" + "a" * 32


@dataclass
class Provided:
    """What the services say: policies by VPC, and the VPCs with load balancers."""

    policies: dict[str, VpcPolicy] = field(default_factory=dict)
    balanced: tuple[str, ...] = ()
    reads: list[str] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    looked: asyncio.Event = field(default_factory=asyncio.Event)

    def policy(self, tx, vpc_id):
        self.reads.append(vpc_id)
        self.loop.call_soon_threadsafe(self.looked.set)
        return self.policies.get(vpc_id)

    def table(self, tx, clock):
        return RoutingTable(
            load_balancers=tuple(
                LoadBalancer(
                    arn=f"arn:{vpc_id}",
                    name="lb",
                    kind="application",
                    scheme="internal",
                    dns_name="lb.elb.localhost",
                    region="us-east-1",
                    vpc_id=vpc_id,
                    nodes=(),
                    listeners=(),
                )
                for vpc_id in self.balanced
            ),
            target_groups=(),
        )


@dataclass
class Scene:
    fleet: RecordingFleet
    provided: Provided
    gate: AgentGate
    store: object
    port: int

    @contextlib.asynccontextmanager
    async def linked(self, **hello):
        url = f"ws://127.0.0.1:{self.port}{PATH}"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with connect(url, additional_headers=headers, compression=None) as socket:
            await socket.send(encode(hello_of(**hello)))
            assert isinstance(await heard(socket), Welcome)
            yield socket

    async def change(self, policy):
        self.provided.policies[policy.vpc_id] = policy
        await self.announce(policy.vpc_id)

    async def announce(self, vpc_id):
        await self.store.awrite(lambda tx: tx.changed("vpc", vpc_id))


@pytest.fixture
def scene(store, clock, ids):
    """Runs a test's coroutine beside a real server: ``scene(test)``."""

    def play(test):
        async def act():
            fleet, provided = RecordingFleet(), Provided()
            gate = AgentGate(
                store=store,
                fleet=fleet,
                clock=clock,
                ids=ids,
                token=TOKEN,
                endpoint="http://172.17.0.1:4566",
                networks=provided,
                routing=provided,
            )
            async with serving(gate) as port:
                await test(Scene(fleet, provided, gate, store, port))

        within(act())

    return play


async def heard(socket):
    async with asyncio.timeout(10):
        return decode_for_node(await socket.recv())


async def heard_policy(socket):
    """The next that is said of a VPC; assignments may come before it."""
    while isinstance(message := await heard(socket), Assignment):
        pass
    return message


def policy(vpc_id, cidr="10.0.0.0/16", **members):
    return VpcPolicy(vpc_id=vpc_id, vpc_cidr=cidr, groups=(), addresses=(), **members)


def in_vpc(number, vpc_id):
    """A task of the node that has an address in the VPC."""
    interface = InterfaceSpec(
        interface_id=f"eni-{number}",
        attachment_id=f"attachment-{number}",
        vpc_id=vpc_id,
        vpc_cidr="10.0.0.0/16",
        subnet_cidr="10.0.0.0/20",
        private_ipv4=f"10.0.0.{number}",
        mac_address="02:42:0a:00:00:05",
        private_dns_name="ip-10-0-0-5.ec2.internal",
    )
    spec = TaskSpec(
        task_arn=f"task/{number}",
        cluster="default",
        family="f",
        revision=1,
        network_mode="awsvpc",
        launch_type="FARGATE",
        containers=(),
        interface=interface,
        region="us-east-1",
    )
    return Assignment(task_arn=spec.task_arn, generation=number, desired="RUNNING", spec=spec)


def test_a_node_is_told_of_the_vpcs_in_which_its_tasks_have_addresses_and_of_no_other(scene):
    async def test(it):
        it.provided.policies = {each: policy(each) for each in ("vpc-1", "vpc-2")}
        it.fleet.assigned = [in_vpc(1, "vpc-1")]
        async with it.linked() as socket:
            assert await heard_policy(socket) == policy("vpc-1")
            await it.change(policy("vpc-2", "10.2.0.0/16"))
            await it.change(policy("vpc-1", "10.1.0.0/16"))
            assert await heard_policy(socket) == policy("vpc-1", "10.1.0.0/16")
            assert set(it.provided.reads) == {"vpc-1"}

    scene(test)


def test_a_task_that_comes_later_brings_the_policy_of_its_vpc(scene):
    async def test(it):
        it.provided.policies = {"vpc-1": policy("vpc-1")}
        async with it.linked() as socket:
            it.fleet.assigned = [in_vpc(1, "vpc-1")]
            await announce(it.store, NODE)
            assert await heard_policy(socket) == policy("vpc-1")

    scene(test)


def test_a_burst_of_changes_is_read_a_few_times_and_the_newest_wins(scene):
    async def test(it):
        it.provided.policies = {"vpc-1": policy("vpc-1")}
        it.fleet.assigned = [in_vpc(1, "vpc-1")]
        async with it.linked() as socket, it.linked(node_id="b" * 32) as other:
            for each in (socket, other):
                await heard_policy(each)
            it.provided.reads.clear()
            loop = asyncio.get_running_loop()
            began = loop.time()
            for number in range(200):
                await it.change(policy("vpc-1", f"10.{number}.0.0/16"))
            for each in (socket, other):
                while (await heard_policy(each)).vpc_cidr != "10.199.0.0/16":
                    pass
            took = loop.time() - began
            assert len(it.provided.reads) <= took / agent_policies.JOINED_S + 2

    scene(test)


def test_many_nodes_that_need_a_vpc_share_one_look_at_it(scene):
    async def test(it):
        it.provided.policies = {"vpc-1": policy("vpc-1")}
        it.fleet.assigned = [in_vpc(1, "vpc-1")]
        async with contextlib.AsyncExitStack() as links:
            sockets = [
                await links.enter_async_context(it.linked(node_id=f"{number:032x}"))
                for number in range(8)
            ]
            for socket in sockets:
                await heard_policy(socket)
            it.provided.reads.clear()
            await it.change(policy("vpc-1", "10.1.0.0/16"))
            for socket in sockets:
                assert (await heard_policy(socket)).vpc_cidr == "10.1.0.0/16"
            assert it.provided.reads == ["vpc-1"]

    scene(test)


def test_a_change_that_changes_nothing_is_not_said(scene):
    async def test(it):
        it.provided.policies = {"vpc-1": policy("vpc-1")}
        it.fleet.assigned = [in_vpc(1, "vpc-1")]
        async with it.linked() as socket:
            await heard_policy(socket)
            it.provided.looked.clear()
            await it.announce("vpc-1")
            async with asyncio.timeout(10):
                await it.provided.looked.wait()
            await it.change(policy("vpc-1", "10.1.0.0/16"))
            assert (await heard_policy(socket)).vpc_cidr == "10.1.0.0/16"

    scene(test)


def test_a_node_that_has_something_of_a_vpc_that_is_gone_is_told_so(scene):
    async def test(it):
        it.provided.policies = {"vpc-1": policy("vpc-1")}
        async with it.linked(vpcs=("vpc-1", "vpc-gone")) as socket:
            told = [await heard_policy(socket), await heard_policy(socket)]
            assert sorted(told, key=lambda each: each.vpc_id) == [
                policy("vpc-1"),
                VpcGone(vpc_id="vpc-gone"),
            ]
            del it.provided.policies["vpc-1"]
            await it.announce("vpc-1")
            assert await heard_policy(socket) == VpcGone(vpc_id="vpc-1")

    scene(test)


def test_a_node_that_hosts_load_balancers_is_told_of_their_vpcs_and_others_are_not(scene):
    async def test(it):
        it.provided.balanced = ("vpc-1",)
        local = policy("vpc-1", local=("10.0.0.9",))
        it.provided.policies = {"vpc-1": local}
        async with it.linked(hosts_load_balancers=True) as host, it.linked(node_id="b" * 32) as one:
            assert await heard_policy(host) == local
            new = policy("vpc-2", local=("10.2.0.9",))
            await it.change(policy("vpc-3"))
            await it.change(new)
            assert await heard_policy(host) == new
            await it.change(policy("vpc-2"))
            assert await heard_policy(host) == policy("vpc-2")
            it.fleet.assigned = [in_vpc(1, "vpc-9")]
            it.provided.policies["vpc-9"] = policy("vpc-9")
            await announce(it.store, "arn:node/" + "b" * 32)
            assert await heard_policy(one) == policy("vpc-9")

    scene(test)


def test_when_announcements_may_have_been_missed_policies_are_read_again(scene):
    async def test(it):
        it.provided.policies = {"vpc-1": policy("vpc-1")}
        it.fleet.assigned = [in_vpc(1, "vpc-1")]
        async with it.linked() as socket:
            await heard_policy(socket)
            it.provided.policies["vpc-1"] = policy("vpc-1", "10.1.0.0/16")
            it.store.feed.publish([MISSED])
            assert (await heard_policy(socket)).vpc_cidr == "10.1.0.0/16"

    scene(test)


def test_after_nobody_listened_a_new_link_is_told_what_is_true_now(scene):
    async def test(it):
        it.provided.policies = {"vpc-1": policy("vpc-1")}
        it.fleet.assigned = [in_vpc(1, "vpc-1")]
        async with it.linked() as socket:
            await heard_policy(socket)
        await it.fleet.until(lambda: it.fleet.of("goodbye"))
        await it.change(policy("vpc-1", "10.1.0.0/16"))
        async with it.linked() as socket:
            assert (await heard_policy(socket)).vpc_cidr == "10.1.0.0/16"

    scene(test)


def test_a_node_that_is_welcomed_anew_is_told_everything_anew(scene):
    async def test(it):
        it.provided.policies = {"vpc-1": policy("vpc-1")}
        it.fleet.assigned = [in_vpc(1, "vpc-1")]
        async with it.linked() as socket:
            assert await heard_policy(socket) == policy("vpc-1")
            it.provided.policies.clear()
            it.fleet.assigned = []
            await it.gate.greet_again()
            assert isinstance(await heard(socket), Welcome)
            assert await heard_policy(socket) == VpcGone(vpc_id="vpc-1")

    scene(test)


def test_tasks_without_addresses_cost_no_look_at_any_vpc(scene):
    async def test(it):
        it.fleet.assigned = [Assignment(task_arn="task/1", generation=1, desired="FORGOTTEN")]
        async with it.linked() as socket:
            await heard(socket)
            for number in range(20):
                await it.announce(f"vpc-{number}")
            it.fleet.assigned.append(
                Assignment(task_arn="task/2", generation=2, desired="FORGOTTEN")
            )
            await announce(it.store, NODE)
            assert (await heard(socket)).generation == 2
            assert it.provided.reads == []

    scene(test)
