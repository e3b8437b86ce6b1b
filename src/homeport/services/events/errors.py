"""The errors of EventBridge.  A docstring is the default message.

AwsError
├── InvalidEventPatternException
├── InvalidTokenException
├── LimitExceededException
├── PolicyLengthExceededException
├── ResourceAlreadyExistsException
├── ResourceNotFoundException
└── ValidationException
"""

from typing import ClassVar

from homeport.kernel.errors import AwsError


class InvalidEventPatternException(AwsError):
    """Event pattern is not valid."""

    code: ClassVar[str] = "InvalidEventPatternException"


class InvalidTokenException(AwsError):
    """The value of NextToken is not one that this operation gave."""

    code: ClassVar[str] = "InvalidTokenException"


class LimitExceededException(AwsError):
    """The requested resource exceeds the maximum number allowed."""

    code: ClassVar[str] = "LimitExceededException"


class PolicyLengthExceededException(AwsError):
    """The event bus policy is too long. For more information, see the limits."""

    code: ClassVar[str] = "PolicyLengthExceededException"


class ResourceAlreadyExistsException(AwsError):
    """The resource you are trying to create already exists."""

    code: ClassVar[str] = "ResourceAlreadyExistsException"


class ResourceNotFoundException(AwsError):
    """An entity that you specified does not exist."""

    code: ClassVar[str] = "ResourceNotFoundException"


class ValidationException(AwsError):
    """A parameter is not valid."""

    code: ClassVar[str] = "ValidationException"
