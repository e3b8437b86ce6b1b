"""The errors of the ledger, in the words of Homeport's own API.

AwsError
├── AmbiguousJobException
├── InvalidParameterException
└── JobNotFoundException
"""

from typing import ClassVar

from homeport.kernel.errors import AwsError


class AmbiguousJobException(AwsError):
    """Several schedules and rules have this name."""

    code: ClassVar[str] = "AmbiguousJobException"


class InvalidParameterException(AwsError):
    """What was asked for cannot be done."""

    code: ClassVar[str] = "InvalidParameterException"


class JobNotFoundException(AwsError):
    """No schedule and no rule has this name."""

    code: ClassVar[str] = "JobNotFoundException"
