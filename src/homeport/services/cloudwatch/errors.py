"""The errors of CloudWatch's model.  A docstring is the default message.

AwsError
├── InvalidFormatFault
├── InvalidNextToken
├── InvalidParameterCombinationException
├── InvalidParameterValueException
├── LimitExceededFault
├── MissingRequiredParameterException
├── ResourceNotFound
├── ResourceNotFoundException
└── ValidationError
"""

from typing import ClassVar

from homeport.kernel.errors import AwsError


class InvalidFormatFault(AwsError):
    """Data was not syntactically valid JSON."""

    code: ClassVar[str] = "InvalidFormatFault"


class InvalidNextToken(AwsError):
    """The next token specified is invalid."""

    code: ClassVar[str] = "InvalidNextToken"


class InvalidParameterCombinationException(AwsError):
    """Parameters were used together that cannot be used together."""

    code: ClassVar[str] = "InvalidParameterCombinationException"


class InvalidParameterValueException(AwsError):
    """The value of an input parameter is bad or out-of-range."""

    code: ClassVar[str] = "InvalidParameterValueException"


class LimitExceededFault(AwsError):
    """The quota for alarms for this customer has already been reached."""

    code: ClassVar[str] = "LimitExceededFault"


class MissingRequiredParameterException(AwsError):
    """An input parameter that is required is missing."""

    code: ClassVar[str] = "MissingRequiredParameterException"


class ResourceNotFound(AwsError):
    """The named resource does not exist."""

    code: ClassVar[str] = "ResourceNotFound"
    status: ClassVar[int] = 404


class ResourceNotFoundException(AwsError):
    """The named resource does not exist."""

    code: ClassVar[str] = "ResourceNotFoundException"
    status: ClassVar[int] = 404


class ValidationError(AwsError):
    """The input fails to satisfy the constraints specified by an AWS service."""

    code: ClassVar[str] = "ValidationError"
