"""The tables of the logs service."""

from sqlalchemy import MetaData

METADATA = MetaData()
