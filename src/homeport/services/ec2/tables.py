"""The tables of the ec2 service."""

from sqlalchemy import MetaData

METADATA = MetaData()
