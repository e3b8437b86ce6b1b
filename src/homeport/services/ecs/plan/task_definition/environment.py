"""What a container is told and given: variables, files of them, secrets, registry credentials."""

import re
from typing import Final

from homeport.services.ecs.plan.task_definition.wording import not_one_of
from homeport.services.ecs.records.container_definitions import ContainerDefinition
from homeport.services.ecs.records.task_definitions import TaskDefinition

FILES_MAX: Final = 10
CREDENTIAL_SPECS_MAX: Final = 1

_S3_OBJECT: Final = re.compile(r"arn:aws[a-z-]*:s3:::[^/]+/.+")
_NO_ROLE: Final = "you must also specify a value for 'executionRoleArn'"


def variables(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """Every variable has a name."""
    for variable in container.environment:
        if not variable.name or not variable.name.strip():
            return "Environment variable name cannot be null or blank."
    return None


def files(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """Environment files are objects in S3, and not too many."""
    asked = container.environment_files or ()
    if len(asked) > FILES_MAX:
        return (
            "The maximum number of environment files was exceeded. Specify ten or less and try "
            "again"
        )
    for each in asked:
        if each.type != "s3":
            return not_one_of(each.type, "environment file type", ("s3",))
        if not _S3_OBJECT.fullmatch(each.value):
            return "Invalid arn syntax."
    return None


def secrets(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """Secrets need an execution role, and names of their own."""
    log = container.log_configuration
    options = (log.secret_options or ()) if log is not None else ()
    if not container.secrets and not options:
        return None
    if not definition.execution_role_arn:
        return f"When you are specifying container secrets, {_NO_ROLE}"
    taken = {variable.name for variable in container.environment}
    for secret in container.secrets or ():
        if not secret.name or not secret.value_from:
            return "Secret name and valueFrom cannot be null or blank."
        if secret.name in taken:
            return (
                "The secret name must be unique and not shared with any new or existing "
                f"environment variables set on the container, such as '{secret.name}'."
            )
        taken.add(secret.name)
    return None


def repository_credentials(
    definition: TaskDefinition, container: ContainerDefinition
) -> str | None:
    """A private registry's credentials need an execution role to read them."""
    asked = container.repository_credentials
    if asked is None:
        return None
    if not asked.credentials_parameter:
        return "RepositoryCredentials.credentialsParameter should not be null or empty."
    if not definition.execution_role_arn:
        return f"When you are specifying container repositoryCredentials, {_NO_ROLE}"
    return None


def credential_specs(definition: TaskDefinition, container: ContainerDefinition) -> str | None:
    """At most one gMSA credential spec, by ARN."""
    asked = container.credential_specs or ()
    if len(asked) > CREDENTIAL_SPECS_MAX:
        return f"The maximum number of credentialSpecs for a container is {CREDENTIAL_SPECS_MAX}"
    for spec in asked:
        kind, _, arn = spec.partition(":")
        if kind not in ("credentialspec", "credentialspecdomainless") or arn[:4] != "arn:":
            return "Invalid arn syntax."
    return None
