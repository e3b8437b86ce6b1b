"""Image references, as Docker reads them.  Pure."""

from typing import Final

from msgspec import Struct

DEFAULT_TAG: Final = "latest"
DEFAULT_REGISTRY: Final = "docker.io"
DEFAULT_NAMESPACE: Final = "library"


class Reference(Struct, frozen=True, kw_only=True):
    """``registry/repository:tag@digest``, each part named."""

    registry: str
    repository: str
    """Without the registry, with its namespace: ``library/nginx``."""
    tag: str = ""
    """Empty with a digest and no tag."""
    digest: str = ""

    @property
    def familiar(self) -> str:
        """The repository as Docker prints it: ``nginx``, ``public.ecr.aws/nginx/nginx``."""
        if self.registry != DEFAULT_REGISTRY:
            return f"{self.registry}/{self.repository}"
        return self.repository.removeprefix(f"{DEFAULT_NAMESPACE}/")

    @property
    def whole(self) -> str:
        """With nothing left out: ``docker.io/library/nginx:latest``."""
        end = f"@{self.digest}" if self.digest else f":{self.tag}"
        return f"{self.registry}/{self.repository}{end}"


def parse(text: str) -> Reference:
    """`text` with Docker's defaults filled in.  What is no reference at all is left to Docker."""
    name, _, digest = text.partition("@")
    head, slash, rest = name.partition("/")
    has_registry = bool(slash) and ("." in head or ":" in head or head == "localhost")
    registry, path = (head, rest) if has_registry else (DEFAULT_REGISTRY, name)
    repository, colon, tag = path.partition(":")
    if registry == DEFAULT_REGISTRY and "/" not in repository:
        repository = f"{DEFAULT_NAMESPACE}/{repository}"
    if not colon and not digest:
        tag = DEFAULT_TAG
    return Reference(registry=registry, repository=repository, tag=tag, digest=digest)
