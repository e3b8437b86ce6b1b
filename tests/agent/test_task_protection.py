"""The endpoint by which a task asks for its own protection, against a server that speaks ECS."""

import json

import msgspec
import pytest

from fleet_recorder import serving, within
from homeport.agent.credentials import RoleCredentials
from homeport.agent.link import LinkLost
from homeport.agent.metadata import MetadataApp
from homeport.agent.metadata_wire import Question
from homeport.agent.task_protection import BadRequest, TaskProtection, Wish, wish_in
from homeport.link.messages import Credentials
from known_tasks import TASK_ARN, bridge_task

PATH = "/api/11111111-2222/task-protection/v1/state"
PROTECTED = {
    "protectedTasks": [
        {"taskArn": TASK_ARN, "protectionEnabled": True, "expirationDate": 1_700_000_000.5}
    ],
    "failures": [],
}
SHOWN = {
    "protection": {
        "ExpirationDate": "2023-11-14T22:13:20.5Z",
        "ProtectionEnabled": True,
        "TaskArn": TASK_ARN,
    }
}


class Ecs:
    """An ASGI application that answers as a test wants it to, and remembers what it was asked."""

    def __init__(self, status=200, body=PROTECTED):
        self.status = status
        self.body = body
        self.asked = []

    async def __call__(self, scope, receive, send):
        request = await receive()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.asked.append((headers, json.loads(request["body"])))
        told = [(b"content-type", b"application/json"), (b"x-amzn-requestid", b"r-1")]
        await send({"type": "http.response.start", "status": self.status, "headers": told})
        await send({"type": "http.response.body", "body": json.dumps(self.body).encode()})


class OneTask:
    """Implements what the metadata endpoint asks of the node."""

    def __init__(self, task):
        self.task = task

    def known_by_metadata_id(self, metadata_id):
        for container in self.task.containers:
            if container.metadata_id == metadata_id:
                return self.task, container
        return None

    def tasks(self):
        return (self.task,)


def with_role(credentials_id="role-id"):
    task = bridge_task()
    spec = msgspec.structs.replace(task.spec, task_role_credentials_id=credentials_id)
    return msgspec.structs.replace(task, spec=spec)


async def fetch(credentials_id):
    if credentials_id == "unreachable":
        raise LinkLost("no")
    if credentials_id != "role-id":
        return Credentials(request=1)
    return Credentials(
        request=1,
        role_arn="arn:aws:iam::000000000000:role/r",
        access_key_id="ASIAROLE",
        secret_access_key="s",
        token="the-token",
        expires_at=4e9,
    )


@pytest.fixture
def ask(clock):
    """``ask(ecs, method, body)``: (status, JSON) of the task's endpoint."""

    def asked(ecs, method="GET", body=b"", *, path=PATH, task=None, away=False):
        async def act():
            async with serving(ecs) as port:

                def url():
                    if away:
                        raise LinkLost("no")
                    return f"http://127.0.0.1:{port}"

                credentials = RoleCredentials(fetch=fetch, clock=clock, belongs_here=lambda _: True)
                app = MetadataApp(
                    tasks=OneTask(task or with_role()),
                    credentials=credentials,
                    stats=None,
                    protection=TaskProtection(credentials=credentials, api_url=url),
                )
                told = await app.answer(Question(method=method, path=path, body=body))
                return told.status, json.loads(told.encoded() or b"null")

        return within(act())

    return asked


def test_get_asks_ecs_in_the_name_of_the_tasks_role(ask):
    ecs = Ecs()
    assert ask(ecs) == (200, SHOWN)
    headers, request = ecs.asked[0]
    assert headers["x-amz-target"] == "AmazonEC2ContainerServiceV20141113.GetTaskProtection"
    assert request == {"cluster": "default", "tasks": [TASK_ARN]}
    assert headers["x-amz-security-token"] == "the-token"
    assert "Credential=ASIAROLE/" in headers["authorization"]
    assert "/us-east-1/ecs/aws4_request" in headers["authorization"]


def test_put_sets_it_for_as_long_as_it_says(ask):
    ecs = Ecs()
    body = b'{"ProtectionEnabled":true,"ExpiresInMinutes":60}'
    assert ask(ecs, "PUT", body) == (200, SHOWN)
    headers, request = ecs.asked[0]
    assert headers["x-amz-target"].endswith(".UpdateTaskProtection")
    assert request == {
        "cluster": "default",
        "tasks": [TASK_ARN],
        "protectionEnabled": True,
        "expiresInMinutes": 60,
    }
    ask(ecs, "PUT", b'{"ProtectionEnabled":false}')
    assert ecs.asked[1][1] == {
        "cluster": "default",
        "tasks": [TASK_ARN],
        "protectionEnabled": False,
    }


