"""Revisions that requests name: found among those that are known, or made known."""

from typing import Final

from msgspec.structs import replace

from homeport.runtime import Call
from homeport.services.codedeploy.errors import InvalidRevision, RevisionDoesNotExist
from homeport.services.codedeploy.plan import app_spec
from homeport.services.codedeploy.plan.documents import Mistake
from homeport.services.codedeploy.plan.revisions import Location
from homeport.services.codedeploy.queries import (
    deployment_groups,
    deployment_lists,
    revisions,
)
from homeport.services.codedeploy.records.app_specs import AppSpec
from homeport.services.codedeploy.records.applications import Application
from homeport.services.codedeploy.records.revisions import Revision
from homeport.store import ReadTx, Tx

BROKEN: Final = (
    "The deployment failed because the AppSpec file that specifies the deployment configuration "
    "is missing or has an invalid configuration."
)


def known(tx: ReadTx, application: Application, location: Location) -> Revision:
    """The revision, which must be registered."""
    found = revisions.find_revision(tx, application.id, location.kind, location.sha256)
    if found is None:
        raise RevisionDoesNotExist(
            f"The revision with sha256 {location.sha256} does not exist in the application "
            f"{application.name}"
        )
    return found


def kept(tx: Tx, call: Call, application: Application, location: Location) -> Revision:
    """The revision; one that comes with its content need not have been known."""
    found = revisions.find_revision(tx, application.id, location.kind, location.sha256)
    if found is not None:
        return found
    if location.content is None:
        return known(tx, application, location)
    fresh = Revision(
        application_id=application.id,
        kind=location.kind,
        sha256=location.sha256,
        content=location.content,
        registered_at=call.now,
    )
    revisions.insert_revision(tx, fresh)
    return fresh


def used(tx: Tx, call: Call, revision: Revision) -> None:
    """Note that the revision is deployed."""
    first = call.now if revision.first_used_at is None else revision.first_used_at
    revisions.save_revision(tx, replace(revision, first_used_at=first, last_used_at=call.now))


def read(content: str) -> AppSpec:
    """What the AppSpec file asks for; the message names the line of what is wrong with it."""
    try:
        return app_spec.parse(content)
    except Mistake as mistake:
        raise InvalidRevision(f"{BROKEN} {mistake}") from mistake


def targets(tx: ReadTx, application: Application) -> dict[tuple[str, str], list[str]]:
    """The names of the groups that have a revision as their target, by its type and hash."""
    found: dict[tuple[str, str], list[str]] = {}
    for group in deployment_groups.groups_of(tx, application.id):
        newest = deployment_lists.newest_of(tx, group.id)
        if newest is not None:
            key = (newest.revision_type, newest.revision_sha256)
            found.setdefault(key, []).append(group.name)
    return found
