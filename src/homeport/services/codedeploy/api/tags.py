"""Tags of applications, deployment groups and deployment configurations."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.codedeploy.api.listing import page
from homeport.services.codedeploy.api.lookups import the_application, the_config, the_group
from homeport.services.codedeploy.errors import (
    ArnNotSupported,
    InvalidArn,
    ResourceArnRequired,
    TagRequired,
)
from homeport.services.codedeploy.plan import names
from homeport.services.codedeploy.plan import tags as plan
from homeport.services.codedeploy.plan.predefined_configs import PREDEFINED
from homeport.services.codedeploy.queries import (
    applications,
    deployment_configs,
    deployment_groups,
)
from homeport.services.codedeploy.records.applications import Application, Tag
from homeport.services.codedeploy.records.deployment_configs import DeploymentConfig
from homeport.services.codedeploy.records.deployment_groups import DeploymentGroup
from homeport.services.codedeploy.render.applications import tags as rendered
from homeport.shapes import codedeploy as shapes
from homeport.store import ReadTx, Tx


@dataclass(frozen=True, slots=True)
class Tagged:
    """What has tags."""

    record: Application | DeploymentGroup | DeploymentConfig

    def save(self, tx: Tx, tags: Sequence[Tag]) -> None:
        """Have it have these tags."""
        match self.record:
            case Application() as application:
                applications.save_application(tx, replace(application, tags=tuple(tags)))
            case DeploymentGroup() as group:
                deployment_groups.save_group(tx, replace(group, tags=tuple(tags)))
            case DeploymentConfig() as config:
                deployment_configs.save_config(tx, replace(config, tags=tuple(tags)))


@operation("TagResource")
def tag_resource(tx: Tx, call: Call, request: shapes.TagResourceInput) -> shapes.TagResourceOutput:
    """Add tags; those of the same keys are replaced."""
    tagged = _the_tagged(tx, call, request["ResourceArn"])
    if not request["Tags"]:
        raise TagRequired
    tagged.save(tx, plan.added(tagged.record.tags, request["Tags"]))
    return {}


@operation("UntagResource")
def untag_resource(
    tx: Tx, call: Call, request: shapes.UntagResourceInput
) -> shapes.UntagResourceOutput:
    """Remove the tags of these keys, where there are any."""
    tagged = _the_tagged(tx, call, request["ResourceArn"])
    if not request["TagKeys"]:
        raise TagRequired
    tagged.save(tx, plan.removed(tagged.record.tags, request["TagKeys"]))
    return {}


@operation("ListTagsForResource")
def list_tags_for_resource(
    tx: ReadTx, call: Call, request: shapes.ListTagsForResourceInput
) -> shapes.ListTagsForResourceOutput:
    """The tags, by key."""
    tagged = _the_tagged(tx, call, request["ResourceArn"])
    shown, token = page(tagged.record.tags, request.get("NextToken"), lambda tag: tag.key)
    response: shapes.ListTagsForResourceOutput = {"Tags": rendered(shown)}
    if token is not None:
        response["NextToken"] = token
    return response


def _the_tagged(tx: ReadTx, call: Call, arn: str) -> Tagged:
    if not arn:
        raise ResourceArnRequired
    named = names.named(arn)
    if (named.account, named.region) != (call.account, call.region):
        raise InvalidArn(f"{arn} is not of this account and region")
    if named.kind == "deploymentconfig":
        if named.name in PREDEFINED:
            raise ArnNotSupported(
                f"The predefined deployment configuration {named.name} has no tags"
            )
        return Tagged(the_config(tx, call, named.name))
    application = the_application(tx, call, named.name)
    if named.kind == "application":
        return Tagged(application)
    return Tagged(the_group(tx, application, named.group))
