"""Which addresses of this machine have connections, by the kernel's own table."""

import socket
from pathlib import Path

from homeport.agent import local_addresses

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"


def row(local: str, state: str) -> str:
    return f"   0: {local}:1F90 0100007F:C350 {state} 00000000:00000000 00:00000000 00000000 0\n"


def test_an_address_is_connected_while_a_connection_is_open_or_being_opened(tmp_path: Path) -> None:
    states = {
        "0A001FAC": "01",  # 172.31.0.10: established.
        "0B001FAC": "02",  # SYN sent.
        "0C001FAC": "03",  # SYN received.
        "0D001FAC": "06",  # TIME_WAIT.
        "0E001FAC": "0A",  # It listens.
        "0F001FAC": "08",  # The peer has closed, and is waited for.
    }
    table = tmp_path / "tcp"
    table.write_text(HEAD + "".join(row(local, state) for local, state in states.items()))
    assert local_addresses.connected(table) == {"172.31.0.10", "172.31.0.11", "172.31.0.12"}


def test_the_kernels_table_has_a_connection_as_long_as_it_is_open() -> None:
    with socket.create_server(("127.0.0.77", 0)) as server:
        assert "127.0.0.77" not in local_addresses.connected()
        with socket.create_connection(server.getsockname()):
            assert "127.0.0.77" in local_addresses.connected()
