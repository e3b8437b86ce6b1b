"""The operations of EC2, a file for each kind of resource."""
