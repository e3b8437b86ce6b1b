"""AppSpec files for services of ECS: text to value, or the line of the first mistake.  Pure.

Keys are matched whatever their case, as ``aws ecs deploy`` relies on; keys that CodeDeploy does not
know are passed over.
"""

from collections.abc import Iterator
from typing import Final

from homeport.services.codedeploy.plan import documents
from homeport.services.codedeploy.plan.documents import Entries, Mistake, Node
from homeport.services.codedeploy.records.app_specs import (
    HOOKED_EVENTS,
    AppSpec,
    Awsvpc,
    CapacityProvider,
    Hook,
)

TYPE: Final = "AWS::ECS::Service"
PORT_MAX: Final = 65_535
BASE_MAX: Final = 100_000
WEIGHT_MAX: Final = 1_000
_EVENTS: Final = {event.lower(): event for event in HOOKED_EVENTS}


def parse(content: str) -> AppSpec:
    """What the file asks for; raises `Mistake`, and nothing else."""
    root = documents.root(content)
    file = documents.entries(root, "The AppSpec file")
    version = _required(file, "version", root)
    if documents.text(version, "version") not in {"0.0", "0"}:
        raise Mistake(version.line, "The only version that is allowed is 0.0.")
    properties = _properties(_required(file, "Resources", root))
    known = documents.entries(properties, "Properties")
    balancer = _required(known, "LoadBalancerInfo", properties)
    behind = documents.entries(balancer, "LoadBalancerInfo")
    return AppSpec(
        task_definition=_word(known, "TaskDefinition", properties),
        container_name=_word(behind, "ContainerName", balancer),
        container_port=documents.number(
            _required(behind, "ContainerPort", balancer), "ContainerPort", 1, PORT_MAX
        ),
        platform_version=_optional_word(known, "PlatformVersion"),
        network=_network(_optional(known, "NetworkConfiguration")),
        capacity_providers=tuple(_strategy(_optional(known, "CapacityProviderStrategy"))),
        hooks=_hooks(_optional(file, "Hooks")),
    )


def _properties(resources: Node) -> Node:
    """`Properties` of the one resource."""
    listed = documents.items(resources, "Resources")
    if len(listed) != 1:
        raise Mistake(resources.line, "Resources must have exactly one resource.")
    named = documents.entries(listed[0], "The resource")
    if len(named) != 1:
        raise Mistake(listed[0].line, "Resources must have exactly one resource.")
    (name, resource) = next(iter(named.values()))
    members = documents.entries(resource, name)
    kind = _required(members, "Type", resource)
    if documents.text(kind, "Type") != TYPE:
        raise Mistake(kind.line, f"Type must be {TYPE}.")
    return _required(members, "Properties", resource)


def _network(node: Node | None) -> Awsvpc | None:
    if node is None:
        return None
    found = documents.entries(node, "NetworkConfiguration")
    awsvpc = _required(found, "AwsvpcConfiguration", node)
    members = documents.entries(awsvpc, "AwsvpcConfiguration")
    public = _required(members, "AssignPublicIp", awsvpc)
    if documents.text(public, "AssignPublicIp") not in {"ENABLED", "DISABLED"}:
        raise Mistake(public.line, "AssignPublicIp must be ENABLED or DISABLED.")
    return Awsvpc(
        subnets=_words(_required(members, "Subnets", awsvpc), "Subnets"),
        security_groups=_words(_required(members, "SecurityGroups", awsvpc), "SecurityGroups"),
        assign_public_ip=documents.text(public, "AssignPublicIp"),
    )


def _strategy(node: Node | None) -> Iterator[CapacityProvider]:
    for item in () if node is None else documents.items(node, "CapacityProviderStrategy"):
        members = documents.entries(item, "An item of CapacityProviderStrategy")
        base, weight = _optional(members, "Base"), _optional(members, "Weight")
        yield CapacityProvider(
            capacity_provider=_word(members, "CapacityProvider", item),
            base=0 if base is None else documents.number(base, "Base", 0, BASE_MAX),
            weight=0 if weight is None else documents.number(weight, "Weight", 0, WEIGHT_MAX),
        )


def _hooks(node: Node | None) -> tuple[Hook, ...]:
    """The functions by event; an event that names none has none."""
    if node is None:
        return ()
    parts = documents.items(node, "Hooks") if documents.is_list(node) else [node]
    found: dict[str, Hook] = {}
    for part in parts:
        if part.is_null:
            continue
        for key, (written, value) in documents.entries(part, "A hook").items():
            event = _EVENTS.get(key)
            if event is None:
                raise Mistake(
                    value.line,
                    f"{written} is not a lifecycle event that has hooks; these have: "
                    f"{', '.join(HOOKED_EVENTS)}.",
                )
            if event in found:
                raise Mistake(value.line, f"{event} is given twice.")
            function = documents.text(value, event)
            if function:
                found[event] = Hook(event=event, function=function)
    return tuple(found[event] for event in HOOKED_EVENTS if event in found)


def _optional(members: Entries, name: str) -> Node | None:
    found = members.get(name.lower())
    return None if found is None else found[1]


def _required(members: Entries, name: str, of: Node) -> Node:
    found = _optional(members, name)
    if found is None:
        raise Mistake(of.line, f"{name} is missing.")
    return found


def _word(members: Entries, name: str, of: Node) -> str:
    """A string that is not empty."""
    node = _required(members, name, of)
    found = documents.text(node, name)
    if not found:
        raise Mistake(node.line, f"{name} is missing.")
    return found


def _optional_word(members: Entries, name: str) -> str | None:
    node = _optional(members, name)
    return None if node is None else documents.text(node, name) or None


def _words(node: Node, name: str) -> tuple[str, ...]:
    return tuple(documents.text(item, f"An item of {name}") for item in documents.items(node, name))
