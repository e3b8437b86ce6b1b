import asyncio
import contextlib
import socket

import aiohttp
import msgspec
import pytest

from fleet_recorder import within
from homeport.agent import metadata_render as render
from homeport.agent.credentials import RoleCredentials
from homeport.agent.link import LinkLost
from homeport.agent.metadata import MetadataApp
from homeport.agent.metadata_server import MetadataServer, MetadataUnavailable
from homeport.agent.metadata_wire import Front
from homeport.agent.task_protection import TaskProtection
from homeport.link.messages import Credentials
from known_tasks import KNOWN_WEB, TASK_ARN, bridge_task, fargate_task

WEB_ID, SIDE_ID = "11111111-2222", "33333333-4444"


class KnownTasks:
    """Implements what the metadata endpoint asks of the node."""

    def __init__(self, *known):
        self.known = known

    def known_by_metadata_id(self, metadata_id):
        for task in self.known:
            for container in task.containers:
                if container.metadata_id == metadata_id:
                    return task, container
        return None

    def tasks(self):
        return self.known


async def fetch(credentials_id):
    if credentials_id == "unreachable":
        raise LinkLost("no")
    if credentials_id != "role":
        return Credentials(request=1)
    return Credentials(
        request=1,
        role_arn="arn:aws:iam::000000000000:role/r",
        access_key_id="ASIA1",
        secret_access_key="s",
        token="t",
        expires_at=1_700_003_600.0,
    )


async def stats(docker_id):
    if docker_id == "holder":
        return {"networks": {"eth0": {"rx_bytes": 1, "tx_bytes": 2}}}
    return {"id": docker_id, "read": "2026-01-31T12:00:00Z"} if docker_id != "gone" else None


@contextlib.asynccontextmanager
async def endpoint(clock, *known):
    async with listening(app_of(clock, KnownTasks(*known))) as client:
        yield client


def app_of(clock, tasks):
    def nowhere():
        raise LinkLost("no")

    credentials = RoleCredentials(fetch=fetch, clock=clock, belongs_here=lambda _: True)
    protection = TaskProtection(credentials=credentials, api_url=nowhere)
    return MetadataApp(tasks=tasks, credentials=credentials, stats=stats, protection=protection)


@contextlib.asynccontextmanager
async def listening(app):
    front = Front(app.answer)
    server = MetadataServer(front, address="127.0.0.1", port=0, listening_port=None)
    address, port = server.bind()
    running = asyncio.create_task(server.run())
    async with aiohttp.ClientSession(f"http://{address}:{port}") as client:
        yield client
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


@pytest.fixture
def get(clock):
    """What a path answers: (status, JSON body), from a node that has the bridge task."""

    def answered(path, *known):
        async def act():
            tasks = known or (bridge_task(),)
            async with endpoint(clock, *tasks) as client, client.get(path) as response:
                return response.status, await response.json()

        return within(act())

    return answered


@pytest.mark.parametrize("version", ["v3", "v4"])
def test_a_container_and_its_task_are_found_by_the_id_in_the_uri(get, version):
    task, v4 = bridge_task(), version == "v4"
    at = f"/{version}/{WEB_ID}"
    assert get(at) == (200, render.container(task, KNOWN_WEB, v4=v4))
    assert get(at + "/task") == (200, render.task(task, v4=v4))
    assert get(at + "/taskWithTags") == (200, render.task(task, v4=v4, tags=True))
    assert get(at + "/associations/elastic-inference") == (200, {"Associations": []})


def test_stats_are_those_of_the_engine_and_null_for_what_does_not_run(get):
    web = {"id": "d0c0ffee", "read": "2026-01-31T12:00:00Z"}
    assert get(f"/v4/{WEB_ID}/stats") == (200, web)
    assert get(f"/v4/{SIDE_ID}/stats") == (200, None)
    assert get(f"/v4/{WEB_ID}/task/stats") == (200, {"d0c0ffee": web, "deadbeef": None})
    assert get(f"/v3/{WEB_ID}/task/stats") == (200, {"d0c0ffee": web, "deadbeef": None})


def test_a_container_that_the_engine_lost_meanwhile_has_null_stats(get):
    report = msgspec.structs.replace(KNOWN_WEB.report, docker_id="gone")
    container = msgspec.structs.replace(KNOWN_WEB, report=report)
    task = msgspec.structs.replace(bridge_task(), containers=(container,))
    assert get(f"/v4/{WEB_ID}/stats", task) == (200, None)


def test_containers_that_share_a_network_have_the_networks_of_its_holder(get):
    task = msgspec.structs.replace(fargate_task(), holder_id="holder")
    networks = {"eth0": {"rx_bytes": 1, "tx_bytes": 2}}
    assert get(f"/v4/{WEB_ID}/stats", task)[1]["networks"] == networks


def test_the_first_question_of_a_container_is_answered_once_it_is_known_to_run(clock):
    report = msgspec.structs.replace(KNOWN_WEB.report, status="CREATED")
    created = msgspec.structs.replace(KNOWN_WEB, report=report, ipv4_addresses=())
    before = msgspec.structs.replace(bridge_task(), containers=(created,))
    looks = []

    class StartedAtTheThirdLook(KnownTasks):
        def known_by_metadata_id(self, metadata_id):
            looks.append(metadata_id)
            task = before if len(looks) < 3 else bridge_task()
            return task, task.containers[0]

    async def test():
        app = app_of(clock, StartedAtTheThirdLook())
        async with listening(app) as client, client.get(f"/v4/{WEB_ID}") as response:
            shown = await response.json()
        assert shown == render.container(bridge_task(), KNOWN_WEB, v4=True)

    within(test())


