"""The tables of hooks: what stands for functions, and what is and was asked of it."""

from sqlalchemy import Column, Double, Index, LargeBinary, MetaData, String, Table

METADATA = MetaData()

hooks = Table(
    "hooks",
    METADATA,
    Column("account", String, primary_key=True),
    Column("region", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

invocations = Table(
    "hook_invocations",
    METADATA,
    Column("id", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("name", String, nullable=False),
    Column("status", String, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("hook_invocations_by_name", "account", "region", "name", "created_at"),
    Index("hook_invocations_by_status", "status", "created_at"),
)
