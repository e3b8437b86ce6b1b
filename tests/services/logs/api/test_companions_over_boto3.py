"""Logs, STS and EC2 as stock boto3 sees them: the gateway, the handlers and a store, nothing else.

What boto3 itself relies on (paginators, parsed errors, the session token) is tested here; the
rules are tested beside each service.
"""

import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from homeport.contracts.identity import AccessKey
from homeport.contracts.peers import Peers
from homeport.gateway.asgi import Gateway
from homeport.runtime import Seed
from homeport.runtime.system import SystemClock, SystemIds
from homeport.services.ec2 import wiring as ec2
from homeport.services.ec2.facade import Ec2Networks
from homeport.services.logs import wiring as logs
from homeport.services.logs.facade import StoredLogs
from homeport.services.sts import wiring as sts
from homeport.services.sts.facade import StsIdentities
from homeport.store import Store, Tx
from wire.serving import client, listening

ACCOUNT = "000000000000"
ROOT = ("AKIAROOTOFCOMPANIONS", "root-secret")
REGIONS = ("eu-west-1", "us-east-1")


@pytest.fixture
def url(store: Store) -> Iterator[str]:
    services = (*logs.services(), *sts.services(), *ec2.services())
    told = Seed(
        account=ACCOUNT,
        home_region="us-east-1",
        regions=REGIONS,
        now=time.time(),
        ids=SystemIds(),
    )

    def start(tx: Tx) -> None:
        StsIdentities().install_root_key(tx, *ROOT, ACCOUNT)
        for service in services:
            if service.seed is not None:
                service.seed(tx, told)

    store.write(start)
    peers = Peers(
        identities=StsIdentities(),
        networks=Ec2Networks(),
        logs=StoredLogs(),
        fleet=cast(Any, None),
        events=cast(Any, None),
        certificates=cast(Any, None),
        certificate_uses=cast(Any, None),
        targets=cast(Any, None),
        routing=cast(Any, None),
        traffic=cast(Any, None),
        metrics=cast(Any, None),
        alarms=cast(Any, None),
        hooks=cast(Any, None),
        hook_work=cast(Any, None),
        operations=cast(Any, None),
        bus=cast(Any, None),
        firings=cast(Any, None),
        schedules=cast(Any, None),
        rules=cast(Any, None),
    )
    gateway = Gateway(
        {each.name: each for each in services},
        store=store,
        peers=peers,
        clock=SystemClock(),
        ids=SystemIds(),
    )
    with listening(gateway) as address:
        yield address


def root(service: str, url: str, region: str = "us-east-1") -> Any:
    return client(service, url, _key(*ROOT), region)


def _key(key_id: str, secret: str, token: str | None = None) -> AccessKey:
    return AccessKey(
        access_key_id=key_id,
        secret_access_key=secret,
        session_token=token,
        account=ACCOUNT,
        principal="",
        expires_at=None,
    )


def test_a_group_is_written_paged_filtered_and_deleted(url: str) -> None:
    api = root("logs", url)
    now = int(time.time() * 1000)
    api.create_log_group(logGroupName="/ecs/demo", tags={"team": "a"})
    for stream in ("web/app/1", "web/app/2"):
        api.create_log_stream(logGroupName="/ecs/demo", logStreamName=stream)
        batch = [{"timestamp": now + n, "message": f"{stream} line {n}"} for n in range(7)]
        answer = api.put_log_events(logGroupName="/ecs/demo", logStreamName=stream, logEvents=batch)
        assert answer["nextSequenceToken"]
    pages = api.get_paginator("filter_log_events").paginate(
        logGroupName="/ecs/demo",
        filterPattern='"line 3"',
        PaginationConfig={"PageSize": 1},
    )
    assert [event["message"] for page in pages for event in page["events"]] == [
        "web/app/1 line 3",
        "web/app/2 line 3",
    ]
    streams = api.get_paginator("describe_log_streams").paginate(
        logGroupName="/ecs/demo", orderBy="LastEventTime", PaginationConfig={"PageSize": 1}
    )
    assert len([each for page in streams for each in page["logStreams"]]) == 2
    read: list[str] = []
    page = api.get_log_events(
        logGroupName="/ecs/demo", logStreamName="web/app/1", startFromHead=True, limit=3
    )
    while page["events"]:
        read += [event["message"] for event in page["events"]]
        page = api.get_log_events(
            logGroupName="/ecs/demo",
            logStreamName="web/app/1",
            startFromHead=True,
            limit=3,
            nextToken=page["nextForwardToken"],
        )
    assert read == [f"web/app/1 line {n}" for n in range(7)]
    api.put_retention_policy(logGroupName="/ecs/demo", retentionInDays=7)
    (group,) = api.describe_log_groups(logGroupNamePrefix="/ecs")["logGroups"]
    assert group["retentionInDays"] == 7
    assert api.list_tags_for_resource(resourceArn=group["logGroupArn"])["tags"] == {"team": "a"}
    api.delete_log_group(logGroupName="/ecs/demo")
    with pytest.raises(api.exceptions.ResourceNotFoundException) as refused:
        api.describe_log_streams(logGroupName="/ecs/demo")
    assert refused.value.response["Error"]["Message"] == "The specified log group does not exist."


