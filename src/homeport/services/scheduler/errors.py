"""The errors of EventBridge Scheduler's model.  A docstring is the default message.

AwsError
├── ConflictException
├── ResourceNotFoundException
├── ServiceQuotaExceededException
└── ValidationException
"""

from typing import ClassVar

from homeport.kernel.errors import AwsError


class ConflictException(AwsError):
    """Updating or deleting the resource can cause an inconsistent state."""

    code: ClassVar[str] = "ConflictException"
    status: ClassVar[int] = 409


class ResourceNotFoundException(AwsError):
    """The request references a resource which does not exist."""

    code: ClassVar[str] = "ResourceNotFoundException"
    status: ClassVar[int] = 404


class ServiceQuotaExceededException(AwsError):
    """The request exceeds a service quota."""

    code: ClassVar[str] = "ServiceQuotaExceededException"
    status: ClassVar[int] = 402


class ValidationException(AwsError):
    """The input fails to satisfy the constraints specified by an AWS service."""

    code: ClassVar[str] = "ValidationException"
