"""Values that the model lists: the error that names the ones allowed."""

from collections.abc import Sequence

from homeport.services.elbv2.errors import ValidationError


def one_of(value: str, member: str, allowed: Sequence[str]) -> str:
    """`value`, if it is allowed; `member` is its place in the request (``scheme``)."""
    if value not in allowed:
        raise ValidationError(
            f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join(allowed)}]"
        )
    return value
