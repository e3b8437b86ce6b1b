"""The tables of load balancing: columns for what is searched, the record as JSON in `body`."""

from sqlalchemy import (
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

METADATA = MetaData()

# Load balancers, listeners, rules, tags.

load_balancers = Table(
    "elbv2_load_balancers",
    METADATA,
    Column("arn", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("name", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("account", "region", "name", name="elbv2_load_balancers_by_name"),
)

listeners = Table(
    "elbv2_listeners",
    METADATA,
    Column("arn", String, primary_key=True),
    Column("load_balancer_arn", String, nullable=False),
    Column("port", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("elbv2_listeners_by_port", "load_balancer_arn", "port"),
)

rules = Table(
    "elbv2_rules",
    METADATA,
    Column("arn", String, primary_key=True),
    Column("load_balancer_arn", String, nullable=False),
    Column("listener_arn", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    # Not unique: SetRulePriorities may let two rules change places.
    Index("elbv2_rules_by_priority", "listener_arn", "priority"),
    Index("elbv2_rules_by_load_balancer", "load_balancer_arn"),
)

forwards = Table(
    "elbv2_forwards",
    METADATA,
    Column("group_arn", String, primary_key=True),
    # The rule whose action forwards, a listener's default rule included.
    Column("rule_arn", String, primary_key=True),
    Column("listener_arn", String, nullable=False),
    Column("load_balancer_arn", String, nullable=False),
    Index("elbv2_forwards_by_rule", "rule_arn"),
    Index("elbv2_forwards_by_load_balancer", "load_balancer_arn"),
)

certificate_uses = Table(
    "elbv2_certificate_uses",
    METADATA,
    Column("certificate_arn", String, primary_key=True),
    # The listener that has it, as its default one or in its list.
    Column("listener_arn", String, primary_key=True),
    Column("load_balancer_arn", String, nullable=False),
    Index("elbv2_certificate_uses_by_listener", "listener_arn"),
    Index("elbv2_certificate_uses_by_load_balancer", "load_balancer_arn"),
)

tags = Table(
    "elbv2_tags",
    METADATA,
    Column("resource_arn", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)

# Target groups and targets.

target_groups = Table(
    "elbv2_target_groups",
    METADATA,
    Column("arn", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("name", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("account", "region", "name", name="elbv2_target_groups_by_name"),
)

targets = Table(
    "elbv2_targets",
    METADATA,
    Column("group_arn", String, primary_key=True),
    Column("target_id", String, primary_key=True),
    Column("port", Integer, primary_key=True),
    # When it was deregistered; null while it is registered.
    Column("draining_since", Double, nullable=True),
    Column("body", LargeBinary, nullable=False),
    Index("elbv2_targets_by_draining", "draining_since", "group_arn"),
)

# The state of each target that EventBridge was told of last.
told_health = Table(
    "elbv2_told_health",
    METADATA,
    Column("group_arn", String, primary_key=True),
    Column("target_id", String, primary_key=True),
    Column("port", Integer, primary_key=True),
    Column("state", String, nullable=False),
)

listener_sightings = Table(
    "elbv2_listener_sightings",
    METADATA,
    Column("listener_arn", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
