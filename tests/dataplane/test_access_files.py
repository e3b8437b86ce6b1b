"""Access logs in files: bounded, and whole all the same, with a real Envoy that writes them."""

import asyncio
from pathlib import Path

from envoy_rig import Rig, free_ports, until
from homeport.contracts.routing_table import AccessLog
from homeport.dataplane.envoy.access_files import KEPT, AccessFiles
from homeport.dataplane.envoy.admin import AdminAway
from routing_tables import a_balancer, a_group, a_listener, a_table, to
from small_clients import get


class Reopening:
    """Asks the rig's Envoy to open its files anew, unless it is said to be away."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.is_away = False
        self.asked = 0

    async def __call__(self) -> None:
        self.asked += 1
        if self.is_away:
            raise AdminAway("not now")
        await asyncio.to_thread(self.rig.ask, "/reopen_logs", method="POST")


def lines_of(directory: Path) -> dict[str, int]:
    """How many lines each file has, by what it is called after the load balancer's name."""
    return {
        each.name.partition(".log")[2]: len(each.read_text().splitlines())
        for each in directory.iterdir()
    }


def test_no_line_is_lost_between_a_full_file_and_the_next(rig: Rig) -> None:
    [port] = free_ports(1)
    listener = a_listener(port, to("nobody"))
    rig.show(
        a_table(a_balancer("one", listener, access_log=AccessLog(group="")), a_group("nobody"))
    )
    logs, reopen = rig.directory / "access", Reopening(rig)
    files = AccessFiles(logs, reopen, full_bytes=1)

    def ask(*wanted: tuple[str, int]) -> None:
        get(port, "/")
        until(lambda: lines_of(logs) == dict(wanted), why=lambda: str(lines_of(logs)))

    ask(("", 1))
    reopen.is_away = True
    asyncio.run(files.look())
    assert lines_of(logs) == {".1": 1}
    ask((".1", 2))  # It goes on where it was.
    reopen.is_away = False
    asyncio.run(files.look())
    ask(("", 1), (".1", 2))
    asyncio.run(files.look())
    ask(("", 1), (".1", 1), (".2", 2))
    assert reopen.asked == 3


def test_what_is_not_full_is_left_alone_and_envoy_is_not_asked(tmp_path: Path) -> None:
    small = tmp_path / "one.log"
    small.write_text("1234")

    async def never() -> None:
        raise AssertionError("asked")

    asyncio.run(AccessFiles(tmp_path, never, full_bytes=5).look())
    assert [each.name for each in tmp_path.iterdir()] == ["one.log"]


def test_the_oldest_goes_and_each_load_balancer_has_its_own(tmp_path: Path) -> None:
    async def reopen() -> None:
        return None

    files = AccessFiles(tmp_path, reopen, full_bytes=2)
    for round_ in range(KEPT + 3):
        (tmp_path / "one.log").write_text(f"{round_:02}")
        asyncio.run(files.look())
    (tmp_path / "two.log").write_text("two")
    asyncio.run(files.look())
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {
        "one.log.1": "06",
        "one.log.2": "05",
        "one.log.3": "04",
        "one.log.4": "03",
        "two.log.1": "two",
    }
