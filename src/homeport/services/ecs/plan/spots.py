"""Where exactly each placed copy runs: its node, its zone, its subnet.  Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from homeport.services.ecs.plan import fargate
from homeport.services.ecs.plan.new_task import Address, Spot
from homeport.services.ecs.plan.task_definition import unsupported_to_run
from homeport.services.ecs.records.instances import ARCHITECTURE, ContainerInstance
from homeport.services.ecs.records.task_definitions import TaskDefinition

_DEFINITION_WORDS: Final = {"x86_64": "X86_64", "arm64": "ARM64"}


class Site(Struct, frozen=True, kw_only=True):
    """A subnet that a task's address may be of."""

    subnet_id: str
    availability_zone: str


class Sites(Struct, frozen=True, kw_only=True):
    """Where the addresses of awsvpc tasks may be; nowhere for other network modes."""

    subnets: tuple[Site, ...] = ()
    security_groups: tuple[str, ...] = ()
    assign_public_ip: bool = False


def spots_on(
    chosen: Sequence[str],
    machines: Mapping[str, ContainerInstance],
    attributes: Mapping[str, Mapping[str, str | None]],
    sites: Sites,
    *,
    turn: int,
) -> tuple[Spot, ...]:
    """A spot on each of the chosen instances; `turn` rotates among equally near subnets."""
    return tuple(
        Spot(
            instance_arn=arn,
            availability_zone=machines[arn].availability_zone,
            architecture=attributes[arn].get(ARCHITECTURE) or "x86_64",
            address=_nearest(machines[arn], sites, turn + copy),
        )
        for copy, arn in enumerate(chosen)
    )


def spots_on_fargate(
    nodes: Sequence[ContainerInstance],
    architectures: Mapping[str, str],
    busy: Mapping[str, int],
    sites: Sites,
    *,
    providers: Sequence[str | None],
    by_zone: Mapping[str, int],
    salt: str,
) -> tuple[Spot, ...]:
    """A spot for each of `providers`: the zone with the fewest tasks, the least busy node.

    `by_zone` are the tasks that count towards the spread and are there already.
    """
    subnets = {each.subnet_id: each for each in sites.subnets}
    zones = {each.arn: each.availability_zone for each in nodes}
    chosen = fargate.choose(
        [fargate.FargateNode(arn=each.arn, busy=busy[each.arn]) for each in nodes],
        _zones(sites, by_zone),
        len(providers),
        salt=salt,
    )
    return tuple(
        Spot(
            instance_arn=spot.node_arn,
            availability_zone=zones[spot.node_arn],
            architecture=architectures[spot.node_arn],
            capacity_provider=provider,
            address=address_in(subnets[spot.subnet_id], sites),
        )
        for spot, provider in zip(chosen, providers, strict=True)
    )


def suits(definition: TaskDefinition, architecture: str) -> str | None:
    """Why a node of this architecture cannot run the definition; None when it can."""
    return unsupported_to_run(definition, architecture=_DEFINITION_WORDS.get(architecture))


def _zones(sites: Sites, by_zone: Mapping[str, int]) -> list[fargate.Zone]:
    subnets: dict[str, list[str]] = {}
    for each in sites.subnets:
        subnets.setdefault(each.availability_zone, []).append(each.subnet_id)
    return [
        fargate.Zone(name=name, subnets=tuple(ids), tasks=by_zone.get(name, 0))
        for name, ids in subnets.items()
    ]


def address_in(site: Site, sites: Sites) -> Address:
    """An address in one of the subnets."""
    return Address(
        subnet_id=site.subnet_id,
        availability_zone=site.availability_zone,
        security_groups=sites.security_groups,
        assign_public_ip=sites.assign_public_ip,
    )


def _nearest(machine: ContainerInstance, sites: Sites, turn: int) -> Address | None:
    """An address in the instance's zone where there is one: its network reaches every zone."""
    if not sites.subnets:
        return None
    near = [each for each in sites.subnets if each.availability_zone == machine.availability_zone]
    able = near or sites.subnets
    return address_in(able[turn % len(able)], sites)
