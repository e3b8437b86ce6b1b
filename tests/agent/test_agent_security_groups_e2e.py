"""Security groups on a real Engine and a real kernel."""

import asyncio
from pathlib import Path

import pytest

from agent.lab import Lab, container, interface, of, running, swept, task, wait_for
from agent.vpc_lab import (
    ANYWHERE,
    WEB,
    answers,
    asked,
    group,
    host_reaches,
    output,
    played,
    policy_of,
    refused,
    say_hello,
    tables,
    with_address,
)
from homeport.link.vpc import Allow

pytestmark = pytest.mark.e2e


def test_what_no_rule_allows_does_not_connect_and_what_one_allows_does_at_once(
    place: Path, docker_host: str
) -> None:
    async def scenario(lab: Lab) -> None:
        lab.node.vpcs.told(policy_of(lab, group("client"), group("server")))
        client_spec, client_at = with_address(lab, 10, "client")
        server_spec, server_at = with_address(lab, 11, "server")
        client, server = await lab.run(client_spec), await lab.run(server_spec)
        await wait_for(lambda: host_reaches(server_at.private_ipv4))  # Whatever the groups say.
        assert not await answers(client, server_at)

        lab.node.vpcs.told(policy_of(lab, group("client"), group("server", WEB)))
        await wait_for(lambda: answers(client, server_at))
        assert not await answers(server, client_at)

        stopped = group("client", egress=())
        lab.node.vpcs.told(policy_of(lab, stopped, group("server", WEB)))
        await wait_for(lambda: refused(client, server_at))
        assert lab.node.vpcs.attributes() == {}

    played(docker_host, scenario, place=place)


def test_a_task_cannot_say_a_word_before_its_rules_are_in_force(
    place: Path, docker_host: str
) -> None:
    """Its first deed is to connect to a task that waits for exactly that."""

    async def scenario(lab: Lab) -> None:
        lab.node.vpcs.told(policy_of(lab, group("server", ANYWHERE)))
        server_spec, server_at = with_address(lab, 12, "server")
        await lab.run(server_spec)
        await wait_for(lambda: host_reaches(server_at.private_ipv4))
        try_at_once = (
            f"timeout 1 wget -q -O - http://{server_at.private_ipv4}:8080/ && exit 7; exit 3"
        )
        own = interface(lab.vpc_id, 13, security_groups=("sg-mute",))
        muted = container(command=("sh", "-c", try_at_once))
        spec = task(muted, network_mode="awsvpc", interface=own)
        lab.assign(spec)
        await lab.until(spec, "PREPARING")
        await wait_for(lambda: lab.reports[spec.task_arn].containers[0].status == "PULLED")
        assert of(lab.reports[spec.task_arn]).docker_id is None  # It waits for the policy.
        mute = group("mute", egress=())
        lab.node.vpcs.told(policy_of(lab, group("server", ANYWHERE), mute))
        assert of(await lab.until(spec, "STOPPED")).exit_code == 3

    played(docker_host, scenario, place=place)


def test_members_of_a_group_that_allows_itself_reach_each_other_from_their_first_moment(
    place: Path, docker_host: str
) -> None:
    async def scenario(lab: Lab) -> None:
        itself = Allow(protocol="-1", group_id="sg-default")
        lab.node.vpcs.told(policy_of(lab, group("default", itself)))
        server_spec, server_at = with_address(lab, 14, "default")
        await lab.run(server_spec)
        await wait_for(lambda: host_reaches(server_at.private_ipv4))
        own = interface(lab.vpc_id, 15, security_groups=("sg-default",))
        fetch = ("timeout", "5", "wget", "-q", "-O", "-", f"http://{server_at.private_ipv4}:8080/")
        spec = task(container(command=fetch), network_mode="awsvpc", interface=own)
        report = await lab.run_to_end(spec)
        assert (of(report).exit_code, of(report).last_lines) == (0, ("here",))

    played(docker_host, scenario, place=place)


