"""The errors of CloudWatch Logs' model.  A docstring is the default message.

AwsError
├── InvalidParameterException
├── ResourceAlreadyExistsException
├── ResourceNotFoundException
└── TooManyTagsException
"""

from typing import ClassVar

from homeport.kernel.errors import AwsError


class InvalidParameterException(AwsError):
    """A parameter is specified incorrectly."""

    code: ClassVar[str] = "InvalidParameterException"


class ResourceAlreadyExistsException(AwsError):
    """The specified log group already exists"""

    code: ClassVar[str] = "ResourceAlreadyExistsException"


class ResourceNotFoundException(AwsError):
    """The specified log group does not exist."""

    code: ClassVar[str] = "ResourceNotFoundException"


class TooManyTagsException(AwsError):
    """A resource can have no more than 50 tags."""

    code: ClassVar[str] = "TooManyTagsException"
