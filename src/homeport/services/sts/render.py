"""Keys as the API of STS shows them."""

from homeport.contracts.identity import AccessKey
from homeport.shapes import sts as shapes


def credentials(key: AccessKey) -> shapes.Credentials:
    """A temporary key."""
    return {
        "AccessKeyId": key.access_key_id,
        "SecretAccessKey": key.secret_access_key,
        "SessionToken": key.session_token or "",
        "Expiration": float(int(key.expires_at or 0)),
    }
