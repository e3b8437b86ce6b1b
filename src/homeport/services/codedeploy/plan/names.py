"""What things may be called, and what their ARNs are.  Pure."""

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from homeport.kernel import arn as arns
from homeport.services.codedeploy.errors import (
    ApplicationNameRequired,
    ArnNotSupported,
    DeploymentConfigNameRequired,
    DeploymentGroupNameRequired,
    DeploymentIdRequired,
    DescriptionTooLong,
    InvalidApplicationName,
    InvalidArn,
    InvalidDeploymentConfigName,
    InvalidDeploymentGroupName,
    InvalidDeploymentId,
)

DESCRIPTION_MAX: Final = 256
_NAME: Final = re.compile(r"[A-Za-z0-9._+=,@-]{1,100}")
_DEPLOYMENT_ID: Final = re.compile(r"d-[A-Z0-9]{9}")
_SAID: Final = (
    "A name has 1 to 100 characters: letters, digits, periods, underscores and any of + = , @ -."
)

Kind: TypeAlias = Literal["application", "deploymentgroup", "deploymentconfig"]


@dataclass(frozen=True, slots=True)
class Named:
    """What an ARN of CodeDeploy names."""

    kind: Kind
    region: str
    account: str
    name: str
    """Of an application or a configuration; of a group: its application's."""
    group: str = ""


def application(name: str | None) -> str:
    """The name, if an application may have it."""
    if not name:
        raise ApplicationNameRequired("Application name is required")
    if not _NAME.fullmatch(name):
        raise InvalidApplicationName(f"The application name {name} is not valid. {_SAID}")
    return name


def group(name: str | None) -> str:
    """The name, if a deployment group may have it."""
    if not name:
        raise DeploymentGroupNameRequired("Deployment Group name is required")
    if not _NAME.fullmatch(name):
        raise InvalidDeploymentGroupName(f"The deployment group name {name} is not valid. {_SAID}")
    return name


def config(name: str | None) -> str:
    """The name, if a deployment configuration may have it."""
    if not name:
        raise DeploymentConfigNameRequired("Deployment configuration name is required")
    if not _NAME.fullmatch(name):
        raise InvalidDeploymentConfigName(
            f"The deployment configuration name {name} is not valid. {_SAID}"
        )
    return name


def deployment(deployment_id: str | None) -> str:
    """The id, if a deployment may have it."""
    if not deployment_id:
        raise DeploymentIdRequired("Deployment ID is required")
    if not _DEPLOYMENT_ID.fullmatch(deployment_id):
        raise InvalidDeploymentId(
            f"Specified DeploymentId is not in the valid format: {deployment_id}"
        )
    return deployment_id


def description(text: str | None) -> str | None:
    """A comment, if it is short enough."""
    if text is not None and len(text) > DESCRIPTION_MAX:
        raise DescriptionTooLong(f"A description has at most {DESCRIPTION_MAX} characters.")
    return text or None


def named(text: str) -> Named:
    """What an ARN names: an application, a deployment group or a deployment configuration."""
    try:
        arn = arns.parse(text)
    except arns.BadArn as error:
        raise InvalidArn(f"{text} is not a valid ARN") from error
    kind, _, name = arn.resource.partition(":")
    if arn.service != "codedeploy" or not name:
        raise ArnNotSupported(f"{text} is not the ARN of anything that CodeDeploy tags")
    match kind:
        case "application" | "deploymentconfig":
            return Named(kind, arn.region, arn.account, name)
        case "deploymentgroup" if "/" in name:
            of, _, its = name.partition("/")
            return Named(kind, arn.region, arn.account, of, its)
        case _:
            raise ArnNotSupported(f"{text} is not the ARN of anything that CodeDeploy tags")
