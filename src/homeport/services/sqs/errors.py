"""The errors of SQS.  A docstring is the default message.

AwsError
└── SqsError
    ├── BatchEntryIdsNotDistinct
    ├── BatchRequestTooLong
    ├── EmptyBatchRequest
    ├── InvalidAddress
    ├── InvalidAttributeName
    ├── InvalidAttributeValue
    ├── InvalidBatchEntryId
    ├── InvalidMessageContents
    ├── InvalidParameterValue
    ├── MessageNotInflight
    ├── MissingParameter
    ├── OverLimit
    ├── PurgeQueueInProgress
    ├── QueueDeletedRecently
    ├── QueueDoesNotExist
    ├── QueueNameExists
    ├── ReceiptHandleIsInvalid
    ├── TooManyEntriesInBatchRequest
    └── UnsupportedOperation

`code` is the shape of the model; `query_code` is what clients of the query protocol know it by,
and what an entry of a batch says that failed.
"""

from typing import ClassVar

from homeport.kernel.errors import AwsError


class SqsError(AwsError):
    """What SQS answers; never raised itself."""

    query_code: ClassVar[str] = ""

    @property
    def shown_code(self) -> str:
        """The code that a failed entry of a batch shows."""
        return self.query_code or self.code


class BatchEntryIdsNotDistinct(SqsError):
    """Two or more batch entries in the request have the same Id."""

    code: ClassVar[str] = "BatchEntryIdsNotDistinct"


class BatchRequestTooLong(SqsError):
    """The length of all the messages put together is more than the limit."""

    code: ClassVar[str] = "BatchRequestTooLong"


class EmptyBatchRequest(SqsError):
    """The batch request doesn't contain any entries."""

    code: ClassVar[str] = "EmptyBatchRequest"


class InvalidAddress(SqsError):
    """The address is not valid for this endpoint."""

    code: ClassVar[str] = "InvalidAddress"
    status: ClassVar[int] = 404


class InvalidAttributeName(SqsError):
    """The specified attribute doesn't exist."""

    code: ClassVar[str] = "InvalidAttributeName"


class InvalidAttributeValue(SqsError):
    """A queue attribute value is invalid."""

    code: ClassVar[str] = "InvalidAttributeValue"


class InvalidBatchEntryId(SqsError):
    """A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be
    at most 80 letters long."""

    code: ClassVar[str] = "InvalidBatchEntryId"


class InvalidMessageContents(SqsError):
    """The message contains characters outside the allowed set."""

    code: ClassVar[str] = "InvalidMessageContents"


class InvalidParameterValue(SqsError):
    """One or more parameters are invalid."""

    code: ClassVar[str] = "InvalidParameterValueException"
    query_code: ClassVar[str] = "InvalidParameterValue"


class MessageNotInflight(SqsError):
    """The specified message isn't in flight."""

    code: ClassVar[str] = "MessageNotInflight"
    query_code: ClassVar[str] = "AWS.SimpleQueueService.MessageNotInflight"


class MissingParameter(SqsError):
    """A parameter is missing."""

    code: ClassVar[str] = "MissingRequiredParameterException"
    query_code: ClassVar[str] = "MissingParameter"


class OverLimit(SqsError):
    """Too many messages of the queue are in flight."""

    code: ClassVar[str] = "OverLimit"
    status: ClassVar[int] = 403


class PurgeQueueInProgress(SqsError):
    """Only one PurgeQueue operation is allowed every 60 seconds."""

    code: ClassVar[str] = "PurgeQueueInProgress"
    status: ClassVar[int] = 403


class QueueDeletedRecently(SqsError):
    """You must wait 60 seconds after deleting a queue before you can create another with the same
    name."""

    code: ClassVar[str] = "QueueDeletedRecently"


class QueueDoesNotExist(SqsError):
    """The specified queue does not exist."""

    code: ClassVar[str] = "QueueDoesNotExist"
    query_code: ClassVar[str] = "AWS.SimpleQueueService.NonExistentQueue"


class QueueNameExists(SqsError):
    """A queue already exists with the same name and other attributes."""

    code: ClassVar[str] = "QueueNameExists"
    query_code: ClassVar[str] = "QueueAlreadyExists"


class ReceiptHandleIsInvalid(SqsError):
    """The input receipt handle is invalid."""

    code: ClassVar[str] = "ReceiptHandleIsInvalid"
    status: ClassVar[int] = 404


class TooManyEntriesInBatchRequest(SqsError):
    """The batch request contains more entries than permissible."""

    code: ClassVar[str] = "TooManyEntriesInBatchRequest"


class UnsupportedOperation(SqsError):
    """Error code 400. Unsupported operation."""

    code: ClassVar[str] = "UnsupportedOperation"


def value_refused(value: object, parameter: str, reason: str) -> InvalidParameterValue:
    """AWS's sentence about a value that a parameter cannot have."""
    return InvalidParameterValue(
        f"Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    )


def missing(parameter: str) -> MissingParameter:
    """AWS's sentence about a parameter that is missing."""
    return MissingParameter(f"The request must contain the parameter {parameter}.")
