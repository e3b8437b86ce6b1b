"""What tests with a real Envoy share: it runs on loopback alone and ends with the test."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from envoy_rig import Rig
from small_backends import Backend


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    opened = Rig(tmp_path)
    yield opened
    opened.close()


class Backends(dict[str, Backend]):
    """HTTP targets by name, made when they are first named."""

    def __missing__(self, name: str) -> Backend:
        self[name] = Backend(name)
        return self[name]

    def close(self) -> None:
        with ExitStack() as each:
            for backend in self.values():
                each.callback(backend.close)


@pytest.fixture
def backends() -> Iterator[Backends]:
    made = Backends()
    yield made
    made.close()
