"""The tables of IAM: by account and name, whose letter case does not count."""

from sqlalchemy import Column, LargeBinary, MetaData, String, Table

METADATA = MetaData()


def _named(name: str) -> Table:
    return Table(
        name,
        METADATA,
        Column("account", String, primary_key=True),
        # The name in lower case.
        Column("key", String, primary_key=True),
        Column("body", LargeBinary, nullable=False),
    )


roles = _named("iam_roles")
policies = _named("iam_policies")
instance_profiles = _named("iam_instance_profiles")
server_certificates = _named("iam_server_certificates")
