"""What STS keeps of a key beside the columns it is found by."""

from msgspec import Struct


class KeyBody(Struct, frozen=True, kw_only=True):
    """The secret half of a key and whom it stands for."""

    secret_access_key: str
    principal: str
    session_token: str | None = None
    role_arn: str | None = None
