"""What is decided.  Pure."""
