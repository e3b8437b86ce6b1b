import asyncio
import contextlib

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fleet_recorder import (
    TOKEN,
    RecordingFleet,
    announce,
    gate_of,
    hello_of,
    report_of,
    serving,
    within,
    writer_held,
)
from homeport.contracts.fleet import Joined
from homeport.contracts.identity import AccessKey
from homeport.gateway import agent_link, agents
from homeport.kernel.errors import AwsError
from homeport.link.messages import (
    Assignment,
    Credentials,
    CredentialsRequest,
    EngineState,
    Welcome,
    decode_for_node,
    encode,
)
from homeport.store import MISSED

NODE = "arn:node/" + "a" * 32


@contextlib.asynccontextmanager
async def dialled(port, token=TOKEN):
    headers = {"Authorization": f"Bearer {token}"}
    url = f"ws://127.0.0.1:{port}{agents.PATH}"
    async with connect(url, additional_headers=headers, compression=None) as socket:
        yield socket


@contextlib.asynccontextmanager
async def linked(port, **hello):
    async with dialled(port) as socket:
        await socket.send(encode(hello_of(**hello)))
        assert isinstance(await heard(socket), Welcome)
        yield socket


async def heard(socket):
    async with asyncio.timeout(10):
        return decode_for_node(await socket.recv())


async def closed(socket):
    with pytest.raises(ConnectionClosed) as ended:
        await heard(socket)
    return ended.value.rcvd.code, ended.value.rcvd.reason


def assigned(number, desired="FORGOTTEN"):
    return Assignment(task_arn=f"task/{number}", generation=number, desired=desired)


@pytest.fixture
def scene(store, clock, ids):
    """Runs a test's coroutine beside a real server: ``scene(test)``."""

    def play(test):
        async def act():
            fleet = RecordingFleet()
            async with serving(gate_of(fleet, store, clock, ids)) as port:
                await test(fleet, port)

        within(act())

    return play


def test_a_node_with_the_wrong_token_is_refused_before_the_upgrade(scene):
    async def test(fleet, port):
        with pytest.raises(InvalidStatus) as refused:
            async with dialled(port, token="guess"):
                pass
        assert refused.value.response.status_code == 401
        assert b"token" in refused.value.response.body
        assert fleet.said == []

    scene(test)


def test_a_welcome_says_how_many_assignments_follow_and_they_follow_by_generation(scene):
    async def test(fleet, port):
        fleet.assigned = [assigned(2), assigned(1)]
        async with dialled(port) as socket:
            await socket.send(encode(hello_of()))
            welcome = await heard(socket)
            assert welcome == Welcome(
                instance_arn=NODE,
                endpoint="http://172.17.0.1:4566",
                container_endpoint="http://169.254.170.2:4566",
                assigned=2,
            )
            assert [(await heard(socket)).generation for _ in range(2)] == [1, 2]

    scene(test)


def test_only_what_is_new_is_sent_when_the_feed_announces_something(scene, store):
    async def test(fleet, port):
        fleet.assigned = [assigned(1)]
        async with linked(port) as socket:
            assert (await heard(socket)).generation == 1
            fleet.assigned += [assigned(2), assigned(3)]
            await announce(store, "arn:node/another")
            await announce(store, NODE)
            assert (await heard(socket)).generation == 2
            assert (await heard(socket)).generation == 3

    scene(test)


def test_reports_are_recorded_in_the_order_in_which_they_came_and_together(scene, store):
    async def test(fleet, port):
        async with linked(port) as socket:
            async with writer_held(store):  # So the reports pile up behind it.
                for number in range(100):
                    await socket.send(encode(report_of(f"task/{number}")))
                await socket.send(encode(EngineState(connected=False)))
            await fleet.until(lambda: fleet.of("engine"))
        assert [each.task_arn for each in fleet.of("report")] == [f"task/{n}" for n in range(100)]
        assert [kind for kind, _ in fleet.said][:102][-1] == "engine"
        assert max(fleet.batches) > 1
        assert max(fleet.batches) <= agent_link.REPORTS_IN_A_TRANSACTION_MAX

    scene(test)


def test_a_report_that_cannot_be_recorded_does_not_hold_up_the_others(scene, store):
    async def test(fleet, port):
        fleet.chokes_on = {"task/bad"}
        async with linked(port) as socket:
            async with writer_held(store):
                # The first report is taken alone at once; those behind it form a batch.
                for name in ("task/first", "task/bad", "task/good"):
                    await socket.send(encode(report_of(name)))
                await (await socket.ping())
            await fleet.until(lambda: fleet.reports_of("task/good"))

    scene(test)


def test_when_nothing_can_be_recorded_the_link_ends_so_that_the_node_says_it_again(scene):
    async def test(fleet, port):
        fleet.chokes_on = {"task/bad"}
        async with linked(port) as socket:
            await socket.send(encode(report_of("task/bad")))
            code, reason = await closed(socket)
            assert code == agent_link.CLOSED_BY_FAILURE
            assert "control plane failed" in reason

    scene(test)


