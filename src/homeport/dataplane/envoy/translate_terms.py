"""Words of Envoy's that every part of the translation needs.  Pure; no part is translated here."""

from typing import Any, Final

from msgspec import Struct

from homeport.contracts.routing_table import LoadBalancer, TargetGroup
from homeport.dataplane.envoy.resources import Resource

API: Final = "type.googleapis.com/envoy"
EXTENSIONS: Final = f"{API}.extensions"
METADATA: Final = "homeport"
"""Where we keep notes in Envoy's metadata."""
WEB: Final = frozenset({"HTTP", "HTTPS"})
SOURCE: Final = "homeport.source"
"""The filter state that holds the address which a client connects from."""
SESSIONS: Final = "envoy.filters.http.stateful_session"
HOST_ALONE: Final = r"%CEL(re.extract(request.host, '^(.*?)(:[0-9]*)?$', '\\1'))%"
"""The host of a request without its port, as Envoy's formats say it: slower than ``%REQ%``."""
UNLIMITED: Final = 1_000_000_000


class Standpoint(Struct, frozen=True, kw_only=True):
    """From where rules are looked at: a load balancer as clients see it at some door."""

    balancer: LoadBalancer
    groups: dict[str, TargetGroup]
    protocol: str
    """Of the listener."""
    port: int
    """The port that the client connected to."""
    zone: str = ""
    """The zone whose targets alone a group without cross-zone load balancing has here."""
    ports: dict[int, int] = {}
    """Listener port → the port that stands for it, where clients come by a door."""
    keeps_port: bool = False
    """Whether the host that rules see may still have its port."""
    has_told_client: bool = False
    """Whether targets are told the client's address already, before rules are looked at."""
    day: int = 0
    """When the current day began: what ids of traces say of the time."""

    @property
    def has_usual_port(self) -> bool:
        """Whether clients leave the port away when they name the host."""
        return self.port in {80, 443}


def duration(seconds: float) -> str:
    """A duration as protocol buffers write it in JSON."""
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"


def socket_address(address: str, port: int, *, is_udp: bool = False) -> Resource:
    """An address and port."""
    where: Resource = {"address": address, "port_value": port}
    if is_udp:
        where["protocol"] = "UDP"
    return {"socket_address": where}


def file_source(path: str) -> Resource:
    """Configuration in a file that Envoy reads again whenever it is replaced."""
    return {"resource_api_version": "V3", "path_config_source": {"path": path}}


def extension(name: str, kind: str, **fields: Any) -> Resource:
    """An extension with its configuration."""
    return {"name": name, "typed_config": {"@type": f"{EXTENSIONS}.{kind}", **fields}}


def header(key: str, value: str, *, how: str = "OVERWRITE_IF_EXISTS_OR_ADD") -> Resource:
    """A header to add; `value` may have Envoy's ``%COMMANDS%``."""
    return {"header": {"key": key, "value": value}, "append_action": how}


def literal(text: str) -> str:
    """Text that stands for itself where Envoy looks for commands."""
    return text.replace("%", "%%")
