"""Applications and tags as the API shows them."""

from collections.abc import Sequence

from homeport.services.codedeploy.records.applications import Application, Tag
from homeport.shapes import codedeploy as shapes


def application(of: Application) -> shapes.ApplicationInfo:
    """An application of GetApplication."""
    return {
        "applicationId": of.id,
        "applicationName": of.name,
        "createTime": of.created_at,
        "linkedToGitHub": False,
        "computePlatform": "ECS",
    }


def tags(of: Sequence[Tag]) -> list[shapes.Tag]:
    """The tags of ListTagsForResource."""
    return [{"Key": tag.key, "Value": tag.value} for tag in of]
