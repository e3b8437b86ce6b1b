"""The tables of STS."""

from sqlalchemy import Column, Double, Index, LargeBinary, MetaData, String, Table

METADATA = MetaData()

access_keys = Table(
    "sts_access_keys",
    METADATA,
    Column("access_key_id", String, primary_key=True),
    Column("account", String, nullable=False),
    # Null for the root key, which lasts.
    Column("expires_at", Double, nullable=True),
    Column("body", LargeBinary, nullable=False),
    Index("sts_access_keys_by_expiry", "expires_at"),
)
