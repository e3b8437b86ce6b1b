"""The errors of IAM.  A docstring is the default message.

AwsError
├── DeleteConflictException
├── EntityAlreadyExistsException
├── InvalidInputException
├── KeyPairMismatchException
├── LimitExceededException
├── MalformedCertificateException
├── MalformedPolicyDocumentException
├── NoSuchEntityException
├── PolicyNotAttachableException
├── UnmodifiableEntityException
└── ValidationError
"""

from typing import ClassVar

from homeport.kernel.errors import AwsError


class DeleteConflictException(AwsError):
    """Cannot delete entity, must remove what depends on it first."""

    code: ClassVar[str] = "DeleteConflictException"


class EntityAlreadyExistsException(AwsError):
    """The entity already exists."""

    code: ClassVar[str] = "EntityAlreadyExistsException"


class InvalidInputException(AwsError):
    """An invalid or out-of-range value was supplied for an input parameter."""

    code: ClassVar[str] = "InvalidInputException"


class KeyPairMismatchException(AwsError):
    """The public key certificate and the private key do not match."""

    code: ClassVar[str] = "KeyPairMismatchException"


class LimitExceededException(AwsError):
    """The request would create more than the account may have."""

    code: ClassVar[str] = "LimitExceededException"


class MalformedCertificateException(AwsError):
    """Unable to parse certificate. Please ensure the certificate is in PEM format."""

    code: ClassVar[str] = "MalformedCertificateException"


class MalformedPolicyDocumentException(AwsError):
    """Syntax errors in policy."""

    code: ClassVar[str] = "MalformedPolicyDocumentException"


class NoSuchEntityException(AwsError):
    """The entity cannot be found."""

    code: ClassVar[str] = "NoSuchEntityException"


class PolicyNotAttachableException(AwsError):
    """The policy can only be attached to the role of the service that it is for."""

    code: ClassVar[str] = "PolicyNotAttachableException"


class UnmodifiableEntityException(AwsError):
    """Only the service that depends on the service-linked role can modify it."""

    code: ClassVar[str] = "UnmodifiableEntityException"


class ValidationError(AwsError):
    """The input fails to satisfy the constraints of the operation."""

    code: ClassVar[str] = "ValidationError"
