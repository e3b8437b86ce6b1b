"""Revisions of applications: AppSpec files that were registered or deployed."""

from typing import Literal, TypeAlias

from msgspec import Struct

RevisionType: TypeAlias = Literal["AppSpecContent", "String"]


class Revision(Struct, frozen=True, kw_only=True):
    """One AppSpec file of an application, known by the hash of its content."""

    application_id: str
    kind: RevisionType = "AppSpecContent"
    """How it was handed over; ``String`` is the older way."""
    sha256: str
    content: str
    description: str | None = None
    registered_at: float
    first_used_at: float | None = None
    last_used_at: float | None = None
