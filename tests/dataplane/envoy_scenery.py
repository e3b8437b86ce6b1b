"""Backends, clients and hand-written resources for a real Envoy on loopback addresses."""

import asyncio
import contextlib
import http.client
import itertools
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from homeport.dataplane.envoy.resources import ListenerPlaces, Place, Resource, Resources
from homeport.dataplane.envoy.translate_names import (
    endpoints_path,
    health_log_path,
    listener_name,
    routes_path,
)

PATIENCE_S = 15.0
V3 = "type.googleapis.com/envoy"
_numbers = itertools.count(1)


def fresh_address() -> str:
    """A loopback address that no other test uses at the same time."""
    number = next(_numbers)
    return f"127.{os.getpid() % 200 + 20}.{os.getpid() // 200 % 250}.{number}"


class Backend:
    """An HTTP server on an address of its own that says who it is."""

    def __init__(self, *, status: int = 200, port: int = 9000) -> None:
        self.status = status
        self.at = fresh_address(), port
        self.asked: list[str] = []
        self.held = threading.Event()
        """Requests for /held are answered once this is set."""
        self._server = ThreadingHTTPServer(self.at, self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def name(self) -> str:
        return self.at[0]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                if self.path == "/break":
                    self.close_connection = True
                    return
                if self.path == "/held":
                    backend.asked.append(self.path)
                    backend.held.wait(PATIENCE_S)
                body = backend.name.encode()
                self.send_response(backend.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextlib.contextmanager
def hanging() -> Iterator[tuple[str, int]]:
    """An address and port that take connections and never answer."""
    at = fresh_address(), 9000
    with socket.socket() as taken:
        taken.bind(at)
        taken.listen(64)
        yield at


def get(at: tuple[str, int], path: str = "/") -> str:
    connection = http.client.HTTPConnection(*at, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def answers(at: tuple[str, int]) -> bool:
    try:
        get(at)
    except (OSError, http.client.HTTPException):
        return False
    return True


async def until(
    is_so: Callable[[], bool | Awaitable[bool]], patience_s: float = PATIENCE_S
) -> float:
    """Wait until it is so; answers how long that took."""
    begun = time.monotonic()
    while True:
        found = is_so()
        if await found if isinstance(found, Awaitable) else found:
            return time.monotonic() - begun
        assert time.monotonic() - begun < patience_s, "it never was"
        await asyncio.sleep(0.005)


@dataclass
class Load:
    """Clients that ask all the time, each over a connection that it keeps."""

    at: tuple[str, int]
    clients: int = 4
    answers: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Load":
        self._threads = [threading.Thread(target=self._ask) for _ in range(self.clients)]
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._stop.set()
        for each in self._threads:
            each.join()

    def _ask(self) -> None:
        connection = http.client.HTTPConnection(*self.at, timeout=5)
        while not self._stop.is_set():
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                said = answer.read().decode()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
                self._stop.wait(0.005)
                continue
            if answer.status == 200:
                self.answers.append(said)
            else:
                self.failures.append(f"{answer.status} {said}")
        connection.close()


def endpoint(at: tuple[str, int], health: str | None = None) -> dict[str, Any]:
    where = {"socket_address": {"address": at[0], "port_value": at[1]}}
    said = {} if health is None else {"health_status": health}
    return {"endpoint": {"address": where}} | said


def endpoints(cluster: str, *each: dict[str, Any]) -> Resource:
    return {
        "@type": f"{V3}.config.endpoint.v3.ClusterLoadAssignment",
        "cluster_name": cluster,
        "endpoints": [{"lb_endpoints": list(each)}],
    }


def cluster(directory: str, name: str, *, interval: str = "5s", timeout: str = "4s") -> Resource:
    source = {"path_config_source": {"path": endpoints_path(directory, name)}}
    sink = f"{V3}.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink"
    check = {
        "timeout": timeout,
        "interval": interval,
        "no_traffic_interval": interval,
        "unhealthy_threshold": 2,
        "healthy_threshold": 2,
        "http_health_check": {"path": "/"},
        "always_log_health_check_failures": True,
        "event_logger": [
            {
                "name": "file",
                "typed_config": {"@type": sink, "event_log_path": health_log_path(directory)},
            }
        ],
    }
    return {
        "@type": f"{V3}.config.cluster.v3.Cluster",
        "name": name,
        "type": "EDS",
        "eds_cluster_config": {"eds_config": {"resource_api_version": "V3"} | source},
        "common_lb_config": {"update_merge_window": "0s", "healthy_panic_threshold": {"value": 1}},
        "health_checks": [check],
    }


def listener(directory: str, place: Place, routes: str) -> Resource:
    hcm = f"{V3}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
    source = {
        "resource_api_version": "V3",
        "path_config_source": {"path": routes_path(directory, routes)},
    }
    router = {"@type": f"{V3}.extensions.filters.http.router.v3.Router"}
    manager = {
        "@type": hcm,
        "stat_prefix": routes,
        "rds": {"route_config_name": routes, "config_source": source},
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
    }
    return {
        "@type": f"{V3}.config.listener.v3.Listener",
        "name": listener_name(place),
        "address": {"socket_address": {"address": place.address, "port_value": place.port}},
        "freebind": True,
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }


def routes(name: str, cluster: str) -> Resource:
    return {
        "@type": f"{V3}.config.route.v3.RouteConfiguration",
        "name": name,
        "virtual_hosts": [
            {
                "name": "all",
                "domains": ["*"],
                "routes": [{"match": {"prefix": "/"}, "route": {"cluster": cluster}}],
            }
        ],
    }


def resources(
    directory: str, place: Place, *targets: dict[str, Any], cluster_name: str = "web", **check: str
) -> Resources:
    """One listener whose routes lead to one cluster with these targets."""
    return Resources(
        listeners={listener_name(place): listener(directory, place, "all")},
        clusters={cluster_name: cluster(directory, cluster_name, **check)},
        routes={"all": routes("all", cluster_name)},
        endpoints={cluster_name: endpoints(cluster_name, *targets)},
        places=(ListenerPlaces(listener_arn="listener", places=(place,)),),
        groups={cluster_name: "group"},
    )
