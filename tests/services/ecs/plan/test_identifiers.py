"""How clients name what is in a cluster."""

import pytest

from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan.clusters import new_cluster
from homeport.services.ecs.plan.identifiers import member_arn

CLUSTER = new_cluster(account="000000000000", region="us-east-1", name="web")
LONG = "arn:aws:ecs:us-east-1:000000000000:task/web/0123"


@pytest.mark.parametrize(
    "reference", ["0123", "web/0123", LONG, "arn:aws:ecs:us-east-1:000000000000:task/0123"]
)
def test_an_id_and_both_forms_of_arn_name_the_same(reference: str) -> None:
    assert member_arn("task", reference, CLUSTER) == LONG


@pytest.mark.parametrize(
    ("reference", "complaint"),
    [
        ("", "Unexpected number of separators"),
        ("a/b/c", "Unexpected number of separators"),
        ("/0123", "Unexpected number of separators"),
        ("01\x0023", "is not an id"),
        ("task:0123", "Unexpected number of separators"),
        ("arn:aws:ecs", "Unexpected number of separators"),
        (
            LONG.replace("/web/", "/jobs/"),
            "Invalid identifier: Identifier is for cluster jobs. Your cluster is web",
        ),
        (LONG.replace(":task/", ":service/"), "not for a task"),
        (LONG.replace("000000000000", "111111111111"), "AccountIDs mismatch"),
        (LONG.replace("us-east-1", "us-west-2"), "for region us-west-2"),
    ],
)
def test_what_names_nothing_in_the_cluster(reference: str, complaint: str) -> None:
    with pytest.raises(InvalidParameterException, match=complaint):
        member_arn("task", reference, CLUSTER)
