"""How a request hands over a revision.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from homeport.services.codedeploy.errors import InvalidRevision, RevisionRequired
from homeport.services.codedeploy.records.revisions import RevisionType


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A revision of a request; without content it must be one that is registered."""

    kind: RevisionType
    sha256: str
    content: str | None


def located(location: Mapping[str, Any] | None) -> Location:
    """What a request's revision is; its hash, where one is given, must be that of its content."""
    if not location:
        raise RevisionRequired("RevisionLocation must be specified")
    match location.get("revisionType"):
        case "AppSpecContent":
            return _text("AppSpecContent", location.get("appSpecContent"), "appSpecContent")
        case "String":
            return _text("String", location.get("string"), "string")
        case "S3":
            raise InvalidRevision(
                "Homeport has no Amazon S3: hand the AppSpec file over as revisionType "
                "AppSpecContent."
            )
        case "GitHub":
            raise InvalidRevision("A revision of an ECS deployment can not be in GitHub")
        case None:
            raise InvalidRevision("revisionType must be specified")
        case other:
            raise InvalidRevision(
                f"{other} is not a revision type: AppSpecContent, String, S3 and GitHub are"
            )


def _text(kind: RevisionType, given: Mapping[str, Any] | None, name: str) -> Location:
    content, said = (given or {}).get("content"), (given or {}).get("sha256")
    if not content:
        if not said:
            raise InvalidRevision(f"{name} must have content")
        return Location(kind=kind, sha256=said.lower(), content=None)
    try:
        found = sha256(content.encode()).hexdigest()
    except UnicodeEncodeError as error:
        raise InvalidRevision(f"The content of {name} is not text") from error
    if said and said.lower() != found:
        raise InvalidRevision(f"The sha256 of {name} is {said}, but that of its content is {found}")
    return Location(kind=kind, sha256=found, content=content)
