"""Revisions: register, list, look up."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.codedeploy.api.listing import page
from homeport.services.codedeploy.api.lookups import the_application
from homeport.services.codedeploy.api.revision_keeping import kept, known, read, targets
from homeport.services.codedeploy.errors import (
    BatchLimitExceeded,
    BucketNameFilterRequired,
    InvalidDeployedStateFilter,
    InvalidSortBy,
    InvalidSortOrder,
    RevisionDoesNotExist,
    RevisionRequired,
)
from homeport.services.codedeploy.plan import names
from homeport.services.codedeploy.plan.revisions import located
from homeport.services.codedeploy.queries import revisions
from homeport.services.codedeploy.records.revisions import Revision
from homeport.services.codedeploy.render import revisions as render
from homeport.shapes import codedeploy as shapes
from homeport.store import ReadTx, Tx

BATCH_MAX: Final = 25
_NEVER: Final = float("-inf")
_SORTS: Final[Mapping[str, Callable[[Revision], float]]] = {
    "registerTime": lambda each: each.registered_at,
    "firstUsedTime": lambda each: _NEVER if each.first_used_at is None else each.first_used_at,
    "lastUsedTime": lambda each: _NEVER if each.last_used_at is None else each.last_used_at,
}


@operation("RegisterApplicationRevision", partial="Revisions in S3 and GitHub are refused.")
def register_application_revision(
    tx: Tx, call: Call, request: shapes.RegisterApplicationRevisionInput
) -> shapes.RegisterApplicationRevisionResponse:
    """Make a revision known to the application; one that is known keeps its times."""
    application = the_application(tx, call, request["applicationName"])
    description = names.description(request.get("description"))
    location = located(request["revision"])
    revision = kept(tx, call, application, location)
    read(revision.content)
    if description is not None:
        revisions.save_revision(tx, replace(revision, description=description))
    return {}


@operation("GetApplicationRevision")
def get_application_revision(
    tx: ReadTx, call: Call, request: shapes.GetApplicationRevisionInput
) -> shapes.GetApplicationRevisionOutput:
    """The revision of this hash, with its content."""
    application = the_application(tx, call, request["applicationName"])
    revision = known(tx, application, located(request["revision"]))
    groups = targets(tx, application).get((revision.kind, revision.sha256), [])
    return {
        "applicationName": application.name,
        "revision": render.location(revision.kind, revision.sha256, revision.content),
        "revisionInfo": render.information(revision, groups),
    }


@operation("BatchGetApplicationRevisions")
def batch_get_application_revisions(
    tx: ReadTx, call: Call, request: shapes.BatchGetApplicationRevisionsInput
) -> shapes.BatchGetApplicationRevisionsOutput:
    """Those of the revisions that are known; the message is of the first that is not."""
    application = the_application(tx, call, request["applicationName"])
    if not request["revisions"]:
        raise RevisionRequired
    if len(request["revisions"]) > BATCH_MAX:
        raise BatchLimitExceeded(
            f"The maximum number of revisions allowed for this request ({BATCH_MAX}) was exceeded."
        )
    groups = targets(tx, application)
    shown: list[shapes.RevisionInfo] = []
    problem = ""
    for wanted in request["revisions"]:
        try:
            each = known(tx, application, located(wanted))
        except RevisionDoesNotExist as error:
            problem = problem or error.message
            continue
        shown.append(
            {
                "revisionLocation": render.location(each.kind, each.sha256, each.content),
                "genericRevisionInfo": render.information(
                    each, groups.get((each.kind, each.sha256), [])
                ),
            }
        )
    response: shapes.BatchGetApplicationRevisionsOutput = {
        "applicationName": application.name,
        "revisions": shown,
    }
    if problem:
        response["errorMessage"] = problem
    return response


@operation("ListApplicationRevisions")
def list_application_revisions(
    tx: ReadTx, call: Call, request: shapes.ListApplicationRevisionsInput
) -> shapes.ListApplicationRevisionsOutput:
    """The application's revisions, without their content."""
    application = the_application(tx, call, request["applicationName"])
    found = _sorted(_wanted(request, revisions.revisions_of(tx, application.id)), request)
    deployed = request.get("deployed") or "ignore"
    if deployed not in {"include", "exclude", "ignore"}:
        raise InvalidDeployedStateFilter
    if deployed != "ignore":
        current = targets(tx, application)
        found = [
            each
            for each in found
            if ((each.kind, each.sha256) in current) == (deployed == "include")
        ]
    shown, token = page(found, request.get("nextToken"), lambda each: f"{each.kind} {each.sha256}")
    response: shapes.ListApplicationRevisionsOutput = {
        "revisions": [render.location(each.kind, each.sha256) for each in shown]
    }
    if token is not None:
        response["nextToken"] = token
    return response


def _wanted(
    request: shapes.ListApplicationRevisionsInput, found: Sequence[Revision]
) -> Sequence[Revision]:
    """None when the request limits them to a bucket: nothing is in one."""
    bucket = request.get("s3Bucket")
    if request.get("s3KeyPrefix") and not bucket:
        raise BucketNameFilterRequired
    return () if bucket else found


def _sorted(
    found: Sequence[Revision], request: shapes.ListApplicationRevisionsInput
) -> list[Revision]:
    by, order = request.get("sortBy"), request.get("sortOrder") or "ascending"
    if by is not None and by not in _SORTS:
        raise InvalidSortBy
    if order not in {"ascending", "descending"}:
        raise InvalidSortOrder
    if by is None:
        return list(found)
    return sorted(found, key=_SORTS[by], reverse=order == "descending")
