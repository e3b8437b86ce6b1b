"""Elastic Load Balancing as the application joins it."""

from typing import Final

from homeport.runtime import Reconciler, Service, operations_of
from homeport.services.elbv2.api import (
    attributes,
    catalogue,
    listener_certificates,
    listeners,
    load_balancer_networks,
    load_balancers,
    rules,
    tags,
    target_group_attributes,
    target_groups,
    targets,
)
from homeport.services.elbv2.reconcile import (
    draining_targets,
    health_events,
    load_balancer_states,
)

_TRUST_STORES: Final = "Homeport's load balancers do not ask clients for certificates."
UNSUPPORTED: Final = {
    **dict.fromkeys(
        (
            "AddTrustStoreRevocations",
            "CreateTrustStore",
            "DeleteSharedTrustStoreAssociation",
            "DeleteTrustStore",
            "DescribeTrustStoreAssociations",
            "DescribeTrustStoreRevocations",
            "GetTrustStoreCaCertificatesBundle",
            "GetTrustStoreRevocationContent",
            "ModifyTrustStore",
            "RemoveTrustStoreRevocations",
        ),
        _TRUST_STORES,
    ),
    "GetResourcePolicy": "Homeport shares nothing of load balancing between accounts.",
    "ModifyIpPools": "Homeport has no pools of addresses.",
}


def services() -> tuple[Service, ...]:
    """The one service of this package."""
    return (
        Service(
            name="elbv2",
            operations=operations_of(
                (
                    attributes,
                    catalogue,
                    listener_certificates,
                    listeners,
                    load_balancer_networks,
                    load_balancers,
                    rules,
                    tags,
                    target_group_attributes,
                    target_groups,
                    targets,
                )
            ),
            reconcilers=(
                Reconciler(
                    name="draining targets",
                    watches=draining_targets.WATCHES,
                    reconcile=draining_targets.reconcile,
                    sweep=draining_targets.sweep,
                ),
                Reconciler(
                    name="health events",
                    watches=health_events.WATCHES,
                    reconcile=health_events.reconcile,
                    sweep=health_events.sweep,
                ),
                Reconciler(
                    name="load balancer states",
                    watches=load_balancer_states.WATCHES,
                    reconcile=load_balancer_states.reconcile,
                    sweep=load_balancer_states.sweep,
                ),
            ),
            unsupported=UNSUPPORTED,
        ),
    )
