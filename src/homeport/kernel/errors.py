"""The root of every error that a client is meant to see.  Service trees live in each service."""

from collections.abc import Mapping
from typing import ClassVar


class AwsError(Exception):
    """An error with AWS's type and text; the docstring of a subclass is its default message.

    `code` is the shape name of the error in the service's model, `status` its HTTP status and
    `fields` the members it has beside the message (``resourceIds`` of ConflictException).
    """

    code: ClassVar[str] = "ServerException"
    status: ClassVar[int] = 400

    def __init__(self, message: str | None = None, **fields: object) -> None:
        default = " ".join((type(self).__doc__ or self.code).split())
        self.message = default if message is None else message
        self.fields: Mapping[str, object] = fields
        super().__init__(self.message)
