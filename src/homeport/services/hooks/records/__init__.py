"""What is kept of hooks and of their invocations."""
