"""Applications, as CodeDeploy keeps them, and the tags of whatever has tags."""

from msgspec import Struct


class Tag(Struct, frozen=True, kw_only=True):
    """One tag."""

    key: str
    value: str = ""


class Application(Struct, frozen=True, kw_only=True):
    """What deployment groups and revisions are gathered under.  It is of platform ECS."""

    id: str
    account: str
    region: str
    name: str
    created_at: float
    tags: tuple[Tag, ...] = ()
