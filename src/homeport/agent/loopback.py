"""The address that containers know the agent by, on this machine's loopback interface."""

import contextlib
import errno
import os
from typing import Final

from homeport.agent import rtnetlink

INTERFACE: Final = "lo"


class AddressRefused(Exception):
    """The kernel would not give the loopback interface the address; the message says why."""


def add_address(address: str) -> bool:
    """Give the loopback interface `address`/32; False when it has it already."""
    try:
        return rtnetlink.add_address(INTERFACE, address, scope=rtnetlink.SCOPE_HOST)
    except OSError as error:
        raise AddressRefused(
            f"The address {address} cannot be added to the loopback interface "
            f"({os.strerror(error.errno or errno.EIO)}): run as root, or add it beforehand with "
            f"'ip addr add {address}/32 dev lo'."
        ) from error


def remove_address(address: str) -> None:
    """Take `address`/32 away again; that it is gone already is fine."""
    with contextlib.suppress(OSError):
        rtnetlink.remove_address(INTERFACE, address, scope=rtnetlink.SCOPE_HOST)
