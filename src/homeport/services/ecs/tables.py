"""The tables of ECS: columns for what is filtered, ordered or reconciled, a JSON body for the rest.

Account and region are in every key, as columns or inside the ARN.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
)

METADATA = MetaData()

COUNTED = BigInteger().with_variant(Integer, "sqlite")
"""A number that the database counts up."""

clusters = Table(
    "ecs_clusters",
    METADATA,
    Column("arn", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("name", String, nullable=False),
    Column("status", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ecs_clusters_by_name", "account", "region", "status", "name"),
)

task_definition_families = Table(
    "ecs_task_definition_families",
    METADATA,
    Column("account", String, primary_key=True),
    Column("region", String, primary_key=True),
    Column("family", String, primary_key=True),
    Column("last_revision", Integer, nullable=False),
)

task_definitions = Table(
    "ecs_task_definitions",
    METADATA,
    Column("account", String, primary_key=True),
    Column("region", String, primary_key=True),
    Column("family", String, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("status", String, nullable=False),
    Column("registered_at", Double, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ecs_task_definitions_by_status", "account", "region", "status", "family", "revision"),
)

container_instances = Table(
    "ecs_container_instances",
    METADATA,
    Column("arn", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("cluster_arn", String, nullable=False),
    Column("status", String, nullable=False),
    Column("connected", Boolean, nullable=False),
    Column("generation", BigInteger, nullable=False, default=0),
    Column("body", LargeBinary, nullable=False),
    Index("ecs_container_instances_by_cluster", "cluster_arn", "status", "arn"),
)

instance_attributes = Table(
    "ecs_instance_attributes",
    METADATA,
    Column("instance_arn", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("value", String, nullable=True),
    Column("cluster_arn", String, nullable=False),
    Column("custom", Boolean, nullable=False),
    Index("ecs_instance_attributes_by_name", "cluster_arn", "name"),
)

tasks = Table(
    "ecs_tasks",
    METADATA,
    Column("arn", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("cluster_arn", String, nullable=False),
    Column("family", String, nullable=False),
    Column("definition_arn", String, nullable=False),
    Column("group", String, nullable=False),
    Column("started_by", String, nullable=True),
    Column("service_name", String, nullable=True),
    Column("launch_type", String, nullable=False),
    # The node that runs it; for FARGATE tasks this is never shown.
    Column("instance_arn", String, nullable=True),
    Column("desired_status", String, nullable=False),
    Column("last_status", String, nullable=False),
    # Nothing of it is left on its node: no container, no address, no task volume.
    Column("released", Boolean, nullable=False),
    Column("generation", BigInteger, nullable=False),
    # What it takes from its instance: nothing once stopped, and never anything for FARGATE.
    Column("reserved_cpu", Integer, nullable=False),
    Column("reserved_memory", Integer, nullable=False),
    # Static host ports, as "8080,53/udp"; None when it takes none.
    Column("host_ports", Text, nullable=True),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double, nullable=True),
    Column("stopped_at", Double, nullable=True),
    # What the scheduler of its service asks of it; meaningless for tasks without a service.
    Column("zone", String, nullable=True),
    Column("capacity_provider", String, nullable=True),
    Column("health", String, nullable=False, server_default="UNKNOWN"),
    Column("stop_code", String, nullable=True),
    Column("protected_until", Double, nullable=True),
    # When the time of a task that should run is up; None for those whose time is not limited.
    Column("deadline", Double, nullable=True),
    # How far its targets are; empty when it has no load balancers.
    Column("registration", String, nullable=False, server_default=""),
    # The scheduler has drawn its conclusions from the task's end.
    Column("settled", Boolean, nullable=False, server_default=false()),
    Column("body", LargeBinary, nullable=False),
    # Counts of a service's tasks are answered from this alone, however many there are.
    Index(
        "ecs_tasks_by_service",
        "cluster_arn",
        "service_name",
        "settled",
        "started_by",
        "last_status",
    ),
    Index("ecs_tasks_by_cluster", "cluster_arn", "desired_status", "arn"),
    Index("ecs_tasks_by_status", "cluster_arn", "last_status", "launch_type"),
    Index("ecs_tasks_by_family", "cluster_arn", "family", "desired_status", "arn"),
    Index("ecs_tasks_by_started_by", "cluster_arn", "started_by", "desired_status", "arn"),
    Index("ecs_tasks_by_instance", "instance_arn", "released", "generation"),
    # Counts and sums over an instance's tasks are answered from this alone, without the bodies.
    Index(
        "ecs_tasks_taking_from_instance",
        "instance_arn",
        "released",
        "last_status",
        "launch_type",
        "reserved_cpu",
        "reserved_memory",
        "host_ports",
        "group",
    ),
    Index("ecs_tasks_by_definition", "definition_arn", "last_status"),
    Index("ecs_tasks_by_stop", "last_status", "stopped_at"),
    Index(
        "ecs_tasks_by_deadline",
        "deadline",
        sqlite_where=text("deadline IS NOT NULL"),
        postgresql_where=text("deadline IS NOT NULL"),
    ),
)

services = Table(
    "ecs_services",
    METADATA,
    Column("arn", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("cluster_arn", String, nullable=False),
    Column("name", String, nullable=False),
    Column("status", String, nullable=False),
    Column("scheduling_strategy", String, nullable=False),
    Column("launch_type", String, nullable=True),
    # A task of it found no place.
    Column("waiting", Boolean, nullable=False),
    # ARNs of the task definitions of its rollouts, each followed by a comma.
    Column("definition_arns", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ecs_services_by_cluster", "cluster_arn", "status", "arn"),
    Index("ecs_services_by_status", "status"),
)

# The targets that stand for tasks: from their registration until nothing goes there any more.
held_targets = Table(
    "ecs_held_targets",
    METADATA,
    Column("task_arn", String, primary_key=True),
    Column("group_arn", String, primary_key=True),
    Column("target_id", String, primary_key=True),
    Column("port", Integer, primary_key=True),
    Column("service_arn", String, nullable=False),
    Index("ecs_held_targets_by_service", "service_arn"),
    Index("ecs_held_targets_by_target", "group_arn", "target_id", "port"),
)

service_revisions = Table(
    "ecs_service_revisions",
    METADATA,
    Column("arn", String, primary_key=True),
    Column("service_arn", String, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ecs_service_revisions_by_service", "service_arn", "created_at"),
)

task_sets = Table(
    "ecs_task_sets",
    METADATA,
    Column("arn", String, primary_key=True),
    Column("service_arn", String, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ecs_task_sets_by_service", "service_arn", "created_at"),
)

service_deployments = Table(
    "ecs_service_deployments",
    METADATA,
    Column("arn", String, primary_key=True),
    Column("service_arn", String, nullable=False),
    Column("status", String, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ecs_service_deployments_by_service", "service_arn", "created_at"),
    Index("ecs_service_deployments_by_time", "created_at"),
)

# What services that are being deployed hear of: the ARNs of listeners and of alarms.
deployment_watches = Table(
    "ecs_deployment_watches",
    METADATA,
    Column("service_arn", String, primary_key=True),
    Column("key", String, primary_key=True),
    Index("ecs_deployment_watches_by_key", "key"),
)

service_events = Table(
    "ecs_service_events",
    METADATA,
    Column("sequence", COUNTED, primary_key=True, autoincrement=True),
    Column("service_arn", String, nullable=False),
    Column("id", String, nullable=False),
    Column("at", Double, nullable=False),
    Column("message", Text, nullable=False),
    Index("ecs_service_events_by_service", "service_arn", "sequence"),
    sqlite_autoincrement=True,
)

# Events for EventBridge, in the order in which they were written.
bus_events = Table(
    "ecs_bus_events",
    METADATA,
    Column("sequence", COUNTED, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False),
    Column("at", Double, nullable=False),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("resource", String, nullable=False),
    # It was handed out to EventBridge's rules, or nobody there wanted it.
    Column("routed", Boolean, nullable=False, server_default=false()),
    Column("body", LargeBinary, nullable=False),
    Index("ecs_bus_events_by_time", "at"),
    # As good as empty: who asks for news pays for the news alone.
    Index(
        "ecs_bus_events_unrouted",
        "sequence",
        sqlite_where=text("routed IS 0"),
        postgresql_where=text("routed IS false"),
    ),
    sqlite_autoincrement=True,
)

# Tasks that a node reports and that no one knows: what the node is told about each.
strangers = Table(
    "ecs_strangers",
    METADATA,
    Column("instance_arn", String, primary_key=True),
    Column("task_arn", String, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    # Nothing of it is left on the node: it may stop reporting it.
    Column("removed", Boolean, nullable=False),
)

task_happenings = Table(
    "ecs_task_happenings",
    METADATA,
    Column("task_arn", String, primary_key=True),
    # "node" for what the agent saw, "control" for what the control plane decided.
    Column("source", String, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("at", Double, nullable=False),
    Column("container", String, nullable=True),
    Column("what", Text, nullable=False),
    Index("ecs_task_happenings_by_time", "at"),
)

client_tokens = Table(
    "ecs_client_tokens",
    METADATA,
    Column("account", String, primary_key=True),
    Column("region", String, primary_key=True),
    Column("operation", String, primary_key=True),
    Column("cluster_arn", String, primary_key=True),
    Column("token", String, primary_key=True),
    Column("request_digest", String, nullable=False),
    Column("resources", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Index("ecs_client_tokens_by_age", "created_at"),
)

tags = Table(
    "ecs_tags",
    METADATA,
    Column("resource_arn", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)

account_settings = Table(
    "ecs_account_settings",
    METADATA,
    Column("account", String, primary_key=True),
    Column("region", String, primary_key=True),
    # "" is the account-wide default.
    Column("principal", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)
