"""What a service runs on: its launch type or its capacity providers, as asked for.  Pure."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from homeport.services.ecs.errors import InvalidParameterException, UnsupportedFeatureException
from homeport.services.ecs.plan.capacity_providers import require_weight, validate_strategy
from homeport.services.ecs.plan.run_task import LAUNCH_TYPES, check_definition, platform_version
from homeport.services.ecs.plan.service.requests import scheduling_of
from homeport.services.ecs.records.capacity_providers import BUILT_IN
from homeport.services.ecs.records.clusters import Cluster, StrategyItem
from homeport.services.ecs.records.run_request import StrategyEntry
from homeport.services.ecs.records.service_requests import CreateRequest, UpdateRequest
from homeport.services.ecs.records.services import Service
from homeport.services.ecs.records.task_definitions import TaskDefinition

NEWEST: Final = "LATEST"

_DAEMON_STRATEGY: Final = (
    "Specifying a capacity provider strategy is not supported when you create a service using the "
    "DAEMON scheduling strategy."
)
_MUST_FORCE: Final = (
    "When switching from launch type to capacity provider strategy on an existing service, or "
    "making a change to a capacity provider strategy on a service that is already using one, you "
    "must force a new deployment."
)


class Capacity(Struct, frozen=True, kw_only=True):
    """A launch type or a strategy, never both."""

    launch_type: str | None = None
    strategy: tuple[StrategyItem, ...] = ()

    @property
    def compatibility(self) -> str:
        """What task definitions have to be compatible with."""
        return self.launch_type or "FARGATE"


def capacity_of(request: CreateRequest, cluster: Cluster) -> Capacity:
    """What a new service runs on: as asked for, else the cluster's default, else EC2."""
    return chosen_capacity(
        request.launch_type,
        request.capacity_provider_strategy,
        cluster,
        is_daemon=scheduling_of(request) == "DAEMON",
    )


def chosen_capacity(
    launch_type: str | None,
    asked: Sequence[StrategyEntry] | None,
    cluster: Cluster,
    *,
    is_daemon: bool = False,
) -> Capacity:
    """The same of a service or of a task set: a launch type or a strategy may be asked for."""
    if launch_type is not None:
        if asked:
            raise InvalidParameterException(
                "Specifying both a launch type and capacity provider strategy is not supported. "
                "Remove one and try again."
            )
        _check_launch_type(launch_type, is_daemon=is_daemon)
        return Capacity(launch_type=launch_type)
    strategy = _items(asked or ()) or cluster.default_strategy
    if not strategy:
        return Capacity(launch_type="EC2")
    if is_daemon:
        raise InvalidParameterException(_DAEMON_STRATEGY)
    _check_strategy(strategy, cluster, is_default=not asked)
    return Capacity(strategy=strategy)


def updated_capacity(request: UpdateRequest, before: Service, cluster: Cluster) -> Capacity:
    """What a service runs on from now on.  An empty strategy goes back to a launch type.

    A change takes effect with a new deployment only, which the request has to force.
    """
    was = Capacity(launch_type=before.launch_type, strategy=before.capacity_provider_strategy)
    asked = request.capacity_provider_strategy
    if asked is None:
        return was
    strategy = _items(asked)
    if not strategy:
        after = Capacity(launch_type=was.compatibility)
    elif before.scheduling_strategy == "DAEMON":
        raise InvalidParameterException(_DAEMON_STRATEGY)
    else:
        after = Capacity(strategy=strategy)
    if after == was:
        return was
    if strategy:
        _check_strategy(strategy, cluster, is_default=False)
    if not request.force_new_deployment:
        raise InvalidParameterException(_MUST_FORCE)
    return after


def checked_definition(
    found: TaskDefinition | None, reference: str | None, account: str, capacity: Capacity
) -> TaskDefinition:
    """The definition, when a service may be of it; raises in ECS's words if not.

    `reference` is None for the definition that the service has already: it may be INACTIVE.
    """
    if reference is not None:
        return check_definition(found, account, reference, capacity.compatibility)
    if found is None:
        raise InvalidParameterException("TaskDefinition not found.")
    if capacity.compatibility not in found.compatibilities:
        raise InvalidParameterException(
            f"Task definition does not support launch_type {capacity.compatibility}."
        )
    return found


def checked_platform(asked: str | None, before: str | None, capacity: Capacity) -> str | None:
    """The platform version in the words of the request (LATEST stays LATEST); None on EC2."""
    if capacity.compatibility != "FARGATE":
        if asked:
            raise InvalidParameterException(
                "The platform version must be null when specifying an EC2 launch type."
            )
        return None
    if asked:
        platform_version(asked)
        return asked
    return before or NEWEST


def _check_launch_type(launch_type: str, *, is_daemon: bool) -> None:
    if launch_type not in LAUNCH_TYPES:
        raise InvalidParameterException(f"launch type should be one of [{','.join(LAUNCH_TYPES)}]")
    if launch_type == "EXTERNAL":
        raise UnsupportedFeatureException(
            "The EXTERNAL launch type is not supported yet. Use the EC2 launch type."
        )
    if launch_type == "FARGATE" and is_daemon:
        raise InvalidParameterException(
            "The daemon scheduling strategy does not support the FARGATE launch type. Change the "
            "launch type and try again"
        )


def _check_strategy(
    strategy: Sequence[StrategyItem], cluster: Cluster, *, is_default: bool
) -> None:
    if not is_default:
        if sum(each.base > 0 for each in strategy) > 1:
            raise InvalidParameterException(
                "There are multiple capacity providers in the specified capacity provider "
                "strategy with a base value defined"
            )
        if all(each.weight == 0 for each in strategy):
            raise InvalidParameterException(
                "There are no capacity providers in the capacity provider strategy with a weight "
                "value greater than zero"
            )
    validate_strategy(strategy, cluster.capacity_providers)
    require_weight(strategy, is_default=is_default)
    if any(each.capacity_provider not in BUILT_IN for each in strategy):
        raise UnsupportedFeatureException(
            "Capacity providers other than FARGATE and FARGATE_SPOT are not supported yet."
        )


def _items(entries: Sequence[StrategyEntry]) -> tuple[StrategyItem, ...]:
    return tuple(
        StrategyItem(capacity_provider=each.capacity_provider, weight=each.weight, base=each.base)
        for each in entries
    )
