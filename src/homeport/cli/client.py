"""A signed client of a running Homeport, for the commands: the public API and nothing else."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SigningCredentials

from homeport.app.state_dir import StateDir

TARGETS: Final = {
    "codedeploy": ("CodeDeploy_20141006", "codedeploy"),
    "ecs": ("AmazonEC2ContainerServiceV20141113", "ecs"),
    "homeport": ("Homeport_20260101", "homeport"),
    "logs": ("Logs_20140328", "logs"),
}
EC2_VERSION: Final = "2016-11-15"
EVENTS: Final = "/_homeport/events"
ROOT: Final = "/_homeport/ca.pem"
NEWEST: Final = "newest"
TIMEOUT_S: Final = 30.0


class CallRefused(Exception):
    """The API answered an error: its type and its text."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind
        self.text = text


@dataclass(frozen=True, slots=True)
class Client:
    """Calls operations of the Homeport that runs on a state directory."""

    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: str

    @classmethod
    def of(cls, state_dir: StateDir) -> "Client":
        """The client of the Homeport that holds `state_dir`; raises `NotRunning`."""
        running = state_dir.running()
        credentials = state_dir.credentials()
        return cls(
            running.endpoint,
            running.region,
            credentials.access_key_id,
            credentials.secret_access_key,
        )

    def call(
        self, service: str, operation: str, request: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        """Answer of an operation that speaks JSON; raises `CallRefused` with AWS's words."""
        prefix, signing_name = TARGETS[service]
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"{prefix}.{operation}",
        }
        data = json.dumps(request or {})
        status, body = self._send(AWSRequest("POST", self._at("/"), headers, data), signing_name)
        answer: dict[str, Any] = json.loads(body or b"{}")
        if status != http.client.OK:
            kind = str(answer.get("__type", status)).rpartition("#")[2]
            raise CallRefused(kind, str(answer.get("message", "")))
        return answer

    def subnets_of_default_vpc(self) -> list[str]:
        """Ids of the default subnets of the region; EC2 speaks forms and XML."""
        form = {
            "Action": "DescribeSubnets",
            "Version": EC2_VERSION,
            "Filter.1.Name": "default-for-az",
            "Filter.1.Value.1": "true",
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        asked = AWSRequest("POST", self._at("/"), headers, urlencode(form))
        status, body = self._send(asked, "ec2")
        if status != http.client.OK:
            raise CallRefused("DescribeSubnets", body.decode(errors="replace"))
        tree = ElementTree.fromstring(body)  # noqa: S314 - the answer of our own gateway.
        return [each.text or "" for each in tree.iter() if each.tag.endswith("}subnetId")]

    def events(self, *, after: int | str, follow: bool) -> Iterator[dict[str, Any]]:
        """Events after a sequence, or after the newest, each with its sequence, in order.

        With `follow` also those to come, until it is closed.
        """
        query = urlencode({"after": after, "follow": int(follow)})
        request = AWSRequest("GET", self._at(f"{EVENTS}?{query}"))
        with closing(self._connection(None if follow else TIMEOUT_S)) as connection:
            response = self._exchange(connection, request, "homeport")
            if response.status != http.client.OK:
                told = json.loads(response.read() or b"{}")
                raise CallRefused(f"events, {response.status}", str(told.get("message", "")))
            for line in response:
                if line.strip():
                    told = json.loads(line)
                    yield {"sequence": told["sequence"], **told["event"]}

    def root_certificate(self) -> str:
        """The root of the certificates that Homeport issues, in PEM."""
        status, body = self._send(AWSRequest("GET", self._at(ROOT)), "homeport")
        if status != http.client.OK:
            raise CallRefused("ca", body.decode(errors="replace"))
        return body.decode()

    def _send(self, request: AWSRequest, signing_name: str) -> tuple[int, bytes]:
        with closing(self._connection(TIMEOUT_S)) as connection:
            response = self._exchange(connection, request, signing_name)
            return response.status, response.read()

    def _exchange(
        self, connection: http.client.HTTPConnection, request: AWSRequest, signing_name: str
    ) -> http.client.HTTPResponse:
        keys = SigningCredentials(self.access_key_id, self.secret_access_key)
        SigV4Auth(keys, signing_name, self.region).add_auth(request)
        place = urlsplit(request.url)
        path = f"{place.path}?{place.query}" if place.query else place.path
        connection.request(request.method, path, request.data, dict(request.headers.items()))
        return connection.getresponse()

    def _connection(self, timeout_s: float | None) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.endpoint).netloc, timeout=timeout_s)

    def _at(self, path: str) -> str:
        return self.endpoint + path
