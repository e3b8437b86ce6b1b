"""What the ecs service provides to the others."""


class EcsFleet:
    """Fulfils the Protocol of homeport.contracts."""
