"""Task definition operations: check the document, record it, answer.  Nothing is started here."""

import re
from typing import Final

import msgspec
from msgspec.structs import replace

from homeport.kernel import paging
from homeport.runtime import Call, operation
from homeport.services.ecs.errors import ClientException, InvalidParameterException
from homeport.services.ecs.plan import task_definition as plan
from homeport.services.ecs.plan.page_requests import page_size, page_start
from homeport.services.ecs.plan.tags import checked_tags
from homeport.services.ecs.queries import tags as tag_queries
from homeport.services.ecs.queries import task_definitions as queries
from homeport.services.ecs.records.tags import Tag
from homeport.services.ecs.render import task_definitions as render
from homeport.shapes import ecs as shapes
from homeport.store import ReadTx, Tx

PAGE_MAX: Final = 100
DELETE_MAX: Final = 10

STATUSES: Final = ("ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS")
FAMILY_STATUSES: Final = ("ACTIVE", "INACTIVE", "ALL")
SORTS: Final = ("ASC", "DESC")
INCLUDES: Final = ("TAGS",)

NOT_FOUND: Final = "Unable to describe task definition."
MISSING: Final = (
    "The specified task definition does not exist. Specify a valid account, family, revision "
    "and try again."
)
NOT_A_REVISION: Final = (
    "The specified task definition identifier is invalid. Specify a valid name or ARN and try "
    "again."
)
STILL_ACTIVE: Final = (
    "The specified task definition is still in ACTIVE status. Please deregister the target and "
    "try again."
)
RACE: Final = "Too many concurrent attempts to create a new revision of the specified family."

_PLACE: Final = re.compile(r"([A-Za-z0-9_-]{1,255}):([0-9]{1,10})")
_FAMILY: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")


@operation("RegisterTaskDefinition")
def register_task_definition(
    tx: Tx, call: Call, request: shapes.RegisterTaskDefinitionRequest
) -> shapes.RegisterTaskDefinitionResponse:
    """Store the document as the family's next revision, or refuse it in ECS's words."""
    try:
        draft = plan.drafted(request)
    except msgspec.ValidationError as error:
        raise InvalidParameterException(str(error)) from error
    refused = plan.refusal(draft)
    if refused:
        raise ClientException(refused)
    tags = _tags(request)
    try:
        revision = queries.next_revision(tx, call.account, call.region, draft.family)
    except queries.FamilyRace as race:
        raise ClientException(RACE) from race
    arn = queries.definition_arn(call.account, call.region, draft.family, revision)
    definition = plan.registered(
        draft, arn=arn, revision=revision, now=call.now, principal=call.principal
    )
    try:
        body = queries.insert_definition(tx, call.account, call.region, definition)
    except UnicodeEncodeError as error:
        raise InvalidParameterException(
            "The task definition contains text that is not valid Unicode."
        ) from error
    too_big = plan.too_big(len(body))
    if too_big:
        raise ClientException(too_big)  # The transaction, with the row in it, is rolled back.
    if not tags:
        return {"taskDefinition": render.task_definition(body)}
    tag_queries.put_tags(tx, arn, tags)
    return {"taskDefinition": render.task_definition(body), "tags": render.tag_list(tags)}


def _tags(request: shapes.RegisterTaskDefinitionRequest) -> tuple[Tag, ...]:
    given = request.get("tags")
    if given is None:
        return ()
    if not given:
        raise ClientException("Tags can not be empty.")
    return checked_tags([Tag(key=tag.get("key", ""), value=tag.get("value", "")) for tag in given])


@operation("DescribeTaskDefinition")
def describe_task_definition(
    tx: ReadTx, call: Call, request: shapes.DescribeTaskDefinitionRequest
) -> shapes.DescribeTaskDefinitionResponse:
    """One revision, whatever its status; of a bare family the newest ACTIVE one."""
    include = request.get("include") or ()
    for each in include:
        _check_word("include", each, INCLUDES)
    reference = request["taskDefinition"]
    body = queries.find_body(tx, call.account, call.region, reference)
    if body is None:
        if queries.is_foreign(call.account, reference):
            raise InvalidParameterException("AccountIDs mismatch")
        raise ClientException(NOT_FOUND)
    definition = render.task_definition(body)
    if not include:
        return {"taskDefinition": definition}
    tags = tag_queries.tags_of(tx, queries.arn_of(body))
    return {"taskDefinition": definition, "tags": render.tag_list(tags)}


@operation("ListTaskDefinitions")
def list_task_definitions(
    tx: ReadTx, call: Call, request: shapes.ListTaskDefinitionsRequest
) -> shapes.ListTaskDefinitionsResponse:
    """ARNs of one status, by family and revision; `familyPrefix` is the whole family name."""
    status, sort = request.get("status", "ACTIVE"), request.get("sort", "ASC")
    _check_word("status", status, STATUSES)
    _check_word("sort", sort, SORTS)
    limit = page_size(request.get("maxResults"), PAGE_MAX)
    found = queries.revisions(
        tx,
        call.account,
        call.region,
        status=status,
        family=request.get("familyPrefix") or None,
        descending=sort == "DESC",
        after=_place(request.get("nextToken")),
        limit=limit + 1,
    )
    page, token = paging.page(found, lambda place: f"{place[0]}:{place[1]}", limit)
    answer: shapes.ListTaskDefinitionsResponse = {
        "taskDefinitionArns": [
            queries.definition_arn(call.account, call.region, family, revision)
            for family, revision in page
        ]
    }
    if token is not None:
        answer["nextToken"] = token
    return answer


