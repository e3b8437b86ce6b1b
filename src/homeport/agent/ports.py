"""Ports of a container as Docker wants them, and as it reports them.  Pure."""

from collections.abc import Iterator
from typing import Any, Final

from homeport.link.messages import Binding
from homeport.link.spec import ContainerSpec, PortMapping, TaskSpec

ANY_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - what ECS reports for a published port.


def _each_port(mapping: PortMapping) -> Iterator[int]:
    if mapping.container_port_range is not None:
        first, _, last = mapping.container_port_range.partition("-")
        yield from range(int(first), int(last or first) + 1)
    elif mapping.container_port is not None:
        yield mapping.container_port


def exposed_ports(task: TaskSpec, container: ContainerSpec) -> dict[str, dict[str, Any]]:
    """``ExposedPorts``: only where Docker publishes them."""
    return {port: {} for port in port_bindings(task, container)}


def port_bindings(task: TaskSpec, container: ContainerSpec) -> dict[str, list[dict[str, str]]]:
    """``HostConfig.PortBindings`` (bridge only); without a host port the Engine chooses one."""
    if task.network_mode != "bridge":
        return {}
    bindings: dict[str, list[dict[str, str]]] = {}
    for mapping in container.port_mappings:
        for port in _each_port(mapping):
            host_port = str(mapping.host_port) if mapping.host_port else ""
            bound = {"HostIp": ANY_ADDRESS, "HostPort": host_port}
            bindings.setdefault(f"{port}/{mapping.protocol}", []).append(bound)
    return bindings


def host_network_bindings(task: TaskSpec, container: ContainerSpec) -> tuple[Binding, ...]:
    """On the host's network a container listens on the host's own ports: nothing is mapped."""
    if task.network_mode != "host":
        return ()
    return tuple(
        Binding(bind_ip=ANY_ADDRESS, container_port=port, host_port=port, protocol=each.protocol)
        for each in container.port_mappings
        for port in _each_port(each)
    )


def reported_bindings(ports: dict[str, Any] | None) -> tuple[Binding, ...]:
    """Docker's ``NetworkSettings.Ports`` as bindings, IPv4 only, as the ECS agent reports them."""
    found = []
    for name, bound in (ports or {}).items():
        port, _, protocol = name.partition("/")
        for each in bound or ():
            if ":" in each["HostIp"]:
                continue
            found.append(
                Binding(
                    bind_ip=each["HostIp"] or ANY_ADDRESS,
                    container_port=int(port),
                    host_port=int(each["HostPort"]),
                    protocol=protocol or "tcp",
                )
            )
    return tuple(sorted(found, key=lambda each: (each.container_port, each.host_port)))
