"""What went wrong at the Engine, in ECS's words: ``ErrorName: text``, whole.  Pure."""

from typing import Final

from homeport.agent.troubles import EngineError, EngineTimeout, Trouble

VANISHED: Final = "ContainerVanishedError: No container matching saved ID found"
OUT_OF_MEMORY: Final = "OutOfMemoryError: Container killed due to memory usage"
DAEMON: Final = "Error response from daemon: "

# What Docker says when an address, not the container, is at fault.
ADDRESS_TEXTS: Final = (
    "address already in use",
    "no configured subnet",
    "failed to create endpoint",
    "could not find an available",
    "user specified ip address",
    "failed to set up container networking",
    "network homeport-",
)
PORT_TEXTS: Final = ("port is already allocated", "failed programming external connectivity")


def duration(seconds: float) -> str:
    """A duration as Go prints it: ``3m0s``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def _worded(name: str, trouble: Trouble, transition: str) -> str:
    if isinstance(trouble, EngineTimeout):
        after = duration(trouble.after_s)
        text = f"Could not transition to {transition}; timed out after waiting {after}"
        return f"DockerTimeoutError: {text}"
    if isinstance(trouble, EngineError):
        return f"{name}: {DAEMON}{trouble.message}"
    return f"{name}: Cannot connect to the Docker daemon: {trouble}"


def cannot_create(trouble: Trouble) -> str:
    """A container could not be created."""
    return _worded("CannotCreateContainerError", trouble, "created")


def cannot_start(trouble: Trouble, *, own_address: bool) -> str:
    """A container could not be started; `own_address`: it bears a task's address."""
    text = str(trouble).lower()
    port = any(each in text for each in PORT_TEXTS)
    if own_address and not port and any(each in text for each in ADDRESS_TEXTS):
        return _worded("ContainerNetworkingError", trouble, "running")
    return _worded("CannotStartContainerError", trouble, "running")


def cannot_stop(trouble: Trouble) -> str:
    """A container could not be stopped."""
    return _worded("CannotStopContainerError", trouble, "stopped")


def cannot_inspect(trouble: Trouble) -> str:
    """A container could not be looked at."""
    return _worded("CannotInspectContainerError", trouble, "inspected")


def cannot_prepare_network(vpc_id: str, trouble: Trouble) -> str:
    """The bridge of a VPC could not be made."""
    what = f"ResourceInitializationError: failed to create the network of {vpc_id}"
    return _worded(what, trouble, "created")


def cannot_create_volume(trouble: Trouble) -> str:
    """A volume of the task could not be made."""
    return _worded("CannotCreateVolumeError", trouble, "created")


def missing_volume(name: str) -> str:
    """A shared volume does not exist and may not be made."""
    return (
        f"CannotInspectVolumeError: volume detection failed, volume '{name}' does not exist and "
        "autoprovision is set to false"
    )


def cannot_pull(reference: str, tries: int, trouble: Trouble, *, fargate: bool) -> str:
    """An image could not be pulled: in Fargate's words, or in those of the agent on EC2."""
    if isinstance(trouble, EngineTimeout) or not fargate:
        return _worded("CannotPullContainerError", trouble, "pulled")
    return (
        f"CannotPullContainerError: pull image manifest has been retried {tries} time(s): "
        f"failed to resolve ref {reference}: {trouble}"
    )
