"""STS as the application joins it."""

from typing import Final

from homeport.runtime import Reconciler, Service, operations_of
from homeport.services.sts import api, reconcile

UNSUPPORTED: Final = {
    "AssumeRoleWithWebIdentity": "Homeport does not know web identity providers yet.",
    "AssumeRoleWithSAML": "Homeport does not know SAML providers.",
    "AssumeRoot": "Homeport has no organization whose members root could be assumed.",
    "DecodeAuthorizationMessage": "Homeport does not encode authorization messages.",
    "GetDelegatedAccessToken": "Homeport does not trade in delegated access.",
    "GetFederationToken": "Homeport has no federated users: use AssumeRole.",
    "GetWebIdentityToken": "Homeport is no identity provider.",
}


def services() -> tuple[Service, ...]:
    """The one service of this package."""
    return (
        Service(
            name="sts",
            operations=operations_of((api,)),
            reconcilers=(
                Reconciler(
                    name="sts-expired-keys",
                    watches=(),
                    reconcile=reconcile.reconcile,
                    sweep=reconcile.sweep,
                ),
            ),
            unsupported=UNSUPPORTED,
        ),
    )
