"""What stands for the Lambda functions that deployments call."""
