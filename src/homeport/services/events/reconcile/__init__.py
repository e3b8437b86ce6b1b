"""What follows on what was recorded."""