@operation("ListTaskDefinitionFamilies")
def list_task_definition_families(
    tx: ReadTx, call: Call, request: shapes.ListTaskDefinitionFamiliesRequest
) -> shapes.ListTaskDefinitionFamiliesResponse:
    """Family names that begin with `familyPrefix`; without a status, all of them."""
    status = request.get("status", "ALL")
    _check_word("status", status, FAMILY_STATUSES)
    limit = page_size(request.get("maxResults"), PAGE_MAX)
    start = page_start(request.get("nextToken"))
    names = queries.family_names(
        tx,
        call.account,
        call.region,
        status=status,
        prefix=request.get("familyPrefix", ""),
        after=_checked(start, _FAMILY).group() if start else "",
        limit=limit + 1,
    )
    page, following = paging.page(names, str, limit)
    answer: shapes.ListTaskDefinitionFamiliesResponse = {"families": list(page)}
    if following is not None:
        answer["nextToken"] = following
    return answer


@operation("DeregisterTaskDefinition")
def deregister_task_definition(
    tx: Tx, call: Call, request: shapes.DeregisterTaskDefinitionRequest
) -> shapes.DeregisterTaskDefinitionResponse:
    """Mark one named revision INACTIVE; what runs it carries on.  Doing it twice is no error."""
    reference = request["taskDefinition"]
    parsed = queries.parse_reference(reference)
    if parsed is None:
        raise ClientException(NOT_A_REVISION)
    if parsed.revision is None:
        raise ClientException("Revision is missing.")
    if not (parsed.revision.isascii() and parsed.revision.isdigit()):
        raise InvalidParameterException(f"Invalid revision number. Number: {parsed.revision}")
    if queries.is_foreign(call.account, reference):
        raise InvalidParameterException("AccountIDs mismatch")
    definition = queries.find(tx, call.account, call.region, reference)
    if definition is None:
        raise ClientException(MISSING)
    if definition.status != "ACTIVE":
        return {"taskDefinition": render.task_definition(queries.encoded(definition))}
    after = replace(definition, status="INACTIVE", deregistered_at=round(call.now, 3))
    body = queries.save_definition(tx, call.account, call.region, after)
    return {"taskDefinition": render.task_definition(body)}


@operation("DeleteTaskDefinitions")
def delete_task_definitions(
    tx: Tx, call: Call, request: shapes.DeleteTaskDefinitionsRequest
) -> shapes.DeleteTaskDefinitionsResponse:
    """Mark INACTIVE revisions for removal; each is gone once nothing uses it."""
    references = request["taskDefinitions"]
    if not references:
        raise InvalidParameterException(
            "size of TaskDefinition references list must be greater than 0"
        )
    if len(references) > DELETE_MAX:
        raise InvalidParameterException(
            f"Size of TaskDefinition references list cannot exceed {DELETE_MAX}"
        )
    deleted: list[shapes.TaskDefinition] = []
    failures: list[shapes.Failure] = []
    for reference in dict.fromkeys(references):
        answer = _delete(tx, call, reference)
        if isinstance(answer, str):
            failures.append({"arn": _arn(call, reference), "reason": answer})
        else:
            deleted.append(render.task_definition(answer))
    return {"taskDefinitions": deleted, "failures": failures}


def _delete(tx: Tx, call: Call, reference: str) -> bytes | str:
    """What is stored of the revision from now on, or why it is not deleted."""
    parsed = queries.parse_reference(reference)
    if parsed is None or parsed.revision is None:
        return NOT_A_REVISION
    definition = queries.find(tx, call.account, call.region, reference)
    if definition is None:
        return MISSING
    if definition.status == "ACTIVE":
        return STILL_ACTIVE
    if definition.status == "DELETE_IN_PROGRESS":
        return queries.encoded(definition)
    after = replace(definition, status="DELETE_IN_PROGRESS", delete_requested_at=round(call.now, 3))
    return queries.save_definition(tx, call.account, call.region, after)


def _arn(call: Call, reference: str) -> str:
    """The ARN that a failure names: what the reference means, where it means anything."""
    parsed = queries.parse_reference(reference)
    if parsed is None or parsed.account is not None or parsed.number is None:
        return reference
    return queries.definition_arn(call.account, call.region, parsed.family, parsed.number)


def _check_word(member: str, word: str, allowed: tuple[str, ...]) -> None:
    if word not in allowed:
        raise InvalidParameterException(f"{member} should be one of [{', '.join(allowed)}]")


def _place(token: str | None) -> tuple[str, int] | None:
    """The family and revision that the page follows; None for the first page."""
    start = page_start(token)
    if not start:
        return None
    family, revision = _checked(start, _PLACE).groups()
    return family, min(int(revision), queries.REVISION_MAX)


def _checked(start: str, pattern: re.Pattern[str]) -> re.Match[str]:
    match = pattern.fullmatch(start)
    if match is None:
        raise InvalidParameterException("Invalid token.")
    return match
