"""The files that Envoy reads: one for all clusters, one for all listeners, one for each set of
routes and for the endpoints of each cluster.

Each is replaced at once (a rename, which Envoy is told of), and only if its bytes change.  Files
may hold keys of certificates: nobody else reads them.  What is in them is decided elsewhere.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from homeport.dataplane.envoy.bootstrap import CLUSTERS, LISTENERS
from homeport.dataplane.envoy.resources import Resource
from homeport.dataplane.envoy.translate_names import endpoints_path, routes_path

FRESH: Final = "new"
"""Where files are written before they get their place: Envoy hears of everything beside its own."""
DIRECTORIES: Final = ("all", "endpoints", "routes", "access", FRESH)


class Files:
    """The files of one Envoy.  Methods block: call them on a thread."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._bytes: dict[Path, bytes] = {}
        """What each file holds, as far as it was looked at."""
        self._clusters: dict[str, Resource] = {}
        self._retired: frozenset[str] = frozenset()
        """Clusters that are still there because Envoy may not have heard yet that nothing names
        them."""

        self.versions: dict[str, str] = {}
        """Of `Resources.routes`, as they were written last."""

    def make(self) -> None:
        """Make the directories, and the files without which Envoy does not start."""
        for directory in (self._directory, *(self._directory / name for name in DIRECTORIES)):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (CLUSTERS, LISTENERS):
            if not (self._directory / name).exists():
                self._write(self._directory / name, _response(()))
        known = msgspec.json.decode((self._directory / CLUSTERS).read_bytes())
        self._clusters = {each["name"]: each for each in known["resources"]}

    def write_endpoints(self, endpoints: Mapping[str, Resource]) -> bool:
        """Write where targets are, by cluster; answers whether anything changed."""
        directory = str(self._directory)
        return self._write_each(
            (Path(endpoints_path(directory, name)), each) for name, each in endpoints.items()
        )

    def write_clusters(self, clusters: Mapping[str, Resource]) -> bool:
        """Write all clusters.  Those that are gone stay until `tidy`: routes may name them yet."""
        gone = {name: each for name, each in self._clusters.items() if name not in clusters}
        self._clusters = gone | dict(clusters)
        self._retired = frozenset(gone)
        return self._write_clusters()

    def write_routes(self, routes: Mapping[str, Resource]) -> bool:
        """Write routes, by name."""
        directory, pages = str(self._directory), dict[Path, bytes]()
        for name, each in routes.items():
            known = version_of(each)
            pages[Path(routes_path(directory, name))] = _response((each,), version=known)
            self.versions[name] = known
        changed = [path for path, page in pages.items() if self._write(path, page)]
        return bool(changed)

    def write_listeners(self, listeners: Mapping[str, Resource], *, again: bool = False) -> bool:
        """Write all listeners.  `again`: even if they are the same, so that Envoy tries again."""
        whole = _response(listeners[name] for name in sorted(listeners))
        return self._write(self._directory / LISTENERS, whole, again=again)

    @property
    def is_tidy(self) -> bool:
        """Whether no cluster waits for its removal."""
        return not self._retired

    def tidy(self, routes: Iterable[str]) -> None:
        """Remove clusters, and then files, that nothing names; `routes` are those in use."""
        for name in self._retired:
            del self._clusters[name]
        self._retired = frozenset()
        self._write_clusters()
        directory = str(self._directory)
        used = {Path(endpoints_path(directory, name)) for name in self._clusters}
        used |= {Path(routes_path(directory, name)) for name in routes}
        for kind in ("endpoints", "routes"):
            for path in (self._directory / kind).iterdir():
                if path not in used:
                    path.unlink()
                    self._bytes.pop(path, None)

    def empty(self) -> None:
        """Remove every file: Envoy is gone."""
        self._clusters, self._retired = {}, frozenset()
        self._bytes.clear()
        for name in (CLUSTERS, LISTENERS):
            (self._directory / name).unlink(missing_ok=True)
        for kind in ("endpoints", "routes"):
            if (self._directory / kind).exists():
                for path in (self._directory / kind).iterdir():
                    path.unlink()

    def _write_each(self, resources: Iterable[tuple[Path, Resource]]) -> bool:
        changed = [path for path, each in resources if self._write(path, _response((each,)))]
        return bool(changed)

    def _write_clusters(self) -> bool:
        whole = _response(self._clusters[name] for name in sorted(self._clusters))
        return self._write(self._directory / CLUSTERS, whole)

    def _write(self, path: Path, content: bytes, *, again: bool = False) -> bool:
        if path not in self._bytes and path.exists():
            self._bytes[path] = path.read_bytes()  # From a life before: Envoy has read it.
        if self._bytes.get(path) == content and not again:
            return False
        write_private(path, content, by_way_of=self._directory / FRESH)
        self._bytes[path] = content
        return True


def write_private(path: Path, content: bytes, *, by_way_of: Path) -> None:
    """Replace a file at once with one that only its owner reads, made in another directory."""
    fresh = by_way_of / path.name
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
    fresh.replace(path)


def version_of(resource: Resource) -> str:
    """Tells this resource from every other one; Envoy repeats it once it has taken the file."""
    said = msgspec.json.encode(resource, order="deterministic")
    return hashlib.sha256(said).hexdigest()[:16]


def _response(resources: Iterable[Resource], *, version: str = "") -> bytes:
    """As Envoy's discovery services answer."""
    whole: dict[str, Any] = {"resources": list(resources)}
    if version:
        whole["version_info"] = version
    return msgspec.json.encode(whole, order="deterministic")
