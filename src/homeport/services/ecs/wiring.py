"""The ecs service and Homeport's own, put together.  No logic but the seed."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from homeport.runtime import Reconciler, Seed, Service, operations_of
from homeport.services.ecs.api import (
    account_settings,
    attributes,
    capacity_providers,
    clusters,
    container_instances,
    explain,
    nodes,
    run_task,
    tags,
    task_definitions,
    tasks,
)
from homeport.services.ecs.plan.clusters import new_cluster
from homeport.services.ecs.queries.clusters import DEFAULT_NAME, find_cluster, insert_cluster
from homeport.services.ecs.reconcile import (
    definition_removal,
    history,
    orphans,
    provisioning,
    stopping,
)
from homeport.store import Tx

HISTORY_S: Final = 7 * 86_400.0
"""How long a stopped task can be explained, unless a setting says otherwise."""

_NO_SERVICES: Final = "Homeport does not run ECS services yet: tasks are started with RunTask."
_NO_TASK_SETS: Final = "Homeport does not run ECS services yet, and so no task sets."
_NO_DAEMONS: Final = "Managed daemons need ECS Managed Instances, which Homeport does not have yet."
_NO_EXPRESS: Final = "Homeport does not run Express Gateway services yet."
_NO_STOCK_AGENT: Final = (
    "Homeport does not take the amazon-ecs-agent yet; its own agent runs in `homeport up`."
)

UNSUPPORTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "ContinueServiceDeployment",
                "CreateService",
                "DeleteService",
                "DescribeServiceDeployments",
                "DescribeServiceRevisions",
                "DescribeServices",
                "ListServiceDeployments",
                "ListServices",
                "ListServicesByNamespace",
                "StopServiceDeployment",
                "UpdateService",
            ),
            _NO_SERVICES,
        ),
        **dict.fromkeys(
            (
                "CreateTaskSet",
                "DeleteTaskSet",
                "DescribeTaskSets",
                "UpdateServicePrimaryTaskSet",
                "UpdateTaskSet",
            ),
            _NO_TASK_SETS,
        ),
        **dict.fromkeys(
            (
                "CreateDaemon",
                "DeleteDaemon",
                "DeleteDaemonTaskDefinition",
                "DescribeDaemon",
                "DescribeDaemonDeployments",
                "DescribeDaemonRevisions",
                "DescribeDaemonTaskDefinition",
                "ListDaemonDeployments",
                "ListDaemonTaskDefinitions",
                "ListDaemons",
                "RegisterDaemonTaskDefinition",
                "UpdateDaemon",
            ),
            _NO_DAEMONS,
        ),
        **dict.fromkeys(
            (
                "CreateExpressGatewayService",
                "DeleteExpressGatewayService",
                "DescribeExpressGatewayService",
                "UpdateExpressGatewayService",
            ),
            _NO_EXPRESS,
        ),
        **dict.fromkeys(
            (
                "DiscoverPollEndpoint",
                "RegisterContainerInstance",
                "SubmitAttachmentStateChanges",
                "SubmitContainerStateChange",
                "SubmitTaskStateChange",
            ),
            _NO_STOCK_AGENT,
        ),
        "ExecuteCommand": "Homeport does not open sessions in containers yet.",
        "GetTaskProtection": "Homeport does not protect tasks from scale-in yet: it has none.",
        "UpdateTaskProtection": "Homeport does not protect tasks from scale-in yet: it has none.",
    }
)
"""What is answered, by operation, until it is built."""


def services(*, history_s: float = HISTORY_S) -> tuple[Service, ...]:
    """ECS, and the operations that only Homeport has.  Stopped tasks are kept for `history_s`."""
    return (
        Service(
            name="ecs",
            operations=operations_of(
                (
                    account_settings,
                    attributes,
                    capacity_providers,
                    clusters,
                    container_instances,
                    run_task,
                    tags,
                    task_definitions,
                    tasks,
                )
            ),
            reconcilers=reconcilers(history_s),
            seed=seed,
            unsupported=UNSUPPORTED,
        ),
        Service(name="homeport", operations=operations_of((explain, nodes))),
    )


def reconcilers(history_s: float) -> tuple[Reconciler, ...]:
    """The loops of ECS."""
    return (
        Reconciler(
            name="provisioning",
            watches=provisioning.WATCHES,
            reconcile=provisioning.reconcile,
            sweep=provisioning.sweep,
        ),
        Reconciler(
            name="stopping",
            watches=stopping.WATCHES,
            reconcile=stopping.reconcile,
            sweep=stopping.sweep,
        ),
        Reconciler(
            name="orphans",
            watches=orphans.WATCHES,
            reconcile=orphans.reconcile,
            sweep=orphans.sweep,
        ),
        Reconciler(
            name="history",
            watches=(),
            reconcile=history.reconciling(history_s),
            sweep=history.sweep,
        ),
        Reconciler(
            name="definition removal",
            watches=definition_removal.WATCHES,
            reconcile=definition_removal.reconcile,
            sweep=definition_removal.sweep,
        ),
    )


def seed(tx: Tx, what: Seed) -> None:
    """Give every region its cluster ``default``, unless one was ever there."""
    for region in what.regions:
        if find_cluster(tx, what.account, region, DEFAULT_NAME) is None:
            blank = new_cluster(account=what.account, region=region, name=DEFAULT_NAME)
            insert_cluster(tx, blank)
