"""One real Envoy on loopback for tests of the translation: no Docker, files in a directory."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from homeport.contracts.routing_table import RoutingTable
from homeport.dataplane.envoy.bootstrap import bootstrap
from homeport.dataplane.envoy.resources import Doors, Resources
from homeport.dataplane.envoy.translate import translate

BINARY = Path(sys.executable).parent / "envoy"
PATIENCE_S = 20.0
LOOKED_AT = r"cluster\..*\.(health_check\.attempt|upstream_cx_http2_total)"
"""Numbers that tests read, besides those that Homeport does."""
Found = TypeVar("Found")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def until(look: Callable[[], Found | None], *, why: Callable[[], str] = str) -> Found:
    """What `look` finds, as soon as it does."""
    end = time.monotonic() + PATIENCE_S
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"It never came to pass: {why()}")
        time.sleep(0.02)


class Rig:
    """An Envoy with the files that `show` writes."""

    def __init__(self, directory: Path, *, doors: Doors | None = None) -> None:
        self.directory = directory
        self.doors = doors or Doors()
        [self.admin_port] = free_ports(1)
        self.log = directory / "envoy.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._texts: dict[str, str] = {}
        self._versions: dict[str, int] = {}
        for name in ("endpoints", "routes", "access", "fresh"):
            (directory / name).mkdir()

    def resources(self, table: RoutingTable) -> Resources:
        return translate(table, self.doors, directory=str(self.directory), now=1_700_000_000.0)

    def write(self, table: RoutingTable) -> Resources:
        """Write what the table translates to, in the order in which it is needed."""
        made = self.resources(table)
        for name, each in made.endpoints.items():
            self._put(f"endpoints/{name}.json", [each])
        self._put("clusters.json", list(made.clusters.values()))
        for name, each in made.routes.items():
            self._put(f"routes/{name}.json", [each])
        self._put("listeners.json", list(made.listeners.values()))
        return made

    def validate(self, table: RoutingTable) -> str:
        """What Envoy's own validation says of everything at once; nothing if all is well."""
        made = self.write(table)
        static = {
            "node": {"id": "rig", "cluster": "rig"},
            "static_resources": {
                "listeners": [_plain(each) for each in made.listeners.values()],
                "clusters": [_plain(each) for each in made.clusters.values()],
            },
            **_RUNTIME,
        }
        path = self.directory / "validate.json"
        path.write_text(json.dumps(static))
        command = [BINARY, "--mode", "validate", "-c", path, "--log-level", "error"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return "" if done.returncode == 0 else done.stdout + done.stderr

    def show(self, table: RoutingTable) -> Resources:
        """Write the files, start Envoy if it does not run, and wait until it has them."""
        made = self.write(table)
        if self._process is None:
            self._start()
        until(lambda: self._has(made), why=lambda: self.log.read_text()[-3000:])
        return made

    def healthy(self, cluster: str, count: int) -> None:
        """Wait until so many targets of a cluster are healthy."""
        until(
            lambda: sum(state == "healthy" for state in self.targets(cluster).values()) == count,
            why=lambda: str(self.targets(cluster)),
        )

    def targets(self, cluster: str) -> dict[int, str]:
        """The targets of a cluster by port, each ``healthy`` or with its flags."""
        found = {}
        for line in self.ask("/clusters").splitlines():
            name, *rest = line.split("::")
            if name == cluster and len(rest) == 3 and rest[1] == "health_flags":
                found[int(rest[0].rpartition(":")[2])] = rest[2]
        return found

    def stat(self, name: str) -> int:
        """One of Envoy's counters or gauges."""
        for line in self.ask(f"/stats?filter=^{name}$").splitlines():
            return int(line.rpartition(": ")[2])
        return 0

    def ask(self, path: str, *, method: str = "GET") -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=5)
        try:
            connection.request(method, path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _start(self) -> None:
        path = self.directory / "bootstrap.json"
        path.write_text(json.dumps(self._bootstrap()))
        with self.log.open("wb") as out:
            self._process = subprocess.Popen(
                [
                    *(BINARY, "-c", path, "--log-level", "warning", "--concurrency", "1"),
                    *("--disable-hot-restart", "--drain-strategy", "immediate"),
                    *("--drain-time-s", "600", "--file-flush-interval-msec", "20"),
                ],
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def _bootstrap(self) -> dict[str, Any]:
        def file(name: str) -> dict[str, Any]:
            return {"path_config_source": {"path": str(self.directory / name)}}

        where = {"address": "127.0.0.1", "port_value": self.admin_port}
        return {
            "node": {"id": "rig", "cluster": "rig"},
            "admin": {"address": {"socket_address": where}},
            "dynamic_resources": {
                "cds_config": file("clusters.json"),
                "lds_config": file("listeners.json"),
            },
            "stats_config": _as_in_earnest_and(LOOKED_AT),
            **_RUNTIME,
        }

    def _has(self, made: Resources) -> bool:
        """Whether Envoy has every file as it is now, and its listeners are open."""
        try:
            stats = self.ask("/stats?filter=version_text")
            opened = self.ask("/listeners")
        except OSError:
            return False
        versions = {}
        for line in stats.splitlines():
            name, _, version = line.partition(": ")
            versions[name.removesuffix(".version_text")] = version.strip('"')
        return all(f"{name}::" in opened for name in made.listeners) and all(
            any(name.endswith(end) and version == wanted for name, version in versions.items())
            for end, wanted in self._wanted(made)
        )

    def _wanted(self, made: Resources) -> list[tuple[str, str]]:
        files = [("cds", "clusters.json"), ("lds", "listeners.json")]
        files += [(f".{name}", f"routes/{name}.json") for name in made.routes]
        files += [(f"cluster.{name}", f"endpoints/{name}.json") for name in made.endpoints]
        return [(end, str(self._versions[name])) for end, name in files]

    def _put(self, name: str, resources: list[Any]) -> None:
        text = json.dumps(resources)
        if self._texts.get(name) == text:
            return
        self._texts[name] = text
        self._versions[name] = self._versions.get(name, 0) + 1
        whole = {"version_info": str(self._versions[name]), "resources": resources}
        fresh = self.directory / "fresh" / Path(name).name
        fresh.write_text(json.dumps(whole))
        fresh.replace(self.directory / name)


def _as_in_earnest_and(pattern: str) -> dict[str, Any]:
    """The numbers that Envoy keeps for Homeport, and some for tests."""
    config: dict[str, Any] = bootstrap("", open_files=0)["stats_config"]
    kept = config["stats_matcher"]["inclusion_list"]["patterns"]
    kept.append({"safe_regex": {"regex": pattern}})
    return config


_RUNTIME: dict[str, Any] = {
    "layered_runtime": {
        "layers": [{"name": "rig", "static_layer": {"re2.max_program_size.error_level": 100_000}}]
    }
}


def _plain(resource: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in resource.items() if key != "@type"}
