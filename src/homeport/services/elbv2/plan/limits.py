"""The quotas of an account: the ones that DescribeAccountLimits shows are the ones enforced."""

from collections.abc import Mapping
from typing import Final

LOAD_BALANCERS: Final = 50
"""Of each kind, in a region."""
LISTENERS: Final = 50
"""Of a load balancer."""
RULES: Final = 100
"""Of a load balancer, the default rules of its listeners not counted."""
CONDITION_VALUES: Final = 5
"""Of a rule."""
CONDITION_WILDCARDS: Final = 6
"""Of a rule."""
CERTIFICATES: Final = 25
"""Of a load balancer, the default certificates of its listeners not counted."""
TARGET_GROUPS: Final = 3000
"""Of a region."""
GROUPS_OF_LOAD_BALANCER: Final = 100
GROUPS_OF_ACTION: Final[Mapping[str, int]] = {"application": 5, "network": 5}
"""By kind of load balancer."""
TARGETS: Final[Mapping[str, int]] = {"application": 1000, "network": 3000}
"""Of a load balancer, by its kind."""
TARGETS_OF_GROUP: Final = 1000
TAGS: Final = 50
"""Of a resource."""

LIMITS: Final[tuple[tuple[str, int], ...]] = (
    ("target-groups", TARGET_GROUPS),
    ("application-load-balancers", LOAD_BALANCERS),
    ("targets-per-application-load-balancer", TARGETS["application"]),
    ("listeners-per-application-load-balancer", LISTENERS),
    ("rules-per-application-load-balancer", RULES),
    ("network-load-balancers", LOAD_BALANCERS),
    ("targets-per-network-load-balancer", TARGETS["network"]),
    ("targets-per-availability-zone-per-network-load-balancer", 500),
    ("listeners-per-network-load-balancer", LISTENERS),
    ("condition-values-per-alb-rule", CONDITION_VALUES),
    ("condition-wildcards-per-alb-rule", CONDITION_WILDCARDS),
    ("target-groups-per-application-load-balancer", GROUPS_OF_LOAD_BALANCER),
    ("target-groups-per-action-on-application-load-balancer", GROUPS_OF_ACTION["application"]),
    ("target-groups-per-action-on-network-load-balancer", GROUPS_OF_ACTION["network"]),
    ("certificates-per-application-load-balancer", CERTIFICATES),
    ("certificates-per-network-load-balancer", CERTIFICATES),
    ("targets-per-target-group", TARGETS_OF_GROUP),
    ("target-id-registrations-per-application-load-balancer", 1000),
)
"""By the names that the API has for them."""
