"""Words of which the model lists all that there are.  The gateway leaves them to the services."""

from collections.abc import Sequence

from homeport.services.scheduler.errors import ValidationException


def check_word(value: str | None, known: Sequence[str], at: str) -> None:
    """Raise in the words of AWS's framework when `value` is none of `known`."""
    if value is None or value in known:
        return
    raise ValidationException(
        f"1 validation error detected: Value '{value[:1024]}' at '{at}' failed to satisfy "
        f"constraint: Member must satisfy enum value set: [{', '.join(known)}]"
    )
