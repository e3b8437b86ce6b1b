"""The address that containers know the agent by, on this machine's loopback interface.

Spoken to the kernel directly (rtnetlink), so no program needs to be installed.  Linux only.
"""

import contextlib
import errno
import os
import socket
import struct
from typing import Final

INTERFACE: Final = "lo"

_RTM_NEWADDR: Final = 20
_RTM_DELADDR: Final = 21
_REQUEST_WITH_ACK: Final = 0x1 | 0x4
_CREATE_NEW: Final = 0x400 | 0x200
_NLMSG_ERROR: Final = 2
_IFA_ADDRESS: Final = 1
_IFA_LOCAL: Final = 2
_SCOPE_HOST: Final = 254
_HEADER: Final = struct.Struct("=IHHII")
_ADDRESS: Final = struct.Struct("=BBBBI")


class AddressRefused(Exception):
    """The kernel would not give the loopback interface the address; the message says why."""


def add_address(address: str) -> bool:
    """Give the loopback interface `address`/32; False when it has it already."""
    try:
        _change(_RTM_NEWADDR, _CREATE_NEW, address)
    except FileExistsError:
        return False
    except OSError as error:
        raise AddressRefused(
            f"The address {address} cannot be added to the loopback interface "
            f"({os.strerror(error.errno or errno.EIO)}): run as root, or add it beforehand with "
            f"'ip addr add {address}/32 dev lo'."
        ) from error
    return True


def remove_address(address: str) -> None:
    """Take `address`/32 away again; that it is gone already is fine."""
    with contextlib.suppress(OSError):
        _change(_RTM_DELADDR, 0, address)


def _change(kind: int, flags: int, address: str) -> None:
    packed = socket.inet_aton(address)
    attributes = b"".join(
        struct.pack("=HH", 4 + len(packed), name) + packed for name in (_IFA_LOCAL, _IFA_ADDRESS)
    )
    body = _ADDRESS.pack(socket.AF_INET, 32, 0, _SCOPE_HOST, socket.if_nametoindex(INTERFACE))
    length = _HEADER.size + len(body) + len(attributes)
    header = _HEADER.pack(length, kind, _REQUEST_WITH_ACK | flags, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.bind((0, 0))
        netlink.settimeout(5.0)
        netlink.send(header + body + attributes)
        answer = netlink.recv(4096)
    _, answer_kind, _, _, _ = _HEADER.unpack_from(answer)
    if answer_kind == _NLMSG_ERROR:
        (negative,) = struct.unpack_from("=i", answer, _HEADER.size)
        if negative:
            raise OSError(-negative, os.strerror(-negative))
