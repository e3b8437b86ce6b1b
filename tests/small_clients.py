"""Clients on loopback for tests of the data plane."""

import json
import socket
import ssl
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from typing import Any


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    text: str

    @property
    def name(self) -> str:
        """Which target it is from."""
        return str(json.loads(self.text)["name"])

    @property
    def seen(self) -> dict[str, str]:
        """The headers that the target saw."""
        return dict(json.loads(self.text)["headers"])

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key.lower() == name)

    def cookie(self, name: str) -> str:
        """The pair to send back."""
        for key, value in self.headers:
            if key.lower() == "set-cookie" and value.startswith(f"{name}="):
                return value.partition(";")[0]
        return ""


class Client:
    """One connection."""

    def __init__(self, port: int, *, address: str = "127.0.0.1", tls_name: str = "") -> None:
        if tls_name:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.connection: HTTPConnection = _Named(address, port, tls_name, context)
        else:
            self.connection = HTTPConnection(address, port, timeout=20)

    def get(self, path: str = "/", **headers: str) -> Answer:
        self.begin(path, **headers)
        return self.end()

    def begin(self, path: str, **headers: str) -> None:
        self.connection.request(
            "GET", path, headers={key.replace("_", "-"): value for key, value in headers.items()}
        )

    def end(self) -> Answer:
        answer = self.connection.getresponse()
        return Answer(answer.status, answer.getheaders(), answer.read().decode())

    @property
    def certificate(self) -> bytes:
        assert isinstance(self.connection.sock, ssl.SSLSocket)
        return self.connection.sock.getpeercert(binary_form=True) or b""

    def close(self) -> None:
        self.connection.close()


class _Named(HTTPSConnection):
    """TLS that names another host than the address."""

    def __init__(self, address: str, port: int, name: str, context: ssl.SSLContext) -> None:
        super().__init__(address, port, timeout=20, context=context)
        self._name, self._its_context = name, context

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), timeout=20)
        self.sock: Any = self._its_context.wrap_socket(plain, server_hostname=self._name)


def get(port: int, path: str = "/", *, address: str = "127.0.0.1", **headers: str) -> Answer:
    """One request on a connection of its own."""
    with closing(Client(port, address=address)) as client:
        return client.get(path, **headers)


def line(port: int, *, address: str = "127.0.0.1", source: str = "") -> tuple[socket.socket, str]:
    """A TCP connection with the first line that comes back, empty if it is closed."""
    opened = socket.create_connection(
        (address, port), timeout=20, source_address=(source, 0) if source else None
    )
    said = b""
    while b"\n" not in said:
        try:
            more = opened.recv(1024)
        except ConnectionResetError:
            more = b""
        if not more:
            break
        said += more
    return opened, said.partition(b"\n")[0].decode()
