"""What Envoy is started with: its first configuration and its command line.  Pure.

Everything that changes while it runs is in files beside it (`files`); nothing here does.
"""

import hashlib
from typing import Any, Final

import msgspec
from msgspec import Struct

CLUSTERS: Final = "all/clusters.json"
LISTENERS: Final = "all/listeners.json"
"""In a directory of their own: Envoy is woken by every change of a file beside one that it reads,
so nothing that it writes itself may be there."""
CONNECTIONS_MIN: Final = 1_000
DRAIN_S: Final = 86_400
"""So long, connections of a listener that is gone are left alone (HTTP: until the answer)."""
LOG_FLUSH_MS: Final = 50
"""For so long at most, Envoy keeps a line of health or access logs to itself."""
KEPT_STATS: Final = (
    r"(cluster_manager|listener_manager)\..*",
    r".*\.(version_text|update_rejected)",
    r"cluster\.[^.]+\.upstream_rq_([1-5]xx|completed|active|time)",
    r"cluster\.[^.]+\.upstream_cx_(total|active|connect_fail|connect_timeout|none_healthy)",
    r"cluster\.[^.]+\.upstream_cx_(rx|tx)_bytes_total",
    r"http\.[^.]+\.downstream_cx_(total|active)",
    r"tcp\.[^.]+\.downstream_cx_(total|(rx|tx)_bytes_total)",
    r"udp\.[^.]+\.downstream_sess_(total|active|(rx|tx)_bytes)",
    r"own_answers\..*",
)
"""Numbers that are read (`supervisor`, `figures`).  Envoy keeps no others: its workers would
all write to them for every request.  Those of each target are not among them, and always kept."""
PATTERN_SIZE_MAX: Final = 100_000
"""Of compiled regular expressions: Envoy's own limit is below what rules may say."""


class Launch(Struct, frozen=True, kw_only=True):
    """How an Envoy is started; two that are equal need not be told apart."""

    binary: str
    version: str
    bootstrap: bytes
    arguments: tuple[str, ...]

    @property
    def mark(self) -> str:
        """Tells this launch from every other; part of the names of its files."""
        said = "\0".join((self.binary, self.version, *self.arguments)).encode()
        return hashlib.sha256(said + self.bootstrap).hexdigest()[:12]

    @property
    def bootstrap_name(self) -> str:
        """The bootstrap file, by which the process can be recognized."""
        return f"bootstrap-{self.mark}.json"

    @property
    def admin_name(self) -> str:
        """The Unix socket of its administration."""
        return f"admin-{self.mark}.sock"

    def command(self, directory: str) -> list[str]:
        """The command line, for state in `directory`."""
        return [self.binary, "-c", f"{directory}/{self.bootstrap_name}", *self.arguments]

    def bootstrap_file(self) -> bytes:
        """The bootstrap with the socket of the administration, a path relative to `directory`."""
        whole = msgspec.json.decode(self.bootstrap)
        pipe = {"path": self.admin_name, "mode": 0o600}
        whole["admin"] = {"address": {"pipe": pipe}, "ignore_global_conn_limit": True}
        return msgspec.json.encode(whole)


def launch(directory: str, *, binary: str, version: str, cores: int, open_files: int) -> Launch:
    """Envoy for the files in `directory`, on so many cores, with so many open files at most."""
    return Launch(
        binary=binary,
        version=version,
        bootstrap=msgspec.json.encode(bootstrap(directory, open_files=open_files)),
        arguments=(
            "--disable-hot-restart",
            *("--concurrency", str(cores)),
            *("--log-level", "warning"),
            *("--drain-strategy", "immediate"),
            *("--drain-time-s", str(DRAIN_S)),
            *("--file-flush-interval-msec", str(LOG_FLUSH_MS)),
        ),
    )


def bootstrap(directory: str, *, open_files: int) -> dict[str, Any]:
    """Envoy's first configuration, but for its administration."""
    connections = max(CONNECTIONS_MIN, open_files * 2 // 5)  # Each may need one to a target too.
    return {
        "node": {"id": "homeport", "cluster": "homeport"},
        "dynamic_resources": {
            "cds_config": _file(f"{directory}/{CLUSTERS}"),
            "lds_config": _file(f"{directory}/{LISTENERS}"),
        },
        "overload_manager": {
            "resource_monitors": [
                {
                    "name": "envoy.resource_monitors.global_downstream_max_connections",
                    "typed_config": {
                        "@type": "type.googleapis.com/envoy.extensions.resource_monitors."
                        "downstream_connections.v3.DownstreamConnectionsConfig",
                        "max_active_downstream_connections": connections,
                    },
                }
            ]
        },
        "layered_runtime": {
            "layers": [
                {
                    "name": "homeport",
                    "static_layer": {
                        "re2.max_program_size.error_level": PATTERN_SIZE_MAX,
                        "re2.max_program_size.warn_level": PATTERN_SIZE_MAX,
                    },
                }
            ]
        },
        "stats_config": {
            "use_all_default_tags": False,
            "stats_matcher": {
                "inclusion_list": {
                    "patterns": [{"safe_regex": {"regex": each}} for each in KEPT_STATS]
                }
            },
        },
        "deferred_stat_options": {"enable_deferred_creation_stats": True},
        "stats_flush_on_admin": True,
    }


def _file(path: str) -> dict[str, Any]:
    return {"resource_api_version": "V3", "path_config_source": {"path": path}}
