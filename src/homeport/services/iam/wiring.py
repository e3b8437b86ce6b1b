"""IAM as the application joins it."""

from typing import Final

from homeport.runtime import Service, operations_of
from homeport.services.iam.api import (
    instance_profiles,
    policies,
    role_policies,
    roles,
    server_certificates,
    service_linked_roles,
)

_NO_USERS: Final = "Homeport has no IAM users yet: its root key and its roles sign requests."
UNSUPPORTED: Final = {
    "SimulatePrincipalPolicy": "Homeport does not evaluate policies yet.",
    "SimulateCustomPolicy": "Homeport does not evaluate policies yet.",
    **dict.fromkeys(("CreateUser", "GetUser", "CreateAccessKey", "CreateGroup"), _NO_USERS),
}


def services() -> tuple[Service, ...]:
    """The one service of this package."""
    modules = (
        instance_profiles,
        policies,
        role_policies,
        roles,
        server_certificates,
        service_linked_roles,
    )
    return (Service(name="iam", operations=operations_of(modules), unsupported=UNSUPPORTED),)
