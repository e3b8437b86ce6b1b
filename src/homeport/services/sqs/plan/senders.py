"""Who sent a message, as receivers are told.  Pure."""


def sender_id(principal: str, account: str) -> str:
    """The account for its root; for a role its name and session; else the last of its ARN."""
    resource = principal.rpartition(":")[2]
    if resource == "root" or not resource:
        return account
    kind, _, rest = resource.partition("/")
    return rest.replace("/", ":", 1) if kind == "assumed-role" else resource.rpartition("/")[2]
