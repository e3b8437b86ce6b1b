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
    service_deployment_orders,
    service_lists,
    service_orders,
    service_records,
    service_updates,
    tags,
    task_definitions,
    task_protection,
    task_sets,
    tasks,
)
from homeport.services.ecs.api.explain_service import explaining
from homeport.services.ecs.plan.clusters import new_cluster
from homeport.services.ecs.plan.service.standing import HEALTHY_AFTER_S
from homeport.services.ecs.queries.clusters import DEFAULT_NAME, find_cluster, insert_cluster
from homeport.services.ecs.reconcile import (
    definition_removal,
    deployment_wakes,
    history,
    lost_nodes,
    orphans,
    provisioning,
    service_wakes,
    stopping,
    targets,
    time_limits,
)
from homeport.services.ecs.reconcile import (
    services as service_scheduler,
)
from homeport.services.ecs.reconcile.lost_nodes import LOST_AFTER_S
from homeport.store import Tx

HISTORY_S: Final = 7 * 86_400.0
"""How long a stopped task can be explained, unless a setting says otherwise."""

_NO_DAEMONS: Final = "Managed daemons need ECS Managed Instances, which Homeport does not have yet."
_NO_EXPRESS: Final = "Homeport does not run Express Gateway services yet."
_NO_STOCK_AGENT: Final = (
    "Homeport does not take the amazon-ecs-agent yet; its own agent runs in `homeport up`."
)

UNSUPPORTED: Final[Mapping[str, str]] = MappingProxyType(
    {
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
    }
)
"""What is answered, by operation, until it is built."""


def services(
    *,
    history_s: float = HISTORY_S,
    healthy_after_s: float = HEALTHY_AFTER_S,
    lost_after_s: float = LOST_AFTER_S,
) -> tuple[Service, ...]:
    """ECS, and the operations that only Homeport has.

    Stopped tasks are kept for `history_s`; a task without a health check counts as healthy
    `healthy_after_s` after it is RUNNING; a node is given up when it has been disconnected for
    `lost_after_s`.
    """
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
                    service_deployment_orders,
                    service_lists,
                    service_orders,
                    service_records,
                    service_updates,
                    tags,
                    task_definitions,
                    task_protection,
                    task_sets,
                    tasks,
                )
            ),
            reconcilers=reconcilers(history_s, healthy_after_s, lost_after_s),
            seed=seed,
            unsupported=UNSUPPORTED,
        ),
        Service(
            name="homeport",
            operations={
                **operations_of((explain, nodes)),
                "ExplainService": explaining(healthy_after_s),
            },
        ),
    )


def reconcilers(
    history_s: float, healthy_after_s: float, lost_after_s: float
) -> tuple[Reconciler, ...]:
    """The loops of ECS."""
    return (
        *service_loops(healthy_after_s),
        *task_loops(),
        Reconciler(
            name="lost nodes",
            watches=lost_nodes.WATCHES,
            reconcile=lost_nodes.reconciling(lost_after_s),
            sweep=lost_nodes.sweep,
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


def service_loops(healthy_after_s: float) -> tuple[Reconciler, ...]:
    """The service scheduler, and what wakes it."""
    return (
        Reconciler(
            name="services",
            watches=service_scheduler.WATCHES,
            reconcile=service_scheduler.reconciling(healthy_after_s),
            sweep=service_scheduler.sweep,
            starts_tasks=True,
        ),
        Reconciler(
            name="service wakes",
            watches=service_wakes.WATCHES,
            reconcile=service_wakes.reconcile,
            sweep=service_wakes.sweep,
            gathers=True,
        ),
        Reconciler(
            name="deployment wakes",
            watches=deployment_wakes.WATCHES,
            reconcile=deployment_wakes.reconcile,
            sweep=deployment_wakes.sweep,
        ),
        Reconciler(
            name="service targets",
            watches=targets.WATCHES,
            reconcile=targets.reconcile,
            sweep=targets.sweep,
        ),
    )


def task_loops() -> tuple[Reconciler, ...]:
    """What moves tasks on, whoever started them."""
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
            name="time limits",
            watches=time_limits.WATCHES,
            reconcile=time_limits.reconcile,
            sweep=time_limits.sweep,
        ),
        Reconciler(
            name="orphans",
            watches=orphans.WATCHES,
            reconcile=orphans.reconcile,
            sweep=orphans.sweep,
        ),
    )


def seed(tx: Tx, what: Seed) -> None:
    """Give every region its cluster ``default``, unless one was ever there."""
    for region in what.regions:
        if find_cluster(tx, what.account, region, DEFAULT_NAME) is None:
            blank = new_cluster(account=what.account, region=region, name=DEFAULT_NAME)
            insert_cluster(tx, blank)
