"""Small servers on loopback that say what they were asked: targets for tests of the data plane."""

import json
import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Backend(ThreadingHTTPServer):
    """An HTTP target.  ``/health`` answers `health`; ``/hold`` waits until `release`."""

    daemon_threads = True

    def __init__(self, name: str, *, address: str = "127.0.0.1") -> None:
        super().__init__((address, 0), _Handler)
        self.name = name
        self.health = 200
        self.held = threading.Event()
        self.release = threading.Event()
        self.checks: list[dict[str, str]] = []
        self.sources: set[str] = set()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def close(self) -> None:
        self.release.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Envoy may be gone before an answer: that is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Backend

    def do_GET(self) -> None:
        status, body = 200, b""
        if self.path == "/health":
            self.server.checks.append({key.lower(): said for key, said in self.headers.items()})
            status = self.server.health
        elif self.path == "/hold":
            self.server.held.set()
            self.server.release.wait(20)
        if self.path == "/break":
            self.close_connection = True
            return
        if self.headers.get("Upgrade") == "websocket":
            self._echo()
            return
        self.server.sources.add(self.client_address[0])
        said = {key.lower(): value for key, value in self.headers.items()}
        body = json.dumps({"name": self.server.name, "path": self.path, "headers": said}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _echo(self) -> None:
        """As a WebSocket server that only shakes hands, and then sends back what it gets."""
        self.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        )
        self.wfile.flush()
        while data := self.connection.recv(1024):
            self.connection.sendall(data)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Quiet."""


class Echo(socketserver.ThreadingTCPServer):
    """A TCP target: it says its name, then sends back whatever it gets."""

    daemon_threads = True

    def __init__(self, name: str, *, address: str = "127.0.0.1") -> None:
        super().__init__((address, 0), _EchoHandler)
        self.name = name
        self.first: list[bytes] = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Envoy may reset a connection: that is no news."""


class _EchoHandler(socketserver.BaseRequestHandler):
    server: Echo

    def handle(self) -> None:
        self.request.sendall(self.server.name.encode() + b"\n")
        while data := self.request.recv(1024):
            self.server.first.append(data)
            self.request.sendall(data)


class Datagrams(threading.Thread):
    """A UDP target that answers with its name."""

    def __init__(self, name: str, *, address: str = "127.0.0.1") -> None:
        super().__init__(daemon=True)
        self.name = name
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self.port = int(self._socket.getsockname()[1])
        self.start()

    def run(self) -> None:
        while True:
            data, sender = self._socket.recvfrom(1024)
            if data == b"end":
                return
            self._socket.sendto(self.name.encode() + b":" + data, sender)

    def close(self) -> None:
        self._socket.sendto(b"end", self._socket.getsockname())
        self.join()
        self._socket.close()
