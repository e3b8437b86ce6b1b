"""Addresses and bridges of this machine, asked of the kernel directly (rtnetlink).

No program needs to be installed for it.  Linux only, and changes only as root.  Which addresses
and which bridges is not known here.
"""

import errno
import os
import socket
import struct
from typing import Final

SCOPE_UNIVERSE: Final = 0
SCOPE_HOST: Final = 254

_RTM_NEWLINK: Final = 16
_RTM_NEWADDR: Final = 20
_RTM_DELADDR: Final = 21
_RTM_GETADDR: Final = 22
_REQUEST_WITH_ACK: Final = 0x1 | 0x4
_REQUEST_ALL: Final = 0x1 | 0x300
_CREATE_NEW: Final = 0x400 | 0x200
_NLMSG_ERROR: Final = 2
_NLMSG_DONE: Final = 3
_IFA_ADDRESS: Final = 1
_IFA_LOCAL: Final = 2
_IFLA_LINKINFO: Final = 18
_IFLA_INFO_KIND: Final = 1
_IFLA_INFO_DATA: Final = 2
_IFLA_BR_NF_CALL_IPTABLES: Final = 36
_NESTED: Final = 0x8000
_HEADER: Final = struct.Struct("=IHHII")
_ADDRESS: Final = struct.Struct("=BBBBI")
_LINK: Final = struct.Struct("=BxHiII")
_ATTRIBUTE: Final = struct.Struct("=HH")
_ANSWER_BYTES: Final = 65_536
_WITHIN_S: Final = 5.0


def add_address(interface: str, address: str, *, scope: int = SCOPE_UNIVERSE) -> bool:
    """Give an interface `address`/32; False when it has it already.  Raises OSError."""
    try:
        _change_address(_RTM_NEWADDR, _CREATE_NEW, interface, address, scope)
    except FileExistsError:
        return False
    return True


def remove_address(interface: str, address: str, *, scope: int = SCOPE_UNIVERSE) -> None:
    """Take `address`/32 away again; that it is gone already is fine.  Raises OSError."""
    try:
        _change_address(_RTM_DELADDR, 0, interface, address, scope)
    except OSError as error:
        if error.errno not in (errno.EADDRNOTAVAIL, errno.ENODEV, errno.ENXIO):
            raise


def single_addresses(interface: str) -> frozenset[str]:
    """The IPv4 addresses of an interface that are /32: none of them is a network's gateway.

    Raises OSError when there is no such interface.
    """
    index = socket.if_nametoindex(interface)
    body = _ADDRESS.pack(socket.AF_INET, 0, 0, 0, 0)
    found = set()
    for kind, content in _asked(_RTM_GETADDR, _REQUEST_ALL, body):
        if kind != _RTM_NEWADDR:
            continue
        _, length, _, _, of_index = _ADDRESS.unpack_from(content)
        if of_index == index and length == 32:
            attributes = _attributes(content[_ADDRESS.size :])
            packed = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS)
            if packed is not None:
                found.add(socket.inet_ntoa(packed))
    return frozenset(found)


def show_bridge_to_firewall(interface: str) -> None:
    """Have what one port of a bridge sends to another pass the machine's firewall, too.

    Raises OSError.
    """
    seen = _attribute(_IFLA_BR_NF_CALL_IPTABLES, b"\x01")
    info = _attribute(_IFLA_INFO_KIND, b"bridge") + _attribute(_IFLA_INFO_DATA | _NESTED, seen)
    link = _LINK.pack(socket.AF_UNSPEC, 0, socket.if_nametoindex(interface), 0, 0)
    _asked(_RTM_NEWLINK, _REQUEST_WITH_ACK, link + _attribute(_IFLA_LINKINFO | _NESTED, info))


def _change_address(kind: int, flags: int, interface: str, address: str, scope: int) -> None:
    packed = socket.inet_aton(address)
    index = socket.if_nametoindex(interface)
    body = _ADDRESS.pack(socket.AF_INET, 32, 0, scope, index)
    body += b"".join(_attribute(name, packed) for name in (_IFA_LOCAL, _IFA_ADDRESS))
    _asked(kind, _REQUEST_WITH_ACK | flags, body)


def _asked(kind: int, flags: int, body: bytes) -> list[tuple[int, bytes]]:
    """The messages that answer one; raises OSError for the error that the kernel answers."""
    answers: list[tuple[int, bytes]] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.bind((0, 0))
        netlink.settimeout(_WITHIN_S)
        netlink.send(_HEADER.pack(_HEADER.size + len(body), kind, flags, 1, 0) + body)
        while True:
            data = netlink.recv(_ANSWER_BYTES)
            while data:
                length, answer_kind, _, _, _ = _HEADER.unpack_from(data)
                content, data = data[_HEADER.size : length], data[_aligned(length) :]
                if answer_kind == _NLMSG_DONE:
                    return answers
                if answer_kind == _NLMSG_ERROR:
                    (negative,) = struct.unpack_from("=i", content)
                    if negative:
                        raise OSError(-negative, os.strerror(-negative))
                    return answers
                answers.append((answer_kind, content))


def _attribute(name: int, content: bytes) -> bytes:
    length = _ATTRIBUTE.size + len(content)
    return _ATTRIBUTE.pack(length, name) + content + b"\0" * (_aligned(length) - length)


def _attributes(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= _ATTRIBUTE.size:
        length, name = _ATTRIBUTE.unpack_from(data)
        if length < _ATTRIBUTE.size:
            break
        found[name] = data[_ATTRIBUTE.size : length]
        data = data[_aligned(length) :]
    return found


def _aligned(length: int) -> int:
    return (length + 3) & ~3
