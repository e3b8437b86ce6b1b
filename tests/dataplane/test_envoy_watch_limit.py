"""The kernel's limit of watched files is raised as far as Envoy needs it."""

from pathlib import Path

from homeport.dataplane.envoy.watch_limit import files_allowed


class Unwritable(type(Path())):  # type: ignore[misc]
    def write_text(self, *_: object, **__: object) -> int:
        raise PermissionError


def test_the_limit_of_a_stock_kernel_is_enough_for_a_few(tmp_path: Path) -> None:
    limit = tmp_path / "limit"
    limit.write_text("128\n")
    assert files_allowed(8, limit=limit) == 8
    assert limit.read_text() == "128\n"


def test_it_is_raised_for_many_and_never_lowered(tmp_path: Path) -> None:
    limit = tmp_path / "limit"
    limit.write_text("128\n")
    assert files_allowed(500, limit=limit) == 500
    assert limit.read_text() == "1112"
    assert files_allowed(8, limit=limit) == 8
    assert limit.read_text() == "1112"


def test_where_it_cannot_be_raised_envoy_is_told_less(tmp_path: Path) -> None:
    limit = Unwritable(tmp_path / "limit")
    Path(limit).write_bytes(b"128\n")
    assert files_allowed(500, limit=limit) == 52
    assert files_allowed(8, limit=limit) == 8