def test_a_connection_that_is_there_goes_on_when_its_rule_is_revoked(
    place: Path, docker_host: str
) -> None:
    async def scenario(lab: Lab) -> None:
        lab.node.vpcs.told(policy_of(lab, group("client"), group("server", WEB)))
        server_spec, server_at = with_address(lab, 16, "server")
        server = await lab.run(server_spec)
        own = interface(lab.vpc_id, 17, security_groups=("sg-client",))
        # One connection, on which the request is finished only when a file tells so.
        ask = (
            "(printf 'GET / HTTP/1.0\\r\\n'; until [ -e /tmp/go ]; do sleep 0.05;"
            f" done; printf '\\r\\n'; sleep 1) | nc {server_at.private_ipv4} 8080; exit 0"
        )
        spec = task(container(command=("sh", "-c", ask)), network_mode="awsvpc", interface=own)
        await wait_for(lambda: host_reaches(server_at.private_ipv4))
        client = await lab.run(spec)

        async def is_connected() -> bool:
            look = ("docker", "exec", of(server).docker_id or "", "netstat", "-tn")
            return "ESTABLISHED" in await asyncio.to_thread(output, *look)

        await wait_for(is_connected)
        lab.node.vpcs.told(policy_of(lab, group("client"), group("server")))
        await wait_for(lambda: refused(client, server_at))
        await asyncio.to_thread(
            output, "docker", "exec", of(client).docker_id or "", "touch", "/tmp/go"
        )
        ended = await lab.until(spec, "STOPPED")
        assert "here" in of(ended).last_lines, of(ended)

    played(docker_host, scenario, place=place)


def test_what_leaves_the_vpc_is_a_matter_of_egress_but_names_are_always_found(
    outside: tuple[str, str], place: Path, docker_host: str
) -> None:
    resolver, elsewhere = outside

    async def scenario(lab: Lab) -> None:
        lab.node.vpcs.told(policy_of(lab, group("client", egress=())))
        spec, _ = with_address(lab, 18, "client")
        report = await lab.run(spec)
        assert await asked(report, f"http://{resolver}:53/")
        for address, port in ((resolver, 8080), (elsewhere, 53), (elsewhere, 8080)):
            assert not await asked(report, f"http://{address}:{port}/")
        some = Allow(protocol="tcp", from_port=8080, to_port=8080, cidr="192.0.2.0/24")
        lab.node.vpcs.told(policy_of(lab, group("client", egress=(some,))))
        await wait_for(lambda: asked(report, f"http://{elsewhere}:8080/"))
        assert not await asked(report, f"http://{resolver}:8080/")

    played(docker_host, scenario, place=place)


def test_the_machines_own_doors_are_open_to_tasks_whatever_the_groups_say(
    place: Path, docker_host: str
) -> None:
    async def scenario(lab: Lab) -> None:
        lab.node.vpcs.told(policy_of(lab, group("client", egress=())))
        spec, _ = with_address(lab, 19, "client")
        report = await lab.run(spec)
        door = await asyncio.start_server(say_hello, "10.213.0.1", 0)
        async with door:
            port = door.sockets[0].getsockname()[1]
            assert await asked(report, f"http://10.213.0.1:{port}/")

    played(docker_host, scenario, place=place)


def test_rules_outlive_the_agent_and_are_right_after_its_restart(
    place: Path, docker_host: str
) -> None:
    async def run() -> None:
        async with swept(docker_host) as home:
            first = Lab(docker_host, home.node_id, place=place)
            client_spec, _ = with_address(first, 20, "client")
            server_spec, server_at = with_address(first, 21, "server")
            async with running(first):
                first.node.vpcs.told(policy_of(first, group("client"), group("server")))
                client, _ = await first.run(client_spec), await first.run(server_spec)
                await wait_for(lambda: host_reaches(server_at.private_ipv4))
            assert first.node.vpcs  # Ended; the tasks run on.
            assert f"homeport_{home.node_id[:12]}" in tables()
            assert not await answers(client, server_at)

            second = Lab(docker_host, home.node_id, place=place)
            async with running(second, assigned=2):
                second.assign(client_spec)
                assert not await answers(client, server_at)  # Not all is known: nothing changes.
                second.assign(server_spec)
                second.node.vpcs.told(policy_of(second, group("client"), group("server", WEB)))
                await wait_for(lambda: answers(client, server_at))
                for each in (client_spec, server_spec):
                    await second.remove(each)
            assert f"homeport_{home.node_id[:12]}" not in tables()

    asyncio.run(run())


def test_where_nft_is_missing_tasks_run_and_the_node_says_so(
    place: Path, docker_host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(lab: Lab) -> None:
        monkeypatch.setattr("homeport.agent.firewall.SBIN", ())
        monkeypatch.setenv("PATH", str(place))
        await lab.node.vpcs.prepare()
        monkeypatch.undo()
        assert lab.node.vpcs.unenforced == {
            "the kernel": "nft is not installed (Debian package nftables)"
        }
        assert "homeport.security-groups-not-enforced" in lab.node.vpcs.attributes()
        spec, at = with_address(lab, 22, "server")
        await lab.run(spec)
        await wait_for(lambda: host_reaches(at.private_ipv4))

    played(docker_host, scenario, place=place)
