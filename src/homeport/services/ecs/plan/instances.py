"""What is left of a container instance, and how it fares.  Pure."""

from typing import Final

from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.records.instances import ContainerInstance, Resources

STATUSES: Final = (
    "ACTIVE",
    "DRAINING",
    "REGISTERING",
    "DEREGISTERING",
    "REGISTRATION_FAILED",
)
"""What ListContainerInstances may be asked for; ours are only ever ACTIVE or DRAINING."""


def remaining(instance: ContainerInstance, reserved: Resources) -> Resources:
    """What is left: ports are those that are taken, by the machine itself or by tasks."""
    registered = instance.registered
    return Resources(
        cpu=registered.cpu - reserved.cpu,
        memory_mib=registered.memory_mib - reserved.memory_mib,
        ports=_together(registered.ports, reserved.ports),
        ports_udp=_together(registered.ports_udp, reserved.ports_udp),
    )


def _together(some: tuple[int, ...], others: tuple[int, ...]) -> tuple[int, ...]:
    """Each port once; most often there are none to add."""
    return tuple(dict.fromkeys((*some, *others))) if others else some


def health(instance: ContainerInstance) -> str:
    """The overall health: what its container runtime is known to be."""
    if not instance.connected:
        return "INSUFFICIENT_DATA"
    return "OK" if instance.engine_connected else "IMPAIRED"


def checked_state(status: str) -> str:
    """A status that an instance may be given; raises InvalidParameterException for others."""
    if status not in ("ACTIVE", "DRAINING"):
        raise InvalidParameterException(
            "Container instance status should be one of [ACTIVE, DRAINING]"
        )
    return status


def checked_filter_status(status: str) -> str:
    """A status that instances may be listed by."""
    if status not in STATUSES:
        raise InvalidParameterException(
            f"Container instance status should be one of [{', '.join(STATUSES)}]"
        )
    return status
