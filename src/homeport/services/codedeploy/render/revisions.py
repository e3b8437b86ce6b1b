"""Revisions as the API shows them."""

from collections.abc import Sequence

from homeport.services.codedeploy.records.revisions import Revision
from homeport.shapes import codedeploy as shapes


def location(kind: str, sha256: str, content: str | None = None) -> shapes.RevisionLocation:
    """Where a revision is: its hash, and its content where that is asked for."""
    if kind == "String":
        raw: shapes.RawString = {"sha256": sha256}
        if content is not None:
            raw["content"] = content
        return {"revisionType": "String", "string": raw}
    spec: shapes.AppSpecContent = {"sha256": sha256}
    if content is not None:
        spec["content"] = content
    return {"revisionType": "AppSpecContent", "appSpecContent": spec}


def information(of: Revision, groups: Sequence[str]) -> shapes.GenericRevisionInfo:
    """What is known of a revision that is the target of these deployment groups."""
    shown: shapes.GenericRevisionInfo = {
        "deploymentGroups": list(groups),
        "registerTime": of.registered_at,
    }
    if of.description is not None:
        shown["description"] = of.description
    if of.first_used_at is not None:
        shown["firstUsedTime"] = of.first_used_at
    if of.last_used_at is not None:
        shown["lastUsedTime"] = of.last_used_at
    return shown
