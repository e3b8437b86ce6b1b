"""What is known of tasks as the bodies of the task metadata endpoint, versions 2, 3 and 4.

Pure.  Member by member what the ECS agent answers: absent and zero values are left out where it
leaves them out and written where it writes them.
"""

import ipaddress
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from homeport.agent.known import KnownContainer, KnownTask
from homeport.kernel import arn as arns
from homeport.kernel.arn import Arn
from homeport.kernel.units import CPU_UNITS_PER_VCPU
from homeport.link.messages import Credentials
from homeport.link.spec import InterfaceSpec

Body = dict[str, Any]

CPU_UNITS_MIN: Final = 2
"""The fewest shares that the kernel gives: a container without a `cpu` has these."""

_STATUS_OF_REPORT: Final = {
    "PENDING": "NONE",
    "PULLED": "PULLED",
    "CREATED": "CREATED",
    "RUNNING": "RUNNING",
    "STOPPED": "STOPPED",
}
_FORWARD: Final = ("NONE", "PULLED", "CREATED", "RUNNING", "STOPPED")


def task(known: KnownTask, *, v4: bool, tags: bool = False) -> Body:
    """The body of ``/task``; with `tags`, of ``/taskWithTags``."""
    spec, report = known.spec, known.report
    body: Body = {
        "Cluster": _cluster(known),
        "TaskARN": spec.task_arn,
        "Family": spec.family,
        "Revision": str(spec.revision),
        "DesiredStatus": known.desired,
        "KnownStatus": _known_status(known),
    }
    _put(body, "Limits", _task_limits(spec.cpu, spec.memory_mib))
    _put(body, "PullStartedAt", instant(report.pull_started_at))
    _put(body, "PullStoppedAt", instant(report.pull_stopped_at))
    _put(body, "ExecutionStoppedAt", instant(report.execution_stopped_at))
    _put(body, "AvailabilityZone", spec.availability_zone)
    if tags:
        _put(body, "TaskTags", dict(spec.tags))
    if v4:
        _put(body, "LaunchType", spec.launch_type)
    containers = [container(known, each, v4=v4) for each in known.containers if _is_shown(each)]
    _put(body, "Containers", containers)
    if v4:
        _put(body, "VPCID", spec.interface.vpc_id if spec.interface else "")
        _put(body, "ServiceName", spec.service_name)
        _put(body, "Group", spec.group)
        body["FaultInjectionEnabled"] = False
    return body


def container(known: KnownTask, shown: KnownContainer, *, v4: bool) -> Body:
    """The body of a container: alone, or as one of a task's ``Containers``."""
    spec, report = shown.spec, shown.report
    body: Body = {
        "DockerId": report.docker_id or "",
        "Name": spec.name,
        "DockerName": spec.docker_name if report.docker_id else "",
        "Image": spec.image,
        "ImageID": shown.image_id or "",
    }
    _put(body, "Ports", _ports(known, shown, v4=v4))
    _put(body, "Labels", dict(shown.labels))
    body["DesiredStatus"] = shown.desired
    body["KnownStatus"] = _STATUS_OF_REPORT[report.status]
    if report.exit_code is not None:
        body["ExitCode"] = report.exit_code
    body["Limits"] = {"CPU": max(spec.cpu, CPU_UNITS_MIN), "Memory": spec.memory_mib or 0}
    _put(body, "CreatedAt", instant(report.created_at))
    _put(body, "StartedAt", instant(report.started_at))
    _put(body, "FinishedAt", instant(report.finished_at))
    body["Type"] = "NORMAL"
    if spec.health_check is not None:
        body["Health"] = _health(shown)
    _put(body, "Volumes", [_volume(*each) for each in shown.volumes])
    if v4:
        if spec.log is not None:
            _put(body, "LogDriver", spec.log.driver)
            _put(body, "LogOptions", dict(spec.log.options))
        _put(body, "ContainerARN", spec.arn)
    if report.docker_id or known.spec.interface:
        body["Networks"] = [_network(known, shown, v4=v4)]
    if v4 and spec.restart_policy is not None:
        body["RestartCount"] = report.restart_count
    return body


