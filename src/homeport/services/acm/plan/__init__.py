"""Domain names and tags.  Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from homeport.services.acm.errors import (
    InvalidDomainValidationOptionsException,
    InvalidParameterException,
    LimitExceededException,
    TooManyTagsException,
    ValidationException,
)

NAMES_MAX: Final = 10
TAGS_MAX: Final = 50
KEY_ALGORITHMS: Final = ("RSA_2048", "EC_prime256v1", "EC_secp384r1")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


def names_of(domain_name: str, others: Iterable[str]) -> tuple[str, ...]:
    """The names of a certificate, each once, the domain name first."""
    names = tuple(dict.fromkeys(each.lower() for each in (domain_name, *others)))
    if len(names) > NAMES_MAX:
        raise LimitExceededException(
            f"Error: Requested number of domain names {len(names)} exceeds the limit of "
            f"{NAMES_MAX}."
        )
    for each in names:
        labels = each.removeprefix("*.").split(".")
        if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
            raise InvalidParameterException(f"Error: The domain name {each} is not valid.")
    return names


def check_validation_domains(names: Sequence[str], options: Mapping[str, str]) -> None:
    """Raise unless each validation domain is one above a name of the certificate."""
    for name, domain in options.items():
        if name.lower() not in names:
            raise InvalidDomainValidationOptionsException(
                f"{name} is not a domain name of the request."
            )
        base = name.lower().removeprefix("*.")
        if base != domain.lower() and not base.endswith("." + domain.lower()):
            raise InvalidDomainValidationOptionsException(
                f"The validation domain {domain} is not {base} or a domain above it."
            )


def check_key_algorithm(name: str) -> None:
    """Raise unless certificates with such a key are issued."""
    if name not in KEY_ALGORITHMS:
        raise ValidationException(
            f"Homeport issues certificates with keys of {', '.join(KEY_ALGORITHMS)}, not {name}."
        )


def merged(before: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Tags with others added."""
    after = {**before, **more}
    if len(after) > TAGS_MAX:
        raise TooManyTagsException(f"A certificate may have up to {TAGS_MAX} tags.")
    return after
