"""Capacity providers as ECS shows them."""

from collections.abc import Iterable

from homeport.services.ecs.records.tags import Tag
from homeport.services.ecs.render.tags import tags as render_tags
from homeport.shapes import ecs as shapes


def arn_of(account: str, region: str, name: str) -> str:
    """The ARN of the capacity provider with this name."""
    return f"arn:aws:ecs:{region}:{account}:capacity-provider/{name}"


def built_in(
    account: str, region: str, name: str, *, tags: Iterable[Tag] = ()
) -> shapes.CapacityProvider:
    """FARGATE or FARGATE_SPOT as the model's `CapacityProvider`."""
    return {
        "capacityProviderArn": arn_of(account, region, name),
        "name": name,
        "status": "ACTIVE",
        "tags": render_tags(tags),
        "type": name,
    }