def credentials(given: Credentials) -> Body:
    """The body of ``/v2/credentials/ID``."""
    return {
        "RoleArn": given.role_arn,
        "AccessKeyId": given.access_key_id,
        "SecretAccessKey": given.secret_access_key,
        "Token": given.token,
        "Expiration": _datetime(given.expires_at).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def instant(at: float | None) -> str:
    """A time as Go writes it, ``2026-01-31T12:00:00.25Z``; empty for none."""
    if at is None:
        return ""
    text = _datetime(at).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return text + "Z"


def _datetime(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _put(body: Body, name: str, value: object) -> None:
    if value:
        body[name] = value


def _cluster(known: KnownTask) -> str:
    """Fargate tells the cluster's ARN, an instance the name that its agent was given."""
    if known.spec.launch_type != "FARGATE":
        return known.spec.cluster
    of_task = arns.parse(known.spec.task_arn)
    cluster = f"cluster/{known.spec.cluster}"
    return str(Arn("ecs", of_task.region, of_task.account, cluster, of_task.partition))


def _is_shown(each: KnownContainer) -> bool:
    """The agent tells of containers that were created, and of those whose image is there."""
    return bool(each.report.docker_id) or each.report.status == "PULLED"


def _known_status(known: KnownTask) -> str:
    """As far as the container that is furthest behind."""
    if known.report.phase in {"STOPPED", "REMOVED"}:
        return "STOPPED"
    statuses = [_STATUS_OF_REPORT[each.report.status] for each in known.containers]
    return min(statuses, key=_FORWARD.index, default="NONE")


def _task_limits(cpu: int | None, memory_mib: int | None) -> Body:
    limits: Body = {}
    if cpu:
        vcpu = cpu / CPU_UNITS_PER_VCPU
        limits["CPU"] = int(vcpu) if vcpu.is_integer() else vcpu
    if memory_mib:
        limits["Memory"] = memory_mib
    return limits


def _ports(known: KnownTask, shown: KnownContainer, *, v4: bool) -> list[Body]:
    ports: list[Body] = []
    for binding in shown.report.bindings:
        port: Body = {"ContainerPort": binding.container_port, "Protocol": binding.protocol}
        own_address = known.spec.interface is not None
        port["HostPort"] = binding.container_port if own_address else binding.host_port
        if v4:
            _put(port, "HostIp", binding.bind_ip)
        ports.append(port)
    return ports


def _health(shown: KnownContainer) -> Body:
    body: Body = {}
    if shown.report.health != "UNKNOWN":
        body["status"] = shown.report.health
    _put(body, "statusSince", instant(shown.health_since))
    _put(body, "exitCode", shown.health_exit_code)
    _put(body, "output", shown.report.health_output)
    return body


def _volume(docker_name: str, source: str, destination: str) -> Body:
    members = {"DockerName": docker_name, "Source": source, "Destination": destination}
    return {name: value for name, value in members.items() if value}


def _network(known: KnownTask, shown: KnownContainer, *, v4: bool) -> Body:
    interface = known.spec.interface
    if interface is None:
        # An Engine's network without an address (host, none) is a list of one empty address.
        addresses = list(shown.ipv4_addresses) or [""]
        return {"NetworkMode": known.spec.network_mode, "IPv4Addresses": addresses}
    body: Body = {"NetworkMode": "awsvpc", "IPv4Addresses": [interface.private_ipv4]}
    if v4:
        body |= _interface(interface)
    return body


def _interface(interface: InterfaceSpec) -> Mapping[str, object]:
    # The bridge of the VPC is the router of all its subnets.
    vpc = ipaddress.ip_network(interface.vpc_cidr)
    return {
        "AttachmentIndex": 0,
        "MACAddress": interface.mac_address,
        "IPv4SubnetCIDRBlock": interface.subnet_cidr,
        "PrivateDNSName": interface.private_dns_name,
        "SubnetGatewayIpv4Address": f"{vpc.network_address + 1}/{vpc.prefixlen}",
    }
