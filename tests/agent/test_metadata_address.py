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
def test_another_server_at_the_port_is_said():
    printed = in_own_network(
        """
        import socket
        from homeport.agent.metadata_server import MetadataServer, MetadataUnavailable
        with socket.create_server(("0.0.0.0", 51679)):
            try:
                MetadataServer(None).bind()
            except MetadataUnavailable as error:
                print(error)
        """
    )
    assert "cannot listen at 169.254.170.2:51679: the port is taken. Amazon's agent" in printed


SHARED = """
import os, signal, subprocess, sys
from homeport.agent.metadata_server import shared_address
from homeport.agent.shared_address import machine_place

def shown():
    addresses = subprocess.run(["ip", "-o", "-4", "addr"], capture_output=True, text=True).stdout
    rules = subprocess.run(["iptables", "-t", "nat", "-S"], capture_output=True, text=True).stdout
    print("169.254.170.2/32" in addresses, rules.count("homeport"))

def other():
    # A process that holds the address until it is killed.
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        shared_address(machine_place()).take()
        os.write(write, b".")
        signal.pause()
    os.read(read, 1)
    return child

def kill(child):
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


@pytest.mark.e2e
def test_the_last_who_needs_the_address_takes_it_away():
    printed = in_own_network(
        SHARED
        + """
first = shared_address(machine_place())
first.take()
first.take()
print(first.lead())
shown()
child = other()
first.leave()
first.leave()
shown()
kill(child)
shown()
again = shared_address(machine_place())
again.take()
again.leave()
shown()
"""
    )
    # What a killed process leaves behind, the next one that ends takes away.
    lines = [line for line in printed.splitlines() if "debug" not in line]
    assert lines == ["True", "True 2", "True 2", "True 2", "False 0"]


@pytest.mark.e2e
def test_an_address_that_was_there_before_stays():
    printed = in_own_network(
        SHARED
        + """
subprocess.run(["ip", "addr", "add", "169.254.170.2/32", "dev", "lo"], check=True)
mine = shared_address(machine_place())
mine.take()
mine.lead()
mine.leave()
shown()
"""
    )
    assert printed.splitlines() == ["True 0"]


@pytest.mark.e2e
def test_the_place_is_of_one_network_and_one_user():
    program = """
        from homeport.agent.shared_address import machine_place
        place = machine_place()
        print(place, oct(place.stat().st_mode & 0o777))
        place.chmod(0o755)
        try:
            machine_place()
        except Exception as refused:
            print(refused)
        """
    here, there = (in_own_network(program).splitlines() for _ in range(2))
    assert here[0].startswith("/run/homeport/net-")
    assert here[0].endswith(" 0o700")
    assert here[0] != there[0]
    assert here[1].endswith("must be a directory that only user 0 can open.")
