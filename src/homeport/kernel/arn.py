"""Amazon Resource Names: taking them apart and putting them together."""

from dataclasses import dataclass


class BadArn(ValueError):
    """The text is not an ARN."""


@dataclass(frozen=True, slots=True)
class Arn:
    """``arn:partition:service:region:account:resource``; `resource` keeps slashes and colons."""

    service: str
    region: str
    account: str
    resource: str
    partition: str = "aws"

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @property
    def kind(self) -> str:
        """What the resource is: ``task`` of ``task/default/0123``."""
        return self.resource.partition("/")[0]

    @property
    def rest(self) -> str:
        """The resource without its kind: ``default/0123`` of ``task/default/0123``."""
        return self.resource.partition("/")[2]


def parse(text: str) -> Arn:
    """Take an ARN apart; raises `BadArn` when `text` is none."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[2] or not parts[5]:
        raise BadArn(text)
    return Arn(parts[2], parts[3], parts[4], parts[5], parts[1])


def is_arn(text: str) -> bool:
    """Whether `text` claims to be an ARN."""
    return text.startswith("arn:")
