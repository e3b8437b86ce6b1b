"""A signed client of a running Homeport, for the commands: the public API and nothing else."""

import http.client
import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SigningCredentials

from homeport.app.state_dir import StateDir

TARGETS: Final = {
    "ecs": ("AmazonEC2ContainerServiceV20141113", "ecs"),
    "homeport": ("Homeport_20260101", "homeport"),
}
TIMEOUT_S: Final = 30.0


class CallRefused(Exception):
    """The API answered an error: its type and its text."""


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

    def call(self, service: str, operation: str, request: dict[str, object]) -> dict[str, Any]:
        """Answer of the operation; raises `CallRefused` with AWS's words."""
        prefix, signing_name = TARGETS[service]
        signed = AWSRequest(
            "POST",
            self.endpoint + "/",
            headers={
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": f"{prefix}.{operation}",
            },
            data=json.dumps(request),
        )
        keys = SigningCredentials(self.access_key_id, self.secret_access_key)
        SigV4Auth(keys, signing_name, self.region).add_auth(signed)
        status, body = self._send(signed)
        answer: dict[str, Any] = json.loads(body or b"{}")
        if status != http.client.OK:
            raise CallRefused(f"{answer.get('__type', status)}: {answer.get('message', '')}")
        return answer

    def _send(self, signed: AWSRequest) -> tuple[int, bytes]:
        place = urlsplit(self.endpoint)
        connection = http.client.HTTPConnection(place.netloc, timeout=TIMEOUT_S)
        try:
            connection.request("POST", "/", signed.body, dict(signed.headers.items()))
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()