def test_credentials_are_answered_by_request_and_an_unknown_id_by_none(scene):
    async def test(fleet, port):
        fleet.credentials["known"] = AccessKey(
            access_key_id="ASIA1",
            secret_access_key="secret",
            session_token="token",
            account="000000000000",
            principal="arn:aws:sts::000000000000:assumed-role/r/s",
            expires_at=1_700_003_600.0,
            role_arn="arn:aws:iam::000000000000:role/r",
        )
        async with linked(port) as socket:
            await socket.send(encode(CredentialsRequest(request=7, credentials_id="known")))
            await socket.send(encode(CredentialsRequest(request=8, credentials_id="unknown")))
            assert await heard(socket) == Credentials(
                request=7,
                role_arn="arn:aws:iam::000000000000:role/r",
                access_key_id="ASIA1",
                secret_access_key="secret",
                token="token",
                expires_at=1_700_003_600.0,
            )
            assert await heard(socket) == Credentials(request=8)

    scene(test)


def test_a_node_that_goes_away_is_disconnected(scene):
    async def test(fleet, port):
        async with linked(port):
            pass
        await fleet.until(lambda: fleet.of("goodbye") == [NODE])

    scene(test)


def test_a_new_link_of_the_same_node_takes_over_and_the_old_ones_goodbye_is_not_said(scene):
    async def test(fleet, port):
        async with linked(port) as old:
            async with linked(port) as new:
                code, _ = await closed(old)
                assert code == agent_link.CLOSED_AS_SUPERSEDED
                await new.send(encode(report_of("task/1")))
                await fleet.until(lambda: fleet.reports_of("task/1"))
                assert fleet.of("goodbye") == []
            await fleet.until(lambda: fleet.of("goodbye"))
        assert fleet.of("goodbye") == [NODE]

    scene(test)


def test_a_goodbye_names_the_hello_that_it_ends(scene):
    async def test(fleet, port):
        async with linked(port):
            pass
        await fleet.until(lambda: fleet.of("end of session"))
        async with linked(port):
            pass
        await fleet.until(lambda: len(fleet.of("end of session")) == 2)
        assert fleet.of("end of session") == [Joined(NODE, 1), Joined(NODE, 2)]

    scene(test)


def test_when_announcements_may_have_been_missed_every_node_is_looked_up(scene, store):
    async def test(fleet, port):
        async with linked(port) as socket:
            fleet.assigned = [assigned(1)]
            store.feed.publish([MISSED])
            assert (await heard(socket)).generation == 1

    scene(test)


def test_two_nodes_do_not_disturb_each_other(scene, store):
    async def test(fleet, port):
        async with linked(port) as one, linked(port, node_id="b" * 32) as other:
            fleet.assigned = [assigned(1)]
            await announce(store, NODE)
            assert (await heard(one)).generation == 1
            await announce(store, "arn:node/" + "b" * 32)
            assert (await heard(other)).generation == 1

    scene(test)


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (b"\xc1 nonsense", agent_link.CLOSED_BY_BAD_MESSAGE),
        ("text", agent_link.CLOSED_BY_BAD_MESSAGE),
        (encode(EngineState(connected=True)), agent_link.CLOSED_BY_PROTOCOL),
        (encode(hello_of(version=99)), agent_link.CLOSED_BY_PROTOCOL),
        (encode(Welcome(instance_arn="x", endpoint="y")), agent_link.CLOSED_BY_BAD_MESSAGE),
    ],
)
def test_a_link_that_does_not_begin_with_a_hello_of_our_version_is_ended(scene, first, code):
    async def test(fleet, port):
        async with dialled(port) as socket:
            await socket.send(first)
            assert (await closed(socket))[0] == code
        assert fleet.said == []

    scene(test)


def test_a_bad_message_ends_the_link_with_the_reason(scene):
    async def test(fleet, port):
        async with linked(port) as socket:
            await socket.send(b"\x81\xa4type\xa4Nope")
            code, reason = await closed(socket)
            assert code == agent_link.CLOSED_BY_BAD_MESSAGE
            assert reason.startswith("Not a message of the link: ")
        await fleet.until(lambda: fleet.of("goodbye"))

    scene(test)


def test_a_node_that_the_fleet_refuses_is_told_why(scene):
    async def test(fleet, port):
        fleet.refuses = AwsError("Cluster not found.")
        async with dialled(port) as socket:
            await socket.send(encode(hello_of()))
            assert await closed(socket) == (agent_link.CLOSED_BY_POLICY, "Cluster not found.")

    scene(test)


def test_after_the_state_was_emptied_nodes_are_known_and_welcomed_again_on_their_link(
    store, clock, ids
):
    async def act():
        fleet = RecordingFleet()
        gate = gate_of(fleet, store, clock, ids)
        async with serving(gate) as port:
            fleet.assigned = [assigned(7)]
            async with linked(port) as socket:
                assert (await heard(socket)).generation == 7
                fleet.assigned = [assigned(1)]
                fleet.said.clear()
                await gate.greet_again()
                assert fleet.of("hello") == [hello_of()]
                assert (await heard(socket)).assigned == 1
                assert (await heard(socket)).generation == 1
                assert gate.connected == (NODE,)
                assert fleet.sessions == {NODE: 2}
            await fleet.until(lambda: fleet.of("goodbye") == [NODE])
            assert gate.connected == ()
            assert fleet.of("end of session") == [Joined(NODE, 2)]

    within(act())
