"""What the ec2 service provides to the others."""


class Ec2Networks:
    """Fulfils the Protocol of homeport.contracts."""
