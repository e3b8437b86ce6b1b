"""The errors of Certificate Manager.  A docstring is the default message.

AwsError
├── InvalidArnException
├── InvalidDomainValidationOptionsException
├── InvalidParameterException
├── LimitExceededException
├── RequestInProgressException
├── ResourceInUseException
├── ResourceNotFoundException
├── TooManyTagsException
└── ValidationException
"""

from typing import ClassVar

from homeport.kernel.errors import AwsError


class InvalidArnException(AwsError):
    """The requested Amazon Resource Name (ARN) does not refer to an existing resource."""

    code: ClassVar[str] = "InvalidArnException"


class InvalidDomainValidationOptionsException(AwsError):
    """One or more values in the DomainValidationOption structure is incorrect."""

    code: ClassVar[str] = "InvalidDomainValidationOptionsException"


class InvalidParameterException(AwsError):
    """An input parameter was invalid."""

    code: ClassVar[str] = "InvalidParameterException"


class LimitExceededException(AwsError):
    """An ACM quota has been exceeded."""

    code: ClassVar[str] = "LimitExceededException"


class RequestInProgressException(AwsError):
    """The certificate request is in process and the certificate has not yet been issued."""

    code: ClassVar[str] = "RequestInProgressException"


class ResourceInUseException(AwsError):
    """The certificate is in use by another AWS service in the caller's account."""

    code: ClassVar[str] = "ResourceInUseException"


class ResourceNotFoundException(AwsError):
    """The specified certificate cannot be found."""

    code: ClassVar[str] = "ResourceNotFoundException"


class TooManyTagsException(AwsError):
    """The request contains too many tags."""

    code: ClassVar[str] = "TooManyTagsException"


class ValidationException(AwsError):
    """The supplied input failed to satisfy constraints of an AWS service."""

    code: ClassVar[str] = "ValidationException"
