"""What the sts service provides to the others."""


class StsIdentities:
    """Fulfils the Protocol of homeport.contracts."""
