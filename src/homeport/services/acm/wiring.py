"""Certificate Manager as the application joins it."""

from typing import Final

from homeport.runtime import Service, operations_of
from homeport.services.acm.api import certificates

UNSUPPORTED: Final = {
    "ExportCertificate": "Homeport does not export keys.",
    "ResendValidationEmail": "Homeport issues certificates at once: there is nothing to validate.",
    "RevokeCertificate": "Homeport's certificates cannot be revoked: delete them.",
}


def services() -> tuple[Service, ...]:
    """The one service of this package."""
    return (
        Service(name="acm", operations=operations_of((certificates,)), unsupported=UNSUPPORTED),
    )
