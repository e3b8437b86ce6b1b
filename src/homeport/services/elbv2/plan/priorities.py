"""The order of a listener's rules."""

from collections import Counter
from collections.abc import Mapping, Sequence

from homeport.services.elbv2.errors import PriorityInUse, ValidationError
from homeport.services.elbv2.records.listeners import Rule


def check_order(rules: Sequence[Rule], asked: Mapping[str, int]) -> None:
    """Raise if two rules of a listener would have one priority; `asked` is by ARN."""
    named = Counter(asked[rule.arn] for rule in rules if rule.arn in asked)
    for priority, count in named.items():
        if count > 1:
            raise ValidationError(f"Priority '{priority}' was provided multiple times")
    for rule in rules:
        if rule.arn not in asked and rule.priority in named:
            raise PriorityInUse(f"Priority '{rule.priority}' is currently in use")
