"""The address and the redirection, in a network namespace of their own: needs root, like Docker."""

import subprocess
import sys
import textwrap

import pytest

from homeport.agent.redirect import Redirect


def in_own_network(program: str) -> str:
    """What `program` prints when it runs as root of an empty network namespace."""
    start = "ip link set lo up; exec " + sys.executable + " -"
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", start],
        input=textwrap.dedent(program),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_rule_leads_port_80_of_the_address_to_our_port():
    redirect = Redirect(address="169.254.170.2", port=80, to_port=51679)
    assert " ".join(redirect.rule()) == (
        "--destination 169.254.170.2/32 --protocol tcp --match tcp --dport 80 "
        "--match comment --comment homeport task metadata "
        "--jump DNAT --to-destination 169.254.170.2:51679"
    )


@pytest.mark.e2e
def test_the_address_is_added_once_and_taken_away():
    printed = in_own_network(
        """
        import subprocess
        from homeport.agent import loopback

        def addresses():
            shown = subprocess.run(["ip", "-o", "-4", "addr"], capture_output=True, text=True)
            return [line.split()[3] for line in shown.stdout.splitlines()]

        print(loopback.add_address("169.254.170.2"), addresses())
        print(loopback.add_address("169.254.170.2"))
        loopback.remove_address("169.254.170.2")
        loopback.remove_address("169.254.170.2")
        print(addresses())
        """
    )
    assert printed.splitlines() == [
        "True ['127.0.0.1/8', '169.254.170.2/32']",
        "False",
        "['127.0.0.1/8']",
    ]


@pytest.mark.e2e
def test_the_endpoint_answers_at_port_80_and_leaves_that_port_to_others():
    printed = in_own_network(
        """
        import asyncio, socket, subprocess, urllib.request
        from homeport.agent.metadata_server import MetadataServer

        async def app(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"metadata"})

        def ask():
            return urllib.request.urlopen("http://169.254.170.2/", timeout=5).read()

        def rules():
            shown = subprocess.run(["iptables", "-t", "nat", "-S"], capture_output=True, text=True)
            return shown.stdout.count("homeport")

        async def main():
            for _ in range(2):
                server = MetadataServer(app)
                print(server.bind())
                running = asyncio.create_task(server.run())
                with socket.create_server(("0.0.0.0", 80)):
                    print(await asyncio.to_thread(ask), rules())
                running.cancel()
                await asyncio.wait([running])
                print(rules())

        asyncio.run(main())
        """
    )
    assert [line for line in printed.splitlines() if "debug" not in line] == [
        "('169.254.170.2', 51679)",
        "b'metadata' 2",
        "0",
    ] * 2


@pytest.mark.e2e
def test_without_iptables_the_endpoint_listens_at_port_80_itself():
    printed = in_own_network(
        """
        import os
        os.environ["PATH"] = "/nowhere"
        from homeport.agent.metadata_server import MetadataServer
        server = MetadataServer(None)
        print(server.bind())
        server.release()
        """
    )
    assert "iptables is not installed" in printed
    assert printed.splitlines()[-1] == "('169.254.170.2', 80)"


@pytest.mark.e2e
def test_a_second_agent_of_the_machine_is_told_that_there_is_one():
    printed = in_own_network(
        """
        from homeport.agent.metadata_server import MetadataServer, MetadataUnavailable
        first = MetadataServer(None)
        first.bind()
        try:
            MetadataServer(None).bind()
        except MetadataUnavailable as error:
            print(error)
        first.release()
        """
    )
    assert "cannot listen at 169.254.170.2:51679: the port is taken. Another agent" in printed
