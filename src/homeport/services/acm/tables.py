"""The tables of Certificate Manager: columns for what is searched, the record in `body`."""

from sqlalchemy import Column, Index, LargeBinary, MetaData, String, Table

METADATA = MetaData()

certificates = Table(
    "acm_certificates",
    METADATA,
    Column("arn", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("acm_certificates_by_region", "account", "region", "arn"),
)

authorities = Table(
    "acm_authorities",
    METADATA,
    Column("account", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
