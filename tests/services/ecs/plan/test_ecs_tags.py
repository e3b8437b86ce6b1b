"""Which tags are allowed, and which ARNs name something that can carry them."""

import pytest

from homeport.services.ecs.errors import InvalidParameterException, LimitExceededException
from homeport.services.ecs.plan.taggable import resource_of
from homeport.services.ecs.plan.tags import check_keys, checked_tags, merged_tags
from homeport.services.ecs.records.tags import Tag

ACCOUNT = "000000000000"
HOME = f"arn:aws:ecs:us-east-1:{ACCOUNT}"


def tag(key: str, value: str = "") -> Tag:
    return Tag(key=key, value=value)


def test_good_tags_come_back_in_their_order() -> None:
    tags = [tag("Größe", "zwölf"), tag("a b_.:/=+-@1", "x" * 256), tag("k" * 128)]
    assert checked_tags(tags) == tuple(tags)


@pytest.mark.parametrize(
    ("tags", "complaint"),
    [
        ([tag("aws:mine")], "aws: prefixed tag key names are not allowed"),
        ([tag("AWS:mine")], "aws: prefixed tag key names are not allowed"),
        ([tag("")], "Invalid tag key"),
        ([tag("k" * 129)], "Invalid tag key"),
        ([tag("a;b")], "Invalid tag key"),
        ([tag("a", "v" * 257)], "Invalid tag value"),
        ([tag("a", "<b>")], "Invalid tag value"),
        ([tag("a", "1"), tag("a", "2")], "duplicate tag key"),
        ([tag(f"k{number}") for number in range(51)], "exceeds the limit of 50"),
    ],
)
def test_tags_that_are_refused(tags: list[Tag], complaint: str) -> None:
    with pytest.raises(InvalidParameterException, match=complaint):
        checked_tags(tags)


def test_a_resource_has_at_most_fifty_tags_of_its_owner() -> None:
    before = [tag(f"k{number}") for number in range(49)]
    managed = tag("aws:ecs:clusterName", "default")
    assert len(merged_tags([*before, managed], [tag("k49"), tag("k0", "new")])) == 51
    with pytest.raises(LimitExceededException):
        merged_tags(before, [tag("k49"), tag("k50")])


def test_tags_of_amazon_are_not_removed() -> None:
    check_keys(["mine"])
    with pytest.raises(InvalidParameterException, match="'tagKeys'"):
        check_keys(["aws:ecs:clusterName"])


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        ("cluster/default", "cluster"),
        ("task/default/0123", "task"),
        ("task-definition/web:1", "task-definition"),
        ("container-instance/default/0123", "container-instance"),
        ("service/default/web", "service"),
        ("capacity-provider/FARGATE", "capacity-provider"),
    ],
)
def test_what_can_be_tagged(resource: str, kind: str) -> None:
    assert resource_of(f"{HOME}:{resource}", ACCOUNT).kind == kind


@pytest.mark.parametrize(
    ("arn", "complaint"),
    [
        ("default", "The ARN provided is invalid."),
        ("arn:aws:ecs", "The ARN provided is invalid."),
        ("arn:aws:s3:::bucket", "The ARN provided is invalid."),
        (f"{HOME}:container/default/1/2", "The ARN provided is invalid."),
        (f"{HOME}:service/web", "Long arn format must be used for tagging operations"),
        (f"{HOME}:task/0123", "Long arn format must be used for tagging operations"),
        ("arn:aws:ecs:us-east-1:111111111111:cluster/a", "AccountIDs mismatch"),
    ],
)
def test_what_cannot_be_tagged(arn: str, complaint: str) -> None:
    with pytest.raises(InvalidParameterException, match=complaint):
        resource_of(arn, ACCOUNT)
