"""The tables of the runtime: which control planes there are, and which of them holds what."""

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table

METADATA: Final = MetaData()

planes = Table(
    "runtime_planes",
    METADATA,
    Column("plane", String, primary_key=True),
    # Counts up while it lives.  Never a time: no two machines' clocks agree.
    Column("heartbeat", BigInteger, nullable=False),
)

leases = Table(
    "runtime_leases",
    METADATA,
    # A shard without a row is nobody's.
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("plane", String, nullable=False),
)
