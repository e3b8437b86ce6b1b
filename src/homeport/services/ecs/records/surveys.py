"""What placement has to know of a cluster's instances, read at once."""

from collections.abc import Mapping

from msgspec import Struct

from homeport.services.ecs.records.instances import ContainerInstance, InstanceFacts, Resources


class Survey(Struct, frozen=True, kw_only=True):
    """Instances, and what is known of each by ARN."""

    machines: tuple[ContainerInstance, ...]
    reserved: Mapping[str, Resources]
    attributes: Mapping[str, Mapping[str, str | None]]
    groups: Mapping[str, Mapping[str, int]] = {}
    """Live tasks by group; empty when nobody asked."""
    facts: Mapping[str, InstanceFacts] = {}
    """For expressions of the query language; empty when nobody asked."""
