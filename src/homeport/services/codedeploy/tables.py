"""The tables of CodeDeploy: columns for what is searched, the record as JSON in `body`."""

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

METADATA = MetaData()

# Applications, deployment groups, deployment configurations, revisions.

applications = Table(
    "codedeploy_applications",
    METADATA,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("name", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("account", "region", "name", name="codedeploy_applications_by_name"),
)

deployment_groups = Table(
    "codedeploy_deployment_groups",
    METADATA,
    Column("id", String, primary_key=True),
    Column("application_id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("config_name", String, nullable=False),
    Column("service_arn", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("application_id", "name", name="codedeploy_deployment_groups_by_name"),
    Index("codedeploy_deployment_groups_by_service", "service_arn"),
    Index("codedeploy_deployment_groups_by_config", "config_name"),
)

deployment_configs = Table(
    "codedeploy_deployment_configs",
    METADATA,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("name", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("account", "region", "name", name="codedeploy_deployment_configs_by_name"),
)

revisions = Table(
    "codedeploy_revisions",
    METADATA,
    Column("application_id", String, primary_key=True),
    # ``AppSpecContent`` or ``String``.
    Column("kind", String, primary_key=True),
    Column("sha256", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

# Deployments.

deployments = Table(
    "codedeploy_deployments",
    METADATA,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("group_id", String, nullable=False),
    Column("status", String, nullable=False),
    Column("is_over", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("codedeploy_deployments_by_group", "group_id", "created_at"),
    Index("codedeploy_deployments_by_time", "account", "region", "created_at"),
    Index("codedeploy_deployments_open", "is_over"),
)

# What deployments under way look at: an ARN of a service, a listener, or an alarm.
watches = Table(
    "codedeploy_watches",
    METADATA,
    Column("arn", String, primary_key=True),
    Column("deployment_id", String, primary_key=True),
    Index("codedeploy_watches_by_deployment", "deployment_id"),
)
