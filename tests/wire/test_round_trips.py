"""boto3 against a real server, for each protocol: what goes in comes out, and errors are AWS's."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar
from urllib.request import urlopen

import botocore.session
import pytest
from botocore.exceptions import ClientError

from homeport.gateway.chain import Endpoint
from homeport.gateway.model import model_of
from homeport.kernel.errors import AwsError
from homeport.store.sqlite import SqliteStore
from wire.serving import ACCOUNT, KEY, TEMPORARY, Handlers, client, gateway_of, listening

AT = dt.datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=dt.UTC)


class ConflictException(AwsError):
    """Conflict."""

    code: ClassVar[str] = "ConflictException"


class ClusterNotFoundException(AwsError):
    """Cluster not found."""

    code: ClassVar[str] = "ClusterNotFoundException"


class MalformedPolicyDocumentException(AwsError):
    """Syntax error <at> "position" & co."""

    code: ClassVar[str] = "MalformedPolicyDocumentException"


class ResourceNotFoundException(AwsError):
    """Schedule x does not exist."""

    code: ClassVar[str] = "ResourceNotFoundException"


def refuse(error: AwsError) -> Any:
    raise error


def fail(request: Any) -> Any:
    raise RuntimeError("a bug of ours")


TASK = {"taskArn": "arn:t", "createdAt": AT.timestamp(), "tags": [{"key": "ü", "value": "<&>\r\n"}]}
CREDENTIALS = {
    "AccessKeyId": "ASIA",
    "SecretAccessKey": "a&b<c>",
    "SessionToken": "t",
    "Expiration": AT.timestamp(),
}
VPC = {"VpcId": "vpc-1", "IsDefault": True, "Tags": [{"Key": "a", "Value": "b"}], "CidrBlock": "x"}

ECS = Handlers(
    "ecs",
    {
        "CreateCluster": lambda request: {"cluster": {"clusterName": request.get("clusterName")}},
        "DescribeTasks": lambda request: {"tasks": [TASK], "failures": []},
        "DescribeClusters": fail,
        "DeleteCluster": lambda request: refuse(ClusterNotFoundException()),
        "ListClusters": lambda request: {},
        "RegisterTaskDefinition": lambda request: {"tags": []},
        "RunTask": lambda request: refuse(ConflictException("taken", resourceIds=["a", "b"])),
    },
    unsupported={"CreateService": "Services come later."},
)
LOGS = Handlers(
    "logs",
    {
        "CreateLogGroup": lambda request: {},
        "PutLogEvents": lambda request: {"nextSequenceToken": "1"},
        "GetLogEvents": lambda request: {"events": [{"timestamp": 1, "message": "m\0"}]},
    },
)
STS = Handlers(
    "sts",
    {
        "GetCallerIdentity": lambda request: {"Account": ACCOUNT, "UserId": "u", "Arn": "arn"},
        "AssumeRole": lambda request: {"Credentials": CREDENTIALS, "PackedPolicySize": 6},
        "GetFederationToken": lambda request: refuse(MalformedPolicyDocumentException()),
    },
)
EC2 = Handlers(
    "ec2",
    {
        "DescribeVpcs": lambda request: {"Vpcs": [VPC, {"VpcId": "vpc-2"}]},
        "DescribeRegions": lambda request: {"Regions": []},
    },
)
SCHEDULER = Handlers(
    "scheduler",
    {
        "CreateSchedule": lambda request: {"ScheduleArn": "arn:s"},
        "GetSchedule": lambda request: {"Name": request["Name"], "CreationDate": AT.timestamp()},
        "DeleteSchedule": lambda request: refuse(ResourceNotFoundException()),
        "ListSchedules": lambda request: {"Schedules": []},
        "UntagResource": lambda request: {},
    },
)
ALL = (ECS, LOGS, STS, EC2, SCHEDULER)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    store = SqliteStore()
    document = botocore.session.get_session().get_service_model("scheduler")._service_description
    scheduler = Endpoint(SCHEDULER.built(), model_of("scheduler", document))
    gateway = gateway_of(store, ECS, LOGS, STS, EC2, endpoints=(scheduler,))
    with listening(gateway) as address:
        yield address
    store.close()


@pytest.fixture(autouse=True)
def _forget() -> None:
    for each in ALL:
        each.requests.clear()
        each.calls.clear()


@pytest.fixture(scope="module")
def ecs(url: str) -> Any:
    return client("ecs", url)


@pytest.fixture(scope="module")
def sts(url: str) -> Any:
    return client("sts", url)


@pytest.fixture(scope="module")
def ec2(url: str) -> Any:
    return client("ec2", url)


def error_of(call: Any, **arguments: Any) -> Any:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response


def test_json_members_arrive_as_the_model_names_them(ecs: Any) -> None:
    answer = ecs.create_cluster(clusterName="café", tags=[{"key": "k", "value": ""}])
    assert ECS.requests == [{"clusterName": "café", "tags": [{"key": "k", "value": ""}]}]
    assert answer["cluster"] == {"clusterName": "café"}
    assert answer["ResponseMetadata"]["RequestId"] == ECS.calls[0].request_id


def test_a_call_says_who_asks_and_where(url: str) -> None:
    client("ecs", url, TEMPORARY, "ap-southeast-2").list_clusters()
    (call,) = ECS.calls
    assert (call.account, call.region) == ("111122223333", "ap-southeast-2")
    assert call.principal == TEMPORARY.principal
    assert call.access_key == TEMPORARY.access_key_id


def test_json_timestamps_keep_their_milliseconds(ecs: Any) -> None:
    (task,) = ecs.describe_tasks(tasks=["a"])["tasks"]
    assert task["createdAt"] == AT
    assert task["tags"] == TASK["tags"]


def test_an_empty_json_result_is_an_empty_object(ecs: Any) -> None:
    assert set(ecs.list_clusters()) == {"ResponseMetadata"}


def test_numbers_booleans_and_maps_arrive_typed(ecs: Any) -> None:
    container = {
        "name": "a",
        "memory": 1,
        "essential": False,
        "dockerLabels": {"a": "b"},
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g"}},
    }
    ecs.register_task_definition(family="f", containerDefinitions=[container])
    assert ECS.requests == [{"family": "f", "containerDefinitions": [container]}]


def test_a_services_error_reaches_the_client_with_its_members(ecs: Any) -> None:
    answer = error_of(ecs.run_task, taskDefinition="f")
    assert answer["Error"] == {"Code": "ConflictException", "Message": "taken"}
    assert answer["resourceIds"] == ["a", "b"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_boto3_raises_the_modelled_exception(ecs: Any) -> None:
    with pytest.raises(ecs.exceptions.ClusterNotFoundException, match=r"Cluster not found\."):
        ecs.delete_cluster(cluster="x")


def test_a_bug_is_a_server_exception_without_its_traceback(ecs: Any) -> None:
    answer = error_of(ecs.describe_clusters)
    assert answer["Error"]["Code"] == "ServerException"
    assert "bug of ours" not in str(answer)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_an_operation_that_is_not_built_says_so_in_a_sentence(ecs: Any) -> None:
    answer = error_of(ecs.delete_service, service="s")
    assert answer["Error"]["Code"] == "UnsupportedFeatureException"
    assert answer["Error"]["Message"] == "Homeport does not serve ecs:DeleteService yet."
    answer = error_of(ecs.create_service, serviceName="s")
    assert answer["Error"]["Message"] == "Services come later."


def test_logs_accept_a_nul_in_a_message(url: str) -> None:
    logs = client("logs", url)
    events = [{"timestamp": 1, "message": "binary\0"}]
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=events)
    assert LOGS.requests[0]["logEvents"] == events
    answer = logs.get_log_events(logGroupName="g", logStreamName="s")
    assert answer["events"][0]["message"] == "m\0"


def test_logs_word_a_broken_constraint_as_aws_does(url: str) -> None:
    logs = client("logs", url)
    answer = error_of(logs.create_log_group, logGroupName="a b")
    assert answer["Error"]["Code"] == "InvalidParameterException"
    assert answer["Error"]["Message"] == (
        "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint:"
        r" Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+"
    )


def test_query_results_are_wrapped(sts: Any) -> None:
    answer = sts.get_caller_identity()
    assert (answer["Account"], answer["UserId"], answer["Arn"]) == (ACCOUNT, "u", "arn")
    assert answer["ResponseMetadata"]["RequestId"] == STS.calls[0].request_id


def test_a_presigned_url_answers(sts: Any) -> None:
    url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    with urlopen(url) as answer:
        assert f"<Account>{ACCOUNT}</Account>".encode() in answer.read()


def test_query_lists_numbers_and_times_arrive_and_return(sts: Any) -> None:
    role = "arn:aws:iam::000000000000:role/r"
    answer = sts.assume_role(
        RoleArn=role,
        RoleSessionName="session",
        DurationSeconds=900,
        PolicyArns=[{"arn": role}, {"arn": role + "2"}],
        TransitiveTagKeys=["a", "b"],
        Tags=[{"Key": "ключ", "Value": ""}],
    )
    assert STS.requests == [
        {
            "RoleArn": role,
            "RoleSessionName": "session",
            "DurationSeconds": 900,
            "PolicyArns": [{"arn": role}, {"arn": role + "2"}],
            "TransitiveTagKeys": ["a", "b"],
            "Tags": [{"Key": "ключ", "Value": ""}],
        }
    ]
    assert answer["Credentials"] == CREDENTIALS | {"Expiration": AT}
    assert answer["PackedPolicySize"] == 6


def test_query_errors_take_the_models_code_and_status(sts: Any) -> None:
    answer = error_of(sts.get_federation_token, Name="name")
    assert answer["Error"]["Code"] == "MalformedPolicyDocument"
    assert answer["Error"]["Message"] == 'Syntax error <at> "position" & co.'
    assert answer["Error"]["Type"] == "Sender"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_query_operations_that_are_not_built_say_so(sts: Any) -> None:
    answer = error_of(sts.get_session_token)
    assert answer["Error"]["Code"] == "InvalidAction"
    assert answer["Error"]["Message"] == "Homeport does not serve sts:GetSessionToken yet."


def test_ec2_filters_arrive_and_sets_return(ec2: Any) -> None:
    answer = ec2.describe_vpcs(
        Filters=[
            {"Name": "tag:a", "Values": ["1", "2"]},
            {"Name": "isDefault", "Values": ["true"]},
        ],
        VpcIds=["vpc-1"],
        MaxResults=5,
        DryRun=False,
    )
    assert EC2.requests == [
        {
            "Filters": [
                {"Name": "tag:a", "Values": ["1", "2"]},
                {"Name": "isDefault", "Values": ["true"]},
            ],
            "VpcIds": ["vpc-1"],
            "MaxResults": 5,
            "DryRun": False,
        }
    ]
    assert answer["Vpcs"] == [VPC, {"VpcId": "vpc-2"}]
    assert answer["ResponseMetadata"]["RequestId"] == EC2.calls[0].request_id


def test_an_empty_ec2_list_is_an_empty_list(ec2: Any) -> None:
    assert ec2.describe_regions()["Regions"] == []


def test_ec2_operations_that_are_not_built_say_so(ec2: Any) -> None:
    answer = error_of(ec2.run_instances, MinCount=1, MaxCount=1)
    assert answer["Error"]["Code"] == "UnsupportedOperation"
    assert answer["Error"]["Message"] == "Homeport does not serve ec2:RunInstances yet."


def test_rest_paths_and_bodies_arrive(url: str) -> None:
    scheduler = client("scheduler", url)
    target = {"Arn": "arn:t", "RoleArn": "arn:aws:iam::000000000000:role/r"}
    answer = scheduler.create_schedule(
        Name="a.b-c",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
        StartDate=AT,
    )
    (request,) = SCHEDULER.requests
    assert request["Name"] == "a.b-c"
    assert request["Target"] == target
    assert request["StartDate"] == pytest.approx(AT.timestamp(), abs=1)
    assert answer["ScheduleArn"] == "arn:s"


def test_rest_queries_arrive_and_times_return(url: str) -> None:
    scheduler = client("scheduler", url)
    answer = scheduler.get_schedule(Name="x", GroupName="g.h")
    assert SCHEDULER.requests == [{"Name": "x", "GroupName": "g.h"}]
    assert answer["CreationDate"] == AT
    scheduler.list_schedules(MaxResults=7, NextToken="g & h=ü")
    assert SCHEDULER.requests[-1] == {"MaxResults": 7, "NextToken": "g & h=ü"}
    arn = f"arn:aws:scheduler:eu-west-1:{ACCOUNT}:schedule-group/x"
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["a", "b"])
    assert SCHEDULER.requests[-1] == {"ResourceArn": arn, "TagKeys": ["a", "b"]}


def test_rest_errors_take_the_models_status(url: str) -> None:
    answer = error_of(client("scheduler", url).delete_schedule, Name="x")
    assert answer["Error"]["Code"] == "ResourceNotFoundException"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert answer["Message"] == "Schedule x does not exist."


def test_a_service_that_is_not_served_gets_a_clear_answer(url: str) -> None:
    answer = error_of(client("dynamodb", url).list_tables)
    assert answer["Error"]["Code"] == "UnknownOperationException"
    assert "It serves: ec2, ecs, logs, scheduler, sts." in answer["Error"]["Message"]
    answer = error_of(client("iam", url).list_users)
    assert answer["Error"]["Code"] == "InvalidAction"


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("ecs", "list_clusters", "UnrecognizedClientException", 400),
        ("sts", "get_caller_identity", "InvalidClientTokenId", 403),
        ("ec2", "describe_regions", "AuthFailure", 401),
        ("scheduler", "list_schedules", "UnrecognizedClientException", 403),
    ],
)
def test_an_unknown_key_is_named_as_each_protocol_names_it(
    url: str, service: str, operation: str, code: str, status: int
) -> None:
    stranger = replace(KEY, access_key_id="AKIASTRANGER00000000")
    answer = error_of(getattr(client(service, url, stranger), operation))
    assert answer["Error"]["Code"] == code
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("ecs", "list_clusters", "InvalidSignatureException"),
        ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
        ("ec2", "describe_regions", "AuthFailure"),
    ],
)
def test_a_wrong_secret_is_named_as_each_protocol_names_it(
    url: str, service: str, operation: str, code: str
) -> None:
    forger = replace(KEY, secret_access_key="guessed")
    answer = error_of(getattr(client(service, url, forger), operation))
    assert answer["Error"]["Code"] == code


def test_an_unknown_region_is_refused(url: str) -> None:
    answer = error_of(client("ecs", url, region="mars-north-1").list_clusters)
    assert answer["Error"]["Code"] == "InvalidSignatureException"
    assert "valid region, not 'mars-north-1'" in answer["Error"]["Message"]
