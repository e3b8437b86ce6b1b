"""What EventBridge decides: pure, told everything."""
