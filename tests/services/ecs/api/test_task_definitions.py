"""Task definition operations on a database: revisions, references, lists, the way to removal."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from homeport.kernel import paging
from homeport.kernel.errors import AwsError
from homeport.runtime import Call
from homeport.runtime.service import Handler
from homeport.services.ecs.api import task_definitions as api
from homeport.services.ecs.errors import ClientException, InvalidParameterException
from homeport.services.ecs.queries import task_definitions as queries
from homeport.store import Store
from task_definition_documents import container, document, fargate

CallFactory = Callable[..., Call]
Wire = dict[str, Any]
ARN = "arn:aws:ecs:us-east-1:000000000000:task-definition/"


def seen(answer: object) -> Wire:
    """The answer as a client sees it."""
    wire: Wire = msgspec.json.decode(msgspec.json.encode(answer))
    return wire


class Ecs:
    """The operations, each in a transaction of its own."""

    def __init__(self, store: Store, call: CallFactory) -> None:
        self.store = store
        self.call = call

    def register(self, asked: Wire | None = None, **call: Any) -> Wire:
        request = document() if asked is None else asked
        return self._write(api.register_task_definition, request, **call)

    def describe(self, reference: str, include: tuple[str, ...] = (), **call: Any) -> Wire:
        request = {"taskDefinition": reference, "include": list(include)}
        return self._read(api.describe_task_definition, request, **call)

    def list_all(self, **request: Any) -> Wire:
        return self._read(api.list_task_definitions, request)

    def families(self, **request: Any) -> Wire:
        return self._read(api.list_task_definition_families, request)

    def deregister(self, reference: str) -> Wire:
        return self._write(api.deregister_task_definition, {"taskDefinition": reference})

    def delete(self, *references: str) -> Wire:
        return self._write(api.delete_task_definitions, {"taskDefinitions": list(references)})

    def _read(self, handler: Handler, request: Wire, **call: Any) -> Wire:
        caller = self.call(**call)
        return seen(self.store.read(lambda tx: handler(tx, caller, request)))

    def _write(self, handler: Handler, request: Wire, **call: Any) -> Wire:
        caller = self.call(**call)
        return seen(self.store.write(lambda tx: handler(tx, caller, request)))


@pytest.fixture
def ecs(store: Store, call: CallFactory) -> Ecs:
    return Ecs(store, call)


def names(answer: Wire) -> list[str]:
    return [arn.removeprefix(ARN) for arn in answer["taskDefinitionArns"]]


def test_registering_answers_the_definition_and_describe_answers_the_same(ecs: Ecs) -> None:
    registered = ecs.register(fargate())
    definition = registered["taskDefinition"]
    assert definition["taskDefinitionArn"] == f"{ARN}web:1"
    assert definition["revision"] == 1
    assert definition["status"] == "ACTIVE"
    assert definition["registeredAt"] == 1_700_000_000.0
    assert definition["registeredBy"] == "arn:aws:iam::000000000000:root"
    assert "tags" not in registered
    for reference in ("web", "web:1", f"{ARN}web:1", f"{ARN}web"):
        assert ecs.describe(reference) == {"taskDefinition": definition}


def test_a_revision_is_never_given_out_twice(ecs: Ecs) -> None:
    for revision in (1, 2, 3):
        assert ecs.register()["taskDefinition"]["revision"] == revision
    ecs.deregister("web:3")
    ecs.delete("web:3")
    definition = ecs.store.read(lambda tx: queries.find(tx, "000000000000", "us-east-1", "web:3"))
    assert definition is not None
    ecs.store.write(
        lambda tx: queries.delete_definition(tx, "000000000000", "us-east-1", definition)
    )
    assert ecs.register()["taskDefinition"]["revision"] == 4


def test_concurrent_registrations_each_get_their_own_revision(ecs: Ecs) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: ecs.register(), range(24)))
    assert sorted(each["taskDefinition"]["revision"] for each in answers) == list(range(1, 25))


def test_accounts_and_regions_have_families_of_their_own(ecs: Ecs) -> None:
    ecs.register()
    elsewhere = ecs.register(region="eu-west-1")["taskDefinition"]
    assert elsewhere["taskDefinitionArn"] == (
        "arn:aws:ecs:eu-west-1:000000000000:task-definition/web:1"
    )
    with pytest.raises(ClientException, match="Unable to describe task definition"):
        ecs.describe("web", account="111111111111")
    with pytest.raises(ClientException, match="Unable to describe task definition"):
        ecs.describe(elsewhere["taskDefinitionArn"])
    with pytest.raises(InvalidParameterException, match="AccountIDs mismatch"):
        ecs.describe(f"{ARN}web:1", account="111111111111")


def test_a_refused_document_leaves_nothing_behind(ecs: Ecs) -> None:
    with pytest.raises(ClientException) as refused:
        ecs.register(document({"name": "web", "image": "busybox"}))
    assert refused.value.message == (
        "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' "
        "must be specified."
    )
    assert ecs.families()["families"] == []
    assert ecs.register()["taskDefinition"]["revision"] == 1


def test_a_document_over_64_kib_is_refused_and_leaves_nothing_behind(ecs: Ecs) -> None:
    big = [{"name": "BIG", "value": "x" * 65536}]
    with pytest.raises(ClientException) as refused:
        ecs.register(document(container(environment=big)))
    assert refused.value.message.startswith("Actual length: '6")
    assert refused.value.message.endswith("'. Max allowed length is '65536' bytes.")
    assert ecs.list_all()["taskDefinitionArns"] == []
    assert ecs.register()["taskDefinition"]["revision"] == 1


@pytest.mark.parametrize(
    "asked",
    [
        document(container(command=["\ud800"])),
        document(container(cpu=2**70)),
        document(container(ulimits=[{"name": "core", "softLimit": 1, "hardLimit": 2**70}])),
        document(container(name=None)),
    ],
)
def test_what_json_cannot_store_is_refused_and_not_a_crash(ecs: Ecs, asked: Wire) -> None:
    with pytest.raises(AwsError) as refused:
        ecs.register(asked)
    assert refused.value.status == 400


def test_tags_are_answered_by_register_and_by_describe_when_asked_for(ecs: Ecs) -> None:
    tags = [{"key": "a", "value": "1"}, {"key": "b", "value": ""}]
    assert ecs.register(document(tags=tags))["tags"] == tags
    assert "tags" not in ecs.describe("web")
    assert ecs.describe("web", include=("TAGS",))["tags"] == tags
    ecs.register(document(family="plain"))
    assert ecs.describe("plain", include=("TAGS",))["tags"] == []


def test_an_empty_list_of_tags_is_refused(ecs: Ecs) -> None:
    with pytest.raises(ClientException, match=r"^Tags can not be empty\.$"):
        ecs.register(document(tags=[]))
    with pytest.raises(InvalidParameterException):
        ecs.register(document(tags=[{"key": "aws:x", "value": "1"}]))


@pytest.mark.parametrize(
    "reference",
    [
        *("nothing", "web:2", "web:0", "web:x", "web:", "web:99999999999", "", "we b", "web\x00"),
        *(":1", "arn:", "arn:aws:ecs:us-east-1:000000000000:cluster/web", f"{ARN}web:7", ARN),
    ],
)
def test_what_names_no_definition_cannot_be_described(ecs: Ecs, reference: str) -> None:
    ecs.register()
    with pytest.raises(ClientException, match=r"^Unable to describe task definition\.$"):
        ecs.describe(reference)


def test_a_family_means_its_newest_active_revision(ecs: Ecs) -> None:
    for _ in range(3):
        ecs.register()
    ecs.deregister("web:3")
    assert ecs.describe("web")["taskDefinition"]["revision"] == 2
    assert ecs.describe("web:3")["taskDefinition"]["status"] == "INACTIVE"
    ecs.deregister("web:1")
    ecs.deregister("web:2")
    with pytest.raises(ClientException, match="Unable to describe task definition"):
        ecs.describe("web")


def test_deregistering_keeps_the_definition_readable_and_may_be_repeated(ecs: Ecs) -> None:
    before = ecs.register()["taskDefinition"]
    after = ecs.deregister("web:1")["taskDefinition"]
    assert after == before | {"status": "INACTIVE", "deregisteredAt": 1_700_000_000.0}
    assert ecs.deregister(f"{ARN}web:1")["taskDefinition"] == after
    assert ecs.describe("web:1")["taskDefinition"] == after


@pytest.mark.parametrize(
    ("reference", "kind", "sentence"),
    [
        ("web", ClientException, "Revision is missing."),
        (f"{ARN}web", ClientException, "Revision is missing."),
        ("web:one", InvalidParameterException, "Invalid revision number. Number: one"),
        ("web:-1", InvalidParameterException, "Invalid revision number. Number: -1"),
        ("web:7", ClientException, api.MISSING),
        ("web:99999999999999999999", ClientException, api.MISSING),
        ("we b:1", ClientException, api.NOT_A_REVISION),
        (
            "arn:aws:ecs:us-east-1:111111111111:task-definition/web:1",
            InvalidParameterException,
            "AccountIDs mismatch",
        ),
    ],
)
def test_deregistering_needs_a_revision_that_exists(
    ecs: Ecs, reference: str, kind: type[AwsError], sentence: str
) -> None:
    ecs.register()
    with pytest.raises(kind) as refused:
        ecs.deregister(reference)
    assert refused.value.message == sentence


def test_deleting_answers_for_each_definition(ecs: Ecs) -> None:
    for _ in range(3):
        ecs.register()
    ecs.deregister("web:2")
    answer = ecs.delete("web:1", "web:2", "web:9", "web", "arn:nonsense")
    assert [(each["revision"], each["status"]) for each in answer["taskDefinitions"]] == [
        (2, "DELETE_IN_PROGRESS")
    ]
    assert answer["taskDefinitions"][0]["deleteRequestedAt"] == 1_700_000_000.0
    assert answer["failures"] == [
        {"arn": f"{ARN}web:1", "reason": api.STILL_ACTIVE},
        {"arn": f"{ARN}web:9", "reason": api.MISSING},
        {"arn": "web", "reason": api.NOT_A_REVISION},
        {"arn": "arn:nonsense", "reason": api.NOT_A_REVISION},
    ]
    assert ecs.delete("web:2") == {"taskDefinitions": answer["taskDefinitions"], "failures": []}
    assert names(ecs.list_all(status="DELETE_IN_PROGRESS")) == ["web:2"]


def test_one_to_ten_definitions_are_deleted_at_a_time(ecs: Ecs) -> None:
    with pytest.raises(InvalidParameterException) as none:
        ecs.delete()
    assert none.value.message == "size of TaskDefinition references list must be greater than 0"
    with pytest.raises(InvalidParameterException) as many:
        ecs.delete(*[f"web:{revision}" for revision in range(1, 12)])
    assert many.value.message == "Size of TaskDefinition references list cannot exceed 10"


@pytest.fixture
def many(ecs: Ecs) -> Ecs:
    """api:1..2, web:1..11 and web-x:1, of which web:5 is INACTIVE."""
    for family, count in (("web", 11), ("web-x", 1), ("api", 2)):
        for _ in range(count):
            ecs.register(document(family=family))
    ecs.deregister("web:5")
    return ecs


IN_ORDER = ["api:1", "api:2", *[f"web:{n}" for n in range(1, 12) if n != 5], "web-x:1"]


def test_definitions_are_listed_by_family_and_revision_number(many: Ecs) -> None:
    assert names(many.list_all()) == IN_ORDER
    assert names(many.list_all(sort="DESC")) == IN_ORDER[::-1]
    assert names(many.list_all(status="INACTIVE")) == ["web:5"]
    assert names(many.list_all(familyPrefix="api")) == ["api:1", "api:2"]
    assert names(many.list_all(familyPrefix="ap")) == []
    assert names(many.list_all(familyPrefix="a\x00")) == []
    assert names(many.list_all(familyPrefix="web", sort="DESC"))[0] == "web:11"


@pytest.mark.parametrize("size", [1, 2, 5, 13, 14])
@pytest.mark.parametrize("sort", ["ASC", "DESC"])
def test_pages_put_together_are_the_whole_list(many: Ecs, size: int, sort: str) -> None:
    request: Wire = {"maxResults": size, "sort": sort}
    found: list[str] = []
    for _ in range(20):
        answer = many.list_all(**request)
        assert len(answer["taskDefinitionArns"]) <= size
        found += names(answer)
        if "nextToken" not in answer:
            break
        request["nextToken"] = answer["nextToken"]
    assert found == (IN_ORDER if sort == "ASC" else IN_ORDER[::-1])


def test_families_are_listed_by_prefix_and_status(many: Ecs) -> None:
    many.deregister("web-x:1")
    assert many.families()["families"] == ["api", "web", "web-x"]
    assert many.families(status="ALL")["families"] == ["api", "web", "web-x"]
    assert many.families(status="ACTIVE")["families"] == ["api", "web"]
    assert many.families(status="INACTIVE")["families"] == ["web-x"]
    assert many.families(familyPrefix="we")["families"] == ["web", "web-x"]
    assert many.families(familyPrefix="We")["families"] == []
    assert many.families(familyPrefix="w_b")["families"] == []
    first = many.families(maxResults=2)
    assert first["families"] == ["api", "web"]
    assert many.families(maxResults=2, nextToken=first["nextToken"]) == {"families": ["web-x"]}


@pytest.mark.parametrize("token", ["nonsense", "%%%", paging.token_after("web"), "MTo="])
def test_a_token_of_someone_elses_is_refused(many: Ecs, token: str) -> None:
    if token != "MTo=":  # The empty key: it starts at the beginning.
        with pytest.raises(InvalidParameterException, match="Invalid token"):
            many.list_all(nextToken=token)
    with pytest.raises(InvalidParameterException, match="Invalid token"):
        many.families(nextToken=paging.token_after("a\x00b"))


@pytest.mark.parametrize("size", [0, 101, -1])
def test_a_page_has_1_to_100_items(many: Ecs, size: int) -> None:
    with pytest.raises(InvalidParameterException, match="maxResults must be between 1 and 100"):
        many.list_all(maxResults=size)
    with pytest.raises(InvalidParameterException, match="maxResults must be between 1 and 100"):
        many.families(maxResults=size)


def test_words_that_ecs_does_not_know_are_refused(many: Ecs) -> None:
    for request in ({"status": "GONE"}, {"sort": "UP"}):
        with pytest.raises(InvalidParameterException, match="should be one of"):
            many.list_all(**request)
    with pytest.raises(InvalidParameterException, match="should be one of"):
        many.families(status="DELETE_IN_PROGRESS")
    with pytest.raises(InvalidParameterException, match="should be one of"):
        many.describe("web", include=("SECRETS",))