def test_without_protection_the_date_is_null(ask):
    off = {"protectedTasks": [{"taskArn": TASK_ARN, "protectionEnabled": False}]}
    protection = {"ExpirationDate": None, "ProtectionEnabled": False, "TaskArn": TASK_ARN}
    assert ask(Ecs(body=off)) == (200, {"protection": protection})


def test_a_failure_is_an_answer(ask):
    failed = {"failures": [{"arn": TASK_ARN, "reason": "TASK_NOT_VALID"}], "protectedTasks": []}
    failure = {"Arn": TASK_ARN, "Detail": None, "Reason": "TASK_NOT_VALID"}
    assert ask(Ecs(body=failed)) == (200, {"failure": failure})


def test_an_error_of_ecs_keeps_its_status_its_code_and_its_request(ask):
    refused = {"__type": "com.amazonaws.ecs#InvalidParameterException", "message": "Too long."}
    error = {"Arn": TASK_ARN, "Code": "InvalidParameterException", "Message": "Too long."}
    body = b'{"ProtectionEnabled":true,"ExpiresInMinutes":2881}'
    status, told = ask(Ecs(400, refused), "PUT", body)
    assert (status, told) == (400, {"requestID": "r-1", "error": error})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"protectedTasks": [], "failures": []},
        {"failures": [{"arn": "a"}, {"arn": "b"}]},
        {"protectedTasks": PROTECTED["protectedTasks"] * 2},
    ],
)
def test_an_answer_that_is_not_about_one_task_is_an_error(ask, body):
    error = {"Arn": TASK_ARN, "Code": "ServerException", "Message": "Unexpected error occurred"}
    assert ask(Ecs(body=body)) == (500, {"error": error})


def test_a_task_without_a_role_is_refused(ask):
    said = "Invalid Request: no task IAM role credentials available for task"
    error = {"Arn": TASK_ARN, "Code": "AccessDeniedException", "Message": said}
    assert ask(Ecs(), task=with_role(None)) == (403, {"error": error})
    assert ask(Ecs(), task=with_role("gone")) == (403, {"error": error})


def test_without_a_control_plane_the_call_has_timed_out(ask):
    said = "Timed out calling ECS Task Protection API"
    error = {"Arn": TASK_ARN, "Code": "RequestCanceled", "Message": said}
    assert ask(Ecs(), away=True) == (504, {"error": error})
    assert ask(Ecs(), task=with_role("unreachable")) == (504, {"error": error})


def test_a_container_that_nobody_knows_is_not_found(ask):
    error = {
        "Code": "ResourceNotFoundException",
        "Message": "Failed to find a task for the request",
    }
    unknown = "/api/nope/task-protection/v1/state"
    assert ask(Ecs(), path=unknown) == (404, {"error": error})
    assert ask(Ecs(), "PUT", b'{"ProtectionEnabled":true}', path=unknown)[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"x"',
        b"{",
        b'{"Other":1}',
        b'{"ProtectionEnabled":"yes"}',
        b'{"ProtectionEnabled":true,"ExpiresInMinutes":1.5}',
        b'{"ProtectionEnabled":true,"ExpiresInMinutes":true}',
        b"\xff",
    ],
)
def test_a_body_that_is_none_is_refused_before_anything_else(ask, body):
    error = {
        "Code": "InvalidParameterException",
        "Message": "UpdateTaskProtection: failed to decode request",
    }
    ecs = Ecs()
    assert ask(ecs, "PUT", body) == (400, {"error": error})
    assert ecs.asked == []


@pytest.mark.parametrize("body", [b"{}", b"null", b'{"ProtectionEnabled":null}'])
def test_a_body_must_say_whether(ask, body):
    said = "Invalid request: does not contain 'ProtectionEnabled' field"
    error = {"Arn": TASK_ARN, "Code": "InvalidParameterException", "Message": said}
    assert ask(Ecs(), "PUT", body) == (400, {"error": error})


def test_other_methods_are_not_allowed(ask):
    assert ask(Ecs(), "POST", b"{}") == (405, None)


def test_names_are_read_in_any_case_as_the_agent_reads_them():
    assert wish_in(b' {"protectionenabled":true,"EXPIRESINMINUTES":5} rest') == Wish(
        enabled=True, minutes=5
    )
    with pytest.raises(BadRequest):
        wish_in(b'{"expires":5}')
