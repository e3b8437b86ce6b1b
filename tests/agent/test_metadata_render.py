import msgspec
import pytest

from homeport.agent import metadata_render as render
from homeport.agent.known import KnownContainer
from homeport.link.messages import ContainerReport, Credentials
from homeport.link.spec import ContainerSpec
from known_tasks import KNOWN_SIDE, KNOWN_WEB, TASK_ARN, bridge_task, fargate_task

WEB_OF_V4 = {
    "DockerId": "d0c0ffee",
    "Name": "web",
    "DockerName": "ecs-demo-3-web-8eb6cfc1b4cd",
    "Image": "sample:latest",
    "ImageID": "sha256:cafe",
    "Ports": [{"ContainerPort": 80, "Protocol": "tcp", "HostPort": 32768, "HostIp": "0.0.0.0"}],
    "Labels": {"com.amazonaws.ecs.container-name": "web"},
    "DesiredStatus": "RUNNING",
    "KnownStatus": "RUNNING",
    "Limits": {"CPU": 128, "Memory": 256},
    "CreatedAt": "2023-11-14T22:13:21.25Z",
    "StartedAt": "2023-11-14T22:13:22Z",
    "Type": "NORMAL",
    "Health": {
        "status": "HEALTHY",
        "statusSince": "2023-11-14T22:13:50.5Z",
        "output": "ok\n",
    },
    "Volumes": [
        {
            "DockerName": "ecs-demo-3-data",
            "Source": "/var/lib/docker/volumes/data/_data",
            "Destination": "/data",
        },
        {"Source": "/h", "Destination": "/m"},
    ],
    "LogDriver": "awslogs",
    "LogOptions": {"awslogs-group": "/ecs/demo"},
    "ContainerARN": "arn:aws:ecs:us-east-1:000000000000:container/default/0123/c1",
    "Networks": [{"NetworkMode": "bridge", "IPv4Addresses": ["172.17.0.2"]}],
    "RestartCount": 1,
}

SIDE_OF_V4 = {
    "DockerId": "deadbeef",
    "Name": "side",
    "DockerName": "ecs-demo-3-side-1",
    "Image": "side:1",
    "ImageID": "",
    "DesiredStatus": "RUNNING",
    "KnownStatus": "STOPPED",
    "ExitCode": 0,
    "Limits": {"CPU": 2, "Memory": 0},
    "FinishedAt": "2023-11-14T22:13:30.123456Z",
    "Type": "NORMAL",
    "ContainerARN": "arn:aws:ecs:us-east-1:000000000000:container/default/0123/c12",
    "Networks": [{"NetworkMode": "bridge", "IPv4Addresses": [""]}],
}

AWSVPC = {
    "NetworkMode": "awsvpc",
    "IPv4Addresses": ["172.31.16.7"],
    "AttachmentIndex": 0,
    "MACAddress": "02:42:ac:1f:10:07",
    "IPv4SubnetCIDRBlock": "172.31.16.0/20",
    "PrivateDNSName": "ip-172-31-16-7.ec2.internal",
    "SubnetGatewayIpv4Address": "172.31.0.1/16",
}


def test_a_container_of_version_4_has_every_member_that_the_agent_writes():
    assert render.container(bridge_task(), KNOWN_WEB, v4=True) == WEB_OF_V4


def test_a_container_without_values_has_no_empty_members_but_its_limits():
    assert render.container(bridge_task(), KNOWN_SIDE, v4=True) == SIDE_OF_V4


def test_version_3_has_no_log_driver_arn_restarts_or_host_address():
    shown = render.container(bridge_task(), KNOWN_WEB, v4=False)
    assert shown == {
        name: value
        for name, value in WEB_OF_V4.items()
        if name not in {"LogDriver", "LogOptions", "ContainerARN", "RestartCount"}
    } | {"Ports": [{"ContainerPort": 80, "Protocol": "tcp", "HostPort": 32768}]}


def test_a_task_on_an_instance_of_version_4():
    assert render.task(bridge_task(), v4=True) == {
        "Cluster": "default",
        "TaskARN": TASK_ARN,
        "Family": "demo",
        "Revision": "3",
        "DesiredStatus": "RUNNING",
        "KnownStatus": "RUNNING",
        "PullStartedAt": "2023-11-14T22:13:20Z",
        "PullStoppedAt": "2023-11-14T22:13:20.5Z",
        "AvailabilityZone": "us-east-1a",
        "LaunchType": "EC2",
        "Containers": [WEB_OF_V4, SIDE_OF_V4],
        "Group": "family:demo",
        "FaultInjectionEnabled": False,
    }


