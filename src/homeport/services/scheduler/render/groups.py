"""Schedule groups as the API shows them."""

from homeport.services.scheduler.records.groups import Group
from homeport.shapes import scheduler as shapes


def group(record: Group) -> shapes.ScheduleGroupSummary:
    """A schedule group; nobody knows when a default group began of which nothing was kept."""
    shown: shapes.ScheduleGroupSummary = {
        "Arn": record.arn,
        "Name": record.name,
        "State": "DELETING" if record.is_deleting else "ACTIVE",
    }
    if record.created_at is not None:
        shown["CreationDate"] = record.created_at
    if record.modified_at is not None:
        shown["LastModificationDate"] = record.modified_at
    return shown


def tags(record: Group) -> list[shapes.Tag]:
    """The tags of a group."""
    return [{"Key": key, "Value": value} for key, value in record.tags]
