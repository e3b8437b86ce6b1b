"""How CloudWatch alarms are.  Provided by cloudwatch."""

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

from homeport.store import ReadTx

AlarmState: TypeAlias = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]


class Alarms(Protocol):
    """Looks alarms up.

    The change feed announces every change of an alarm's state as kind ``alarm`` with its ARN
    (``arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME``) as key.
    """

    def states(
        self, tx: ReadTx, account: str, region: str, names: Sequence[str]
    ) -> dict[str, AlarmState]:
        """The states of these alarms by name; one that does not exist is missing."""
