"""The tables of the sts service."""

from sqlalchemy import MetaData

METADATA = MetaData()