NO_CONTAINER = "unable to get docker ID from v3 endpoint ID: nope"
NO_TASK = "unable to get task Arn from v3 endpoint ID: nope"


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        (
            "/v4/nope",
            404,
            "V4 container metadata handler: unable to get container ID from request: "
            + NO_CONTAINER,
        ),
        (
            "/v4/nope/task",
            404,
            "V4 task metadata handler: unable to get task arn from request: " + NO_TASK,
        ),
        (
            "/v4/nope/stats",
            404,
            "V4 container stats handler: unable to get task arn from request: " + NO_TASK,
        ),
        (
            "/v4/nope/task/stats",
            404,
            "V4 task stats handler: unable to get task arn from request: " + NO_TASK,
        ),
        (
            "/v3/nope",
            500,
            "V3 container metadata handler: unable to get container ID from request: "
            + NO_CONTAINER,
        ),
        (
            "/v3/nope/stats",
            400,
            "V3 container stats handler: unable to get task arn from request: " + NO_TASK,
        ),
        (
            "/v4/nope/associations/x",
            400,
            "V4 container associations handler: unable to get container id from request: "
            + NO_CONTAINER,
        ),
    ],
)
def test_an_unknown_id_is_answered_in_the_agents_words(get, path, status, body):
    assert get(path) == (status, body)


def test_credentials_of_a_role_by_either_path(get):
    role = {
        "RoleArn": "arn:aws:iam::000000000000:role/r",
        "AccessKeyId": "ASIA1",
        "SecretAccessKey": "s",
        "Token": "t",
        "Expiration": "2023-11-14T23:13:20Z",
    }
    assert get("/v2/credentials/role") == (200, role)
    assert get("/v1/credentials?id=role") == (200, role)


@pytest.mark.parametrize(
    ("path", "status", "code", "message"),
    [
        (
            "/v2/credentials/other",
            400,
            "InvalidIdInRequest",
            "CredentialsV2Request: Credentials not found",
        ),
        (
            "/v1/credentials",
            400,
            "NoIdInRequest",
            "CredentialsV1Request: No Credential ID in the request",
        ),
        (
            "/v2/credentials/",
            400,
            "NoIdInRequest",
            "CredentialsV2Request: No Credential ID in the request",
        ),
        (
            "/v2/credentials/unreachable",
            503,
            "CredentialsUninitialized",
            "CredentialsV2Request: Credentials uninitialized for ID",
        ),
    ],
)
def test_credentials_that_cannot_be_given(get, path, status, code, message):
    body = {"code": code, "message": message, "HTTPErrorCode": status}
    assert get(path) == (status, body)


def test_version_2_knows_a_task_by_the_address_that_asks(get):
    task = fargate_task()
    interface = msgspec.structs.replace(task.spec.interface, private_ipv4="127.0.0.1")
    spec = msgspec.structs.replace(task.spec, interface=interface)
    task = msgspec.structs.replace(task, spec=spec)
    assert get("/v2/metadata", task) == (200, render.task(task, v4=False))
    container = render.container(task, KNOWN_WEB, v4=False)
    assert get("/v2/metadata/d0c0ffee", task) == (200, container)
    assert get("/v2/stats", task)[1].keys() == {"d0c0ffee", "deadbeef"}
    assert get("/v2/stats/d0c0ffee", task)[1]["id"] == "d0c0ffee"
    nobody = (400, "Unable to generate metadata for container 'x'")
    assert get("/v2/metadata/x", task) == nobody


def test_version_2_refuses_an_address_that_is_no_tasks(get):
    refused = "Unable to get task arn from request: unable to associate '127.0.0.1' with task"
    assert get("/v2/metadata") == (400, refused)


def test_what_is_not_built_says_so(get):
    assert get(f"/api/{WEB_ID}/fault/v1/network-latency/start") == (
        400,
        {"Error": f"enableFaultInjection is not enabled for task: {TASK_ARN}"},
    )


def test_other_paths_are_not_found_in_plain_text(clock):
    async def test():
        async with endpoint(clock, bridge_task()) as client:
            for path in ("/", "/v5/x", f"/v4/{WEB_ID}/nope", "/v4/nope/nope", "/v2/nope"):
                async with client.get(path) as response:
                    assert (response.status, await response.text()) == (404, "404 page not found\n")

    within(test())


def test_a_task_that_asks_too_often_is_told_so_and_others_are_not(clock):
    async def test():
        async with endpoint(clock, bridge_task()) as client:
            statuses = []
            for _ in range(200):
                async with client.get(f"/v4/{WEB_ID}") as response:
                    statuses.append(response.status)
                    if response.status == 429:
                        assert await response.text() == "You have reached maximum request limit."
                        break
            assert statuses[:60] == [200] * 60
            assert statuses[-1] == 429
            async with client.get("/v2/credentials/role") as response:
                assert response.status == 200

    within(test())


def test_a_port_that_is_taken_is_explained_in_a_sentence():
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = MetadataServer(None, address="127.0.0.1", port=port, listening_port=None)
        with pytest.raises(MetadataUnavailable, match=f"127.0.0.1:{port}: the port is taken"):
            server.bind()
