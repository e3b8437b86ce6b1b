"""The operations of CloudWatch Logs, one module for each resource."""
