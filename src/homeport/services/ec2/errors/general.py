"""Errors that any operation of EC2 may raise, and the parent of those about missing resources."""

from collections.abc import Sequence
from typing import ClassVar

from homeport.kernel.errors import AwsError


class DryRunOperation(AwsError):
    """Request would have succeeded, but DryRun flag is set."""

    code: ClassVar[str] = "DryRunOperation"
    status: ClassVar[int] = 412


class InvalidParameterCombination(AwsError):
    """Parameters that must not be used together."""

    code: ClassVar[str] = "InvalidParameterCombination"


class InvalidParameterValue(AwsError):
    """A value specified in a parameter is not valid, is unsupported, or cannot be used."""

    code: ClassVar[str] = "InvalidParameterValue"


class NotFound(AwsError):
    """The resource does not exist."""

    one: ClassVar[str]
    several: ClassVar[str]

    def __init__(self, missing: Sequence[str]) -> None:
        text = self.one if len(missing) == 1 else self.several
        super().__init__(text.format(", ".join(missing)))


class MissingParameter(AwsError):
    """The request lacks a parameter."""

    code: ClassVar[str] = "MissingParameter"

    def __init__(self, parameter: str) -> None:
        super().__init__(f"The request must contain the parameter {parameter}")


class DependencyViolation(AwsError):
    """Something else still needs the resource."""

    code: ClassVar[str] = "DependencyViolation"

    @classmethod
    def of(cls, what: str, resource_id: str) -> "DependencyViolation":
        """What EC2 says of most kinds of resource."""
        return cls(f"The {what} '{resource_id}' has dependencies and cannot be deleted.")


class InvalidId(AwsError):
    """No kind of resource has ids like this one."""

    code: ClassVar[str] = "InvalidID"

    def __init__(self, resource_id: str) -> None:
        super().__init__(f"The ID '{resource_id}' is not valid")


class TagLimitExceeded(AwsError):
    """You have reached the maximum number of tags for a resource."""

    code: ClassVar[str] = "TagLimitExceeded"


class LimitExceeded(AwsError):
    """The account has as many of them as it may have."""

    what: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(f"The maximum number of {self.what} has been reached.")


class OperationNotPermitted(AwsError):
    """The operation is not allowed on this resource."""

    code: ClassVar[str] = "OperationNotPermitted"


class UnsupportedOperation(AwsError):
    """Homeport cannot do what is asked."""

    code: ClassVar[str] = "UnsupportedOperation"
