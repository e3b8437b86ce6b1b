"""Clusters as Homeport keeps them."""

from msgspec import Struct


class ClusterSetting(Struct, frozen=True, kw_only=True):
    """``containerInsights`` and its value."""

    name: str
    value: str


class StrategyItem(Struct, frozen=True, kw_only=True):
    """One entry of a capacity provider strategy."""

    capacity_provider: str
    weight: int = 0
    base: int = 0


class Cluster(Struct, frozen=True, kw_only=True):
    """A cluster.  Its counts are queries, never fields."""

    arn: str
    account: str
    region: str
    name: str
    status: str = "ACTIVE"
    """ACTIVE or INACTIVE."""
    settings: tuple[ClusterSetting, ...] = ()
    capacity_providers: tuple[str, ...] = ()
    default_strategy: tuple[StrategyItem, ...] = ()
    configuration: bytes | None = None
    """`ClusterConfiguration` as its JSON text: stored and echoed, nothing acts on it yet."""
    service_connect_namespace: str | None = None


class ClusterCounts(Struct, frozen=True, kw_only=True):
    """What a cluster contains at one moment.  Tasks are counted by launch type."""

    instances: int = 0
    running: dict[str, int] = {}
    pending: dict[str, int] = {}
    services: dict[str, dict[str, int]] = {}
    """By status, ACTIVE or DRAINING, and launch type."""
