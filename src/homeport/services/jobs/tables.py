"""The tables of jobs: columns for what is searched, the record as JSON in `body`."""

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
    UniqueConstraint,
    text,
)

METADATA = MetaData()

COUNTED = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts only primary keys of type INTEGER."""

# What was to be invoked, in the order in which it was asked for.
firings = Table(
    "jobs_firings",
    METADATA,
    Column("sequence", COUNTED, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    # ARN of the schedule or the rule.
    Column("source", String, nullable=False),
    Column("target_id", String, nullable=False),
    Column("token", String, nullable=False),
    # Source and target: firings of one lane are tried in their order.
    Column("lane", String, nullable=False),
    Column("state", String, nullable=False),
    # The ledger's word for it and its runs: `ledger_outcome` of its state and its newest run.
    Column("outcome", String, nullable=False),
    # How many firings it is the record of: more than one only when they were missed.
    Column("stands_for", Integer, nullable=False),
    Column("due_at", Double, nullable=False),
    # Only of a firing that is PENDING.
    Column("next_attempt_at", Double, nullable=True),
    # Only of a firing that is WAITING: ``run RUN_ID``, or ``room CLUSTER_ARN``.
    Column("waits_for", String, nullable=True),
    # It is neither PENDING nor WAITING.
    Column("is_over", Boolean, nullable=False),
    # It is over, and so are all its runs: since then it is history.
    Column("closed_at", Double, nullable=True),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("id", name="jobs_firings_by_id"),
    UniqueConstraint("source", "target_id", "token", name="jobs_firings_by_token"),
    Index("jobs_firings_by_source", "source", "sequence"),
    Index("jobs_firings_by_time", "account", "region", "due_at"),
    # What the ledger counts and lists by, without reading a body.
    Index(
        "jobs_firings_by_outcome",
        "account",
        "region",
        "source",
        "outcome",
        "sequence",
        "stands_for",
    ),
    # These three are as good as empty: who asks for what is to be done pays for that alone.
    Index(
        "jobs_firings_open",
        "source",
        sqlite_where=text("is_over IS 0"),
        postgresql_where=text("is_over IS false"),
    ),
    Index(
        "jobs_firings_pending",
        "lane",
        "next_attempt_at",
        sqlite_where=text("next_attempt_at IS NOT NULL"),
        postgresql_where=text("next_attempt_at IS NOT NULL"),
    ),
    Index(
        "jobs_firings_waiting",
        "waits_for",
        "sequence",
        sqlite_where=text("waits_for IS NOT NULL"),
        postgresql_where=text("waits_for IS NOT NULL"),
    ),
    Index("jobs_firings_closed", "closed_at"),
    sqlite_autoincrement=True,
)

# What came of a firing that started tasks: one run, and one more for each time it was tried again.
runs = Table(
    "jobs_runs",
    METADATA,
    Column("sequence", COUNTED, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False),
    Column("firing_id", String, nullable=False),
    Column("source", String, nullable=False),
    Column("lane", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("outcome", String, nullable=False),
    Column("requested_at", Double, nullable=False),
    # Only of a run that is PENDING: when its tasks are to be asked for.
    Column("next_attempt_at", Double, nullable=True),
    # It is neither PENDING nor RUNNING.
    Column("is_over", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("id", name="jobs_runs_by_id"),
    Index("jobs_runs_by_firing", "firing_id", "number"),
    Index("jobs_runs_by_source", "source", "sequence"),
    Index(
        "jobs_runs_open",
        "lane",
        sqlite_where=text("is_over IS 0"),
        postgresql_where=text("is_over IS false"),
    ),
    sqlite_autoincrement=True,
)

# The tasks of the runs.
run_tasks = Table(
    "jobs_run_tasks",
    METADATA,
    Column("task_arn", String, primary_key=True),
    Column("run_id", String, nullable=False),
    Index("jobs_run_tasks_by_run", "run_id"),
)
