"""Every statement of EC2; records in and out."""
