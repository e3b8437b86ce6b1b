"""News of the machine's own addresses, as the kernel tells of them (rtnetlink)."""

import socket
from typing import Final

RTMGRP_IPV4_IFADDR: Final = 0x10
RTMGRP_IPV6_IFADDR: Final = 0x100


def watch_addresses() -> socket.socket:
    """A socket that becomes readable whenever an address comes or goes."""
    news = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    news.bind((0, RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR))
    return news


def forget_news(news: socket.socket) -> None:
    """Take what the socket has to say; it is readable again at the next change."""
    try:
        while news.recv(65_536):
            pass
    except BlockingIOError:
        return
    except OSError:
        return  # More news than the socket could hold: what they were does not matter.