def test_a_fargate_task_tells_its_clusters_arn_its_limits_in_vcpu_and_its_interface():
    shown = render.task(fargate_task(), v4=True)
    assert shown["Cluster"] == "arn:aws:ecs:us-east-1:000000000000:cluster/default"
    assert shown["Limits"] == {"CPU": 0.25, "Memory": 512}
    assert (shown["VPCID"], shown["ServiceName"]) == ("vpc-1", "shop")
    assert [each["Networks"] for each in shown["Containers"]] == [[AWSVPC], [AWSVPC]]
    assert shown["Containers"][0]["Ports"][0]["HostPort"] == 80


def test_version_3_of_a_task_has_no_launch_type_vpc_or_interface_details():
    shown = render.task(fargate_task(), v4=False)
    assert not {"LaunchType", "VPCID", "ServiceName", "Group"} & shown.keys()
    assert "FaultInjectionEnabled" not in shown
    assert shown["Containers"][0]["Networks"] == [
        {"NetworkMode": "awsvpc", "IPv4Addresses": ["172.31.16.7"]}
    ]


def test_tags_are_shown_only_where_they_are_asked_for():
    assert render.task(bridge_task(), v4=True, tags=True)["TaskTags"] == {"team": "x"}
    assert "TaskTags" not in render.task(bridge_task(), v4=True)
    assert "TaskTags" not in render.task(bridge_task(tags={}), v4=True, tags=True)


@pytest.mark.parametrize(
    ("statuses", "known"),
    [
        (("PENDING", "PENDING"), "NONE"),
        (("PENDING", "RUNNING"), "NONE"),
        (("PULLED", "CREATED"), "PULLED"),
        (("CREATED", "RUNNING"), "CREATED"),
        (("RUNNING", "STOPPED"), "RUNNING"),
        (("STOPPED", "STOPPED"), "STOPPED"),
    ],
)
def test_a_task_is_as_far_as_the_container_furthest_behind(statuses, known):
    containers = tuple(
        msgspec.structs.replace(KNOWN_SIDE, report=ContainerReport(name="side", status=status))
        for status in statuses
    )
    task = msgspec.structs.replace(bridge_task(), containers=containers)
    assert render.task(task, v4=True)["KnownStatus"] == known


def test_a_container_that_the_engine_does_not_have_is_shown_once_its_image_is_there():
    def only(status):
        report = ContainerReport(name="side", status=status)
        container = msgspec.structs.replace(KNOWN_SIDE, report=report)
        return msgspec.structs.replace(bridge_task(), containers=(container,))

    assert "Containers" not in render.task(only("PENDING"), v4=True)
    (shown,) = render.task(only("PULLED"), v4=True)["Containers"]
    assert (shown["DockerId"], shown["DockerName"]) == ("", "")
    assert "Networks" not in shown


def test_a_health_that_is_not_known_yet_is_an_empty_object():
    report = ContainerReport(name="web", status="RUNNING", docker_id="x")
    container = KnownContainer(
        spec=KNOWN_WEB.spec, report=report, metadata_id="m", desired="RUNNING"
    )
    assert render.container(bridge_task(), container, v4=True)["Health"] == {}


def test_a_container_without_a_health_check_has_no_health():
    plain = ContainerSpec(name="p", arn="a", docker_name="d", image="i")
    container = msgspec.structs.replace(KNOWN_WEB, spec=plain)
    assert "Health" not in render.container(bridge_task(), container, v4=True)


def test_credentials_are_spelled_as_the_sdks_read_them():
    given = Credentials(
        request=1,
        role_arn="arn:aws:iam::000000000000:role/r",
        access_key_id="ASIA1",
        secret_access_key="s",
        token="t",
        expires_at=1_700_003_600.75,
    )
    assert render.credentials(given) == {
        "RoleArn": "arn:aws:iam::000000000000:role/r",
        "AccessKeyId": "ASIA1",
        "SecretAccessKey": "s",
        "Token": "t",
        "Expiration": "2023-11-14T23:13:20Z",
    }
