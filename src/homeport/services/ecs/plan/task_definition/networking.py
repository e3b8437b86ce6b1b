"""Ports, links and what each network mode allows."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from homeport.services.ecs.plan.task_definition.graph import has_cycle
from homeport.services.ecs.plan.task_definition.wording import not_one_of
from homeport.services.ecs.records.container_definitions import ContainerDefinition, PortMapping
from homeport.services.ecs.records.task_definitions import TaskDefinition

PORT_MAX: Final = 65_535
RANGES_MAX: Final = 100
PROTOCOLS: Final = ("tcp", "udp")
APP_PROTOCOLS: Final = ("http", "http2", "grpc")
SHARED_NETWORK: Final = ("awsvpc", "host")
"""Modes in which the containers of a task share one set of ports."""

_PORT_NAME: Final = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")
_RANGE: Final = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")


def port_range(text: str) -> tuple[int, int] | None:
    """First and last port of ``8000-8010``; None when it is not a range that ECS takes."""
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    first, last = int(match.group(1)), int(match.group(2))
    return (first, last) if 1 <= first < last <= PORT_MAX else None


def port_mappings(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """Each port mapping is well-formed, and there are not too many ranges."""
    mode = definition.networking
    if container.port_mappings and mode == "none":
        return "Port mappings are not supported when networkMode=none"
    ranges = 0
    for mapping in container.port_mappings:
        refused = _ports(mapping, mode) or _words(mapping)
        if refused:
            return refused
        ranges += mapping.container_port_range is not None
    if ranges > RANGES_MAX:
        return f"The maximum number of port ranges for a container is {RANGES_MAX}"
    return None


def _ports(mapping: PortMapping, mode: str) -> str | None:
    if mapping.container_port_range is not None:
        if mapping.container_port is not None or mapping.host_port is not None:
            return "cannot specify both single port and port range"
        if mode == "host":
            return "containerPortRange is not supported when networkMode=host"
        if port_range(mapping.container_port_range) is None:
            return "Invalid 'containerPortRange' setting"
        return None
    if mapping.container_port is None or not 1 <= mapping.container_port <= PORT_MAX:
        return "Invalid 'containerPort' setting"
    if mapping.host_port is None:
        return None
    if not 0 <= mapping.host_port <= PORT_MAX:
        return "Invalid 'hostPort' setting"
    if mapping.host_port != mapping.container_port and mode in SHARED_NETWORK:
        stop = "." if mode == "awsvpc" else ""
        return (
            f"When networkMode={mode}, the host ports and container ports in port mappings "
            f"must match{stop}"
        )
    return None


def _words(mapping: PortMapping) -> str | None:
    if mapping.protocol is not None and mapping.protocol not in PROTOCOLS:
        return not_one_of(mapping.protocol, "protocol", PROTOCOLS)
    if mapping.app_protocol is not None and mapping.app_protocol not in APP_PROTOCOLS:
        return not_one_of(mapping.app_protocol, "app protocol", APP_PROTOCOLS)
    if mapping.name is not None and not _PORT_NAME.fullmatch(mapping.name):
        return f"port mapping name '{mapping.name}' is invalid"
    return None


def port_names(definition: TaskDefinition) -> str | None:
    """A port's name is used once in the task."""
    names = [
        mapping.name
        for container in definition.container_definitions
        for mapping in container.port_mappings
        if mapping.name is not None
    ]
    if len(set(names)) < len(names):
        return "port mapping name is already used"
    return None


def port_reuse(definition: TaskDefinition) -> str | None:
    """A container port is mapped once: in the task where it has one network, else in each."""
    shared = definition.networking in SHARED_NETWORK
    taken: list[tuple[int, int]] = []
    for container in definition.container_definitions:
        taken = [*taken, *_spans(container)] if shared else list(_spans(container))
        if _overlap(taken):
            return "container port is used multiple times in task"
    return None


def _spans(container: ContainerDefinition) -> Iterator[tuple[int, int]]:
    for mapping in container.port_mappings:
        if mapping.container_port is not None:
            yield mapping.container_port, mapping.container_port
        elif mapping.container_port_range is not None:
            span = port_range(mapping.container_port_range)
            if span is not None:
                yield span


def _overlap(spans: list[tuple[int, int]]) -> bool:
    ordered = sorted(spans)
    return any(last >= first for (_, last), (first, _) in pairwise(ordered))


def mode_allows(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """Settings that the task's network mode leaves no room for."""
    mode = definition.networking
    if container.links and mode != "bridge":
        return f"Links are not supported when networkMode={mode}."
    if mode != "awsvpc":
        return None
    for setting, words in (
        (container.dns_servers, "DNS servers are not supported on container"),
        (container.disable_networking, "Disable Networking is not supported on container"),
        (container.extra_hosts, "Extra hosts are not supported"),
        (container.hostname, "Host name is not supported on container"),
    ):
        if setting:
            return f"{words} when networkMode=awsvpc"
    return None


def extra_hosts(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """An extra host has a name and an address."""
    for entry in container.extra_hosts or ():
        if not entry.hostname or not entry.ip_address:
            return "Extra hosts should have a hostname and an ipAddress."
    return None


def links(definition: TaskDefinition) -> str | None:
    """Links lead to other containers of the task, and never round in a circle."""
    linked = {
        container.name: [link.partition(":")[0] for link in container.links or ()]
        for container in definition.container_definitions
    }
    for targets in linked.values():
        for target in targets:
            if target not in linked:
                return f"Cannot link to container {target} because it does not exist"
    if has_cycle(linked):
        return "Container links should not have a cycle"
    return None


def proxy(definition: TaskDefinition) -> str | None:
    """The App Mesh proxy is a container of an awsvpc task."""
    asked = definition.proxy_configuration
    if asked is None:
        return None
    if asked.type is not None and asked.type != "APPMESH":
        return not_one_of(asked.type, "proxy type", ("APPMESH",))
    if definition.networking != "awsvpc":
        return "APPMESH proxy configuration is only supported in networkMode=awsvpc"
    if all(each.name != asked.container_name for each in definition.container_definitions):
        return f"Proxy container [{asked.container_name}] does not exist"
    return None
