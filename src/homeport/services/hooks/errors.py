"""The errors of hooks, in the words of Homeport's own API.

AwsError
├── AccessDeniedException
├── HookNotFoundException
└── InvalidParameterException
"""

from typing import ClassVar

from homeport.kernel.errors import AwsError


class AccessDeniedException(AwsError):
    """Only the account's root may say what runs on this machine."""

    code: ClassVar[str] = "AccessDeniedException"


class HookNotFoundException(AwsError):
    """No hook is set for the function."""

    code: ClassVar[str] = "HookNotFoundException"


class InvalidParameterException(AwsError):
    """The hook cannot be set as asked."""

    code: ClassVar[str] = "InvalidParameterException"
