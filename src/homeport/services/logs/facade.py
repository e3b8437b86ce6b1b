"""What the logs service provides to the others."""


class StoredLogs:
    """Fulfils the Protocol of homeport.contracts."""