def test_docker_meets_the_errors_that_it_knows(url: str) -> None:
    """What the awslogs driver does: a stream, on a missing group the group, then again."""
    api = root("logs", url)
    with pytest.raises(api.exceptions.ResourceNotFoundException):
        api.create_log_stream(logGroupName="g", logStreamName="s")
    api.create_log_group(logGroupName="g")
    with pytest.raises(api.exceptions.ResourceAlreadyExistsException):
        api.create_log_group(logGroupName="g")
    api.create_log_stream(logGroupName="g", logStreamName="s")
    with pytest.raises(api.exceptions.ResourceAlreadyExistsException):
        api.create_log_stream(logGroupName="g", logStreamName="s")


def test_an_assumed_role_signs_with_its_session_token(url: str) -> None:
    assumed = root("sts", url).assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/task", RoleSessionName="one", DurationSeconds=900
    )
    given = assumed["Credentials"]
    assert given["Expiration"].timestamp() > time.time() + 800
    key = _key(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    who = client("sts", url, key, "us-east-1").get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/task/one"
    assert who["UserId"] == assumed["AssumedRoleUser"]["AssumedRoleId"]
    without = client("sts", url, _key(*key_parts(given)), "us-east-1")
    with pytest.raises(ClientError):
        without.get_caller_identity()
    session = root("sts", url).get_session_token()["Credentials"]
    assert session["AccessKeyId"].startswith("ASIA")


def key_parts(given: dict[str, str]) -> tuple[str, str]:
    return given["AccessKeyId"], given["SecretAccessKey"]


def test_every_list_of_ec2_is_parsed(url: str) -> None:
    api = root("ec2", url)
    vpc_id = api.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0][
        "VpcId"
    ]
    of_vpc = [{"Name": "vpc-id", "Values": [vpc_id]}]
    assert len(api.describe_subnets(Filters=of_vpc)["Subnets"]) == 3
    (group,) = api.describe_security_groups(Filters=of_vpc)["SecurityGroups"]
    assert group["IpPermissionsEgress"][0]["IpRanges"] == [{"CidrIp": "0.0.0.0/0"}]
    assert len(api.describe_security_group_rules()["SecurityGroupRules"]) == 2
    (table,) = api.describe_route_tables(Filters=of_vpc)["RouteTables"]
    assert table["Associations"][0]["Main"] is True
    assert len(api.describe_internet_gateways()["InternetGateways"]) == 1
    assert len(api.describe_availability_zones()["AvailabilityZones"]) == 3
    assert [each["RegionName"] for each in api.describe_regions()["Regions"]] == list(REGIONS)
    assert len(api.describe_account_attributes()["AccountAttributes"]) == 6
    dns = api.describe_vpc_attribute(VpcId=vpc_id, Attribute="enableDnsSupport")
    assert dns["EnableDnsSupport"] == {"Value": True}
    assert api.describe_tags()["Tags"] == []
    assert api.describe_network_interfaces()["NetworkInterfaces"] == []
    with pytest.raises(ClientError) as refused:
        api.describe_vpcs(VpcIds=["vpc-1"])
    assert refused.value.response["Error"] == {
        "Code": "InvalidVpcID.NotFound",
        "Message": "The vpc ID 'vpc-1' does not exist",
    }
    elsewhere = root("ec2", url, "eu-west-1").describe_vpcs()["Vpcs"]
    assert [each["VpcId"] for each in elsewhere] != [vpc_id]


def test_what_is_not_built_says_so(url: str) -> None:
    with pytest.raises(ClientError) as refused:
        root("ec2", url).create_vpc_endpoint(VpcId="vpc-1", ServiceName="s3")
    assert "no endpoints" in str(refused.value)
    with pytest.raises(ClientError) as refused:
        root("logs", url).start_query(
            logGroupName="g", startTime=0, endTime=1, queryString="fields @message"
        )
    assert "FilterLogEvents" in str(refused.value)


def test_odd_names_reach_no_database(url: str) -> None:
    api = root("logs", url)
    api.create_log_group(logGroupName="g")
    api.create_log_stream(logGroupName="g", logStreamName="s\U0001f600")
    assert api.get_log_events(logGroupName="g", logStreamName="s\U0001f600")["events"] == []
    for ask in (
        lambda: api.create_log_stream(logGroupName="g", logStreamName="s\x00"),
        lambda: root("ec2", url).describe_subnets(SubnetIds=["s\x00"]),
        lambda: root("ec2", url).describe_subnets(SubnetIds=["s\U0001f600"]),
    ):
        with pytest.raises(ClientError) as refused:
            ask()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
