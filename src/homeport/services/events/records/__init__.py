"""What EventBridge keeps, as frozen values."""
