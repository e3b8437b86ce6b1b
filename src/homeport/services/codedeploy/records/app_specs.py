"""What an AppSpec file asks for.  How it is parsed is plan/'s."""

from typing import Final

from msgspec import Struct

HOOKED_EVENTS: Final = (
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
)
"""The lifecycle events that a function can be asked at, in their order."""


class Awsvpc(Struct, frozen=True, kw_only=True):
    """`NetworkConfiguration.AwsvpcConfiguration`."""

    subnets: tuple[str, ...]
    security_groups: tuple[str, ...] = ()
    assign_public_ip: str = "DISABLED"


class CapacityProvider(Struct, frozen=True, kw_only=True):
    """One item of `CapacityProviderStrategy`."""

    capacity_provider: str
    base: int = 0
    weight: int = 0


class Hook(Struct, frozen=True, kw_only=True):
    """A function that is asked at an event."""

    event: str
    """One of `HOOKED_EVENTS`."""
    function: str
    """The name or the ARN of a Lambda function."""


class AppSpec(Struct, frozen=True, kw_only=True):
    """`Resources[0].TargetService.Properties` and `Hooks`."""

    task_definition: str
    container_name: str
    container_port: int
    platform_version: str | None = None
    network: Awsvpc | None = None
    """None: the task set gets what the service has."""
    capacity_providers: tuple[CapacityProvider, ...] = ()
    """Empty: as the service has it."""
    hooks: tuple[Hook, ...] = ()

    def function_at(self, event: str) -> str | None:
        """The function that is asked at this event, if any."""
        return next((hook.function for hook in self.hooks if hook.event == event), None)
