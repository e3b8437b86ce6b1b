"""The errors of STS.  A docstring is the default message.

AwsError
├── AccessDenied (403)
├── ValidationError
└── UnknownAccessKey
"""

from typing import ClassVar

from homeport.kernel.errors import AwsError


class AccessDenied(AwsError):
    """Access denied"""

    code: ClassVar[str] = "AccessDenied"
    status: ClassVar[int] = 403


class ValidationError(AwsError):
    """The input fails to satisfy the constraints of the operation."""

    code: ClassVar[str] = "ValidationError"


class UnknownAccessKey(AwsError):
    """The access key is not one of this Homeport."""

    code: ClassVar[str] = "InvalidClientTokenId"
    status: ClassVar[int] = 403
