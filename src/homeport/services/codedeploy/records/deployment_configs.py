"""Deployment configurations: how traffic is shifted."""

from msgspec import Struct

from homeport.kernel.traffic_shift import Shift
from homeport.services.codedeploy.records.applications import Tag


class DeploymentConfig(Struct, frozen=True, kw_only=True):
    """A name for a way to shift traffic."""

    id: str
    name: str
    shift: Shift
    created_at: float
    tags: tuple[Tag, ...] = ()
