"""Event buses over stock boto3."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from homeport.services.events.wiring import UNSUPPORTED, services
from homeport.store import Store
from root_asking import served

DEFAULT = "arn:aws:events:us-east-1:000000000000:event-bus/default"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:q"


@pytest.fixture
def events(store: Store) -> Iterator[Any]:
    with served(store, services()) as made:
        yield made("events")


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    said = error.value.response["Error"]
    return said["Code"], said["Message"]


def shown(response: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in response.items()
        if name not in {"ResponseMetadata", "CreationTime", "LastModifiedTime"}
    }


def test_the_default_bus_is_there_without_being_made(events: Any) -> None:
    assert shown(events.describe_event_bus()) == {"Name": "default", "Arn": DEFAULT}
    assert [each["Arn"] for each in events.list_event_buses()["EventBuses"]] == [DEFAULT]


def test_a_bus_shows_what_was_set_on_it_and_nothing_else(events: Any) -> None:
    settings = {
        "Description": "of orders",
        "KmsKeyIdentifier": "alias/orders",
        "DeadLetterConfig": {"Arn": QUEUE},
        "LogConfig": {"Level": "ERROR", "IncludeDetail": "FULL"},
    }
    made = events.create_event_bus(Name="orders", Tags=[{"Key": "a", "Value": "b"}], **settings)
    arn = made["EventBusArn"]
    assert arn == "arn:aws:events:us-east-1:000000000000:event-bus/orders"
    for name in ("orders", arn):
        described = events.describe_event_bus(Name=name)
        assert shown(described) == {"Name": "orders", "Arn": arn, **settings}
        assert described["CreationTime"] == described["LastModifiedTime"]
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    events.create_event_bus(Name="plain")
    plain = events.describe_event_bus(Name="plain")
    assert shown(plain) == {"Name": "plain", "Arn": arn.replace("orders", "plain")}


def test_an_update_replaces_everything_but_a_description_it_does_not_mention(events: Any) -> None:
    events.create_event_bus(Name="a", Description="first", KmsKeyIdentifier="alias/k")
    events.update_event_bus(Name="a", DeadLetterConfig={"Arn": QUEUE})
    after = shown(events.describe_event_bus(Name="a"))
    assert after["Description"] == "first"
    assert after["DeadLetterConfig"] == {"Arn": QUEUE}
    assert "KmsKeyIdentifier" not in after
    events.update_event_bus(Name="a", Description="")
    assert set(shown(events.describe_event_bus(Name="a"))) == {"Name", "Arn"}


def test_the_default_bus_can_be_updated_and_tagged(events: Any) -> None:
    events.update_event_bus(Name="default", Description="of everything")
    events.tag_resource(ResourceARN=DEFAULT, Tags=[{"Key": "a", "Value": "b"}])
    assert events.describe_event_bus()["Description"] == "of everything"
    assert len(events.list_event_buses()["EventBuses"]) == 1


def test_buses_are_listed_by_name_in_pages(events: Any) -> None:
    for name in ("b", "a", "z"):
        events.create_event_bus(Name=name)
    first = events.list_event_buses(Limit=2)
    second = events.list_event_buses(Limit=2, NextToken=first["NextToken"])
    names = [each["Name"] for page in (first, second) for each in page["EventBuses"]]
    assert names == ["a", "b", "default", "z"]
    assert "NextToken" not in second
    [only] = events.list_event_buses(NamePrefix="de")["EventBuses"]
    assert only["Name"] == "default"
    with pytest.raises(ClientError) as refused:
        events.list_event_buses(NextToken="nonsense")
    assert refusal(refused)[0] == "InvalidTokenException"


@pytest.mark.parametrize("name", ["orders", "default"])
def test_a_bus_cannot_be_made_twice(events: Any, name: str) -> None:
    events.create_event_bus(Name="orders")
    with pytest.raises(ClientError) as refused:
        events.create_event_bus(Name=name)
    assert refusal(refused) == (
        "ResourceAlreadyExistsException",
        f"Event bus {name} already exists.",
    )


def test_there_are_at_most_a_hundred_buses(events: Any) -> None:
    for number in range(100):
        events.create_event_bus(Name=f"bus-{number}")
    with pytest.raises(ClientError) as refused:
        events.create_event_bus(Name="one-more")
    assert refusal(refused) == (
        "LimitExceededException",
        "The requested resource exceeds the maximum number allowed.",
    )


def test_a_bus_is_deleted_once_it_has_no_rules(events: Any) -> None:
    events.create_event_bus(Name="orders")
    events.put_rule(Name="r", EventBusName="orders", EventPattern='{"source":["a"]}')
    with pytest.raises(ClientError) as refused:
        events.delete_event_bus(Name="orders")
    assert refusal(refused) == (
        "ValidationException",
        "EventBus can't be deleted since it has rules.",
    )
    events.delete_rule(Name="r", EventBusName="orders")
    events.delete_event_bus(Name="orders")
    events.delete_event_bus(Name="orders")
    with pytest.raises(ClientError) as missing:
        events.describe_event_bus(Name="orders")
    assert refusal(missing) == (
        "ResourceNotFoundException",
        "Event bus orders does not exist.",
    )


def test_the_default_bus_stays(events: Any) -> None:
    with pytest.raises(ClientError) as refused:
        events.delete_event_bus(Name="default")
    assert refusal(refused) == ("ValidationException", "Cannot delete event bus default.")


def test_a_bus_of_another_account_or_region_is_not_within_reach(events: Any) -> None:
    for foreign in (DEFAULT.replace("us-east-1", "us-west-2"), DEFAULT.replace("0" * 12, "1" * 12)):
        with pytest.raises(ClientError) as refused:
            events.describe_event_bus(Name=foreign)
        assert refusal(refused)[0] == "ResourceNotFoundException"


def test_statements_are_added_to_a_policy_and_removed_from_it(events: Any) -> None:
    for sid, principal in (("a", "111111111111"), ("b", "*")):
        events.put_permission(Action="events:PutEvents", Principal=principal, StatementId=sid)
    policy = json.loads(events.describe_event_bus()["Policy"])
    assert [each["Sid"] for each in policy["Statement"]] == ["a", "b"]
    events.remove_permission(StatementId="a")
    policy = json.loads(events.describe_event_bus()["Policy"])
    assert [each["Sid"] for each in policy["Statement"]] == ["b"]
    events.remove_permission(RemoveAllPermissions=True)
    assert "Policy" not in events.describe_event_bus()
    with pytest.raises(ClientError) as refused:
        events.remove_permission()
    assert refusal(refused) == ("ValidationException", "Parameter StatementId is required.")


def test_a_policy_can_be_put_as_a_whole(events: Any) -> None:
    events.create_event_bus(Name="orders")
    events.put_permission(
        EventBusName="orders", Action="events:PutEvents", Principal="*", StatementId="gone"
    )
    statement = {"Sid": "x", "Effect": "Allow", "Principal": "*", "Action": "events:*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    events.put_permission(EventBusName="orders", Policy=json.dumps(policy))
    assert json.loads(events.describe_event_bus(Name="orders")["Policy"]) == policy


def test_a_partner_has_no_bus(events: Any) -> None:
    source = "aws.partner/example.com/1"
    with pytest.raises(ClientError) as refused:
        events.create_event_bus(Name=source, EventSourceName=source)
    assert refusal(refused) == (
        "ResourceNotFoundException",
        f"Event source {source} does not exist.",
    )


def test_every_operation_is_served_or_refused_with_a_sentence(events: Any) -> None:
    [service] = services()
    every = set(events.meta.service_model.operation_names)
    assert every == set(service.operations) | set(UNSUPPORTED)
    with pytest.raises(ClientError) as refused:
        events.list_archives()
    assert refusal(refused)[1] == UNSUPPORTED["ListArchives"]
