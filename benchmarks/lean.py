"""A lean client: one keep-alive connection that sends requests signed beforehand.

boto3 costs some 2 ms a call, which would hide the server that is measured.
"""

import json
import socket
import statistics
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TARGET = "AmazonEC2ContainerServiceV20141113"


@dataclass(frozen=True, slots=True)
class Server:
    """Where to send and with which keys."""

    endpoint: str
    access_key_id: str
    secret_access_key: str
    region: str = "us-east-1"

    def prepare(
        self,
        operation: str,
        request: dict[str, object],
        *,
        target: str = TARGET,
        service: str = "ecs",
    ) -> bytes:
        """The whole HTTP request, signed."""
        signed = AWSRequest(
            "POST",
            self.endpoint + "/",
            headers={
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": f"{target}.{operation}",
            },
            data=json.dumps(request),
        )
        keys = Credentials(self.access_key_id, self.secret_access_key)
        SigV4Auth(keys, service, self.region).add_auth(signed)
        body = signed.body
        head = [f"POST / HTTP/1.1\r\nHost: {urlsplit(self.endpoint).netloc}"]
        head += [f"{name}: {value}" for name, value in signed.headers.items()]
        head.append(f"Content-Length: {len(body)}")
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body


class Lean:
    """One connection."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._connect()

    def _connect(self) -> None:
        place = urlsplit(self.server.endpoint)
        self._socket = socket.create_connection((place.hostname, place.port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def send(self, prepared: bytes) -> bytes:
        """Body of the answer; anything but 200 is an error."""
        self._socket.sendall(prepared)
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            self._more()
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        while len(self._buffer) < length:
            self._more()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        if b"\r\nconnection: close" in head.lower():
            self._socket.close()  # moto_server keeps no connection alive.
            self._connect()
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError((head + b"\n" + body).decode())
        return body

    def call(self, operation: str, request: dict[str, object]) -> dict[str, object]:
        """Prepare, send and parse: for setting the stage."""
        answer: dict[str, object] = json.loads(self.send(self.server.prepare(operation, request)))
        return answer

    def _more(self) -> None:
        data = self._socket.recv(262_144)
        if not data:
            raise ConnectionError("the server closed the connection")
        self._buffer += data


@dataclass(frozen=True, slots=True)
class Figures:
    """What one operation cost."""

    p50_ms: float
    p99_ms: float
    per_second: float


def measure(lean: Lean, prepared: bytes, calls: int) -> Figures:
    """Send the same request `calls` times, one after the other."""
    for _ in range(max(5, calls // 10)):
        lean.send(prepared)
    took: list[float] = []
    begin = time.perf_counter()
    for _ in range(calls):
        start = time.perf_counter()
        lean.send(prepared)
        took.append(time.perf_counter() - start)
    whole = time.perf_counter() - begin
    took.sort()
    return Figures(statistics.median(took) * 1e3, took[int(len(took) * 0.99)] * 1e3, calls / whole)
